// Proves that rows are added to those of their classes as a sum over all terms says, on both engines: tables of many widths, words
// once and often, several axes of terms, a smaller batch than planned, something else made of the sums; with the same bits for
// one, two and four threads and without widened vectors, and to five digits however often a word occurs.

import { afterAll, expect, test } from "vitest";
import { add, constant, make, mul, sum } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import type { Program } from "../../compiler/targets/target.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine } from "../../runtime/engine.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

interface Case {
  readonly classes: number;
  /** Axes of a row. */
  readonly row: readonly number[];
  /** Axes of the words of an example. */
  readonly words: readonly number[];
  readonly planned: number;
  readonly batch: number;
  /** The class of a word by a number from 0 to 1. */
  readonly drawn: (u: number, classes: number) => number;
}

const evenly = (u: number, classes: number): number => Math.floor(u * classes);
/** A few words make the most of a text. */
const unevenly = (u: number, classes: number): number => Math.floor(u ** 6 * classes);
const same = (): number => 3;

const CASES: readonly Case[] = [
  ...[17, 1000].flatMap((classes) =>
    [[], [3], [65]].map((row) => ({ classes, row, words: [5], planned: 9, batch: 7, drawn: evenly })),
  ),
  { classes: 300, row: [8], words: [], planned: 3, batch: 3, drawn: evenly },
  { classes: 300, row: [2, 12], words: [3, 7], planned: 11, batch: 11, drawn: unevenly },
  { classes: 40, row: [24], words: [129], planned: 5, batch: 4, drawn: unevenly },
  { classes: 20, row: [6], words: [1], planned: 1, batch: 1, drawn: evenly },
  { classes: 16, row: [4], words: [20_011], planned: 2, batch: 2, drawn: same },
  { classes: 16, row: [4], words: [], planned: 40_009, batch: 40_009, drawn: same },
];

const leaf = (name: string, dtype: "f32" | "i32", batched: boolean, shape: Node["shape"]): Node =>
  make("parameter", [], { name, type: { shape, dtype }, role: batched ? "field" : "parameter", batched });

/** The gradient of the batch's `sum(row(word) * g)` by the table: alone, and with something made of it. */
function valuesOf({ classes, row, words }: Case): Node[] {
  const table = leaf("table", "f32", false, [classes, ...row]);
  const rows = mul(
    make("gather", [table, leaf("ids", "i32", true, words)]),
    leaf("g", "f32", true, [...words, ...row]),
  );
  const axes = rows.shape.map((_, i) => i - rows.shape.length);
  const loss = make("over_batch", [axes.length > 0 ? sum(rows, axes) : rows], { combine: "sum" });
  const alone = make("gradient", [loss, table]);
  return runPasses([alone, add(mul(alone, constant(0.5)), table)]);
}

interface Data {
  readonly ids: Int32Array;
  readonly g: Float32Array;
  readonly table: Float32Array;
}

const product = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

function dataOf({ classes, row, words, planned, drawn }: Case): Data {
  const random = new Random(5);
  const terms = planned * product(words);
  return {
    ids: Int32Array.from({ length: terms }, () => drawn(random.uniform(), classes)),
    // Additions of equal terms round in one direction for long stretches.
    g: Float32Array.from({ length: terms * product(row) }, () => 0.1 + (drawn === same ? 0 : random.uniform())),
    table: Float32Array.from({ length: classes * product(row) }, () => random.normal()),
  };
}

/** In double precision, word by word. */
function wantedOf({ classes, row, words, batch }: Case, { ids, g, table }: Data): readonly Float64Array[] {
  const size = product(row);
  const alone = new Float64Array(classes * size);
  for (let i = 0; i < batch * product(words); i++)
    for (let k = 0; k < size; k++) alone[ids[i]! * size + k]! += g[i * size + k]!;
  return [alone, alone.map((v, i) => 0.5 * v + table[i]!)];
}

async function found(engine: Engine, each: Case, data: Data): Promise<readonly ArrayLike<number>[]> {
  engines.push(engine);
  engine.set("batch", each.batch);
  for (const [name, values] of Object.entries(data)) if (engine.has(name)) await engine.write(name, values);
  // The second run has to begin at zero again.
  await engine.run("run");
  await engine.run("run");
  const results = [await engine.read("value0"), await engine.read("value1")];
  await engine.stop();
  return results;
}

function expectNear(results: readonly ArrayLike<number>[], wanted: readonly Float64Array[]): void {
  for (const [i, values] of wanted.entries()) {
    const off = values.map((v, k) => Math.abs(results[i]![k]! - v) / Math.max(1, Math.abs(v)));
    const most = off.reduce((a, b) => Math.max(a, b), 0);
    expect(most, `value ${i}`).toBeLessThan(1e-5);
  }
}

/** The GPU takes the product whose ones and zeros are compared where they are read: a few cases show that. */
const ON_GPU = 3;

const goalsOf = (values: readonly Node[]) => values.map((node, i) => ({ name: `value${i}`, node, into: `value${i}` }));

const programOf = (each: Case, values: readonly Node[]): Program => {
  const lowered = lowerGraph(goalsOf(values), each.planned);
  return { entries: [{ name: "run", parts: [{ name: "run", lowered, logged: [], fields: [] }] }], batch: each.planned };
};

for (const [i, each] of CASES.entries()) {
  const { classes, row, words, planned, batch, drawn } = each;
  const title = `rows [${row}] of ${classes}, ${batch} of at most ${planned} examples of [${words}] words drawn ${drawn.name}`;
  const values = valuesOf(each);

  test(title, async () => {
    const program = programOf(each, values);
    const data = dataOf(each);
    let first: readonly ArrayLike<number>[] | undefined;
    for (const threads of [1, 2, 4]) {
      const plan = wasmTarget.plan(program, { shared: threads > 1 });
      expect(plan.kernels.map((k) => k.schedule).join("; ")).toContain("rows by class");
      const results = await found(await WasmEngine.start(plan, threads, spawnWorker), each, data);
      first ??= results;
      expect(results, `on ${threads} threads`).toEqual(first);
    }
    expectNear(first!, wantedOf(each, data));
  });

  if (i % ON_GPU !== 0) continue;
  test.skipIf(typeof gpu === "string")(`${title} on the GPU`, async () => {
    if (typeof gpu === "string") return;
    const data = dataOf(each);
    const engine = await startGpu(await gpu.again(), wgslTarget.plan(programOf(each, values), {}));
    expectNear(await found(engine, each, data), wantedOf(each, data));
  });
}
