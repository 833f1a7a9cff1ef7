// Inputs of a trained model. In: its definition, the fields it was trained on, and the training's lines. Out: for each
// input a field of the data, where the training gave it one; else numbers as they enter the model, in the sizes of its header,
// those with names as the training solved them.

import { isNumber } from "../../../compiler/arithmetic/dim.ts";
import { lookUp } from "../../../compiler/arithmetic/lookup.ts";
import type { Program } from "../../../compiler/check/program/program.ts";
import { isRagged, type Prepared } from "../../../compiler/check/training/fields.ts";
import type { InputParameter } from "../../../compiler/check/values/values.ts";
import { requiredInputs, Scope, type TensorValue } from "../../../compiler/check/values/values.ts";
import { topological } from "../../../compiler/graph/node.ts";
import type { ModelDefinition } from "../../../grammar/syntax/ast.ts";
import { companionName } from "../../../runtime/plan.ts";
import type { SavedField } from "../../../runtime/train/checkpoint.ts";
import { failure } from "../../failure.ts";
import { fieldFor } from "./modelfields.ts";
import type { TrainingCalls } from "./trainingcalls.ts";
import type { Weights } from "./weights.ts";

/** One input of the model, with what stands in a row for it. */
export interface ModelInput {
  readonly name: string;
  readonly field: SavedField;
  /** Where sequences differ in length: the name under which the model reads how long they are. */
  readonly lengths?: string;
  /** The numbers enter the model as they are: it has no field of the data for this input. */
  readonly raw?: boolean;
  /** The training made this input from nothing in the data, such as noise. */
  readonly free?: boolean;
}

export function modelInputs(
  weights: Weights,
  definition: ModelDefinition,
  prepared: Prepared,
  { inputs: given }: TrainingCalls,
): ModelInput[] {
  const { fields } = weights.checkpoints[0].checkpoint.facts;
  return requiredInputs(definition).map((p) => {
    const values = given.get(p) ?? [];
    const own = ownType(weights.opened.program, definition, p, values);
    const field = fieldOf(p, values, own, prepared, fields);
    if (field) return { name: p.name.text, field, ...lengthsOf(p.name.text, field, fields) };
    if (own) return { name: p.name.text, field: own, raw: true, free: values.length > 0 && values.every(isFree) };
    throw failure("weights/no-field", `the data that was trained on has no field for the input '${p.name.text}'`, {
      span: p.span,
      hint: `its fields are ${fields.map((f) => f.name).join(", ")}: give the input the name of the field that it takes`,
    });
  });
}

/** The model reads a field's rows, and their lengths, under the name of its input. */
const lengthsOf = (input: string, field: SavedField, fields: readonly SavedField[]) =>
  isRagged(field, fields) ? { lengths: companionName(input, "length") } : {};

/** The header's type in numbers; undefined where it has names that the training did not solve. */
function ownType(
  program: Program,
  definition: ModelDefinition,
  p: InputParameter,
  values: readonly TensorValue[],
): SavedField | undefined {
  const scope = new Scope(program.scope);
  for (const [name, size] of lookUp(program.models, definition.name.text).instance.sizes)
    scope.set(name, { kind: "number", value: size });
  const declared = values[0] ?? program.elaborator.symbolicInput(p, scope, program.frame(false));
  const shape = declared.node.shape;
  const { classes } = declared;
  if (!shape.every(isNumber) || (classes !== undefined && !isNumber(classes))) return undefined;
  return { name: p.name.text, shape, ...(classes === undefined ? {} : { classes }) };
}

/**
 * The field of the input's name where it fits; else the one that the training gave it; else, where no line of the training
 * comes to the model, the first that fits.
 */
function fieldOf(
  p: InputParameter,
  values: readonly TensorValue[],
  own: SavedField | undefined,
  prepared: Prepared,
  fields: readonly SavedField[],
): SavedField | undefined {
  const fits = (f: Pick<SavedField, "shape" | "classes">): boolean =>
    !own || (f.shape.join() === own.shape.join() && f.classes === own.classes);
  const first = fieldFor(p, prepared.types.filter(fits));
  const given = prepared.types.find(({ name }) => {
    const value = prepared.values.get(name);
    return value?.kind === "tensor" && values.some((v) => v.node === value.node);
  });
  const chosen = first?.name === p.name.text || values.length === 0 ? first : given;
  return fields.find((f) => f.name === chosen?.name);
}

const isFree = ({ node }: TensorValue): boolean =>
  !topological([node]).some((n) => n.op === "parameter" && n.attributes.role === "field");
