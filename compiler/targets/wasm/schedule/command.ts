// A kernel in a table of the CPU engine, with the units of work that threads divide.

import type { Nest } from "../../../loops/nest.ts";
import type { Command, NumberedCommand } from "../../commands.ts";

export interface WasmKernel extends NumberedCommand {
  readonly units: Units;
  /** Among the buffers: those that it writes. */
  readonly writes: readonly string[];
  /** It touches what has no buffer. */
  readonly alone?: boolean;
  /** Whether a thread runs it for rows of its own, so that in a loop no thread waits for another. */
  readonly rows: boolean;
  readonly word: number;
  /** Threads wait for each other after it, unless this says no. */
  readonly barrier?: boolean;
  /** The nest that it computes, if any. */
  readonly nest?: Nest;
}

export type WasmCommand = Command<WasmKernel>;

export interface Units {
  readonly constant: number;
  readonly perBatch: number;
  readonly divisor: number;
}
