// The inputs of a model from the fields of its data: what a training or the command gives it.

import type { Program } from "../../../compiler/check/program/program.ts";
import { fieldValue } from "../../../compiler/check/training/fields.ts";
import type { Field } from "../../../compiler/check/training/lines/types.ts";
import type { InputParameter, TensorValue, Value } from "../../../compiler/check/values/values.ts";
import { requiredInputs, Scope } from "../../../compiler/check/values/values.ts";
import type { Expression, ModelDefinition } from "../../../grammar/syntax/ast.ts";
import { companionOf } from "../../../runtime/plan.ts";

/** The inputs of a model: `given` fields where they fit, else sizes by their names. */
export function inputsOf(
  program: Program,
  definition: ModelDefinition,
  fields: readonly Field[],
  given: (input: string, field: Field) => Value = (input, field) => fieldValue(field, input),
): Value[] {
  const frame = program.frame(false);
  return requiredInputs(definition).map((p) => {
    const field = fieldFor(p, fields);
    return field ? given(p.name.text, field) : program.elaborator.symbolicInput(p, new Scope(program.scope), frame);
  });
}

/** The field with the input's name, or else the first of its kind and of the sizes that are written down. */
export function fieldFor<F extends Field>({ name, type }: InputParameter, fields: readonly F[]): F | undefined {
  const isClasses = type.classes !== undefined;
  const fitting = fields.filter(
    (f) =>
      companionOf(f.name, "length") === undefined &&
      f.shape.length === type.dims.length &&
      (f.classes !== undefined) === isClasses,
  );
  return fitting.find((f) => f.name === name.text) ?? fitting.find((f) => hasWrittenSizes(type.dims, f.shape));
}

function hasWrittenSizes(dims: readonly Expression[], shape: Field["shape"]): boolean {
  return dims.every((dim, i) => dim.kind !== "number" || dim.value === shape[i]);
}

export function tensorsIn(value: Value): TensorValue[] {
  if (value.kind === "tensor") return [value];
  return value.kind === "list" ? value.items.flatMap(tensorsIn) : [];
}
