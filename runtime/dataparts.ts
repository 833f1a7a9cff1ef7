// Data that lies in several buffers of a GPU. In: a run of its elements. Out: the run cut where one buffer ends and the next begins.

import type { WgslBuffer } from "./plan.ts";

export interface Stretch {
  readonly buffer: WgslBuffer;
  /** Its first element in the buffer, and in the run. */
  readonly at: number;
  readonly from: number;
  readonly count: number;
}

/** The buffers that hold `name`, in order; none where the plan has no such name. */
export const buffersOf = (name: string, all: readonly WgslBuffer[]): WgslBuffer[] =>
  all.filter((b) => (b.part?.of ?? b.name) === name);

export function stretchesOf(buffers: readonly WgslBuffer[], at: number, count: number): Stretch[] {
  return buffers.flatMap((buffer) => {
    const first = buffer.part?.from ?? 0;
    // Writing beyond the end of a whole buffer stays an error of the device.
    const end = buffer.part ? Math.min(at + count, first + buffer.size) : at + count;
    const start = Math.max(at, first);
    return start < end ? [{ buffer, at: start - first, from: start - at, count: end - start }] : [];
  });
}
