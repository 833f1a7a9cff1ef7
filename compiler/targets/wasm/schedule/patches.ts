// Patches of a convolution (im2col): the numbers that each place of its result is made of, copied one after the other, where rows of places are too
// short for tall tiles. A tile's rows are then all places of the batch. Where a layer has 7 x 7 places and 512 channels, it takes half
// the time, and an answer of ResNet-18 three quarters.

import { axisIndex, coefficient, combine, unflatten } from "../../../arithmetic/affine.ts";
import { extent, isNumber, mulDims } from "../../../arithmetic/dim.ts";
import { itemAt, onlyOf, zip } from "../../../arithmetic/lists.ts";
import { rowMajor } from "../../../arithmetic/strides.ts";
import { type Load, replaceAxes } from "../../../loops/axes.ts";
import type { Axis, Nest } from "../../../loops/nest.ts";
import { freshAxis } from "../../../loops/regions.ts";
import { meanHeight, type Schedule, tileParallel } from "./schedule.ts";

type TileSchedule = Extract<Schedule, { mode: "tile" }>;

export interface Patches {
  /** Copies the splat operand. */
  readonly copy: Nest;
  readonly size: number;
  /** Reads the copy, with one row for each place. */
  readonly tile: TileSchedule;
}

/** `buffer`: the name of what is to hold the copy. */
export function patchesOf(s: TileSchedule, buffer: string): Patches | undefined {
  const { nest, tile, lanes, batch, tuning } = s;
  const { splat, vector, rows } = tile;
  const isPlain = onlyOf(nest.accumulators) && !nest.hidden && nest.stores.every((w) => !w.once);
  if (!rows || !isPlain || s.parallel === "rows" || nest.time !== undefined || splat.dtype !== "f32") return undefined;
  if ((lanes.extent as number) < tuning.tile.fewestPatchLanes || !nest.reduces.every((r) => isNumber(r.extent)))
    return undefined;
  const has = (load: Load, axis: Axis): boolean => coefficient(load.address, axis.name) !== 0;
  const places = nest.loops.filter((l) => l !== lanes && has(splat, l) && !has(vector, l));
  const isShared = nest.loops.some((l) => has(splat, l) && has(vector, l));
  if (isShared || places.length < 2 || !places.slice(1).every((p) => isNumber(p.extent))) return undefined;
  const count = places.reduce((n, p) => n * extent(p.extent, batch), 1);
  const most = tuning.tile.rows;
  if (meanHeight(count, most) < tuning.tile.tallerPatches * meanHeight(extent(rows.extent, batch), most))
    return undefined;

  const axes = [...places, ...nest.reduces];
  const sizes = axes.map((a) => extent(a.extent, batch));
  const strides = rowMajor(sizes);
  const address = combine(zip(axes, strides).map(([a, stride]) => [axisIndex(a.name), stride]));
  const copy: Nest = {
    label: "patches",
    span: nest.span,
    loops: axes,
    reduces: [],
    accumulators: [],
    stores: [{ buffer, address, dtype: "f32", value: splat }],
  };

  const place: Axis = {
    name: freshAxis(nest, "place"),
    extent: places.reduce((n, p) => mulDims(n, p.extent), 1 as Axis["extent"]),
  };
  const shape = places.map((p) => extent(p.extent, batch));
  const at = unflatten(axisIndex(place.name), shape, new Map([[place.name, count]]));
  const within = strides.slice(places.length);
  const patch: Load = {
    ...splat,
    buffer,
    address: combine([
      [axisIndex(place.name), itemAt(strides, places.length - 1)],
      ...zip(nest.reduces, within).map(([r, stride]) => [axisIndex(r.name), stride] as const),
    ]),
  };
  const outer = tile.outer.filter((l) => !places.includes(l));
  const moved = replaceAxes(
    { ...nest, accumulators: [] },
    new Map(zip(places, at).map(([p, index]) => [p.name, index])),
    new Map([[place.name, count]]),
  );
  const made: Nest = {
    ...moved,
    loops: [place, ...outer, lanes],
    accumulators: [{ combine: "sum", body: { kind: "apply", scalar: "mul", inputs: [patch, vector] } }],
  };
  const parallel = tileParallel(lanes.extent as number, outer, place, { nest: made, batch, tuning });
  return {
    copy,
    size: count * itemAt(strides, places.length - 1),
    tile: { ...s, nest: made, parallel, tile: { ...tile, splat: patch, rows: place, outer } },
  };
}
