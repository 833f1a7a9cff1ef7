// All warnings of a program's data that its declaration and its numbers give. In: a program with its loaded data. Out: warnings at their places.

import type { TargetUse } from "../../compiler/check/frame/frame.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import { warnOfBytes } from "./bytes.ts";
import { warnOfConstants } from "./constants.ts";
import { warnOfContrary } from "./contrary.ts";
import { warnOfFieldUse } from "./fielduse.ts";
import { warnOfPreparation } from "./preparation.ts";
import { warnOfScales } from "./scales.ts";
import { warnOfTables } from "./tables.ts";
import { warnOfTargets } from "./targets.ts";
import { warnOfTellingColumns } from "./telling.ts";
import { warnOfUndefined } from "./undefined.ts";

/** `targets`: what the training compares answers with, where that is known already. */
export function warnOfLoaded(
  program: Program,
  name: string,
  dataset: Dataset,
  targets: readonly TargetUse[] = [],
): void {
  const { columns } = dataset.train;
  warnOfPreparation(
    program,
    name,
    columns.flatMap((c) => (c.classes === undefined ? [c.name] : [])),
  );
  warnOfConstants(program, name, dataset);
  warnOfContrary(program, name, dataset);
  warnOfScales(program, name, dataset);
  warnOfFieldUse(program, name, dataset);
  warnOfTables(program, name, dataset);
  warnOfTellingColumns(program, name, dataset);
  warnOfBytes(program, name, dataset);
  warnOfUndefined(program, name, dataset);
  warnOfTargets(program, targets, dataset);
}
