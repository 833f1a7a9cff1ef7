// Timed kernels beside the lines of the program that they compute. In: times and work of records, the texts of the program. Out: the
// same with the source of each.

import type { TimedRecord } from "../project/cost/kerneltimes.node.ts";
import type { Opened } from "../project/source.ts";
import type { KernelTime } from "./kernels.ts";

/** Where the program says what a kernel computes: the layer or expression itself. */
export function kernelTime(
  { name, schedule, span, ms, operations, bytes }: TimedRecord,
  texts: Opened["texts"],
): KernelTime {
  const text = span && texts.get(span.file);
  const source = text && span ? text.text.slice(span.start, span.end).replace(/\s+/g, " ").trim() : "";
  return {
    kernel: name,
    schedule,
    file: text && span ? span.file.split(/[/\\]/).at(-1) : undefined,
    line: text && span ? text.at(span.start).line : undefined,
    source: source.length > LONGEST ? `${source.slice(0, LONGEST - 1)}…` : source,
    ms,
    operations,
    bytes,
  };
}

const LONGEST = 40;
