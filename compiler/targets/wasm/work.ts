// The least work of each record of a table: arithmetic operations, and bytes of the buffers that it reads and writes, each
// counted once. In: lines before they have addresses. Out: plain data, for those who time records one by one.

import { bytesOf as storedBytes } from "../../arithmetic/dtype.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import type { Work } from "../../loops/stage.ts";
import type { Buffer } from "../../loops/storage.ts";
import { bytesOf, operationsOf } from "../../loops/work.ts";
import type { WasmCommand, WasmKernel } from "./schedule/command.ts";

/** The work of a table's lines, in their order; a loop is one line, with the work of all its steps. */
export const worksOf = (
  lines: readonly WasmCommand[],
  buffers: ReadonlyMap<string, Buffer>,
  batch: number,
  nameOf: (kernel: number) => string,
): Work[] => lines.map((line) => workOf(line, buffers, batch, nameOf));

function workOf(
  line: WasmCommand,
  buffers: ReadonlyMap<string, Buffer>,
  batch: number,
  nameOf: (kernel: number) => string,
): Work {
  if (line.kind === "loop") {
    const inside = line.body.map((l) => workOf(l, buffers, batch, nameOf));
    const total = (of: (w: Work) => number): number => line.length * inside.reduce((n, w) => n + of(w), 0);
    return {
      name: `loop of ${line.length}: ${inside.map((w) => w.name).join(", ")}`,
      span: inside.find((w) => w.span)?.span,
      operations: total((w) => w.operations),
      bytes: total((w) => w.bytes),
      writes: [...new Set(inside.flatMap((w) => w.writes))],
      loop: { length: line.length, body: inside },
    };
  }
  const { nest, writes } = line;
  const name = nameOf(line.kernel);
  if (!nest) return { name, span: undefined, operations: 0, bytes: line.rows ? 0 : moved(line, buffers), writes };
  return { name, span: nest.span, operations: operationsOf(nest, batch), bytes: bytesOf(nest, buffers, batch), writes };
}

/** A batch is copied: read as its data is held, and written. */
function moved({ buffers: [data], writes }: WasmKernel, buffers: ReadonlyMap<string, Buffer>): number {
  const read = (data === undefined ? undefined : buffers.get(data)?.dtype) ?? "f32";
  return writes.reduce((n, w) => n + (storedBytes(read) + storedBytes("f32")) * lookUp(buffers, w).size, 0);
}
