// Measures a GPU, so that kernels are chosen for it: the rate of each tile at a large product, memory, the wait between two dispatches,
// and how much work keeps all of it busy. In: a function that times a plan. Out: figures as plain data. A few seconds on a real GPU.

import { constant, einsum, mul, parameter, sum } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { sidesOf } from "../../compiler/targets/wgsl/shapes.ts";
import { GPU, type TileShape, type WgslTuning } from "../../compiler/targets/wgsl/tuning.ts";
import { crc32, showCrc } from "../../runtime/files/crc32.ts";
import type { GpuTuning, WgslPlan } from "../../runtime/plan.ts";

/** Microseconds of one run of the plan's only entry. */
export type TimePlan = (plan: WgslPlan) => Promise<number>;

/** The entry of every probe. */
export const PROBE = "probe";

/** A plan of one value, `out`, of parameters. */
function probe(node: Node, tuning: WgslTuning): WgslPlan {
  const lowered = lowerGraph([{ name: "out", node, into: "out" }], 1);
  return wgslTarget.plan(
    { entries: [{ name: PROBE, parts: [{ name: PROBE, lowered, logged: [], fields: [] }] }], batch: 1 },
    { tuning },
  );
}

export interface ProductSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** A product in one kind of tile, in so many parts. */
export function productProbe({ m, n, k }: ProductSizes, shape: TileShape, parts = 1): WgslPlan {
  const [a, b] = [parameter("a", [m, k], "f32", "parameter"), parameter("b", [k, n], "f32", "parameter")];
  return probe(einsum("mk,kn->mn", a, b), onlyShape(shape, parts));
}

/** The usual thresholds with one tile for everything, and so many parts where there are as many steps. */
export const onlyShape = (shape: TileShape, parts: number): WgslTuning => ({
  ...GPU,
  device: parts > 1 ? { ...GPU.device, dispatch: 0, bytes: Number.POSITIVE_INFINITY, load: 1000 } : GPU.device,
  tile: { ...GPU.tile, shapes: [shape], fewestRows: 1, fewestSteps: 1 },
  parts: { most: parts, fewestSteps: 1 },
});

/** Reads so many numbers and writes as many. */
export const copyProbe = (count: number): WgslPlan =>
  probe(mul(parameter("a", [count], "f32", "parameter"), constant(1.5)), GPU);

/** Sums of rows, each by a workgroup, whose threads join what they have by subgroups of so many; 0: by memory. */
export const rowsProbe = (rows: number, subgroup: number): WgslPlan =>
  probe(sum(parameter("a", [rows, ROW], "f32", "parameter"), [-1]), { ...GPU, subgroup });

const ROW = 512;
/** Threads that hand each other numbers are taken where they save so much of the time. */
const SOONER = 0.95;

/** Sizes of the probes: as large as keep a device busy for about a millisecond. */
interface Sizes {
  readonly side: number;
  readonly count: number;
}

const SMALL: Sizes = { side: 256, count: 2 ** 18 };
const LARGE: Sizes = { side: 2048, count: 2 ** 26 };
/** A device that takes longer than so many microseconds for the small product is measured by it. */
const SLOW = 2000;
/** Of a product of one tile. */
const STEPS = 4096;

/** `subgroup`: threads of a subgroup, where reductions by these were found right. */
export async function measureGpu(key: string, time: TimePlan, subgroup = 0): Promise<GpuTuning> {
  const { shapes } = GPU.tile;
  const square = ({ side }: Sizes): ProductSizes => ({ m: side, n: side, k: side });
  const [largest] = shapes as readonly [TileShape];
  const first = await time(productProbe(square(SMALL), largest));
  const sizes = first > SLOW ? SMALL : LARGE;
  const reached: number[] = [];
  for (const shape of shapes) reached.push((2 * sizes.side ** 3) / (await time(productProbe(square(sizes), shape))));
  const best = Math.max(...reached);
  const copied = (2 * NUMBER * sizes.count) / (await time(copyProbe(sizes.count)));
  // The probe and the end of its part wait for each other.
  const dispatch = (await time(copyProbe(1))) / 2;
  const alone = async (shape: TileShape): Promise<number> => {
    const [m, n] = sidesOf(shape);
    return Math.max(1e-3, (await time(productProbe({ m, n, k: STEPS }, shape))) - 2 * dispatch);
  };
  const [down, along] = sidesOf(largest);
  const single = (2 * down * along * STEPS) / (await alone(largest));
  const rows = Math.min(MOST_ROWS, sizes.count / ROW);
  const isSooner = subgroup > 0 && (await time(rowsProbe(rows, subgroup))) < SOONER * (await time(rowsProbe(rows, 0)));
  const smallest = itemOf(shapes);
  const slabs = STEPS / (smallest.depth * smallest.slices);
  return {
    key,
    units: Math.round(clamp((reached[0] ?? best) / single, 1, MOST_UNITS)),
    // The usual figures are of a device whose best tile reaches this share of its operations.
    operations: rounded(best / Math.max(...shapes.map((s) => s.rate))),
    bytes: rounded(copied),
    dispatch: rounded(dispatch),
    load: rounded((await alone(smallest)) / slabs),
    rates: reached.map((r) => rounded((r / best) * Math.max(...shapes.map((s) => s.rate)))),
    ...(isSooner ? { subgroup } : {}),
  };
}

const NUMBER = 4;
const MOST_UNITS = 512;
const MOST_ROWS = 2 ** 15;

/** The tile with the fewest results: it waits for memory rather than for arithmetic. */
const itemOf = (shapes: readonly TileShape[]): TileShape => {
  const results = (s: TileShape): number => sidesOf(s).reduce((a, b) => a * b, 1);
  return shapes.reduce((a, b) => (results(b) < results(a) ? b : a));
};

const clamp = (x: number, from: number, to: number): number => Math.min(to, Math.max(from, x));
/** Noise is no reason for another order of sums. */
const rounded = (x: number): number => Number(x.toPrecision(2));

/** A name for the kernels that are measured: another compiler's figures are of other kernels. */
export function kernelsDigest(): string {
  const plans = GPU.tile.shapes.map((shape) => productProbe({ m: 256, n: 256, k: 256 }, shape));
  const reductions = [rowsProbe(64, 0), rowsProbe(64, 32)];
  const code = [...plans, ...reductions].flatMap((p) => p.kernels.map((k) => k.code)).join("\n");
  return showCrc(crc32(new TextEncoder().encode(code)));
}

/** Whether plain data, from a file that anything may have happened to, is a tuning for this key. */
export function isTuningFor(key: string, found: unknown): found is GpuTuning {
  if (typeof found !== "object" || found === null) return false;
  const { rates, ...rest } = found as Partial<GpuTuning>;
  const isPositive = (x: unknown): boolean => typeof x === "number" && Number.isFinite(x) && x > 0;
  const figures = [rest.units, rest.operations, rest.bytes, rest.dispatch, rest.load];
  const isSubgroup = rest.subgroup === undefined || [4, 8, 16, 32, 64, 128].includes(rest.subgroup);
  const isComplete = Array.isArray(rates) && rates.length === GPU.tile.shapes.length && rates.every(isPositive);
  return rest.key === key && isComplete && isSubgroup && figures.every(isPositive);
}
