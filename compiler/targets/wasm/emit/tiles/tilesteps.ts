// The reduced axes of a tile: loops by pointer increments around a block of multiply-adds.

import { strideAlong } from "../../../../arithmetic/affine.ts";
import { mulDims } from "../../../../arithmetic/dim.ts";
import { bytesOf } from "../../../../arithmetic/dtype.ts";
import { itemAt, zip } from "../../../../arithmetic/lists.ts";
import type { Load } from "../../../../loops/axes.ts";
import { runExtent } from "../../../../loops/axes.ts";
import type { Axis } from "../../../../loops/nest.ts";
import type { SumAxis, SumBlock } from "../../../../loops/sums.ts";
import { BLOCKS, blocksAlong, sumAxes, sumBlocks } from "../../../../loops/sums.ts";
import { PANEL } from "../../schedule/tuning.ts";
import { blockedLoop, pushExtent, zeroScratch } from "../context.ts";
import { widen } from "../halves.ts";
import { readAhead } from "./ahead.ts";
import type { Tiler, TileSchedule, Walk } from "./tiler.ts";

function strideOf(load: Load, axis: Axis): number {
  return bytesOf(load.dtype, strideAlong(load.address, axis.name));
}

/** Reduced axes that both operands walk evenly are one loop; a packed operand is walked evenly whatever they are. */
export function walksOf(s: TileSchedule): Walk[] {
  const { splat, vector, packed } = s.tile;
  const walks: Walk[] = [];
  for (const axis of s.nest.reduces.toReversed()) {
    const walk = { axis, a: strideOf(splat, axis), b: packed ? bytesOf("f32", PANEL) : strideOf(vector, axis) };
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

/**
 * The blocks of a tile's sums; the innermost loop takes several steps at a time. A block along the outermost loop has about as many terms
 * as fit one accumulator: sums of all rows may wait for each other there.
 */
export function tileBlocks(walks: readonly Walk[], { batch, tuning }: TileSchedule): SumBlock[] {
  const axes = sumAxes(
    walks.map((w) => w.axis),
    batch,
  );
  const { unrolled, block } = tuning.tile;
  const taken = axes.map((axis, i) => (i < axes.length - 1 ? axis : { ...axis, unit: unrolled, terms: unrolled }));
  const blocks = sumBlocks(taken, block);
  const [outermost, ...inner] = taken as [SumAxis, ...SumAxis[]];
  if (blocks.at(-1)?.axis !== outermost.name) return blocks;
  let size = Math.max(outermost.unit ?? 1, Math.floor(block / inner.reduce((n, { extent }) => n * extent, 1)));
  while (Math.ceil(outermost.extent / size) > BLOCKS) size *= 8;
  if (outermost.extent <= size) return blocks;
  const within = sumBlocks([{ ...outermost, extent: size }, ...inner], block);
  return [...within, { axis: outermost.name, size, level: within.length }];
}

/** Sums by level of blocks, row and vector. */
export type Levels = readonly (readonly (readonly number[])[])[];

/** Loops over the reduced axes by pointer increments; each leaves both pointers past what it read. */
export function reduceSteps(t: Tiler, walks: readonly Walk[], rows: Axis | undefined, levels: Levels): void {
  const [walk, ...rest] = walks as [Walk, ...Walk[]];
  const { code } = t.c;
  const count = code.local("i32");
  const each = (from: () => void, to: () => void): void => {
    if (rest.length === 0) {
      innerSteps(t, walk, rows, itemAt(levels, 0), { count, from, to });
      return;
    }
    code.for(count, from, to, 1, () => {
      const [keepA, keepB] = [code.local("i32"), code.local("i32")];
      code.get(t.a).set(keepA);
      if (!t.s.tile.packed) code.get(t.b).set(keepB);
      reduceSteps(t, rest, rows, levels);
      code.get(keepA).i32(walk.a).op("i32_add").set(t.a);
      if (!t.s.tile.packed) code.get(keepB).i32(walk.b).op("i32_add").set(t.b);
    });
  };
  const range = walk === t.steps[0] ? (t.waiting ?? t.range) : undefined;
  const start = (): void => void (range ? code.get(range.start) : code.i32(0));
  const end = (): void => (range ? void code.get(range.end) : pushExtent(t.c, walk.axis));
  blockedLoop(t.c, blocksAlong(t.blocks, walk.axis.name), start, end, each, (level) => closeBlock(t, levels, level));
}

/** Adds the sums of a block to the level above. */
function closeBlock(t: Tiler, levels: Levels, level: number): void {
  const { code } = t.c;
  for (const [row, rowAbove] of zip(itemAt(levels, level), itemAt(levels, level + 1)))
    for (const [inner, outer] of zip(row, rowAbove))
      code.get(outer).get(inner).v("f32x4_add").set(outer).splat(0).set(inner);
}

interface Bounds {
  readonly count: number;
  readonly from: () => void;
  readonly to: () => void;
}

function innerSteps(
  t: Tiler,
  { axis, a, b }: Walk,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
  { count, from, to }: Bounds,
): void {
  const { code } = t.c;
  const { constant, perBatch } = runExtent(axis.extent);
  const { unrolled } = t.s.tuning.tile;
  const block = (steps: number): void => {
    // An operand that is walked backwards is read from its last step on: an instruction's offset is unsigned.
    const [lowA, lowB] = [a, b].map((stride) => Math.min(0, stride * (steps - 1))) as [number, number];
    const move = (pointer: number, bytes: number): void => {
      if (bytes !== 0) code.get(pointer).i32(bytes).op("i32_add").set(pointer);
    };
    move(t.a, lowA);
    move(t.b, lowB);
    for (let u = 0; u < steps; u++) multiplyAdd(t, u * a - lowA, u * b - lowB, rows, sums);
    readAhead(t, steps);
    move(t.a, a * steps - lowA);
    move(t.b, b * steps - lowB);
    zeroScratch(t.c);
  };
  const hasRange = (t.waiting ?? t.range) !== undefined && t.steps[0]?.axis.name === axis.name;
  if (perBatch === 0 && constant <= 2 * unrolled && !hasRange) {
    block(constant);
    return;
  }
  const whole = (): void => {
    to();
    code.i32(unrolled - 1).op("i32_sub");
  };
  code.for(count, from, whole, unrolled, () => block(unrolled));
  const isWhole = perBatch === 0 && constant % unrolled === 0;
  if (isWhole) return;
  const isCut = hasRange || blocksAlong(t.blocks, axis.name).length > 0;
  if (perBatch === 0 && !isCut) {
    block(constant % unrolled);
    return;
  }
  code.for(
    count,
    () => code.get(count),
    to,
    1,
    () => block(1),
  );
}

function scratchOf({ c: { code, scratch } }: Tiler, name: string): number {
  let local = scratch.get(name);
  if (local === undefined) scratch.set(name, (local = code.local("v128")));
  return local;
}

/** Whether an operand is read from numbers of 16 bits; one that was packed is not. */
const isNarrow = ({ s: { tile } }: Tiler, operand: "vector" | "splat"): boolean =>
  tile[operand].dtype === "f16" && !(operand === "vector" && tile.packed);

function multiplyAdd(
  t: Tiler,
  a: number,
  b: number,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
): void {
  const { code } = t.c;
  const rowStride = rows ? strideOf(t.s.tile.splat, rows) : 0;
  const first = itemAt(sums, 0);
  const vectors = first.map((_, j) => {
    const local = scratchOf(t, `b${j}`);
    code.get(t.b);
    if (isNarrow(t, "vector")) code.memory("v128_load16x4_s", b + bytesOf("f16", 4 * j));
    else code.memory("v128_load", b + 16 * j);
    if (isNarrow(t, "vector")) widen(code, (slot) => scratchOf(t, slot));
    code.set(local);
    return local;
  });
  if (t.ones) {
    for (const [sum, vector] of zip(first, vectors)) code.get(vector).get(sum).v("f32x4_add").set(sum);
    return;
  }
  sums.forEach((row, r) => {
    const splat = scratchOf(t, "splat");
    code.get(t.a);
    if (isNarrow(t, "splat")) {
      code.memory("i32_load16_s", a + r * rowStride).v("i32x4_splat");
      widen(code, (slot) => scratchOf(t, slot));
    } else code.memory("v128_load32_splat", a + r * rowStride);
    code.set(splat);
    for (const [sum, vector] of zip(row, vectors))
      code.get(splat).get(vector).get(sum).v("f32x4_relaxed_madd").set(sum);
  });
}
