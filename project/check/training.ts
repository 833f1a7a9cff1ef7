// Checks one training: its data's mistakes are given back, its others are collected by the program.
// Loaded only for programs that train, since it needs the sources of data.

import type { Program } from "../../compiler/check/program/program.ts";
import { examineTraining } from "../../compiler/check/training/train.ts";
import type { DataDefinition, TrainDefinition } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { dataOf } from "../data/declaration.ts";
import type { Place } from "../data/place.ts";
import { type TinyData, tinyData } from "../data/schema.ts";
import { asFailure } from "../failure.ts";
import { labelsOutside, labelsOutsideOf } from "./labels.ts";
import { warnOfLoaded } from "./loaded.ts";
import { warnOfPreparation } from "./preparation.ts";
import { unknownInPrompts } from "./prompts.ts";
import { carriedStream } from "./streamed.ts";
import { warnOfTargets } from "./targets.ts";

/** Checks data that no training uses: a training would report the same. */
export async function checkData(
  definition: DataDefinition,
  program: Program,
  place: Place,
): Promise<readonly Diagnostic[]> {
  try {
    return (await tinyData(program, definition, place))?.diagnostics ?? [];
  } catch (error) {
    const failed = asFailure(error);
    if (!failed) throw error;
    return failed.diagnostics;
  }
}

/** Fields of generated data that say nothing of themselves: a check needs no more of them, and the same text gives the same. */
export async function generatedData(
  definition: TrainDefinition,
  program: Program,
  place: Place,
): Promise<TinyData | undefined> {
  const declared = definition.data && program.data.get(definition.data.text);
  if (!declared) return undefined;
  const { diagnostics } = program.elaborator;
  const [before, unsay] = [diagnostics.length, program.elaborator.trying()];
  const tiny = await tinyData(program, declared, place).catch(() => undefined);
  const isSilent = diagnostics.length === before && tiny?.diagnostics.length === 0;
  unsay();
  return isSilent && tiny.isGenerated && tiny.fields.length > 0 ? tiny : undefined;
}

export async function checkTraining(
  definition: TrainDefinition,
  program: Program,
  place: Place,
  overrides: ReadonlyMap<string, string> = new Map(),
): Promise<readonly Diagnostic[]> {
  try {
    const declared = dataOf(program, definition);
    const tiny = await tinyData(program, declared, place);
    if (!tiny) return [];
    if (tiny.fields.length === 0) return tiny.diagnostics;
    const quantities = tiny.fields.flatMap((f) => (f.classes === undefined ? [f.name] : []));
    if (tiny.dataset) warnOfLoaded(program, declared.name.text, tiny.dataset);
    else warnOfPreparation(program, declared.name.text, quantities);
    const { labels, targets, prompts } = examineTraining(program, definition, { ...tiny, overrides });
    if (tiny.dataset) warnOfTargets(program, targets, tiny.dataset);
    const streamed = tiny.streamed ? carriedStream(definition, declared.name.text) : undefined;
    return [
      ...tiny.diagnostics,
      ...(streamed ? [streamed] : []),
      ...(tiny.dataset ? labelsOutside(labels, tiny.dataset) : []),
      ...unknownInPrompts(prompts),
      ...(tiny.isGenerated ? labelsOutsideOf(labels, tiny.fields) : []),
    ];
  } catch (error) {
    const failed = asFailure(error);
    if (!failed) throw error;
    return failed.diagnostics;
  }
}
