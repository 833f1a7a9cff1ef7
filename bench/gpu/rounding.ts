// By what a difference between two engines is judged. In: what a program has learned, and what it has learned on the same engine from
// numbers that are off by rounding, several times: at a kink, half a unit of a last place moves a loss by a thousandth or not at all. Out: a scale for each tensor.
// Where a gradient is zero but for rounding, as that of the bias of attention's keys, an optimizer that divides by its size makes
// steps of rounding alone: such a tensor is as far from itself as it is from another engine's. What rounding leaves over of a running
// sum is rounding alone as well: its size is that of the sum.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { restName } from "../../compiler/check/frame/accumulate.ts";
import type { Random } from "../../runtime/data/random.ts";
import type { Numbers } from "../../runtime/engine.ts";

export type Tensors = ReadonlyMap<string, ArrayLike<number>>;

/** Tensors with less than this have no size of their own. */
const LEAST = 1e-6;
/** How much further than the processor from itself an engine with another order of sums may be. */
const FURTHER = 8;

/** A tensor with each number off by half a unit of its last place, up or down; whole numbers, such as counters, as they are. */
export function roundedOff(values: Numbers, random: Random): Numbers {
  if (values instanceof Int32Array) return values;
  const other = (x: number): number =>
    Number.isInteger(x) ? x : Math.fround(x * (1 + (random.integer(2) - 0.5) / 2 ** 23));
  return values.map(other);
}

export interface Difference {
  /** As a share of the scale of its tensor. */
  readonly worst: number;
  readonly tensor: string;
}

/** The largest difference, NaN where a number is none; `rounded` is learned from several roundings, `allowed` is what a share may be. */
export function differenceOf(here: Tensors, rounded: readonly Tensors[], there: Tensors, allowed: number): Difference {
  let found: Difference = { worst: 0, tensor: "" };
  const sums = new Map([...here.keys()].map((sum) => [restName(sum), sum]));
  for (const [tensor, values] of here) {
    const sum = here.get(sums.get(tensor) ?? "") ?? [];
    const largest = Math.max(LEAST, furthest(values, undefined), furthest(sum, undefined));
    const moved = Math.max(...rounded.map((own) => furthest(values, lookUp(own, tensor))));
    const scale = Math.max(largest, (FURTHER / allowed) * moved);
    const worst = furthest(values, lookUp(there, tensor)) / scale;
    if (Number.isNaN(worst)) return { worst, tensor };
    if (worst > found.worst) found = { worst, tensor };
  }
  return found;
}

/** The largest distance of two numbers in one place, or from zero. */
function furthest(a: ArrayLike<number>, b: ArrayLike<number> | undefined): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const off = Math.abs(a[i]! - (b?.[i] ?? 0));
    if (Number.isNaN(off)) return off;
    most = Math.max(most, off);
  }
  return most;
}
