// Checks of losses and metrics: whether predictions and labels have the shapes and kinds that the called definition's roles require.
// In: that definition and its arguments. Out: a mistake at the user's call, not at the operations inside the loss.

import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import { isNumber, showDim, showShape } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong, topological } from "../../graph/node.ts";
import { describeAxis, type ShapeDifference, ShapeMistake } from "../../graph/shapemistake.ts";
import { broadcastShapes } from "../../ops/elementwise.ts";
import { definitionHasRole } from "../frame/roles.ts";
import { isPicture } from "../sizes/pictures.ts";
import type { Callable, Value } from "../values/values.ts";

export interface Refused {
  readonly code: string;
  readonly message: string;
  readonly rest: Partial<Diagnostic>;
  /** Values whose ways are shown. */
  readonly operands: readonly Node[];
  /** The difference between their shapes. */
  readonly difference?: ShapeDifference;
  /** The parameter that is wrong by itself. */
  readonly at?: string;
}

export type Given = ReadonlyMap<string, Value>;
/** How an argument is written in the program, so that a hint can be taken as it stands. */
export type Written = (parameter: string) => string;
export type Check = (definition: Callable, given: Given, written: Written) => Refused | undefined;

export function nodeOf(given: Given, name: string): Node | undefined {
  const value = given.get(name);
  return value?.kind === "tensor" ? value.node : undefined;
}

/** The scores of a model and a label in each other's place, which nothing that follows could make sense of. */
export const swapped: Check = ({ name: { text: name } }, given, written) => {
  const [y, label] = [given.get("y"), given.get("label")];
  if (y?.kind !== "tensor" || label?.kind !== "tensor" || y.classes === undefined || label.classes !== undefined)
    return undefined;
  return {
    code: "calls/swapped",
    message: `\`${name}\` takes the scores first and the label second, and here they are the other way round`,
    rest: { hint: `write \`${name}(${written("label")}, ${written("y")})\`` },
    operands: [],
  };
};

const isField = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "field";

/** Whether a value is worked out from anything that is learned. */
const isLearned = (value: Node): boolean =>
  topological([value]).some((n) => n.op === "parameter" && n.attributes.role === "parameter");

/** A target and a model's answer in each other's place, of a loss that is not the same both ways. */
export const answerForTarget: Check = ({ name: { text: name } }, given, written) => {
  const [y, x] = [nodeOf(given, "y"), nodeOf(given, "x")];
  if (!y || !x || isLearned(y) || !isLearned(x)) return undefined;
  return {
    code: "calls/swapped",
    message: `\`${name}\` takes the model's answer first and the target second, and here they are the other way round`,
    rest: { hint: `write \`${name}(${written("x")}, ${written("y")})\`` },
    operands: [],
  };
};

/** A class that was chosen already, in the place of its scores. */
export const classForScores: Check = ({ name: { text: name } }, given, written) => {
  const [y, label] = [given.get("y"), given.get("label")];
  if (y?.kind !== "tensor" || y.classes === undefined || label?.kind !== "tensor" || label.classes === undefined)
    return undefined;
  const scores = /^argmax\((.*)\)$/.exec(written("y"))?.[1];
  return {
    code: "calls/class-for-scores",
    message: `\`${name}\` takes a score for each class, and \`${written("y")}\` is the number of one class`,
    rest: {
      hint: scores
        ? `write \`${name}(${scores}, ${written("label")})\``
        : "leave out the `argmax` that chose it: scores come from the last layer as they are",
    },
    operands: [],
  };
};

/** A picture in the place of what it shows. */
export const pictureForLabel: Check = ({ name: { text: name } }, given, written) => {
  const [y, label] = [nodeOf(given, "y"), given.get("label")];
  if (!y || label?.kind !== "tensor" || label.classes !== undefined || !isPicture(label.node.shape)) return undefined;
  if (showShape(y.shape.slice(0, -1)) === showShape(label.node.shape)) return undefined;
  const shape = showShape(label.node.shape);
  const again = showShape(y.shape) === shape ? "" : ` with a model that gives ${shape}`;
  return {
    code: "shapes/label-differs",
    message: `\`${name}\` takes a class as its label, and \`${written("label")}\` is a picture: the numbers of ${shape}`,
    rest: {
      hint: `write the field that holds the class, as in \`${name}(${written("y")}, label)\`; to make pictures like these write \`mse(${written("y")}, ${written("label")})\`${again}`,
    },
    operands: [],
  };
};

/** Numbers of the data, such as a picture laid out as a row, that were never a class. */
const isOfNumbers = (value: Node): boolean => {
  const fields = topological([value]).filter(isField);
  return (
    fields.length > 0 && fields.every((n) => n.dtype === "f32" && n.attributes.name !== "label") && !isLearned(value)
  );
};

/** A row of numbers in the place of a class. */
export const rowForLabel: Check = ({ name: { text: name } }, given, written) => {
  const [y, label] = [nodeOf(given, "y"), given.get("label")];
  if (!y || label?.kind !== "tensor" || label.classes !== undefined || label.node.shape.length === 0) return undefined;
  if (showShape(y.shape) !== showShape(label.node.shape)) return undefined;
  const numbers = isOfNumbers(label.node);
  return {
    code: "shapes/label-differs",
    message: `\`${name}\` takes the class itself as its label, and here it is a row of numbers as long as the scores: ${showShape(y.shape)}`,
    rest: {
      hint: numbers
        ? `numbers are compared by \`mse(${written("y")}, ${written("label")})\`, or \`bce(...)\` where they go from 0 to 1`
        : "give it the label without `onehot`; a row that is all there is becomes a class by `argmax(...)`",
    },
    operands: [label.node],
  };
};

/** Scores of classes for each place that has a label, or else one would be repeated over the places of the other. */
export const labelDiffers: Check = (_, given) => {
  const [y, label] = [nodeOf(given, "y"), nodeOf(given, "label")];
  if (!y || !label || y.shape.length === 0) return undefined;
  const places = y.shape.slice(0, -1);
  if (showShape(places) === showShape(label.shape)) return undefined;
  const scores = places.length === 0 ? "one row of scores" : `scores for each place of ${showShape(places)}`;
  const labels = label.shape.length === 0 ? "one class" : `a class for each place of ${showShape(label.shape)}`;
  return {
    code: "shapes/label-differs",
    message: `the model gives ${scores}, and the label is ${labels}: ${showShape(y.shape)} and ${showShape(label.shape)}`,
    rest: {
      hint:
        label.shape.length === 0
          ? toOneRow(places.length)
          : y.shape.length === 2 && showShape(y.shape.slice(1)) === showShape(label.shape)
            ? "scores of classes stand on the last axis: leave out what turns them, such as `transpose`"
            : "give scores at every place: leave out what takes the places together, such as `flatten` or `last`",
    },
    // A single class has no way worth showing.
    operands: label.shape.length === 0 ? [y] : [y, label],
  };
};

/** A sequence has one axis before depth, a picture two. */
const toOneRow = (axes: number): string =>
  axes === 1
    ? "keep one step of the sequence: write `last` (or `mean(it, over=time)`) before the last `dense`"
    : "bring the places to one row: write `flatten` (or `avgpool global`) before the first `dense`";

/** The largest of one score is always the same one. */
export const oneScore: Check = (definition, given, written) => {
  const name = definition.name.text;
  const [y, label] = [nodeOf(given, "y"), given.get("label")];
  if (y?.shape.at(-1) !== 1 || label?.kind === "unknown") return undefined;
  const classes = label?.kind === "tensor" ? label.classes : undefined;
  if (classes !== undefined && classes !== 2) return undefined;
  return {
    code: "shapes/too-few-scores",
    message: `\`${name}\` compares the scores of several classes, and the model gives one number`,
    rest: {
      hint: definitionHasRole(definition, "class_metric")
        ? `with one number for yes or no write \`metric accuracy = (${written("y")} > 0) == ${written("label")}\`; ${
            classes === undefined
              ? `how far off a number is says \`metric off = mean(abs(${written("y")} - ${written("label")}))\``
              : "for two scores let the last layer be `dense 2`"
          }`
        : classes === undefined
          ? `where the answer is a number write \`mse(${written("y")}, ${written("label")})\`, where it is yes or no \`bce(...)\`; for classes the last layer gives a score for each`
          : `with one number for yes or no write \`bce(${written("y")}, ${written("label")})\`; for two scores let the last layer be \`dense 2\``,
    },
    operands: [y],
  };
};

/** Fewer scores than classes: for some labels there is none. */
export const tooFewScores: Check = ({ name: { text: name } }, given, written) => {
  const [y, label] = [nodeOf(given, "y"), given.get("label")];
  const scores = y?.shape.at(-1);
  const classes = label?.kind === "tensor" ? label.classes : undefined;
  if (!y || scores === undefined || classes === undefined || scores === classes) return undefined;
  if (isNumber(scores) && isNumber(classes) && scores >= classes) return undefined;
  return {
    code: "shapes/too-few-scores",
    message: `${isField(y) ? `\`${written("y")}\` has` : "the model gives"} ${showDim(scores)} ${isField(y) ? "numbers" : scores === 1 ? "score" : "scores"}, and the label is one of ${showDim(classes)} classes`,
    rest: {
      hint: isField(y)
        ? `\`${written("y")}\` is what the data gives: hand over what a model makes of it, as in \`${name}(net(${written("y")}), ${written("label")})\``
        : isNumber(classes)
          ? `the last layer gives a score for each class: \`dense ${showDim(classes)}\``
          : "the label is a place in the batch, so a score for every example of it is needed: `all_examples(a) @ b`",
    },
    operands: [y],
  };
};

/** The number of a class where numbers are compared: one row of predictions, and a class instead of a row of targets. */
export const classAsNumber: Check = ({ name: { text: name } }, given, written) => {
  const [y, x] = [nodeOf(given, "y"), given.get("x")];
  const numbers = y?.shape.at(-1);
  if (!y || x?.kind !== "tensor" || x.classes === undefined || numbers === undefined || numbers === 1) return undefined;
  if (showShape(y.shape.slice(0, -1)) !== showShape(x.node.shape)) return undefined;
  const enough = numbers === x.classes ? "" : `, and let the last layer be \`dense ${showDim(x.classes)}\``;
  return {
    code: "calls/class-as-number",
    message: `\`${name}\` compares ${showDim(numbers)} numbers with one class of ${showDim(x.classes)}, as if the class were a quantity`,
    rest: {
      hint: `write \`cross_entropy(${written("y")}, ${written("x")})\`, or \`${name}(${written("y")}, onehot(${written("x")}))\`${enough}`,
    },
    operands: [y],
  };
};

/** Yes or no, asked of one of many classes: its number would count as a share above 1, or as a sign that is never negative. */
export const classAsYesOrNo: Check = (definition, given, written) => {
  const name = definition.name.text;
  const [y, x] = [nodeOf(given, "y"), given.get("x")];
  if (!y || x?.kind !== "tensor" || x.classes === undefined || !isNumber(x.classes)) return undefined;
  const isYesOrNo = definitionHasRole(definition, "yes_or_no");
  if (isYesOrNo && x.classes <= 2) return undefined;
  const manyScores = `write \`cross_entropy(${written("y")}, ${written("x")})\` with \`dense ${x.classes}\` as the last layer`;
  const says = isYesOrNo ? "a target from 0 to 1" : "a target of -1 or 1";
  return {
    code: "calls/class-as-number",
    message: `\`${name}\` takes ${says}, and here it is a class, one of ${x.classes}`,
    rest: {
      hint: !isYesOrNo && x.classes === 2 ? `write \`${name}(${written("y")}, 2 * ${written("x")} - 1)\`` : manyScores,
    },
    operands: [],
  };
};

/** A prediction and a target of sizes that do not go together. */
export const differ: Check = ({ name: { text: name } }, given) => {
  const [y, x] = [nodeOf(given, "y"), nodeOf(given, "x")];
  if (!y || !x) return undefined;
  try {
    broadcastShapes(name, [y, x]);
    return undefined;
  } catch (error) {
    if (!(error instanceof ShapeMistake) || error.difference.kind !== "broadcast") throw error;
    const { difference } = error;
    const message = `\`${name}\` compares ${showShape(y.shape)} with ${showShape(x.shape)}: ${describeAxis(difference)}`;
    const depth =
      y.shape.length === x.shape.length && showShape(y.shape.slice(0, -1)) === showShape(x.shape.slice(0, -1));
    const hint = depth
      ? `the model's last layer has to give ${showDim(sizeAlong(x, -1))} numbers, as in \`dense ${showDim(sizeAlong(x, -1))}\``
      : `change one to the shape of the other: the second is ${showShape(x.shape)}`;
    return { code: "shapes/mismatch", message, rest: { hint }, operands: [y, x], difference };
  }
};
