// Proves that sums keep their digits however long they are: every way in which the engines sum, against f64, within 1e-5 of the
// sum of the terms' sizes, with the same bits for one, two and three threads. LONG_SUMS=1 goes on to 10^8 terms.

import { afterAll, expect, test } from "vitest";
import { BATCH } from "../../compiler/arithmetic/dim.ts";
import {
  add,
  broadcast,
  constant,
  einsum,
  indexAlong,
  make,
  mul,
  reshape,
  scan,
  sub,
  sum,
} from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Lowered } from "../../compiler/loops/step.ts";
import { padReads } from "../../compiler/passes/padding.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import type { Program } from "../../compiler/targets/target.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import type { Engine, Numbers } from "../../runtime/engine.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../runtime/wasm/node.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const NEAR = 1e-5;
const isLong = process.env.LONG_SUMS !== undefined;

/** Terms that are no multiples of a power of two: additions of equal ones round in one direction for long stretches. */
const [A, B] = [Math.fround(0.1), Math.fround(0.7)];

interface Case {
  readonly title: string;
  readonly values: readonly Node[];
  readonly batch: number;
  /** Wanted numbers of each value where all of leaf `a` are one number, all of `b` another, and all others 0. */
  readonly wanted: (a: number, b: number) => readonly number[];
  /** Sums of ones may be rounded. */
  readonly isRounded?: boolean;
  /** Words of the schedule that this case is there for. */
  readonly schedule: RegExp;
}

const leaf = (name: string, ...shape: Node["shape"]): Node =>
  make("parameter", [], { name, type: { shape, dtype: "f32" }, role: "field", batched: shape[0] === BATCH });

/** Lengths of sums. */
const CELL = 20_000;
const [K, LONG] = isLong ? [1_000_003, 100_000_000] : [40_009, 1_000_003];
/** Times eight it is more than 32 bits hold. */
const LONGER = isLong ? 600_000_011 : LONG;

/** n terms made of their place alone: from A, by 2^-30 and one place more each. */
function generated(n: number): { value: Node; wanted: number } {
  const place = indexAlong([n], -1);
  let wanted = 0;
  const [slope, start] = [2 ** -30, A];
  for (let i = 0; i < n; i++) wanted += Math.fround(Math.fround(Math.fround(i) * slope) + start);
  return { value: sum(add(mul(place, constant(slope)), constant(start)), [-1]), wanted };
}

/** A cell whose state is a product and a sum over K numbers of its row: what a row of the batch does by itself. */
function cell(): Node {
  const inside = (name: string, ...shape: Node["shape"]): Node =>
    make("parameter", [], { name, type: { shape, dtype: "f32" }, role: "local", batched: shape[0] === BATCH });
  const [h, x, w] = [inside("h", BATCH, 16), inside("x", BATCH, CELL), inside("w", CELL, 16)] as const;
  const row = broadcast(reshape(sum(x, [-1]), [BATCH, 1]), h.shape);
  const next = add(add(mul(h, constant(0)), row), einsum("bk,kn->bn", x, w));
  const [last] = scan({
    body: { kind: "graph", parameters: [h, x, w], results: [next] },
    states: [leaf("h", BATCH, 16)],
    sequences: [],
    constants: [leaf("a", BATCH, CELL), leaf("b", CELL, 16)],
    length: 2,
    reverse: false,
    timeAxes: [],
  });
  return last!;
}

function* casesOf(): Generator<Case> {
  const one = { batch: 1 };
  const made = generated(LONGER);
  yield {
    title: `${LONGER} generated terms in one`,
    values: [made.value],
    ...one,
    wanted: () => [made.wanted],
    isRounded: true,
    schedule: /^point/,
  };
  yield {
    title: "all numbers of a vector",
    values: [sum(leaf("a", LONG), [-1])],
    ...one,
    wanted: (a) => [LONG * a],
    schedule: /^row/,
  };
  yield {
    title: "rows of twelve",
    values: [sum(leaf("a", 10_001, 5, 12), [-3, -1])],
    ...one,
    wanted: (a) => [10_001 * 12 * a],
    schedule: /^row/,
  };
  yield {
    title: "rows of 1,500",
    values: [sum(leaf("a", 99, 5, 1500), [-3, -1])],
    ...one,
    wanted: (a) => [99 * 1500 * a],
    schedule: /^row/,
  };
  yield {
    title: "columns",
    values: [sum(leaf("a", K, 21), [-2])],
    ...one,
    wanted: (a) => [K * a],
    schedule: /^column/,
  };
  yield {
    title: "columns over two axes apart",
    values: [sum(leaf("a", 200, 3, 301, 8), [-4, -2])],
    ...one,
    wanted: (a) => [200 * 301 * a],
    schedule: /^column/,
  };
  yield {
    title: "many columns, which are not cut into parts",
    values: [sum(leaf("a", 10_007, 300), [-2])],
    ...one,
    wanted: (a) => [10_007 * a],
    schedule: /^column/,
  };
  yield {
    title: "the batch",
    values: [sum(leaf("a", BATCH, 3), [-2])],
    batch: K,
    wanted: (a) => [K * a],
    schedule: /^(point|column)/,
  };
  yield {
    title: "a dot product",
    values: [einsum("k,k->", leaf("a", K * 5), leaf("b", K * 5))],
    ...one,
    wanted: (a, b) => [K * 5 * a * b],
    schedule: /^row/,
  };
  yield {
    title: "a product of packed panels",
    values: [einsum("mk,nk->mn", leaf("a", 7, K), leaf("b", 19, K))],
    ...one,
    wanted: (a, b) => [K * a * b],
    schedule: /^tile.*packed/,
  };
  yield {
    title: "a product of few rows, which are read where they lie",
    values: [einsum("mk,kn->mn", leaf("a", 7, K), leaf("b", K, 19))],
    ...one,
    wanted: (a, b) => [K * a * b],
    schedule: /^tile.*direct/,
  };
  yield {
    title: "a product over two axes",
    values: [einsum("kml,lnk->mn", leaf("a", 211, 6, 203), leaf("b", 203, 17, 211))],
    ...one,
    wanted: (a, b) => [211 * 203 * a * b],
    schedule: /^tile.*packed/,
  };
  yield {
    title: "a product over the batch, and the sum beside it",
    values: [einsum("bm,bn->mn", leaf("a", BATCH, 6), leaf("b", BATCH, 18)), sum(leaf("b", BATCH, 18), [-2])],
    batch: 20_021,
    wanted: (a, b) => [20_021 * a * b, 20_021 * b],
    schedule: /^tile.*direct/,
  };
  yield {
    title: "a product over the batch and an axis",
    values: [einsum("bkm,bkn->mn", leaf("a", BATCH, 7, 6), leaf("b", BATCH, 7, 18))],
    batch: 4001,
    wanted: (a, b) => [4001 * 7 * a * b],
    schedule: /^tile.*direct/,
  };
  yield {
    title: "a product of one row",
    values: [einsum("k,kn->n", leaf("a", K), leaf("b", K, 16))],
    ...one,
    wanted: (a, b) => [K * a * b],
    schedule: /^tile/,
  };
  yield {
    title: "what a row of the batch sums by itself",
    values: [cell()],
    batch: 3,
    wanted: (a, b) => [CELL * a * b + CELL * a],
    schedule: /^tile.*threads over rows/,
  };
  const x = leaf("a", K * 10);
  const centred = sub(x, broadcast(mul(sum(x, [-1]), constant(1 / (K * 10))), x.shape));
  yield {
    title: "a mean that is taken away again",
    values: [sum(add(centred, reshape(leaf("b", 1), [1])), [-1])],
    ...one,
    wanted: (_, b) => [K * 10 * b],
    isRounded: true,
    schedule: /^row/,
  };
}

/** Sums that are long for each thread of a GPU. */
function* casesOfGpu(): Generator<Case> {
  yield {
    title: "a product of few results",
    values: [einsum("km,kn->mn", leaf("a", 100_003, 8), leaf("b", 100_003, 8))],
    batch: 1,
    wanted: (a, b) => [100_003 * a * b],
    schedule: /contraction, tiles of/,
  };
  if (!isLong) return;
  const shape = [70_001, 3001];
  const small = mul(indexAlong(shape, -2), constant(2 ** -30));
  yield {
    title: "more results than there are threads to share them",
    values: [sum(make("max", [broadcast(leaf("a", 3001), shape), small]), [-1])],
    batch: 1,
    wanted: (a) => [3001 * a],
    schedule: /a thread for each result/,
  };
}

const cases = [...casesOf()];
const engines: Engine[] = [];
afterAll(() => Promise.all(engines.map((e) => e.stop())));

function loweredOf({ values, batch }: Case): Lowered {
  const goals = padReads(values).map((node, i) => ({ name: `value${i}`, node, into: `value${i}` }));
  return lowerGraph(goals, batch);
}

async function valuesOf(engine: Engine, { batch, values }: Case, leaves: Record<string, number>): Promise<Numbers[]> {
  engine.set("batch", batch);
  for (const name of ["a", "b", "h"])
    if (engine.has(name)) await engine.write(name, (await engine.read(name)).fill(leaves[name] ?? 0));
  await engine.run("run");
  return Promise.all(values.map((_, i) => engine.read(`value${i}`)));
}

/** Terms that round, to five digits; ones, of which every number up to 2^24 is exact, all and each once. */
async function provesSums(engine: Engine, each: Case): Promise<Numbers[]> {
  engines.push(engine);
  const found = await valuesOf(engine, each, { a: A, b: B });
  expect(errorOf(found, each.wanted(A, B))).toBeLessThan(NEAR);
  const counts = each.wanted(1, 1);
  if (!each.isRounded && counts.every((n) => n < 2 ** 24))
    expect(errorOf(await valuesOf(engine, each, { a: 1, b: 1 }), counts)).toBe(0);
  await engine.stop();
  return found;
}

/** The largest error relative to what is wanted. */
const errorOf = (found: readonly Numbers[], wanted: readonly number[]): number =>
  Math.max(
    ...found.flatMap((numbers, i) =>
      [Math.max(...numbers), Math.min(...numbers)].map((v) => Math.abs(v / wanted[i]! - 1)),
    ),
  );

/** The way of summing that a case is there for. */
function hasSchedule(
  { kernels }: { readonly kernels: readonly { readonly schedule: string }[] },
  wanted: RegExp,
): void {
  const schedules = kernels.map((k) => k.schedule);
  expect(
    schedules.some((s) => wanted.test(s)),
    schedules.join("; "),
  ).toBe(true);
}

const entriesOf = (lowered: Lowered): Program["entries"] => [
  { name: "run", parts: [{ name: "run", lowered, logged: [], fields: [] }] },
];

for (const each of cases)
  test(`the processor sums ${each.title} to five digits, with the same bits for any number of threads`, async () => {
    const entries = entriesOf(loweredOf(each));
    const plans = [1, 2, 3].map((threads) => wasmTarget.plan({ entries, batch: each.batch }, { shared: threads > 1 }));
    hasSchedule(plans[0]!, each.schedule);
    let first: Numbers[] | undefined;
    for (const [i, plan] of plans.entries()) {
      const engine = await WasmEngine.start(plan, i + 1, i > 0 ? spawnWorker : undefined);
      const found = await provesSums(engine, each);
      expect(found, `on ${i + 1} threads`).toEqual((first ??= found));
    }
  });

const onGpu = [...casesOfGpu()];
for (const each of [...cases, ...onGpu])
  test.skipIf(typeof gpu === "string")(`the GPU sums ${each.title} to five digits`, async () => {
    if (typeof gpu === "string") return;
    const plan = wgslTarget.plan({ entries: entriesOf(loweredOf(each)), batch: each.batch }, {});
    if (onGpu.includes(each)) hasSchedule(plan, each.schedule);
    await provesSums(await startGpu(await gpu.again(), plan), each);
  });
