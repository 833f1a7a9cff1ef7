// An engine that is wanted: which plan it is to run, on which device, and who is told what comes of it.

import type { Application } from "../compiler/check/frame/application.ts";
import type { DataSizes, Entry } from "../compiler/compile.ts";
import type { SizeOn } from "../compiler/largestbatch.ts";
import type { Diagnostic } from "../grammar/syntax/span.ts";
import type { GpuTuning } from "../runtime/plan.ts";
import type { Note } from "./failure.ts";

/** A plan that an engine is to run. */
export interface Job {
  readonly entries: readonly Entry[];
  readonly data: DataSizes;
  readonly batch: number;
  /** Whether its steps are large enough for several threads, where that is known. */
  readonly isWorthSharing?: boolean;
  /** A text of all that the entries are made of: a plan that was kept for it needs none of them. */
  readonly origin?: string | undefined;
}

export interface EngineOptions {
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads?: number | undefined;
  readonly revectorize: boolean;
  /** The figures that a run which goes on was planned by, so that it adds in the same order; `usual` where nothing was measured. */
  readonly tuning?: GpuTuning | "usual" | undefined;
  /** The largest batch whose plan one memory holds, or a GPU with these limits; 0 where there is none. */
  readonly largestBatch?: (device?: SizeOn) => Promise<number>;
  /** Applications of the training: they say from where the program came to a line that needs too much. */
  readonly applications?: readonly Application[];
  /** How often it will be run, about, where that is known: a GPU takes some time to start. */
  readonly runs?: number | undefined;
  /** Takes what is good to know of the device that is taken. */
  readonly note?: Note;
  /** Takes what a GPU could not do where something else is done instead. */
  readonly warn?: (diagnostic: Diagnostic) => void;
}
