// The data of a training: the declaration it names (or what --data put in its place), evaluated, loaded and described.

import type { Program } from "../../compiler/check/program/program.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import type { RunSettings } from "../../runtime/train/checkpoint.ts";
import { asFailure } from "../failure.ts";
import { fieldsOf, placeIn, remarksOn, requestOf } from "./declaration.ts";
import { hintOnMissing, hintOnMissingHere } from "./missing.ts";
import type { Place } from "./place.ts";

export interface LoadedData {
  readonly name: string;
  readonly dataset: Dataset;
  readonly fields: readonly Field[];
  /** Warnings. */
  readonly remarks: readonly Diagnostic[];
}

/** Of a run's settings: declarations of the command line, and which examples are held out. */
interface DataSettings extends Pick<RunSettings, "data" | "splitSeed" | "fold" | "memory"> {
  /** Called now and then while a source reads, with the share that is behind. */
  readonly progress?: ((share: number) => void) | undefined;
}

/** Loads a declaration's data from a place, which also says where relative paths of the program start. */
export async function loadData(
  program: Program,
  definition: DataDefinition,
  { base: ownBase, files, workers, remember }: Place,
  { data: overrides, splitSeed, fold, memory, progress }: DataSettings = { data: [] },
): Promise<LoadedData> {
  const override = overrides.find((o) => o.name === definition.name.text);
  const base = override?.base ?? ownBase;
  const request = { ...requestOf(program, definition, base, splitSeed), fold, memory };
  const { describeSource, loadDataset } = await import("../../runtime/data/sources/all.ts");
  const load = () => loadDataset(request, files, progress, workers);
  try {
    const { base: _, ...inputs } = request;
    const isKept = remember && describeSource(request.name)?.generated;
    const dataset = await (isKept ? remember("data", inputs, load) : load());
    const remarks = remarksOn(dataset, definition);
    return { name: definition.name.text, dataset, fields: fieldsOf(dataset), remarks };
  } catch (error) {
    const hint = override ? hintOnMissingHere(error, "--data", base) : hintOnMissing(error, definition, program);
    throw asFailure(error, { span: placeIn(definition, error), ...hint }) ?? error;
  }
}
