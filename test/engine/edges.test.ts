// Proves that tiles whose lanes fill no whole vectors compute what a product is and write nothing beside their results, with the same
// bits for any number of threads; that such tiles run on wide vectors is proved by revec.test.ts.

import { expect, test } from "vitest";
import { einsum, parameter } from "../../compiler/graph/build.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";

const STEPS = 9;
/** Part of a vector, of a pair of vectors and of a panel, and one more than whole ones. */
const COLUMNS = [3, 4, 5, 6, 7, 9, 10, 12, 15, 17, 20, 22];
/** One row, a few, the tallest tiles, and what does not divide into them. */
const ROWS = [1, 5, 7, 8, 13, 29, 65];

const products = COLUMNS.flatMap((n) => ROWS.map((m) => ({ m, n, name: `${m}x${n}` })));

function planOf(threads: number): ReturnType<typeof wasmTarget.plan> {
  const goals = products.map(({ m, n, name }) => {
    const [a, b] = [
      parameter(`a${name}`, [m, STEPS], "f32", "parameter"),
      parameter(`b${name}`, [STEPS, n], "f32", "parameter"),
    ];
    return { name: `out${name}`, node: einsum("mk,kn->mn", a, b), into: `out${name}` };
  });
  const entries = [{ name: "run", parts: [{ name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] }] }];
  return wasmTarget.plan({ entries, batch: 1 }, { shared: threads > 1 });
}

/** The results of all products of random operands; the first with what was given. */
async function resultsOn(threads: number): Promise<{ given: Map<string, Float32Array>; results: Float32Array[] }> {
  const plan = planOf(threads);
  expect(plan.kernels.filter((k) => k.schedule.startsWith("tile")).length).toBeGreaterThan(COLUMNS.length);
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.set("batch", 1);
  const random = new Random(5);
  const given = new Map<string, Float32Array>();
  for (const { name, m, n } of products)
    for (const [leaf, size] of [
      [`a${name}`, m * STEPS],
      [`b${name}`, STEPS * n],
    ] as const) {
      given.set(
        leaf,
        Float32Array.from({ length: size }, () => random.uniform(-1, 1)),
      );
      await engine.write(leaf, given.get(leaf)!);
    }
  await engine.run("run");
  const results: Float32Array[] = [];
  for (const { name } of products) results.push(Float32Array.from(await engine.read(`out${name}`)));
  await engine.stop();
  return { given, results };
}

test("products of every width and height are right at their edges, to the bit on 1, 2 and 4 threads", async () => {
  const { given, results } = await resultsOn(1);
  for (const [i, { name, m, n }] of products.entries()) {
    const [a, b] = [given.get(`a${name}`)!, given.get(`b${name}`)!];
    const wanted = Array.from({ length: m * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      return Array.from({ length: STEPS }, (_, k) => a[row * STEPS + k]! * b[k * n + column]!).reduce(
        (x, y) => x + y,
        0,
      );
    });
    const off = wanted.filter((w, at) => !(Math.abs(results[i]![at]! - w) <= 1e-5)).length;
    expect([results[i]!.length, off], name).toEqual([m * n, 0]);
  }
  for (const threads of [2, 4]) expect((await resultsOn(threads)).results, `${threads} threads`).toEqual(results);
});
