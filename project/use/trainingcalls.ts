// How a training calls a model. In: trained weights and the model. Out: every tensor that its lines give to each input, and the
// settings of the first call, with which the model's parameters have the sizes that were saved.

import { TrainBody } from "../../compiler/check/training/body.ts";
import { Measures } from "../../compiler/check/values/statistics.ts";
import type { TensorValue, Value } from "../../compiler/check/values/values.ts";
import { requiredInputs } from "../../compiler/check/values/values.ts";
import { topological } from "../../compiler/graph/node.ts";
import type { ModelDefinition, Parameter } from "../../grammar/syntax/ast.ts";
import type { Weights } from "./weights.ts";

export interface TrainingCalls {
  readonly inputs: ReadonlyMap<Parameter, readonly TensorValue[]>;
  /** Empty where no line of the training comes to the model. */
  readonly settings: ReadonlyMap<string, Value>;
}

/** Runs the lines of the training and listens at the model's parameters. */
export function callsInTraining(weights: Weights, model: ModelDefinition): TrainingCalls {
  const { parameters } = model;
  const { opened, definition, checkpoints } = weights;
  const { fields, settings: given } = checkpoints[0].checkpoint.facts;
  const { elaborator } = opened.program;
  const inputs = new Map<Parameter, TensorValue[]>(requiredInputs(model).map((p) => [p, []]));
  const settings = new Map<string, Value>();
  const options = { fields, examples: 1, overrides: new Map(Object.entries(given.set)) };
  const time = { epochs: 1, perEpoch: 1, measures: new Measures(definition.data?.text ?? "", 1) };
  elaborator.observer = {
    line: () => {},
    named: (name, value) => {
      const p = parameters.find((parameter) => parameter.name === name);
      if (p && value.kind === "tensor") inputs.get(p)?.push(value);
      if (p && !p.type && !settings.has(name.text)) settings.set(name.text, value);
    },
  };
  try {
    new TrainBody(opened.program, definition, options, time, false).run();
  } finally {
    elaborator.observer = undefined;
  }
  return { inputs, settings: new Map([...settings].filter(([, value]) => isFixed(value))) };
}

/** Whether a value is the same in every step and for every example. */
function isFixed(value: Value): boolean {
  if (value.kind === "list") return value.items.every(isFixed);
  return value.kind !== "tensor" || !topological([value.node]).some((n) => n.op === "parameter");
}
