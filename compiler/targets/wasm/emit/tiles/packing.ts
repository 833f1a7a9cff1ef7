// The packing of a tile's vector operand: nests that copy it into panels, whose steps then lie one after the other.

import type { Index } from "../../../../arithmetic/affine.ts";
import { axisIndex, combine, literal, strideAlong } from "../../../../arithmetic/affine.ts";
import { extent } from "../../../../arithmetic/dim.ts";
import { runExtent } from "../../../../loops/axes.ts";
import type { Nest } from "../../../../loops/nest.ts";
import { PANEL } from "../../schedule/tuning.ts";
import { panelDepth, panelsOf, type TileSchedule } from "./tiler.ts";

/** Nests that write the vector operand in panels: whole panels, then the lanes of the last. */
export function packNests(
  s: TileSchedule,
  pack: string,
  batch: number,
): { nests: Nest[]; size: number; ragged: boolean } {
  const { lanes, tile } = s;
  const steps = s.nest.reduces;
  const depth = panelDepth(s);
  const panels = panelsOf(s);
  const full = Math.floor((lanes.extent as number) / PANEL);
  const rest = (lanes.extent as number) % PANEL;
  const outerIndex = packIndex(s);
  const nest = (first: number, count: number, width: number): Nest => {
    let stride = PANEL;
    const stepTerms = steps.toReversed().map((r) => {
      const term = [axisIndex(r.name), stride] as const;
      stride *= extent(r.extent, batch);
      return term;
    });
    const address = combine([
      [outerIndex, PANEL * depth * panels],
      [axisIndex("panel"), PANEL * depth],
      [literal(first * PANEL * depth), 1],
      ...stepTerms,
      [axisIndex("lane"), 1],
    ]);
    const lane = combine([
      [axisIndex("panel"), PANEL],
      [literal(first * PANEL), 1],
      [axisIndex("lane"), 1],
    ]);
    const from = combine([
      [{ terms: tile.vector.address.terms.filter(([a]) => a !== lanes.name), offset: tile.vector.address.offset }, 1],
      [lane, strideAlong(tile.vector.address, lanes.name)],
    ]);
    return {
      label: "pack",
      span: s.nest.span,
      loops: [...tile.packAxes, { name: "panel", extent: count }, ...steps, { name: "lane", extent: width }],
      reduces: [],
      accumulators: [],
      stores: [{ buffer: pack, address, dtype: "f32", value: { ...tile.vector, address: from } }],
      ...(s.nest.time === undefined ? {} : { time: s.nest.time }),
    };
  };
  const nests = [...(full > 0 ? [nest(0, full, PANEL)] : []), ...(rest > 0 ? [nest(full, 1, rest)] : [])];
  const outer = tile.packAxes.reduce((n, a) => n * extent(a.extent, batch), 1);
  return { nests, size: outer * panels * depth * PANEL, ragged: rest > 0 };
}

/** Number of the pack among those of the outer axes that the vector operand depends on. */
export function packIndex(s: TileSchedule): Index {
  let factor = 1;
  const terms: [string, number][] = [];
  for (const axis of s.tile.packAxes.toReversed()) {
    terms.push([axis.name, factor]);
    const { constant, perBatch } = runExtent(axis.extent);
    factor *= perBatch === 0 ? constant : 1;
  }
  return { terms, offset: 0 };
}
