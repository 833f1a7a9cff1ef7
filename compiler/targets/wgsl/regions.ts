// A loop over time whose rows need nothing of each other, as one dispatch: a workgroup owns a row of the batch and runs
// all steps for it, with a barrier between the nests.

import { BATCH } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import type { Nest } from "../../loops/nest.ts";
import type { Body } from "./kernels.ts";
import { pointLines, timeAxes } from "./kernels.ts";
import { THREADS } from "./schedule.ts";
import type { Names } from "./values.ts";
import { countText, decode, extentText, fresh, indented } from "./values.ts";

export interface Region {
  readonly nests: readonly Nest[];
  readonly length: number;
  readonly reverse: boolean;
  /** The largest batch. */
  readonly batch: number;
}

/** The nests' first axis is the batch. */
export function emitRegion(names: Names, region: Region): Body {
  const own = region.nests.map(() => fresh(names, "nest"));
  const functions = zip(region.nests, own).map(([nest, name]) => nestFunction(names, nest, region.batch, name));
  const calls = own.flatMap((name) => [`${name}(place, time, i32(lane));`, "storageBarrier();"]);
  const lines = [
    `if (place >= ${extentText(names, BATCH)}) { return; }`,
    `for (var count = 0; count < ${region.length}; count++) {`,
    `  let time = ${region.reverse ? `${region.length - 1} - count` : "count"};`,
    ...indented(calls),
    "}",
  ];
  const grid = [{ extents: [{ constant: 0, perBatch: 1 }], per: 1 }];
  return { lines, functions, shared: [], threads: THREADS, grid };
}

function nestFunction(names: Names, nest: Nest, batch: number, name: string): string {
  const [row, ...rest] = nest.loops;
  const axes = timeAxes(names, nest, "time");
  if (row) axes.set(row.name, "row");
  const lines = [...decode(names, rest, "point", axes), ...pointLines(names, nest, batch, axes)];
  return [
    `fn ${name}(row: i32, time: i32, lane: i32) {`,
    `  for (var point = lane; point < ${countText(names, rest)}; point += ${THREADS}) {`,
    ...indented(lines, 2),
    "  }",
    "}",
  ].join("\n");
}
