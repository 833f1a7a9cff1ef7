// How large a batch a device can hold. In: a training whose plan needs more than there is. Out: a batch whose plan fits.

import type { Training } from "./check/training/lines/types.ts";
import { compileTraining, type DataSizes, dataBuffers } from "./compile.ts";
import { MemoryExceeded } from "./layout/budget.ts";
import type { Target } from "./targets/target.ts";
import { wasmTarget } from "./targets/wasm/program.ts";

/** Bytes that a training takes of a device's memory, by its batch; MemoryExceeded where that is more than there is. */
export type SizeOn = (training: Training, data: DataSizes) => (batch: number) => number;

export const sizeOn =
  <Plan, Device>(target: Target<Plan, Device>, device: Device): SizeOn =>
  (training, data) =>
  (batch) =>
    target.memoryOf(
      target.plan({ entries: compileTraining(training, { batch }), batch, data: dataBuffers(data) }, device),
    );

/** A batch and the bytes that its plan takes. */
type Tried = readonly [batch: number, bytes: number];

/**
 * The largest batch below the training's whose plan fits the memory, or that of another device; 0 if not even one example fits.
 * Memory grows with the batch nearly in a straight line, so the last guesses are on it: the batch is one that fits, and
 * near the largest where sizes are rounded.
 */
export function largestBatch(
  training: Training,
  data: DataSizes,
  device: SizeOn = sizeOn(wasmTarget, { shared: false }),
): number {
  const sizeOf = device(training, data);
  const attempt = (batch: number): Tried | MemoryExceeded => {
    try {
      return [batch, sizeOf(batch)];
    } catch (error) {
      if (!(error instanceof MemoryExceeded)) throw error;
      return error;
    }
  };
  let above: readonly [number, MemoryExceeded] | undefined;
  for (let batch = 2 ** Math.floor(Math.log2(Math.max(1, training.batch - 1))); batch >= 1; batch /= 2) {
    const found = attempt(batch);
    if (found instanceof MemoryExceeded) above = [batch, found];
    else return between(found, above ?? refusedAt(training.batch, attempt), attempt);
  }
  return 0;
}

function refusedAt(
  batch: number,
  attempt: (batch: number) => Tried | MemoryExceeded,
): readonly [number, MemoryExceeded] | undefined {
  const found = attempt(batch);
  return found instanceof MemoryExceeded ? [batch, found] : undefined;
}

/** Between a batch that fits and one that does not, where the line through both meets what there is. */
function between(
  fits: Tried,
  above: readonly [batch: number, refused: MemoryExceeded] | undefined,
  attempt: (batch: number) => Tried | MemoryExceeded,
): number {
  let [low, high] = [fits, above];
  for (let tries = 0; tries < 3 && high && high[0] - low[0] > 1; tries++) {
    const { bytes, most } = high[1].need;
    const guess = low[0] + Math.floor(((most - low[1]) * (high[0] - low[0])) / (bytes - low[1]));
    const batch = Math.max(low[0] + 1, Math.min(high[0] - 1, guess));
    const found = attempt(batch);
    if (found instanceof MemoryExceeded) high = [batch, found];
    else low = found;
  }
  return low[0];
}
