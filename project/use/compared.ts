// Comparisons of a training: its answers beside what is right. In: trained weights with their program. Out: the answers that its losses and metrics are
// given, each with what is right, as graphs of one held-out example; and the lines of its models, with their values.

import { type Application, outputNode } from "../../compiler/check/frame/application.ts";
import { definitionHasRole, type Role } from "../../compiler/check/frame/roles.ts";
import type { Training } from "../../compiler/check/training/lines/types.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import type { Callable, Scope, TensorValue } from "../../compiler/check/values/values.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { Failure } from "../failure.ts";
import type { Weights } from "./model/weights.ts";

/** How answers are read: scores of classes, a logit of yes or no, a score of -1 or 1, numbers. */
export type AnswerKind = "scores" | "logit" | "margin" | "numbers";

/** Roles of functions that compare an answer with what is right, the most telling first. */
const COMPARING: readonly (readonly [Role, AnswerKind])[] = [
  ["class_metric", "scores"],
  ["takes_scores", "scores"],
  ["takes_logarithms", "scores"],
  ["class_loss", "scores"],
  ["yes_or_no", "logit"],
  ["margin", "margin"],
  ["squared", "numbers"],
];

/** The functions of a program and of the library that compare, in that order. */
function comparingIn(scope: Scope): { readonly definition: Callable; readonly kind: AnswerKind }[] {
  const all = scope.all().flatMap((name) => {
    const value = scope.get(name);
    return value?.kind === "definition" && value.definition.tags ? [value.definition] : [];
  });
  return COMPARING.flatMap(([role, kind]) =>
    all.flatMap((definition) => (definitionHasRole(definition, role) ? [{ definition, kind }] : [])),
  );
}

export interface Comparison {
  readonly kind: AnswerKind;
  readonly answer: Node;
  readonly right: TensorValue;
}

export interface Compared {
  readonly training: Training;
  /** Undefined where the training compares nothing with anything. */
  readonly comparison: Comparison | undefined;
  /** Lines of its models that gave a value, with held-out examples, each once. */
  readonly lines: readonly Application[];
}

/** Runs the lines of the training for held-out examples and listens at the parameters of what compares. */
export function comparedBy({ opened, definition, checkpoints }: Weights): Compared {
  const { program } = opened;
  const { elaborator } = program;
  const { fields, settings } = checkpoints[0].checkpoint.facts;
  const comparing = comparingIn(program.scope);
  const found = new Map<number, Partial<Record<"answer" | "right", TensorValue>>>();
  const lines = new Map<Node, readonly Application[]>();
  elaborator.observer = {
    line: (line, context) => {
      // The last line of a layer of the library gives the same value as the model's line that calls it.
      const isOwn = program.models.has(line.within.replace(/\..*/, "")) && !line.span.file.startsWith("stdlib/");
      const node = outputNode(line);
      if (!isOwn || context.training || !node) return;
      const before = lines.get(node) ?? [];
      if (before.every((l) => l.within !== line.within)) lines.set(node, [...before, line]);
    },
    named: (name, value, context) => {
      if (context.training || value.kind !== "tensor") return;
      for (const [i, { definition }] of comparing.entries()) {
        const at = definition.parameters.findIndex((p) => p.name === name);
        if (at !== 0 && at !== 1) continue;
        const pair = found.get(i) ?? {};
        if (pair.answer && pair.right) return;
        found.set(i, { ...pair, [at === 0 ? "answer" : "right"]: value });
      }
    },
  };
  const options = { fields, examples: 1, overrides: new Map(Object.entries(settings.set)) };
  let training: Training | undefined;
  try {
    // The comparison does not depend on how many examples there were.
    training = elaborateTraining(program, definition, options);
  } finally {
    elaborator.observer = undefined;
  }
  if (!training) throw new Failure(program.diagnostics);
  return { training, comparison: firstOf(comparing, found), lines: [...lines.values()].flat() };
}

function firstOf(
  comparing: readonly { readonly kind: AnswerKind }[],
  found: ReadonlyMap<number, Partial<Record<"answer" | "right", TensorValue>>>,
): Comparison | undefined {
  for (const [i, { kind }] of comparing.entries()) {
    const { answer, right } = found.get(i) ?? {};
    if (answer && right && fits(kind, answer.node, right.node)) return { kind, answer: answer.node, right };
  }
  return undefined;
}

/** Scores have one more axis than labels; what is compared number by number has the same. */
function fits(kind: AnswerKind, answer: Node, right: Node): boolean {
  const axes = kind === "scores" ? answer.shape.slice(0, -1) : answer.shape;
  return axes.map(String).join() === right.shape.map(String).join();
}
