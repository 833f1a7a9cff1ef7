// Maps that turn rows into columns, such as a copy of transposed weights: lanes of what they read lie apart in memory, but another axis has its
// neighbours there. Squares of four lanes and four neighbours are read as rows and turned in registers, so that a line of a cache is asked for a
// quarter as often. The kernels of a layer of 512 channels are transformed in 0.7 of the time, and a step of ResNet-18 takes 2% less.

import { coefficient, strideAlong } from "../../../arithmetic/affine.ts";
import { isNumber } from "../../../arithmetic/dim.ts";
import { bytesOf } from "../../../arithmetic/dtype.ts";
import { itemAt } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { type Load, loadsOf } from "../../../loops/axes.ts";
import { type Axis, rootsOf, type Value, valuesIn } from "../../../loops/nest.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { ReadsAhead } from "./across.ts";
import { type Context, counterOf, frame, zeroScratch } from "./context.ts";
import { storeGroups } from "./stores.ts";
import { pushIndex } from "./values.ts";

/** Lanes of a vector, which are the sides of a square. */
const SIDE = 4;

/** The axis, of those given, whose neighbours lie together in all that is read with its lanes apart. */
export function turnedAxis({ mode, nest, tuning }: Schedule, lanes: Axis, axes: readonly Axis[]): Axis | undefined {
  const roots = rootsOf(nest);
  const isPlain = (v: Value): boolean => v.kind === "apply" || v.kind === "number" || (v.kind === "load" && !v.row);
  if (mode !== "map" || nest.hidden || !isWhole(lanes) || !valuesIn(roots).every(isPlain)) return undefined;
  const apart = loadsOf(roots).filter((l) => isApart(l, lanes));
  const isNear = (axis: Axis): boolean =>
    apart.every((l) => l.dtype === "f32" && coefficient(l.address, axis.name) === 1);
  const isLong = ({ extent }: Axis): boolean => isNumber(extent) && extent >= tuning.fewestTurned;
  return apart.length === 0 ? undefined : axes.find((axis) => isWhole(axis) && isLong(axis) && isNear(axis));
}

const isWhole = ({ extent }: Axis): boolean => isNumber(extent) && extent % SIDE === 0;

const isApart = (l: Load, lanes: Axis): boolean => (coefficient(l.address, lanes.name) ?? 0) > 1;

/** Squares beside each other that are turned at once. */
const groupsOf = (lanes: Axis): number => ((lanes.extent as number) % (2 * SIDE) === 0 ? 2 : 1);

/** Places that are turned at once. */
export const squareSize = (lanes: Axis): number => SIDE * SIDE * groupsOf(lanes);

/** All squares of the axis and the lanes, at the place of the other counters. */
export function emitSquares(c: Context, axis: Axis, lanes: Axis, ahead: ReadsAhead | undefined): void {
  const { code } = c;
  const [along, across] = [counterOf(c, axis.name), counterOf(c, lanes.name)];
  const groups = groupsOf(lanes);
  const start = (): void => void code.i32(0);
  code.for(
    along,
    start,
    () => code.i32(axis.extent as number),
    SIDE,
    () =>
      code.for(
        across,
        start,
        () => code.i32(lanes.extent as number),
        SIDE * groups,
        () => {
          ahead?.read();
          squares(c, along, lanes, groups);
        },
      ),
  );
}

function squares(c: Context, along: number, lanes: Axis, groups: number): void {
  const { code } = c;
  const roots = rootsOf(c.nest);
  const apart = [...new Set(loadsOf(roots))].filter((l) => isApart(l, lanes));
  const columns = apart.map((load) => {
    const address = code.local("i32");
    code.get(lookUp(c.pointers, load.buffer));
    pushIndex(frame(c, [], {}), load.address, bytesOf("f32"));
    code.op("i32_add").set(address);
    const step = bytesOf("f32", strideAlong(load.address, lanes.name));
    return Array.from({ length: groups }, (_, g) => turn(c, address, step, SIDE * g * step));
  });
  for (let i = 0; i < SIDE; i++) {
    const addresses = new Map<string, number>();
    const frames = Array.from({ length: groups }, (_, g) => {
      const ready = new Map(apart.map((load, k) => [load, itemAt(itemAt(itemAt(columns, k), g), i)] as const));
      return frame(c, roots, { lanes: lanes.name, vector: true, shift: SIDE * g, addresses, ready });
    });
    storeGroups(c, frames);
    code.get(along).i32(1).op("i32_add").set(along);
  }
  code.get(along).i32(SIDE).op("i32_sub").set(along);
  zeroScratch(c);
}

/** Four rows of four numbers, `step` bytes apart, as columns. */
function turn(c: Context, address: number, step: number, byte: number): number[] {
  const { code } = c;
  const local = (): number => {
    const made = code.local("v128");
    c.scratch.set(`turned ${made}`, made);
    return made;
  };
  const mix = (a: number, b: number, lanes: readonly number[]): number => {
    const made = local();
    code.get(a).get(b).shuffle(lanes).set(made);
    return made;
  };
  const rows = Array.from({ length: SIDE }, (_, i) => {
    const row = local();
    code
      .get(address)
      .memory("v128_load", byte + step * i)
      .set(row);
    return row;
  });
  const [a, b, d, e] = rows as [number, number, number, number];
  const [low, high] = [
    [0, 4, 1, 5],
    [2, 6, 3, 7],
  ] as const;
  const [first, second] = [
    [0, 1, 4, 5],
    [2, 3, 6, 7],
  ] as const;
  return [low, high].flatMap((half) => {
    const [top, bottom] = [mix(a, b, half), mix(d, e, half)];
    return [mix(top, bottom, first), mix(top, bottom, second)];
  });
}
