// The reduced axes of a tile: loops by pointer increments around a block of multiply-adds.

import { mulDims } from "../../graph/dim.ts";
import type { Load } from "../../kernel/axes.ts";
import { runExtent } from "../../kernel/axes.ts";
import { coefficient } from "../../kernel/index.ts";
import type { Axis } from "../../kernel/nest.ts";
import type { Context } from "./context.ts";
import { pushExtent, zeroScratch } from "./context.ts";
import type { Schedule } from "./schedule.ts";

/** Lanes of a panel. */
export const PANEL = 16;
const UNROLL = 4;

export type TileSchedule = Extract<Schedule, { mode: "tile" }>;

export interface Tiler {
  readonly c: Context;
  readonly s: TileSchedule;
  readonly a: number;
  readonly b: number;
  readonly panel: number;
  readonly pack: number | undefined;
  readonly steps: readonly Walk[];
  /** The splat operand is 1: a sum of the vector operand. */
  readonly ones: boolean;
}

/** One loop over reduced axes: how far both operands move at each step, in bytes. */
export interface Walk {
  readonly axis: Axis;
  readonly a: number;
  readonly b: number;
}

function strideOf(load: Load, axis: Axis): number {
  return 4 * coefficient(load.address, axis.name)!;
}

/** Reduced axes that both operands walk evenly are one loop; a packed operand is walked evenly whatever they are. */
export function walksOf(s: TileSchedule): Walk[] {
  const { splat, vector, packed } = s.tile;
  const walks: Walk[] = [];
  for (const axis of s.nest.reduces.toReversed()) {
    const walk = { axis, a: strideOf(splat, axis), b: packed ? 4 * PANEL : strideOf(vector, axis) };
    const inner = walks.at(-1);
    const size = inner && runExtent(inner.axis.extent);
    const even =
      size &&
      size.perBatch === 0 &&
      walk.a === inner.a * size.constant &&
      (packed || walk.b === inner.b * size.constant);
    if (even)
      walks.splice(-1, 1, { ...inner, axis: { name: axis.name, extent: mulDims(axis.extent, inner.axis.extent) } });
    else walks.push(walk);
  }
  return walks.toReversed();
}

/** Loops over the reduced axes by pointer increments; each leaves both pointers past what it read. */
export function reduceSteps(
  t: Tiler,
  walks: readonly Walk[],
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
): void {
  const [walk, ...rest] = walks as [Walk, ...Walk[]];
  const { code } = t.c;
  const count = code.local("i32");
  if (rest.length === 0) {
    innerSteps(t, walk, rows, sums, count);
    return;
  }
  code.for(
    count,
    () => code.i32(0),
    () => pushExtent(t.c, walk.axis),
    1,
    () => {
      const [keepA, keepB] = [code.local("i32"), code.local("i32")];
      code.get(t.a).set(keepA);
      if (!t.s.tile.packed) code.get(t.b).set(keepB);
      reduceSteps(t, rest, rows, sums);
      code.get(keepA).i32(walk.a).op("i32_add").set(t.a);
      if (!t.s.tile.packed) code.get(keepB).i32(walk.b).op("i32_add").set(t.b);
    },
  );
}

function innerSteps(
  t: Tiler,
  { axis, a, b }: Walk,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
  count: number,
): void {
  const { code } = t.c;
  const { constant, perBatch } = runExtent(axis.extent);
  const block = (steps: number): void => {
    // An operand that is walked backwards is read from its last step on: an instruction's offset is unsigned.
    const [lowA, lowB] = [a, b].map((stride) => Math.min(0, stride * (steps - 1))) as [number, number];
    const move = (pointer: number, bytes: number): void => {
      if (bytes !== 0) code.get(pointer).i32(bytes).op("i32_add").set(pointer);
    };
    move(t.a, lowA);
    move(t.b, lowB);
    for (let u = 0; u < steps; u++) multiplyAdd(t, u * a - lowA, u * b - lowB, rows, sums);
    move(t.a, a * steps - lowA);
    move(t.b, b * steps - lowB);
    zeroScratch(t.c);
  };
  if (perBatch === 0 && constant <= 2 * UNROLL) {
    block(constant);
    return;
  }
  const whole = (): void => {
    pushExtent(t.c, axis);
    code.i32(UNROLL - 1).op("i32_sub");
  };
  code.for(
    count,
    () => code.i32(0),
    whole,
    UNROLL,
    () => block(UNROLL),
  );
  if (perBatch === 0) {
    if (constant % UNROLL > 0) block(constant % UNROLL);
    return;
  }
  code.for(
    count,
    () => code.get(count),
    () => pushExtent(t.c, axis),
    1,
    () => block(1),
  );
}

function multiplyAdd(
  t: Tiler,
  a: number,
  b: number,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
): void {
  const { code, scratch } = t.c;
  const rowStride = rows ? strideOf(t.s.tile.splat, rows) : 0;
  const vectors = sums[0]!.map((_, j) => {
    const name = `b${j}`;
    let local = scratch.get(name);
    if (local === undefined) scratch.set(name, (local = code.local("v128")));
    code
      .get(t.b)
      .memory("v128_load", b + 16 * j)
      .set(local);
    return local;
  });
  if (t.ones) {
    sums[0]!.forEach((sum, j) => {
      code.get(vectors[j]!).get(sum).v("f32x4_add").set(sum);
    });
    return;
  }
  sums.forEach((row, r) => {
    let splat = scratch.get("splat");
    if (splat === undefined) scratch.set("splat", (splat = code.local("v128")));
    code
      .get(t.a)
      .memory("v128_load32_splat", a + r * rowStride)
      .set(splat);
    row.forEach((sum, j) => {
      code.get(splat).get(vectors[j]!).get(sum).v("f32x4_relaxed_madd").set(sum);
    });
  });
}
