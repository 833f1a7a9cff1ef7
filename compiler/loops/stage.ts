// A stage of the compiler, and what looks at its result: `dnn build --print-after` prints it, `--verify` checks it.
// The stages of targets stand here, since every target has them.

import type { Span } from "../../grammar/syntax/span.ts";

export interface Stage {
  /** As `--print-after` takes it. */
  readonly name: string;
  /** One line: what the stage does. */
  readonly doc: string;
}

export interface Observer {
  /** Called after each stage; `of` names the part of the program, `text` writes its result out. */
  readonly after?: (stage: Stage, of: string, text: () => string) => void;
  /** Whether the invariants of every result are checked. A violation is a fault of the compiler and throws. */
  readonly verify?: boolean;
  /** Called with the work of each record of an entry's table, in order. */
  readonly works?: (entry: string, works: readonly Work[]) => void;
}

/** The least work of a record of a table. */
export interface Work {
  readonly name: string;
  /** The line of the program that it is for. */
  readonly span: Span | undefined;
  readonly operations: number;
  readonly bytes: number;
  /** The buffers that it changes. */
  readonly writes: readonly string[];
  /** Of a loop: how often its records run, and the work of each of them, once. */
  readonly loop?: { readonly length: number; readonly body: readonly Work[] };
}

export const WINOGRAD_STAGE: Stage = {
  name: "winograd",
  doc: "convolutions in blocks with fewer products, on the CPU",
};
export const HIDDEN_STAGE: Stage = { name: "hidden", doc: "points of nests that a mask hides, on the CPU" };
export const SCHEDULE_STAGE: Stage = { name: "schedule", doc: "how each nest runs on the target" };
export const LAYOUT_STAGE: Stage = { name: "layout", doc: "where every buffer lies, in bytes" };
