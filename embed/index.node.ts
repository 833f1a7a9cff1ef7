// `import { load, check, summary, train } from "dnn-lang"`, on a machine with disks.

import "./neededversion.node.ts";

import { machineHost } from "../project/machine.node.ts";
import { type Library, libraryOn } from "./api.ts";

export type { JsonDiagnostic as Diagnostic } from "../compiler/diagnostics/json.ts";
export type { LayerSummary, ModelSummary } from "../project/cost/measured.ts";
export type { Figures } from "../runtime/train/events.ts";
export type { LoadedNet, LoadOptions, ProgramSource, RunSource, Training } from "./api.ts";
export type { FieldValues, TrainingData } from "./arrays.ts";
export { DnnError } from "./dnnerror.ts";
export type { InputFacts, Layers, Nested, Prediction } from "./net.ts";
export type { Pixels } from "./pictures.ts";
export type { InputValue, NumberArray, Row } from "./rows.ts";
export type { TrainEvent, TrainOptions } from "./training.ts";
export type { SampleOptions } from "./writing.ts";

const library: Library = libraryOn(machineHost());

/** Loads a run, or the bytes of its weights, which hold the program, its settings and the names of classes: no other file is needed. */
export const load: Library["load"] = library.load;

/** The findings of `dnn check`. */
export const check: Library["check"] = library.check;

/** A program's models, line by line, with what each line gives, learns and costs. */
export const summary: Library["summary"] = library.summary;

/** Trains a program, on its own data or on arrays. */
export const train: Library["train"] = library.train;
