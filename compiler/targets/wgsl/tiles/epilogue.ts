// Parts that all tiles of contractions have: where a workgroup's tile lies, and the epilogue that stores its results. In: a schedule. Out: lines.

import { itemAt } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { runExtent } from "../../../loops/axes.ts";
import type { Axis } from "../../../loops/nest.ts";
import type { Body } from "../kernels.ts";
import { extentsOf, scopeOf, timeAxes } from "../kernels.ts";
import type { Schedule } from "../schedule.ts";
import type { Names, Scope } from "../values.ts";
import { countText, decode, fresh, indented, storeLines } from "../values.ts";
import { sidesOf } from "./shapes.ts";

export type TileSchedule = Extract<Schedule, { mode: "tile" }>;

/** Coordinates by axis. */
export type Coordinates = ReadonlyMap<string, string>;

export const count = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

type Tile = TileSchedule["tile"];

/** Workgroups, in each direction. */
export function gridOf({ outer, rows, columns, shape }: Tile): Body["grid"] {
  const [height, width] = sidesOf(shape);
  return [
    { extents: extentsOf(outer), per: 1 },
    { extents: extentsOf(rows), per: height },
    { extents: extentsOf(columns), per: width },
  ];
}

/** A workgroup's tile, and its coordinates along the outer axes. */
export function placeLines(names: Names, tile: Tile, outer: Map<string, string>): string[] {
  const [height, width] = sidesOf(tile.shape);
  const [rows, columns] = [countText(names, tile.rows), countText(names, tile.columns)];
  const decoded = decode(names, tile.outer, "outer", outer);
  return [
    `let along = (${columns} + ${width - 1}) / ${width};`,
    `let down = (${rows} + ${height - 1}) / ${height};`,
    `let column0 = (place % along) * ${width};`,
    `let row0 = ((place / along) % down) * ${height};`,
    "let outer = place / (along * down);",
    `if (outer >= ${countText(names, tile.outer)}) { return; }`,
    ...decoded,
  ];
}

/** The epilogue as a function of one result and its coordinates. */
export function finishFunction(
  names: Names,
  { nest, tile }: TileSchedule,
): { readonly text: string; readonly call: (at: Coordinates, total: string) => string } {
  const loops = [...tile.outer, ...tile.rows, ...tile.columns];
  const within = new Map(timeAxes(names, nest));
  for (const a of loops) within.set(a.name, fresh(names, "i"));
  const scope: Scope = { ...scopeOf(names, nest, within), accumulators: ["total"] };
  storeLines(scope, nest.stores);
  const parameters = [...loops.map((a) => `${lookUp(within, a.name)}: i32`), "total: f32"].join(", ");
  const finish = fresh(names, "finish");
  const text = `fn ${finish}(${parameters}) {\n${indented(scope.lines).join("\n")}\n}`;
  const call = (at: Coordinates, total: string): string =>
    `${finish}(${[...loops.map((a) => lookUp(at, a.name)), total].join(", ")});`;
  return { text, call };
}

/** Only where the row or column is one of the result's. */
function within(names: Names, axes: readonly Axis[], side: number, own: string, lines: string[]): string[] {
  return isMultiple(axes, side) ? lines : [`if (${own} < ${countText(names, axes)}) {`, ...indented(lines), "}"];
}

/** Only where there is such a result. */
export function withinTile(
  names: Names,
  tile: Tile,
  [row, column]: readonly [string, string],
  lines: string[],
): string[] {
  const [height, width] = sidesOf(tile.shape);
  return within(names, tile.rows, height, row, within(names, tile.columns, width, column, lines));
}

/** The epilogue, and the lines that call it for all of a thread's results. */
export function finisher(
  names: Names,
  s: TileSchedule,
): { readonly text: string; readonly lines: (sums: readonly string[], outer: Coordinates) => string[] } {
  const { tile } = s;
  const { text, call } = finishFunction(names, s);
  const [height, width] = sidesOf(tile.shape);
  const { threads, each } = tile.shape;
  const lines = (sums: readonly string[], outer: Coordinates): string[] => {
    const columns = count(each[1]).map((j) => {
      const [own, at] = [fresh(names, "column"), new Map<string, string>()];
      const decoded = decode(names, tile.columns, own, at);
      return { own, at, lines: [`let ${own} = column0 + x + ${threads[1] * j};`, ...decoded] };
    });
    const rowLines = (i: number): string[] => {
      const [own, at] = [fresh(names, "row"), new Map<string, string>()];
      const decoded = decode(names, tile.rows, own, at);
      const stores = columns.flatMap((c, j) => {
        const all = new Map([...outer, ...at, ...c.at]);
        const total = `${itemAt(sums, (i * each[1]) / 4 + (j >> 2))}.${"xyzw"[j % 4]}`;
        return within(names, tile.columns, width, c.own, [call(all, total)]);
      });
      const inside = within(names, tile.rows, height, own, [...decoded, ...stores]);
      return ["{", `  let ${own} = row0 + y + ${threads[0] * i};`, ...indented(inside), "}"];
    };
    return [...columns.flatMap((c) => c.lines), ...count(each[0]).flatMap(rowLines)];
  };
  return { text, lines };
}

/** Whether tiles end where the result does, whatever the batch. */
const isMultiple = (axes: readonly Axis[], side: number): boolean => {
  const runs = axes.map((a) => runExtent(a.extent));
  return runs.every((r) => r.perBatch === 0) && runs.reduce((n, r) => n * r.constant, 1) % side === 0;
};
