// All warnings of a program's data that its numbers give. In: a program with its loaded data. Out: warnings at their places.

import type { Program } from "../../compiler/check/program/program.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import { warnOfConstants } from "./constants.ts";
import { warnOfFieldUse } from "./fielduse.ts";
import { warnOfScales } from "./scales.ts";
import { warnOfTables } from "./tables.ts";

export function warnOfLoaded(program: Program, name: string, dataset: Dataset): void {
  warnOfConstants(program, name, dataset);
  warnOfScales(program, name, dataset);
  warnOfFieldUse(program, name, dataset);
  warnOfTables(program, name, dataset);
}
