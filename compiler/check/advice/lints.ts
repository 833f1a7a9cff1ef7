// Lints: programs that are allowed and probably mistakes. In: an applied layer or function, found by the roles of its definition, and
// what gave its input. Out: a warning that says why, and what to write if it was not meant.

import type { Diagnostic, Fix, Span } from "../../../grammar/syntax/span.ts";
import { isNumber, product, showDim, showShape } from "../../arithmetic/dim.ts";
import { operand, sizeAlong } from "../../graph/node.ts";
import { broadcastsTo } from "../../ops/elementwise.ts";
import { isBatched } from "../../passes/batch.ts";
import type { Application } from "../frame/application.ts";
import type { Warning } from "../frame/frame.ts";
import { hasRole, type Role, rolesOf } from "../frame/roles.ts";
import { isPicture, isTurnedPicture, turnBack } from "../sizes/pictures.ts";
import { seesItsTarget } from "./ahead.ts";
import { beforeLine, behindLine, optionEdit, withoutLine } from "./edits.ts";
import { twoRules, windowForFilters } from "./groups.ts";
import { classesAsNumbers, flattenedLate, stepsAsDepth } from "./inputs.ts";
import type { Lint, Surroundings } from "./lint.ts";
import { nodeOf } from "./losses.ts";
import { outsideOfRange, targetOutOfReach } from "./ranges.ts";
import { dropsNearlyAll } from "./rates.ts";

const relatedTo = (before: Application, text = `'${before.name}' here`): Pick<Diagnostic, "related"> => ({
  related: [{ span: before.span, text }],
});

const fixed = (fix: Fix | undefined): Pick<Diagnostic, "fix"> => (fix ? { fix } : {});

/** The program's text, where the place is in it. */
const textAt = ({ source }: Surroundings, span: Span): string => (source?.file === span.file ? source.text : "");

/** A loss that takes logits gets what was made probabilities before. */
const doubled =
  (makers: readonly Role[], does: string): Lint =>
  (made, before, at) =>
    before && hasRole(before, ...makers)
      ? {
          code: "train/softmax-twice",
          message: `\`${made.name}\` ${does} itself, and its argument went through \`${before.name}\` already`,
          hint: `leave out the \`${before.name}\`: the model gives logits, and \`softmax\` is for looking at predictions`,
          ...relatedTo(before),
          ...fixed(withoutLine(textAt(at, before.span), before.span, `leave out the \`${before.name}\``)),
        }
      : undefined;

/** The same of `sigmoid`, which is a function of the language itself and known by its op. */
const sigmoidTwice =
  (does: string): Lint =>
  ({ name, input }) =>
    input?.op === "sigmoid"
      ? {
          code: "train/softmax-twice",
          message: `\`${name}\` ${does} itself, and its argument went through \`sigmoid\` already`,
          hint: "leave out the `sigmoid`: the model gives logits, and `sigmoid` is for looking at predictions",
        }
      : undefined;

/** Activations that are functions of the language itself, known by their op. */
const ACTIVATION_OPS: ReadonlySet<string> = new Set(["tanh", "softplus"]);

/** Scores that an activation has cut: the loss takes any number. */
const activatedScores: Lint = ({ name, input }, before, at) => {
  const activation =
    before && hasRole(before, "activation")
      ? before.name
      : input && ACTIVATION_OPS.has(input.op)
        ? input.op
        : undefined;
  if (activation === undefined) return undefined;
  return {
    code: "train/activation-last",
    message: `\`${name}\` takes scores of any size, and these went through \`${activation}\`, which cuts or bends them`,
    hint: `leave out the \`${activation}\` behind the last layer`,
    ...(before ? relatedTo(before) : {}),
    ...(before ? fixed(withoutLine(textAt(at, before.span), before.span, `leave out the \`${activation}\``)) : {}),
  };
};

/** Answers of which some are set to 0 by chance. */
const droppedAnswers: Lint = ({ name }, before) =>
  before && hasRole(before, "dropping")
    ? {
        code: "train/activation-last",
        message: `\`${name}\` takes a model's answers, and \`${before.name}\` sets some of them to 0 by chance`,
        hint: `write the \`${before.name}\` before the last layer`,
        ...relatedTo(before),
      }
    : undefined;

/** Scores for classes that are not there, or a label that is always the same. */
const classesDiffer: Lint = ({ name, input, arguments: given }) => {
  const label = given.get("label");
  const scores = input?.shape.at(-1);
  const classes = label?.kind === "tensor" ? label.classes : undefined;
  if (classes === undefined || scores === undefined || !isNumber(classes) || !isNumber(scores)) return undefined;
  if (classes === 1)
    return {
      code: "train/one-class",
      message: `\`${name}\` has nothing to tell apart: the label is always the same class`,
      hint: "see whether the data has all of its classes: in a table its column of labels names each, and a folder of pictures has a folder for each",
    };
  if (scores <= classes) return undefined;
  return {
    code: "train/more-scores",
    message: `there are ${scores} scores, and the label has only ${classes} classes: no example has any of the others`,
    hint: `let the last layer be \`dense ${classes}\``,
  };
};

/** One of as many guesses as there are scores is always right. */
const cannotMiss: Lint = ({ name, input, arguments: given }) => {
  const [top, scores] = [given.get("top"), input?.shape.at(-1)];
  if (top?.kind !== "number" || !isNumber(top.value) || scores === undefined || !isNumber(scores)) return undefined;
  if (top.value < scores || scores < 2) return undefined;
  return {
    code: "train/cannot-miss",
    message: `this \`${name}\` is always 1: with top=${top.value}, all ${scores} scores count as guesses`,
    hint: scores === 2 ? "leave out `top`" : `leave out \`top\`, or write at most \`top=${scores - 1}\``,
  };
};

/** Through what changes nothing about what a layer computes: the numbers stay, or fall out at random. */
function through(
  before: Application | undefined,
  roles: readonly Role[],
  { applications }: Surroundings,
): Application | undefined {
  let at = before;
  while (at && hasRole(at, ...roles)) at = at.input && applications.callOf(at.input);
  return at;
}

const named = (first: Application, second: Application): string =>
  first.name === second.name ? `\`${first.name}\`` : `linear (\`${first.name}\`, \`${second.name}\`)`;

/** Two linear layers in a row are one: unless the first is a bottleneck, the second adds nothing. */
const linearTwice: Lint = (made, last, at) => {
  const before = through(last, ["dropping"], at);
  if (!before || !hasRole(before, "dense")) return undefined;
  const [from, between] = [before.input, made.input].map((n) => n?.shape.at(-1));
  const n = made.arguments.get("n");
  const out = n?.kind === "number" ? n.value : undefined;
  if (from === undefined || between === undefined || out === undefined) return undefined;
  if (!isNumber(from) || !isNumber(between) || !isNumber(out) || between < Math.min(from, out)) return undefined;
  return {
    code: "layers/no-activation",
    message: `two ${named(before, made)} layers without an activation between them are equivalent to one`,
    notes: [`the product of two matrices is a matrix: ${from} to ${between} to ${out}`],
    hint: "write an activation between them, such as `relu`",
    ...relatedTo(before, "the first of them"),
    ...fixed(behindLine(textAt(at, before.span), before.span, "; relu", "write `relu` between them")),
  };
};

/** Layers that leave every value at its place. */
const PLACEWISE: readonly Role[] = ["activation", "dropping", "placewise"];

/** `dense` acts on depth: behind windows it gives a value for every place, which is seldom meant without `flatten`. */
const notFlattened: Lint = (made, before, at) => {
  const shape = made.input?.shape ?? [];
  const windows = through(before, PLACEWISE, at);
  if (!windows || !hasRole(windows, "windowed") || shape.length < 3 || shape.slice(0, -1).every((d) => d === 1))
    return undefined;
  return {
    code: "layers/not-flattened",
    message: `\`${made.name}\` works on the last axis of ${showShape(shape)}: the same layer at each of ${showShape(shape.slice(0, -1))} places`,
    hint: "write `flatten` or `avgpool global` before it; if every place is meant, `conv 1x1` says so",
    ...relatedTo(windows, `${showShape(shape)} comes from here`),
    ...fixed(beforeLine(textAt(at, made.span), made.span, "flatten; ", "write `flatten` before it")),
  };
};

/** A picture with its depth first, as it came or as it was turned: a window would go over its channels as if they were rows. */
const depthFirst: Lint = ({ name, input, arguments: given }) => {
  const size = given.get("size");
  const isLine = size?.kind === "list" && size.items.some((n) => n.kind === "number" && n.value === 1);
  if (!input || !isTurnedPicture(input.shape) || isLine || (size?.kind === "number" && size.value === 1))
    return undefined;
  const isTurnedHere = input.inputs.length === 1 && isPicture(operand(input).shape);
  if (!isTurnedHere && input.attributes.role !== "field") return undefined;
  const rows = input.shape[0] ?? 1;
  return {
    code: "layers/depth-first",
    message: `\`${name}\` takes ${showShape(input.shape)} for ${showDim(rows)} ${rows === 1 ? "row" : "rows"} of ${showDim(sizeAlong(input, -1))} channels, and it looks like a picture with its depth first`,
    hint: isTurnedHere
      ? `depth stands last in a shape: the picture was ${showShape(operand(input).shape)}, as layers take it; leave out what turns it`
      : turnBack(input),
    ...(isTurnedHere && input.span ? { related: [{ span: input.span, text: "turned here" }] } : {}),
  };
};

/** Terms that normalisation over the batch subtracts again. */
const lostBias: Lint = ({ name }, before, at) => {
  const bias = before?.arguments.get("bias");
  if (!before || !hasRole(before, "linear") || bias?.kind !== "boolean" || !bias.value) return undefined;
  const title = `write \`nobias\` at the \`${before.name}\``;
  const edit = optionEdit(textAt(at, before.span).slice(before.span.start, before.span.end), "nobias");
  const end: Span = { ...before.span, start: before.span.end };
  return {
    code: "layers/lost-bias",
    message: `\`${name}\` subtracts the mean, so the bias of the \`${before.name}\` before it does nothing`,
    hint: title,
    ...fixed(edit && { title, edits: [{ span: end, text: edit[2] }] }),
    ...relatedTo(before),
  };
};

/** Probabilities between two layers: they leave the second little to see, and the first little to learn by. */
const softmaxInside: Lint = ({ name }, last, at) => {
  const flat = last?.name === "flatten" ? last.input && at.applications.callOf(last.input) : last;
  const before = through(flat, ["dropping"], at);
  return before && hasRole(before, "softmax")
    ? {
        code: "layers/softmax-inside",
        message: `\`${before.name}\` stands between layers: \`${name}\` sees shares that add up to 1, most of them near 0`,
        hint: "write an activation that keeps numbers as large as they are, such as `relu`; `softmax` is for looking at predictions",
        ...relatedTo(before),
      }
    : undefined;
};

/** `conv 3*3 16`: nine by nine. */
const windowProduct: Lint = ({ name, span, arguments: given }, _, at) => {
  const size = given.get("size");
  const [written, a, b] = /^\w+[\s(]+(\d+)\s*\*\s*(\d+)\b/.exec(textAt(at, span).slice(span.start, span.end)) ?? [];
  if (written === undefined || size?.kind !== "number") return undefined;
  const whole = Number(a) * Number(b);
  return {
    code: "layers/window-product",
    message: `\`${a}*${b}\` is ${whole}, so this is a window of ${whole}x${whole}`,
    hint: `a window is written with an x: \`${name} ${a}x${b}\``,
  };
};

/** An activation of what went through the same. */
const activationTwice: Lint = ({ name }, before) =>
  before?.name === name && hasRole(before, "activation")
    ? {
        code: "layers/activation-twice",
        message: `\`${name}\` is applied twice in a row`,
        hint: "leave out one of them, or write a layer with weights between them",
        ...relatedTo(before, "the first of them"),
      }
    : undefined;

/** The share of new statistics, as other frameworks count it, in the place of the share that stays. */
const momentumOfOthers: Lint = ({ name, arguments: given }) => {
  const momentum = given.get("momentum");
  if (momentum?.kind !== "number" || !isNumber(momentum.value) || momentum.value <= 0 || momentum.value >= 0.5)
    return undefined;
  const meant = Number((1 - momentum.value).toFixed(6));
  return {
    code: "layers/unusual-momentum",
    message: `\`${name}\` keeps ${momentum.value} of its running statistics in each step, so they follow single batches`,
    hint: `momentum is the share that stays, as in Keras; what PyTorch calls ${momentum.value} is \`momentum=${meant}\` here`,
  };
};

/** Two values of different shapes that are repeated over each other, or a prediction over its targets. */
const repeatedOver: Lint = (made) => {
  const [y, x] = [nodeOf(made.arguments, "y"), nodeOf(made.arguments, "x")];
  if (!y || !x) return undefined;
  const [over, under] = [broadcastsTo(y.shape, x.shape), broadcastsTo(x.shape, y.shape)];
  const about = { code: "shapes/repeated" };
  const shapes = `${showShape(y.shape)} with ${showShape(x.shape)}`;
  if (!over && !under)
    return {
      ...about,
      message: `\`${made.name}\` compares ${shapes}, each repeated over the other`,
      hint:
        isPicture(x.shape) && y.shape.length === 1 && y.shape[0] === product(x.shape)
          ? `write \`flat(${x.attributes.role === "field" ? String(x.attributes.name) : "..."})\` in the place of the picture: both are then ${showShape(y.shape)}`
          : isPicture(x.shape) && y.shape.length === 1
            ? `a picture is compared with a picture: end the model with \`dense ${showDim(product(x.shape))}; reshape ${showShape(x.shape)}\`; what it shows is its label, as in \`cross_entropy(y, label)\``
            : "bring them to one shape with `reshape` or `flatten`",
    };
  const spread = y.shape.some((d, i) => d === 1 && (x.shape.at(i - y.shape.length) ?? 1) !== 1);
  if (product(x.shape) === 1 && product(y.shape) !== 1 && isBatched(x))
    return {
      ...about,
      message: `\`${made.name}\` compares ${shapes}: the target is one number, repeated over ${showDim(product(y.shape))} predictions`,
      hint:
        y.shape.length > 1
          ? "let the model give one number: of a sequence keep the last step, a line `last` before the last layer"
          : "let the model give one number: `dense 1` as its last layer",
    };
  if (under || !spread) return undefined;
  return {
    ...about,
    message: `\`${made.name}\` compares ${shapes}: one prediction is repeated over several targets`,
    hint: `let the model give ${showShape(x.shape)}: its last layer as many numbers as the target has, as in \`dense ${showDim(sizeAlong(x, -1))}\``,
  };
};

/** One number against the number of a class, as if classes were more and less of something. */
const classAsQuantity: Lint = ({ name, arguments: given }) => {
  const [y, x] = [nodeOf(given, "y"), given.get("x")];
  if (!y || x?.kind !== "tensor" || x.classes === undefined || (y.shape.length > 0 && y.shape.at(-1) !== 1))
    return undefined;
  const isTwo = x.classes === 2;
  return {
    code: "train/class-as-quantity",
    message: `\`${name}\` compares a number with the number of a class, one of ${showDim(x.classes)}, as if it were a quantity`,
    hint: isTwo
      ? "for yes or no write `bce` in its place, with `dense 1` as the last layer and no activation behind it"
      : `write \`cross_entropy\` in its place, with \`dense ${showDim(x.classes)}\` as the last layer`,
  };
};

/** Functions that give anything but logarithms of probabilities. */
const SCORES: readonly Role[] = ["linear", "activation", "dropping", "scores"];

/** The negative log-likelihood of what are no logarithms of probabilities falls without end, and means nothing. */
const notLogarithms: Lint = (made, before, at) => {
  const named = before?.name ?? ["sigmoid", "tanh", "softplus"].find((op) => op === made.input?.op);
  const isSoftmax = hasRole(before, "softmax");
  const isProbability = isSoftmax || named === "sigmoid";
  if (named === undefined || !(isProbability || !before || hasRole(before, ...SCORES))) return undefined;
  const softmax = before && isSoftmax && textAt(at, before.span).slice(before.span.start, before.span.end);
  return {
    code: "train/nll-of-scores",
    message: `\`${made.name}\` takes logarithms of probabilities, and \`${named}\` gives ${isProbability ? "probabilities" : "plain scores"}`,
    hint: isProbability
      ? `write \`log_softmax\` in place of the \`${named}\`, or leave it out and take \`cross_entropy\``
      : "write `cross_entropy` in its place, or `log_softmax` as the model's last layer",
    ...(before ? relatedTo(before) : {}),
    ...fixed(
      before && softmax === "softmax"
        ? { title: "write `log_softmax` in its place", edits: [{ span: before.span, text: "log_softmax" }] }
        : undefined,
    ),
  };
};

/** By the roles of what is applied; the first that finds something is shown. */
const LINTS: readonly (readonly [Role, Lint])[] = [
  ["comparison", repeatedOver],
  ["comparison", seesItsTarget],
  ["class_loss", seesItsTarget],
  ["comparison", droppedAnswers],
  ["takes_scores", droppedAnswers],
  ["takes_scores", doubled(["softmax", "log_softmax"], "takes the softmax")],
  ["takes_scores", sigmoidTwice("takes the softmax")],
  ["takes_scores", classesDiffer],
  ["takes_scores", activatedScores],
  ["takes_logit", doubled(["softmax", "log_softmax"], "takes the sigmoid")],
  ["takes_logit", sigmoidTwice("takes the sigmoid")],
  ["takes_logit", activatedScores],
  ["takes_logarithms", notLogarithms],
  ["squared", classAsQuantity],
  ["squared", targetOutOfReach],
  ["yes_or_no", outsideOfRange],
  ["linear", classesAsNumbers],
  ["dense", stepsAsDepth],
  ["windowed", depthFirst],
  ["windowed", windowProduct],
  ["windowed", twoRules],
  ["filters", windowForFilters],
  ["class_metric", cannotMiss],
  ["softmax", doubled(["softmax"], "makes probabilities")],
  ["dense", softmaxInside],
  ["activation", activationTwice],
  ["dropping", dropsNearlyAll],
  ["dense", notFlattened],
  ["dense", flattenedLate],
  ["dense", linearTwice],
  ["batch_statistics", momentumOfOthers],
  ["batch_statistics", lostBias],
];

export function lint(made: Application, at: Surroundings): Warning | undefined {
  const definition = made.callee?.definition;
  const roles = definition && definition.kind !== "literal" ? rolesOf(definition) : [];
  if (roles.length === 0) return undefined;
  const before = made.input && at.applications.callOf(made.input);
  for (const [role, find] of LINTS) {
    const found = roles.includes(role) ? find(made, before, at) : undefined;
    if (found) return found;
  }
  return undefined;
}
