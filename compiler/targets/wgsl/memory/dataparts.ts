// Data that is larger than a binding, in parts of whole rows, each a buffer of its own. The first part has the name of the whole.

import { bytesOf } from "../../../arithmetic/dtype.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { takenBy } from "../../../layout/memory.ts";
import type { Buffer } from "../../../loops/storage.ts";

/** Data buffers, those that are too large in parts; a row that is too large by itself stays what it is. */
export function splitData(data: readonly Buffer[], bytes: number): Buffer[] {
  const rows = data.find((b) => b.name === "order")?.size ?? 0;
  return data.flatMap((b) => {
    if (takenBy(b) <= bytes || b.size % rows !== 0) return [b];
    const row = b.size / rows;
    const overhead = takenBy({ ...b, size: 0 });
    const most = row * Math.floor((bytes - overhead) / bytesOf(b.dtype, row));
    if (most < row) return [b];
    return Array.from({ length: Math.ceil(b.size / most) }, (_, i) => ({
      ...b,
      name: partName(b.name, i),
      size: Math.min(most, b.size - i * most),
      part: { of: b.name, from: i * most },
    }));
  });
}

const partName = (of: string, index: number): string => (index === 0 ? of : `${of}~part${index + 1}`);

/** The parts of data in order; one where it is whole. */
export function partsOfData(name: string, buffers: ReadonlyMap<string, Buffer>): Buffer[] {
  const first = lookUp(buffers, name);
  return first.part ? [...buffers.values()].filter((b) => b.part?.of === name) : [first];
}
