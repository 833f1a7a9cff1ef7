// How a training calls a model. In: trained weights and the model. Out: every tensor that its lines give to each input, the
// settings of the first call, with which the model's parameters have the sizes that were saved, and the field that its answers are for.

import { Measures } from "../../../compiler/check/frame/statistics.ts";
import { TrainBody } from "../../../compiler/check/training/body.ts";
import { differenceIn, type Target, type Targets, targetsIn } from "../../../compiler/check/training/units.ts";
import type { TensorValue, Value } from "../../../compiler/check/values/values.ts";
import { requiredInputs } from "../../../compiler/check/values/values.ts";
import { type Node, operand, topological } from "../../../compiler/graph/node.ts";
import type { ModelDefinition, Parameter } from "../../../grammar/syntax/ast.ts";
import { Failure } from "../../failure.ts";
import { hasErrors } from "../../source.ts";
import { tensorsIn } from "./modelfields.ts";
import type { Weights } from "./weights.ts";

export interface TrainingCalls {
  readonly inputs: ReadonlyMap<Parameter, readonly TensorValue[]>;
  /** Empty where no line of the training comes to the model. */
  readonly settings: ReadonlyMap<string, Value>;
  /** The field that losses subtract the model's answers from, or that from them, where the data's body brings it to another scale. */
  readonly target: Target | undefined;
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
  const answers = new Set<Node>();
  elaborator.observer = {
    within: (part, run) => {
      const value = run();
      if (part.kind !== "call" || part.target.kind !== "definition" || part.target.definition !== model) return value;
      for (const { node } of tensorsIn(value).slice(0, 1)) answers.add(node);
      return value;
    },
    named: (name, value) => {
      const p = parameters.find((parameter) => parameter.name === name);
      if (p && value.kind === "tensor") inputs.get(p)?.push(value);
      if (p && !p.type && !settings.has(name.text)) settings.set(name.text, value);
    },
  };
  const body = new TrainBody(opened.program, definition, options, time, false);
  try {
    body.run();
  } finally {
    elaborator.observer = undefined;
  }
  refuseOtherProgram(weights);
  const goals = body.allSteps().flatMap((step) => step.goals.map(({ shown }) => shown));
  const target = targetOf(goals, answers, targetsIn(fields, body.prepared));
  return { inputs, settings: new Map([...settings].filter(([, value]) => isFixed(value))), target };
}

/** Where the program does not fit the fields that were trained on, and the weights are another file's, that is said with the mistake. */
function refuseOtherProgram({ opened, checkpoints }: Weights): void {
  const { diagnostics } = opened.program;
  const [{ folder, checkpoint }] = checkpoints;
  const [trained, given] = [checkpoint.facts.file, opened.path].map((path) => path.replace(/^.*[\\/]/, ""));
  if (trained === given || !hasErrors(diagnostics)) return;
  const note = `${folder} holds the weights of ${trained}, and the fields are those that it was trained on`;
  throw new Failure(diagnostics.map((d) => (d.severity === "error" ? { ...d, notes: [...(d.notes ?? []), note] } : d)));
}

/** Undefined where answers are compared with none or with several. */
function targetOf(goals: readonly Node[], answers: ReadonlySet<Node>, targets: Targets): Target | undefined {
  const found = new Set<Target>();
  for (const node of topological(goals)) {
    const difference = differenceIn(node, targets);
    if (difference && answers.has(asGiven(operand(node, difference.at), answers))) found.add(difference.target);
  }
  const [target, ...others] = found;
  return others.length > 0 ? undefined : target;
}

/** A model's answer behind changes of its shape. */
function asGiven(node: Node, answers: ReadonlySet<Node>): Node {
  while (!answers.has(node) && (node.op === "reshape" || node.op === "anchor")) node = operand(node);
  return node;
}

/** Whether a value is the same in every step and for every example. */
function isFixed(value: Value): boolean {
  if (value.kind === "list") return value.items.every(isFixed);
  return value.kind !== "tensor" || !topological([value.node]).some((n) => n.op === "parameter");
}
