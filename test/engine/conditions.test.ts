// Proves that a kernel whose stores all depend on one number leaves everything where that number is 0, and else stores what its nest says:
// updates by a map, a row, a column and a tile, of sizes that fill no vector.

import { describe, expect, test } from "vitest";
import { add, constant, einsum, make, mul, parameter } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Nest } from "../../compiler/loops/nest.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { conditionOf } from "../../compiler/targets/wasm/emit/conditions.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";

const TERMS = 5;
const condition = parameter("condition", [], "f32", "parameter");
const other = parameter("other", [], "f32", "parameter");

/** A state and what it becomes, if the number `by` is not 0. */
interface Update {
  readonly name: string;
  readonly node: Node;
  readonly into: string;
}

function update(name: string, shape: readonly number[], gain: Node, by = condition): Update {
  const state = parameter(name, shape, "f32", "state");
  return { name, node: make("select", [by, add(mul(state, constant(0.5)), gain), state]), into: name };
}

const updatesOf = (size: number): Update[] => {
  const [a, b] = [parameter("a", [TERMS, size], "f32", "parameter"), parameter("b", [TERMS, 7], "f32", "parameter")];
  return [
    update("map", [size], parameter("gain", [size], "f32", "parameter")),
    update("column", [size], make("sum", [a], { axes: [-2] })),
    update("tile", [size, 7], einsum("km,kn->mn", a, b)),
  ];
};

const nestsOf = (updates: readonly Update[]): Nest[] =>
  lowerGraph(updates, 1).steps.flatMap((s) => (s.kind === "nest" ? [s.nest] : []));

const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 3 * i));

describe.each([1, 3, 17, 65])("%i numbers", (size) => {
  test.each([1, 2])("on %i threads", async (threads) => {
    const updates = updatesOf(size);
    const lowered = lowerGraph(updates, 1);
    const entries = [{ name: "run", parts: [{ name: "run", lowered, logged: [], fields: [] }] }];
    const plan = wasmTarget.plan({ entries, batch: 1 }, { shared: threads > 1 });
    const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
    engine.set("batch", 1);
    const [a, b, gain] = [numbers(TERMS * size, 1), numbers(TERMS * 7, 2), numbers(size, 3)];
    for (const [name, values] of Object.entries({ a, b, gain })) await engine.write(name, values);
    const gains: Record<string, (i: number) => number> = {
      map: (i) => gain[i]!,
      column: (i) => Array.from({ length: TERMS }, (_, k) => a[k * size + i]!).reduce((x, y) => x + y),
      tile: (i) =>
        b.subarray(0, TERMS).reduce((sum, _, k) => sum + a[k * size + Math.trunc(i / 7)]! * b[k * 7 + (i % 7)]!, 0),
    };
    for (const chooses of [0, -0, 1, NaN, -2, Infinity]) {
      await engine.write("condition", Float32Array.of(chooses));
      for (const { name } of updates) {
        const before = numbers((await engine.read(name)).length, 4);
        await engine.write(name, before);
      }
      await engine.run("run");
      for (const { name } of updates) {
        const after = await engine.read(name);
        const before = numbers(after.length, 4);
        after.forEach((x, i) => {
          const wanted = chooses === 0 ? before[i]! : 0.5 * before[i]! + gains[name]!(i);
          if (chooses === 0) expect(x).toBe(wanted);
          else expect(x, `${name}[${i}]`).toBeCloseTo(wanted, 5);
        });
      }
    }
    await engine.stop();
  });
});

test("a kernel looks at the number once, if there is one for all it stores", () => {
  for (const nest of nestsOf(updatesOf(17)).filter((n) => n.stores.some((s) => s.buffer !== "condition"))) {
    const found = conditionOf(nest);
    expect(found?.condition.buffer).toBe("condition");
    expect(JSON.stringify(found?.nest.stores)).not.toContain("select");
  }
  const gain = parameter("gain", [17], "f32", "parameter");
  const apart = nestsOf([update("x", [17], gain), update("y", [17], gain, other)]);
  expect(apart.every((n) => n.stores.length === 1 || conditionOf(n) === undefined)).toBe(true);
  const always = nestsOf([{ name: "z", node: mul(gain, constant(2)), into: "z" }]);
  expect(always.map(conditionOf)).toEqual([undefined]);
});
