// Measures a GPU, so that kernels are chosen for it: the rate of each tile at a large product, memory, the wait between two dispatches,
// and how much work keeps all of it busy. In: a function that times a plan. Out: figures as plain data. A few seconds on a real GPU.

import { axisIndex } from "../../compiler/arithmetic/affine.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { constant, einsum, mul, parameter, sum } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Entry } from "../../compiler/loops/entry.ts";
import type { Nest } from "../../compiler/loops/nest.ts";
import { rewriteNest } from "../../compiler/loops/nest.ts";
import type { Lowered, Step } from "../../compiler/loops/step.ts";
import type { Buffer } from "../../compiler/loops/storage.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { sidesOf } from "../../compiler/targets/wgsl/tiles/shapes.ts";
import { GPU, matrixShapes, type TileShape, type WgslTuning } from "../../compiler/targets/wgsl/tuning.ts";
import { crc32, showCrc } from "../../runtime/files/crc32.ts";
import type { GpuTuning, MatrixKind, WgslPlan } from "../../runtime/plan.ts";

/** Microseconds of one run of the plan's only entry. */
export type TimePlan = (plan: WgslPlan) => Promise<number>;

/** The entry of every probe, and that which fills what it reads, where there is something to fill. */
export const PROBE = "probe";
export const FILL = "fill";

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

/** As `productProbe` by matrices, of operands in 16 bits that `FILL` makes of parameters. */
export function matrixProbe({ m, n, k }: ProductSizes, shape: TileShape): WgslPlan {
  const [a, b] = [parameter("a", [m, k], "f32", "parameter"), parameter("b", [k, n], "f32", "parameter")];
  const lowered = lowerGraph([{ name: "out", node: einsum("mk,kn->mn", a, b), into: "out" }], 1);
  const matrices = shape.matrix ? [shape.matrix.kind] : [];
  const room = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 };
  return wgslTarget.plan(
    { entries: inHalves(lowered, ["a", "b"]), batch: 1 },
    { tuning: onlyShape(shape, 1), limits: { ...room, hasHalves: true, matrices } },
  );
}

/** A probe that reads copies in 16 bits of some of its parameters, and what copies them. */
export function inHalves({ buffers, steps, results }: Lowered, names: readonly string[]): Entry[] {
  const halves = new Map(
    names.map((name): [string, Buffer] => {
      const copy = `${name} in 16 bits`;
      return [name, { ...lookUp(buffers, name), name: copy, role: "state", dtype: "f16" }];
    }),
  );
  const all = new Map([...buffers, ...[...halves.values()].map((b) => [b.name, b] as const)]);
  const reading = (nest: Nest): Nest =>
    rewriteNest(nest, (v) => {
      const half = v.kind === "load" ? halves.get(v.buffer) : undefined;
      return half && v.kind === "load" ? { ...v, buffer: half.name, dtype: "f16" } : v;
    });
  const part = (name: string, steps: readonly Step[]): Entry => ({
    name,
    parts: [{ name, lowered: { buffers: all, results, steps }, logged: [], fields: [] }],
  });
  const fills = [...halves].map(([name, half]): Step => ({ kind: "nest", nest: copyNest(name, half) }));
  const probing = steps.map((s): Step => (s.kind === "nest" ? { ...s, nest: reading(s.nest) } : s));
  return [part(FILL, fills), part(PROBE, probing)];
}

function copyNest(from: string, { name, size }: Buffer): Nest {
  const address = axisIndex("i");
  return {
    label: "copy",
    span: undefined,
    loops: [{ name: "i", extent: size }],
    reduces: [],
    accumulators: [],
    stores: [{ buffer: name, address, dtype: "f16", value: { kind: "load", buffer: from, address, dtype: "f32" } }],
  };
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

/** Ways that were found right on a device, each of which is taken where it is sooner done. */
export interface Right {
  /** Threads of a subgroup that reduce; 0: none do. */
  readonly subgroup?: number;
  readonly matrices?: MatrixKind | undefined;
}

export async function measureGpu(
  key: string,
  time: TimePlan,
  { subgroup = 0, matrices }: Right = {},
): Promise<GpuTuning> {
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
  const scale = Math.max(...shapes.map((s) => s.rate)) / best;
  const byMatrices: number[] = [];
  for (const shape of matrices ? matrixShapes(matrices) : [])
    byMatrices.push((2 * sizes.side ** 3) / (await time(matrixProbe(square(sizes), shape))));
  const areSooner = SOONER * Math.max(0, ...byMatrices) > best;
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
    rates: reached.map((r) => rounded(r * scale)),
    ...(isSooner ? { subgroup } : {}),
    ...(matrices && areSooner ? { matrices: { ...matrices, rates: byMatrices.map((r) => rounded(r * scale)) } } : {}),
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

const USUAL_MATRICES: MatrixKind = { component: "f16", m: 16, n: 16, k: 16, threads: 32 };

/** A name for the kernels that are measured: another compiler's figures are of other kernels. */
export function kernelsDigest(): string {
  const plans = GPU.tile.shapes.map((shape) => productProbe({ m: 256, n: 256, k: 256 }, shape));
  const reductions = [rowsProbe(64, 0), rowsProbe(64, 32)];
  const products = [...matrixShapes(USUAL_MATRICES)].map((shape) => matrixProbe({ m: 256, n: 256, k: 256 }, shape));
  const code = [...plans, ...reductions, ...products].flatMap((p) => p.kernels.map((k) => k.code)).join("\n");
  return showCrc(crc32(new TextEncoder().encode(code)));
}

/** Whether plain data, from a file that anything may have happened to, is a tuning for this key. */
export function isTuningFor(key: string, found: unknown): found is GpuTuning {
  if (typeof found !== "object" || found === null) return false;
  const { rates, matrices, ...rest } = found as Partial<GpuTuning>;
  const isPositive = (x: unknown): boolean => typeof x === "number" && Number.isFinite(x) && x > 0;
  const figures = [rest.units, rest.operations, rest.bytes, rest.dispatch, rest.load];
  const isSubgroup = rest.subgroup === undefined || [4, 8, 16, 32, 64, 128].includes(rest.subgroup);
  const isComplete = Array.isArray(rates) && rates.length === GPU.tile.shapes.length && rates.every(isPositive);
  const areMatrices = matrices === undefined || isMatrices(matrices, isPositive);
  return rest.key === key && isComplete && isSubgroup && areMatrices && figures.every(isPositive);
}

function isMatrices(found: unknown, isPositive: (x: unknown) => boolean): boolean {
  if (typeof found !== "object" || found === null) return false;
  const { component, m, n, k, threads, rates } = found as Partial<NonNullable<GpuTuning["matrices"]>>;
  if (component !== "f16" && component !== "f32") return false;
  if (m === undefined || n === undefined || k === undefined || threads === undefined) return false;
  if (![m, n, k, threads].every((x) => Number.isInteger(x) && x > 0) || !Array.isArray(rates)) return false;
  return rates.length === matrixShapes({ component, m, n, k, threads }).length && rates.every(isPositive);
}
