// How long sums keep their digits: one accumulator takes few terms, what it holds then goes to an accumulator of the next
// level and it begins again at zero, and so on upwards. In: the axes of a sum. Out: after how many steps of which axis.
// The order depends on shapes only. A sum of positive terms is off by less than half of BLOCK times 2^-24, and 2e-6 more for
// each level above, whatever its length; sums of up to BLOCK terms are loops as they stand.

import { runExtent } from "./axes.ts";
import type { Axis } from "./nest.ts";

/** Terms that an accumulator takes one after the other. */
export const BLOCK = 128;
/** Results of one level that an accumulator of the next takes. */
export const BLOCKS = 64;

/** An axis of a sum, as a loop walks it. */
export interface SumAxis {
  readonly name: string;
  /** Its most steps: those of the largest batch. */
  readonly extent: number;
  /** Whether its extent is known when it runs only: its blocks then do not depend on the largest. */
  readonly varies: boolean;
  /** Steps of the axis that are taken together. */
  readonly unit?: number;
  /** Terms that an accumulator takes of one unit. */
  readonly terms?: number;
}

/** The axes of a sum as loops walk them, for a largest batch. */
export function sumAxes(axes: readonly Axis[], batch: number, parts = 1): SumAxis[] {
  return axes.map(({ name, extent }, i) => {
    const { constant, perBatch } = runExtent(extent);
    const steps = constant + perBatch * batch;
    return { name, extent: i === 0 ? Math.ceil(steps / parts) : steps, varies: perBatch !== 0 };
  });
}

/** After `size` steps of the axis, accumulators are added to those of the next level: block i closes level i. */
export interface SumBlock {
  readonly axis: string;
  readonly size: number;
  readonly level: number;
}

/** The blocks of a sum over axes given outermost first, smallest blocks first; `most` terms make the first level. */
export function sumBlocks(axes: readonly SumAxis[], most = BLOCK): SumBlock[] {
  const blocks: SumBlock[] = [];
  let held = 1;
  for (const { name, extent, varies, unit = 1, terms = 1 } of axes.toReversed()) {
    let left = Math.ceil(extent / unit);
    let size = unit;
    held *= terms;
    for (let limit = blocks.length > 0 ? BLOCKS : most; held * left > limit; limit = BLOCKS) {
      const fitting = Math.max(1, Math.floor(limit / held));
      const taken = varies ? fitting : evenly(left, fitting);
      size *= taken;
      blocks.push({ axis: name, size, level: blocks.length });
      left = Math.ceil(left / taken);
      held = 1;
    }
    held *= left;
  }
  return blocks;
}

/** As few stretches of at most `most` as cover `count`, of one length. */
const evenly = (count: number, most: number): number => Math.ceil(count / Math.ceil(count / most));

/** The blocks of one axis, largest first, as loops nest. */
export const blocksAlong = (blocks: readonly SumBlock[], axis: string): SumBlock[] =>
  blocks.filter((b) => b.axis === axis).toReversed();
