// Checks a text: its models and, with the fields of their data, its trainings.

import { openProgram } from "../../compiler/check/program/program.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { examineTraining } from "../../compiler/check/training/train.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { library } from "./engine.ts";

export function checkText(text: string, fields: readonly Field[] = [], examples = 100): readonly Diagnostic[] {
  const { program, diagnostics } = openProgram({ file: "test.dnn", text }, library);
  for (const t of program.trains) examineTraining(program, t, { fields, examples, overrides: new Map() });
  for (const [name, { instance }] of program.models) if (instance!.children.size === 0) program.checkModel(name);
  return [...diagnostics, ...program.diagnostics];
}
