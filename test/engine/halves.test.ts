// Proves what is said of numbers of 16 bits (docs/numerics.md): both engines store every number as the nearest of 16 bits and read
// it back exactly, and every op that reads them and stores its result in them is within half a unit of what it computes in 32 bits.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axisIndex } from "../../compiler/arithmetic/affine.ts";
import type { HeldType } from "../../compiler/arithmetic/dtype.ts";
import { narrow } from "../../compiler/fuse/narrow.ts";
import { make, parameter } from "../../compiler/graph/build.ts";
import type { Example, Op } from "../../compiler/graph/op.ts";
import { tensor } from "../../compiler/graph/tensor.ts";
import { mapNest, type Nest } from "../../compiler/loops/nest.ts";
import { allocate, runSteps } from "../../compiler/loops/reference.ts";
import type { Lowered, Step } from "../../compiler/loops/step.ts";
import type { Buffer } from "../../compiler/loops/storage.ts";
import { registry } from "../../compiler/ops/all.ts";
import { padReads } from "../../compiler/passes/padding.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine } from "../../runtime/engine.ts";
import { floatsOf, halfBits, halfFloat } from "../../runtime/half.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const engines = ["cpu", ...(typeof gpu === "string" ? [] : ["gpu"])];
const started: Engine[] = [];
afterAll(async () => {
  for (const engine of started) await engine.stop();
});

/** Half a unit of the last place, and half of the smallest number. */
const HALF_UNIT = 2 ** -11;
const HALF_SMALLEST = 2 ** -25;
/** The error of 32 bits and of the polynomials of the engines. */
const F32 = 1e-5;

/** One engine with all of these programs, each an entry. */
async function start(name: string, programs: ReadonlyMap<string, Lowered>): Promise<Engine> {
  const entries = [...programs].map(([own, lowered]) => ({
    name: own,
    parts: [{ name: own, lowered, logged: [], fields: [] }],
  }));
  const program = { entries, batch: 2 };
  const engine =
    name === "cpu" || typeof gpu === "string"
      ? await WasmEngine.start(wasmTarget.plan(program, { shared: false }, { verify: true }), 1)
      : await startGpu(await gpu.again(), wgslTarget.plan(program, {}, { verify: true }));
  started.push(engine);
  engine.set("seed", 1);
  engine.set("batch", 2);
  return engine;
}

const copyOf = (from: string, to: string, size: number, dtypes: readonly [HeldType, HeldType]): Step => {
  const address = axisIndex("i");
  const nest: Nest = {
    label: "copy",
    span: undefined,
    loops: [{ name: "i", extent: size }],
    reduces: [],
    accumulators: [],
    stores: [
      { buffer: to, address, dtype: dtypes[1], value: { kind: "load", buffer: from, address, dtype: dtypes[0] } },
    ],
  };
  return { kind: "nest", nest };
};

const buffer = (name: string, size: number, role: Buffer["role"], more: Partial<Buffer> = {}): Buffer => ({
  name,
  size,
  role,
  dtype: "f32",
  ...more,
});

/** Numbers of 32 bits between neighbours of 16: ends, middles and what is next to them, and what lies past the largest. */
function numbers(): Float32Array {
  const found: number[] = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const [low, high] = [halfFloat(bits), bits === 0x7bff ? 65536 : halfFloat(bits + 1)];
    const middle = (low + high) / 2;
    found.push(low, middle, middle * (1 - 2 ** -23), middle * (1 + 2 ** -23));
  }
  const past = [65535, 65536, 1e10, 3.4e38, Number.POSITIVE_INFINITY, 2 ** -26, 1e-30, 1e-45];
  return Float32Array.from([...found, ...past].flatMap((x) => [x, -x]).concat(Number.NaN));
}

for (const name of engines)
  test(`${name}: every number is stored as the nearest of 16 bits, and read back exactly`, async () => {
    const given = numbers();
    const size = given.length;
    const buffers = [
      buffer("x", size, "parameter"),
      buffer("h", size, "temporary", { holdsActivations: true }),
      buffer("y", size, "parameter"),
    ];
    const steps = [copyOf("x", "h", size, ["f32", "f32"]), copyOf("h", "y", size, ["f32", "f32"])];
    const lowered = narrow({ steps, buffers: new Map(buffers.map((b) => [b.name, b])), results: new Map() });
    const engine = await start(name, new Map([["run", lowered]]));
    await engine.write("x", given);
    await engine.run("run");
    const found = await engine.read("y");
    const wrong = [...given].filter((x, i) => !Object.is(found[i], halfFloat(halfBits(x))));
    expect(wrong.slice(0, 5)).toEqual([]);
  });

/** An example of an op: its operands, and its program. */
class Trial {
  readonly title: string;
  readonly operands: readonly { readonly name: string; readonly isInteger: boolean; readonly values: Float64Array }[];
  private readonly lowered: Lowered;

  constructor(op: Op, example: Example, i: number) {
    this.title = `${op.name}, example ${i}`;
    const random = new Random(11);
    const [low, high] = example.range ?? [-1, 1];
    const isInteger = (k: number): boolean => example.integers?.includes(k) ?? false;
    // Buffers of all programs have names of their own.
    const nameOf = (k: number): string => `${this.title}, operand ${k}`;
    const leaves = example.inputs.map((s, k) => parameter(nameOf(k), s, isInteger(k) ? "i32" : "f32", "parameter"));
    // Numbers that 16 bits hold, so that a comparison has one answer.
    const draw = (k: number): number =>
      isInteger(k) ? random.integer(3) : halfFloat(halfBits(random.uniform(low, high)));
    this.operands = example.inputs.map((s, k) => ({
      name: nameOf(k),
      isInteger: isInteger(k),
      values: tensor(s).data.map(() => draw(k)),
    }));
    const [node] = padReads([make(op.name, leaves, example.attributes ?? {})]);
    this.lowered = lowerGraph([{ name: this.result, node: node!, into: this.result }], 2);
  }

  get result(): string {
    return `${this.title}, result`;
  }

  /** The program between copies: its operands are held in 16 bits, and its result too, or in 32. */
  program(isResultNarrow: boolean): Lowered {
    const { buffers: own, steps } = this.lowered;
    const names = new Set([...this.operands.map((o) => o.name), this.result].filter((name) => own.has(name)));
    const held = (name: string): string => (names.has(name) ? `${name}, held` : name);
    const renamed = (s: Step): Step =>
      s.kind === "loop"
        ? { ...s, body: s.body.map(renamed) }
        : { kind: "nest", nest: mapNest(s.nest, { buffer: held }) };
    const buffers = new Map(own);
    const [before, after]: [Step[], Step[]] = [[], []];
    for (const name of names) {
      const { dtype, size } = own.get(name)!;
      const isResult = name === this.result;
      const holdsActivations = dtype === "f32" && (isResultNarrow || !isResult);
      buffers.set(held(name), { name: held(name), size, dtype, role: "temporary", holdsActivations });
      const types = [dtype, dtype] as [HeldType, HeldType];
      if (isResult) after.push(copyOf(held(name), name, size, types));
      else before.push(copyOf(name, held(name), size, types));
    }
    return narrow({ steps: [...before, ...steps.map(renamed), ...after], buffers, results: new Map() });
  }

  /** The result as f64 gives it from operands of 16 bits. */
  wanted(): Float64Array {
    const wide = this.program(false);
    const memory = allocate(wide);
    for (const { name, values } of this.operands) memory.get(name)?.set(values);
    runSteps(wide.steps, memory, 2, { seed: 1, step: 0 });
    return memory.get(this.result)!;
  }
}

const trials = [...registry().values()].flatMap((op) =>
  op.lowering.class === "abstract"
    ? []
    : op.examples.filter((e) => e.fails === undefined).map((example, i) => new Trial(op, example, i)),
);

async function agrees(engine: Engine, trial: Trial): Promise<void> {
  for (const { name, isInteger, values } of trial.operands)
    if (engine.has(name)) await engine.write(name, isInteger ? Int32Array.from(values) : Float32Array.from(values));
  engine.set("step", 0);
  await engine.run(trial.title);
  const mine = await engine.read(trial.result);
  const wanted = trial.wanted();
  const scale = Math.max(1, ...wanted.map(Math.abs).filter(Number.isFinite));
  wanted.forEach((value, k) => {
    const bound = HALF_UNIT * Math.abs(value) + HALF_SMALLEST + F32 * scale;
    if (Number.isFinite(value) && Math.abs(value) < 65504)
      expect(Math.abs(mine[k]! - value), `[${k}]`).toBeLessThanOrEqual(bound);
    else expect(mine[k], `[${k}]`).toBe(halfFloat(halfBits(value)));
  });
}

for (const name of engines)
  describe(name, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start(name, new Map(trials.map((t) => [t.title, t.program(true)])));
    }, 120_000);

    for (const trial of trials) test(`${trial.title}, is within half a unit`, () => agrees(engine, trial));
  });

test("all finite numbers of 16 bits at once are those one by one", () => {
  const bits = Uint16Array.from({ length: 2 ** 16 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
  expect(floatsOf(bits)).toEqual(Float32Array.from(bits, halfFloat));
});
