// What is allowed and hardly meant: warnings about a layer or function, given the one whose value it takes. Each says why, and
// what to write if it was not meant.

import type { Diagnostic, Span } from "../../grammar/span.ts";
import { isNumber, showDim, showShape } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import { broadcastsTo } from "../ops/elementwise.ts";
import type { Value } from "./values.ts";

/** A layer or function of the library that gave a value. */
export interface Made {
  readonly name: string;
  /** The call in the program. */
  readonly span: Span;
  readonly arguments: ReadonlyMap<string, Value>;
  readonly input: Node | undefined;
}

export type Warning = Pick<Diagnostic, "code" | "message"> & Partial<Diagnostic>;

type Lint = (made: Made, before: Made | undefined) => Warning | undefined;

const LINEAR: ReadonlySet<string> = new Set(["dense", "conv", "upconv"]);
const PROBABILITIES: ReadonlySet<string> = new Set(["softmax", "log_softmax", "sigmoid"]);

const seen = (before: Made, text = `'${before.name}' here`): Pick<Diagnostic, "related"> => ({
  related: [{ span: before.span, text }],
});

/** A loss that takes logits gets what was made probabilities before. */
const doubled =
  (makers: ReadonlySet<string>, does: string): Lint =>
  (made, before) =>
    before && makers.has(before.name)
      ? {
          code: "train/softmax-twice",
          message: `\`${made.name}\` ${does} itself, and its argument went through \`${before.name}\` already`,
          hint: `leave out the \`${before.name}\`: the model gives logits, and \`softmax\` is for looking at predictions`,
          ...seen(before),
        }
      : undefined;

/** Two linear layers in a row are one: unless the first is a bottleneck, the second adds nothing. */
const linearTwice: Lint = (made, before) => {
  if (before?.name !== made.name) return undefined;
  const [from, between, to] = [before.input, made.input].map((n) => n?.shape.at(-1)).concat([undefined]);
  const n = made.arguments.get("n");
  const out = n?.kind === "number" ? n.value : to;
  if (![from, between, out].every((d) => d !== undefined && isNumber(d))) return undefined;
  if (Number(between) < Math.min(Number(from), Number(out))) return undefined;
  return {
    code: "layers/no-activation",
    message: `two \`${made.name}\` layers without an activation between them are no more than one`,
    notes: [`the product of two matrices is a matrix: ${showDim(from!)} to ${showDim(between!)} to ${showDim(out!)}`],
    hint: "write an activation between them, such as `relu`",
    ...seen(before, "the first of them"),
  };
};

/** What normalisation over the batch subtracts again. */
const lostBias: Lint = (_, before) => {
  const bias = before?.arguments.get("bias");
  if (!before || !LINEAR.has(before.name) || bias?.kind !== "boolean" || !bias.value) return undefined;
  const end: Span = { ...before.span, start: before.span.end };
  return {
    code: "layers/lost-bias",
    message: `\`batchnorm\` subtracts the mean, so the bias of the \`${before.name}\` before it does nothing`,
    hint: `write \`nobias\` at the \`${before.name}\``,
    fix: { title: `write \`nobias\` at the \`${before.name}\``, edits: [{ span: end, text: " nobias" }] },
    ...seen(before),
  };
};

const nodeOf = (made: Made, name: string): Node | undefined => {
  const value = made.arguments.get(name);
  return value?.kind === "tensor" ? value.node : undefined;
};

/** The scores of a model and a label in each other's place, which nothing that follows could make sense of. */
export function swapped(name: string, given: ReadonlyMap<string, Value>): Warning | undefined {
  const [y, label] = [given.get("y"), given.get("label")];
  if (y?.kind !== "tensor" || label?.kind !== "tensor" || y.classes === undefined || label.classes !== undefined)
    return undefined;
  return {
    code: "calls/swapped",
    severity: "error",
    message: `\`${name}\` takes the scores first and the label second, and here they are the other way round`,
    hint: `write \`${name}(model(x), label)\``,
  };
}

/** Scores of classes for each place that has a label, or else one would be repeated over the places of the other. */
const labelDiffers: Lint = (made, before) => {
  const [y, label] = [nodeOf(made, "y"), nodeOf(made, "label")];
  if (!y || !label || y.shape.length === 0) return undefined;
  const places = y.shape.slice(0, -1);
  if (showShape(places) === showShape(label.shape)) return undefined;
  const scores = places.length === 0 ? "one row of scores" : `scores for each place of ${showShape(places)}`;
  const labels = label.shape.length === 0 ? "one class" : `a class for each place of ${showShape(label.shape)}`;
  return {
    code: "shapes/label-differs",
    severity: "error",
    message: `the model gives ${scores}, and the label is ${labels}: ${showShape(y.shape)} and ${showShape(label.shape)}`,
    hint:
      label.shape.length === 0
        ? "bring the scores to one row before the last layer: `flatten`, `avgpool global`, or `last` of a sequence"
        : "give scores at every place: leave out what takes the places together, such as `flatten` or `last`",
    ...(before ? seen(before, `${showShape(y.shape)} is made here`) : {}),
  };
};

/** Two values of different shapes that are repeated over each other: [4, 1] and [4] make [4, 4]. */
const repeatedOver: Lint = (made) => {
  const [y, x] = [nodeOf(made, "y"), nodeOf(made, "x")];
  if (!y || !x || broadcastsTo(y.shape, x.shape) || broadcastsTo(x.shape, y.shape)) return undefined;
  return {
    code: "shapes/repeated",
    message: `\`${made.name}\` compares ${showShape(y.shape)} with ${showShape(x.shape)}, each repeated over the other`,
    hint: "bring them to one shape with `reshape` or `flatten`",
  };
};

const all =
  (...lints: readonly Lint[]): Lint =>
  (made, before) => {
    for (const l of lints) {
      const found = l(made, before);
      if (found) return found;
    }
    return undefined;
  };

/** By the name of the layer or function that is applied. */
const LINTS: Readonly<Record<string, Lint>> = {
  cross_entropy: all(labelDiffers, doubled(PROBABILITIES, "takes the softmax")),
  nll: labelDiffers,
  multi_hinge: labelDiffers,
  accuracy: labelDiffers,
  bce: all(repeatedOver, doubled(PROBABILITIES, "takes the sigmoid")),
  mse: repeatedOver,
  hinge: repeatedOver,
  softmax: doubled(new Set(["softmax"]), "makes probabilities"),
  dense: linearTwice,
  batchnorm: lostBias,
};

export function lint(made: Made, before: Made | undefined): Warning | undefined {
  return Object.hasOwn(LINTS, made.name) ? LINTS[made.name]!(made, before) : undefined;
}

/** Learning rates that hardly ever work, by optimizer: below the first nothing moves, above the second nothing stays. */
const RATES: Readonly<Record<string, readonly [number, number]>> = {
  sgd: [1e-7, 10],
  momentum: [1e-7, 10],
  nesterov: [1e-7, 10],
  adagrad: [1e-6, 2],
  rmsprop: [1e-8, 0.2],
  adam: [1e-8, 0.2],
  adamw: [1e-8, 0.2],
};

export function unusualRate(optimizer: string, lr: Value | undefined): Warning | undefined {
  const range = Object.hasOwn(RATES, optimizer) ? RATES[optimizer] : undefined;
  if (!range || lr?.kind !== "number" || !isNumber(lr.value) || lr.value === 0) return undefined;
  const [least, most] = range;
  if (lr.value >= least && lr.value <= most) return undefined;
  const way = lr.value < least ? "small: hardly anything would move" : "large: the loss would jump about";
  return {
    code: "train/unusual-rate",
    message: `a learning rate of ${lr.value} is very ${way}`,
    hint: `\`${optimizer}\` is usually given ${least < 1e-7 ? "1e-4 to 1e-2" : "1e-3 to 1"}; \`dnn lr-find\` proposes one`,
  };
}
