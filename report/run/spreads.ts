// How numbers are spread, as bars: weights of a run, and what the lines of its models give. In: numbers. Out: plain data.

import type { Tensor } from "../../runtime/checkpoint/tensor.ts";
import { isOfTraining } from "../../runtime/plan.ts";
import type { Spread } from "./data.ts";

const BINS = 40;
/** Tensors that a page has room for. */
export const MOST_TENSORS = 60;

/** Numbers that are none are left out, and named. */
export function spreadOf(name: string, values: Float32Array | readonly number[], note: string): Spread {
  let [low, high, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    low = Math.min(low, v);
    high = Math.max(high, v);
    sum += v;
    count++;
  }
  const mean = sum / count;
  const bins = new Array<number>(BINS).fill(0);
  let squares = 0;
  for (const v of values) {
    if (!Number.isFinite(v)) continue;
    squares += (v - mean) ** 2;
    bins[high > low ? Math.min(BINS - 1, Math.floor(((v - low) / (high - low)) * BINS)) : BINS >> 1]! += 1 / count;
  }
  const none = count < values.length ? `, ${values.length - count} are no numbers` : "";
  return {
    name,
    low,
    high,
    mean,
    deviation: Math.sqrt(squares / count),
    bins: bins.map((b) => Number(b.toPrecision(3))),
    note: `${note}${none}`,
  };
}

/** Of all that the models learned, without what an optimizer keeps. */
export function weightSpreads(tensors: ReadonlyMap<string, Tensor>): readonly Spread[] {
  return [...tensors]
    .filter(([name]) => !isOfTraining(name) && !name.startsWith("data."))
    .slice(0, MOST_TENSORS)
    .map(([name, t]) => spreadOf(name, t.values as Float32Array, `[${t.shape.join(", ")}]`));
}

/** Numbers by unit, the last axis. `zero`: a remark about units whose numbers are all 0, as behind a relu; nothing where absent. */
export function unitSpread(
  name: string,
  values: Float32Array,
  shape: readonly number[],
  zero: string | undefined,
): Spread {
  const units = shape.at(-1) ?? 1;
  const alive = new Uint8Array(units);
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) alive[i % units] = 1;
  const dead = [...alive.keys()].filter((i) => alive[i] === 0);
  const named = dead.length > 12 ? `${dead.slice(0, 12).join(", ")}, ...` : dead.join(", ");
  const note = dead.length === 0 || zero === undefined ? "" : `, ${dead.length} of ${units} ${zero}: ${named}`;
  return spreadOf(name, values, `[${shape.join(", ")}]${note}`);
}

/** Lines of models that are looked at: each is compiled by itself. */
export const MOST_LINES = 24;
