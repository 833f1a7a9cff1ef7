// A plan that does not fit what it is to run in: how much it needs, how much there is, what takes most of it and where that is in
// the program. Said before anything is allocated. Invariant: the place is never in the library's text.

import type { Span } from "../../grammar/syntax/span.ts";
import { bytesOf } from "../arithmetic/dtype.ts";
import type { Entry } from "../loops/entry.ts";
import { buffersIn } from "../loops/regions.ts";
import type { Step } from "../loops/step.ts";
import type { Buffer } from "../loops/storage.ts";

/** A resource: how much is needed, and how much there is. */
export interface Need {
  /** `one memory`, `a buffer of this GPU`. */
  readonly of: string;
  readonly bytes: number;
  readonly most: number;
  /** Where that is less than all of the step: `in one piece`. */
  readonly within?: string;
}

export class MemoryExceeded extends Error {
  readonly need: Need;
  /** The tensor that needs most, and the line that makes it or works on it. */
  readonly largest: Buffer;
  readonly span: Span | undefined;

  constructor(need: Need, largest: Buffer, span: Span | undefined) {
    super(`the program needs ${neededText(need)}, and ${need.of} has ${gibibytes(need.most)}`);
    this.need = need;
    this.largest = largest;
    this.span = span;
  }
}

export const gibibytes = (bytes: number): string =>
  bytes >= 2 ** 30 ? `${Number((bytes / 2 ** 30).toFixed(1))} GiB` : `${Number((bytes / 2 ** 20).toFixed(1))} MiB`;

/** `1 GiB in one piece`. */
export const neededText = ({ bytes, within }: Need): string =>
  [gibibytes(bytes), ...(within ? [within] : [])].join(" ");

const bytesIn = ({ dtype, size }: Buffer): number => bytesOf(dtype, size);

/** MemoryExceeded where these buffers need more than there is. */
export function mustFit(need: Need, buffers: Iterable<Buffer>, entries: readonly Entry[]): void {
  if (need.bytes <= need.most) return;
  const largest = [...buffers].reduce((x, y) => (bytesIn(y) > bytesIn(x) ? y : x));
  throw new MemoryExceeded(need, largest, placeOf(largest.name, entries));
}

/** The line of the program whose value stands in a buffer, or that reads it; its name may have that of its part before it. */
export function placeOf(buffer: string, entries: readonly Entry[]): Span | undefined {
  const isIt = (name: string): boolean => buffer === name || buffer.endsWith(`/${name}`);
  const steps = entries.flatMap((e) => e.parts.flatMap((p) => p.lowered.steps));
  const nests = nestsIn(steps).filter((n) => n.span && !n.span.file.startsWith("stdlib/"));
  const writer = nests.find((n) => n.stores.some((s) => isIt(s.buffer)));
  return (writer ?? nests.find((n) => buffersIn(n).some(isIt)))?.span;
}

type Nest = Extract<Step, { kind: "nest" }>["nest"];

const nestsIn = (steps: readonly Step[]): Nest[] =>
  steps.flatMap((s) => (s.kind === "loop" ? nestsIn(s.body) : [s.nest]));
