// Proves for every instruction of the scalar table, over the whole range of f32, that the nests mean what the table says and
// that the CPU's lanes come as near to it as the table states: all exponents, both signs, subnormals, zeros, infinities, NaN.
// `SCALARS=64 npx vitest run test/compiler/scalars.test.ts` takes every 64th of all 2^32 numbers for functions of one.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { ScalarName } from "../../compiler/arithmetic/scalar.ts";
import { scalars } from "../../compiler/arithmetic/scalar.ts";
import { constant, div, maximum, mul, parameter } from "../../compiler/graph/build.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import { tensor } from "../../compiler/graph/tensor.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { byNests, everyNumber, firstOff, sweep, wasmOf, worstUlp } from "../support/scalarsweep.ts";

const names = Object.keys(scalars) as ScalarName[];

for (const name of names) {
  describe(name, () => {
    test("means the same in nests", () => {
      const columns = sweep(name);
      const found = byNests(name, columns);
      const { evaluate } = scalars[name];
      columns[0]!.forEach((_, i) => {
        const [a, b = 0, c = 0] = columns.map((column) => column[i]!) as [number, number?, number?];
        if (!Object.is(found[i]!, evaluate(a, b, c))) throw new Error(`${name}(${[a, b, c]}) is ${found[i]}`);
      });
    });
    test("is on the CPU's lanes as near as the table says", async () => {
      const columns = sweep(name);
      const run = await wasmOf(name, columns[0]!.length);
      const found = await run(columns);
      expect(firstOff(name, columns, found)).toBeUndefined();
    });
    test("is the same number in whatever lane and tail", async () => {
      const columns = sweep(name);
      const whole = await (await wasmOf(name, columns[0]!.length))(columns);
      for (const size of [1, 2, 3, 5, 8, 11]) {
        const run = await wasmOf(name, size);
        for (const from of [0, 101, 3000].filter((at) => at + size < columns[0]!.length))
          expect(await run(columns.map((c) => c.slice(from, from + size)))).toEqual(whole.slice(from, from + size));
      }
    });
  });
}

test("numbers whose product leaves the range are not multiplied first", async () => {
  const x = parameter("x", [3], "f32", "parameter");
  const nodes = [
    mul(mul(x, constant(1e30)), constant(1e30)),
    mul(mul(x, constant(1e-30)), constant(1e-30)),
    div(div(x, constant(2 ** -120)), constant(2 ** -20)),
    div(x, constant(2 ** -140)),
  ];
  const goals = nodes.map((node, i) => ({ name: `out${i}`, node, into: `out${i}` }));
  const part = { name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] };
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries: [{ name: "run", parts: [part] }], batch: 1 }, { shared: false }),
    1,
  );
  engine.view("x").set([0, 1e-38, 1e25]);
  await engine.run("run");
  const found = nodes.map((_, i) => Array.from(engine.view(`out${i}`)));
  expect(found[0]![0]).toBe(0);
  expect(found[0]![1]! / 1e22).toBeCloseTo(1, 5);
  expect(found[1]![2]! / 1e-35).toBeCloseTo(1, 5);
  expect([found[2]![0], found[3]![0]]).toEqual([0, 0]);
  expect(found[3]![1]! / (1e-38 * 2 ** 140)).toBeCloseTo(1, 5);
});

test("the sign of a zero shows in quotients and powers alone", async () => {
  const others = [Number.NEGATIVE_INFINITY, -2, -1, -0.5, 0, 0.5, 1, 2, Number.POSITIVE_INFINITY, Number.NaN];
  const showing = new Set<string>();
  for (const name of names) {
    const { arity } = scalars[name];
    const rows = Array.from({ length: arity }, (_, at) =>
      others.flatMap((b) => others.map((c) => [b, c].toSpliced(at, 0, 0).slice(0, arity))),
    );
    const zeros = (zero: number): Float32Array[] =>
      Array.from({ length: arity }, (_, k) =>
        Float32Array.from(rows.flatMap((list, at) => list.map((row) => (k === at ? zero : row[k]!)))),
      );
    const [plus, minus] = [zeros(0), zeros(-0)];
    const run = await wasmOf(name, plus[0]!.length);
    const [a, b] = [(await run(plus)).slice(), (await run(minus)).slice()];
    // `Object.is` tells two zeros apart, a sum with 0 makes one of them.
    if (a.some((x, i) => !Object.is(x + 0, b[i]! + 0))) showing.add(name);
    const { evaluate } = scalars[name];
    const wanted = (columns: readonly Float32Array[], i: number): number =>
      evaluate(columns[0]![i]!, columns[1]?.[i] ?? 0, columns[2]?.[i] ?? 0) + 0;
    if (a.some((_, i) => !Object.is(wanted(plus, i), wanted(minus, i)))) showing.add(name);
  }
  expect([...showing].toSorted()).toEqual(["div", "pow"]);
});

test("the largest over an axis is NaN where one is, and -infinity of nothing larger", async () => {
  const rows = [Number.NaN, 1, 2, 1, Number.NaN, 2, 1, 2, Number.NaN, ...new Array<number>(3).fill(-Infinity), 1, 3, 2];
  const x = parameter("x", [5, 3], "f32", "parameter");
  const node = maximum(x, [-1]);
  const wanted = [Number.NaN, Number.NaN, Number.NaN, Number.NEGATIVE_INFINITY, 3];
  expect([...interpret([node], new Map([[x, tensor([5, 3], rows)]]))[0]!.data]).toEqual(wanted);
  const lowered = lowerGraph([{ name: "out", node, into: "out" }], 1);
  const memory = allocate(lowered);
  memory.get("x")!.set(rows);
  runSteps(lowered.steps, memory, 1, { seed: 0, step: 0 });
  expect([...memory.get("out")!]).toEqual(wanted);
  const part = { name: "run", lowered, logged: [], fields: [] };
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries: [{ name: "run", parts: [part] }], batch: 1 }, { shared: false }),
    1,
  );
  engine.view("x").set(rows);
  await engine.run("run");
  expect([...engine.view("out")]).toEqual(wanted);
});

const CHILD = fileURLToPath(new URL("../support/scalars.child.ts", import.meta.url));

for (const [flags, title] of [
  [["--experimental-wasm-revectorize"], "on vectors of 256 bits"],
  [["--no-enable-fma3"], "where products and sums are rounded apart"],
] as const)
  test(`all are within their bounds ${title}`, () => {
    // Without the first tier, every kernel is the optimised one from its first run.
    const out = execFileSync(process.execPath, [...flags, "--no-liftoff", CHILD], { encoding: "utf8" });
    expect(out).toBe(`${names.length} instructions\n`);
  });

test.runIf(process.env.SCALARS)("every so many of all numbers are within the bounds", { timeout: 36e5 }, async () => {
  const stride = Number(process.env.SCALARS);
  for (const name of names.filter((n) => scalars[n].arity === 1)) {
    const size = 2 ** 20;
    const run = await wasmOf(name, size);
    let [count, worst] = [0, 0];
    for (const part of everyNumber(stride, size)) {
      const column = new Float32Array(size);
      column.set(part);
      const found = await run([column]);
      expect(firstOff(name, [column], found)).toBeUndefined();
      worst = Math.max(worst, worstUlp(name, [column], found));
      count += part.length;
    }
    console.log(`${name}: ${count} numbers, at most ${worst.toFixed(2)} ULP`);
  }
});
