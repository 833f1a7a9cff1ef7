// Lints of numbers that a loss compares: a target that the last activation cannot reach, and one that the loss is not made for. In: the
// call of the loss and what gave its arguments. Out: a warning.

import type { Span } from "../../../grammar/syntax/span.ts";
import { type Node, operand, topological } from "../../graph/node.ts";
import type { TargetUse } from "../frame/frame.ts";
import { definitionHasRole, hasRole } from "../frame/roles.ts";
import type { Callable } from "../values/values.ts";
import type { Lint } from "./lint.ts";
import { type Check, type Given, nodeOf } from "./losses.ts";

/** Ops that leave the numbers as they are and take some of them, or lay them out otherwise. */
const VIEWS: ReadonlySet<string> = new Set(["slice", "reshape", "anchor", "transpose", "broadcast"]);

const seenThrough = (node: Node): Node => (VIEWS.has(node.op) ? seenThrough(operand(node)) : node);

/** Functions with a range, by their ops, and what it is. */
const RANGES: Readonly<Record<string, string>> = {
  sigmoid: "numbers from 0 to 1",
  tanh: "numbers from -1 to 1",
  softplus: "no number below 0",
};

/** A target with mean 0 is half of the time below 0, and often beyond 1 and -1. */
export const targetOutOfReach: Lint = ({ arguments: given }, _, { applications }) => {
  const [y, x] = [nodeOf(given, "y"), nodeOf(given, "x")];
  if (!y || !x || !isStandardised(x)) return undefined;
  const last = seenThrough(y);
  const call = applications.callOf(last) ?? applications.callOf(y);
  const [name, range] = RANGES[last.op]
    ? [last.op, RANGES[last.op]]
    : call?.name === "relu"
      ? ["relu", "no number below 0"]
      : hasRole(call, "softmax")
        ? [call?.name, "shares from 0 to 1"]
        : [];
  if (name === undefined) return undefined;
  return {
    code: "train/target-out-of-reach",
    message: `\`${name}\` gives ${range}, and the target is scaled to mean 0 and deviation 1`,
    hint: `leave out the \`${name}\` behind the last layer`,
    ...(call ? { related: [{ span: call.span, text: `'${call.name}' here` }] } : {}),
  };
};

/** Functions with a range, by their ops, and its ends. */
const ENDS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  sigmoid: [0, 1],
  tanh: [-1, 1],
  softplus: [0, Number.POSITIVE_INFINITY],
};
/** Ops behind the last layer by which a model brings its answers to another scale itself. */
const RESCALING: ReadonlySet<string> = new Set(["mul", "div", "exp"]);

/** A field that a loss compares answers with as quantities; whether they can be reached is seen where its numbers are. */
export function targetUse(definition: Callable, given: Given, span: Span): TargetUse | undefined {
  if (!definitionHasRole(definition, "squared")) return undefined;
  const [y, x] = [nodeOf(given, "y"), nodeOf(given, "x")];
  if (!y || !x || !isOfData(x) || x.dtype !== "f32") return undefined;
  const last = seenThrough(y);
  if (RESCALING.has(last.op)) return undefined;
  const isRelu = last.op === "max" && last.inputs.some((n) => n.op === "constant" && n.attributes.value === 0);
  const [least, most] = ENDS[last.op] ?? (isRelu ? [0, Number.POSITIVE_INFINITY] : []);
  const name = isRelu ? "relu" : last.op;
  const range = least === undefined || most === undefined ? {} : { range: { name, least, most } };
  return { field: String(x.attributes.name), span, ...range };
}

const isOfData = (node: Node): boolean => node.op === "parameter" && node.attributes.role === "field";

/** Whether numbers of the data are less their mean and over their deviation, figures that are none of the example's own. */
function isStandardised(node: Node): boolean {
  const at = seenThrough(node);
  const less = at.op === "div" || at.op === "mul" ? at.inputs.map(seenThrough).find((n) => n.op === "sub") : undefined;
  if (!less) return false;
  const [numbers, mean] = [operand(less), operand(less, 1)].map((n) => topological([n]));
  const isFigure = (n: Node): boolean => n.op === "table" || n.op === "parameter";
  return numbers?.some(isOfData) === true && mean?.some(isFigure) === true && !mean.some(isOfData);
}

/** Classes that were scaled like quantities, which are the numbers of no class any more. */
export const scaledLabel: Check = (definition, given) => {
  const { text: name } = definition.name;
  const label = nodeOf(given, "label");
  if (!label || !isStandardised(label)) return undefined;
  const quantity = topological([label]).find((n) => isOfData(n) && n.dtype === "f32");
  if (quantity) {
    const field = String(quantity.attributes.name);
    const isMetric = definitionHasRole(definition, "class_metric");
    return {
      code: "shapes/label-differs",
      message: `\`${name}\` takes the number of a class as its label, and '${field}' is a quantity, scaled to mean 0 and deviation 1`,
      rest: {
        hint: isMetric
          ? `report how far answers are off, in the place of it: \`metric off = mean(abs(ANSWER - ${field}))\``
          : `quantities are compared by \`mse(ANSWER, ${field})\``,
      },
      operands: [],
    };
  }
  return {
    code: "shapes/label-differs",
    message: `\`${name}\` takes the number of a class as its label, and this one is scaled to mean 0 and deviation 1`,
    rest: {
      hint: "leave the label as the data has it: only what a model is given, and quantities to be foretold, are normalised",
    },
    operands: [],
  };
};

/** A target of yes or no that is another number than 0 or 1 for one of both. */
export const outsideOfRange: Lint = ({ name, arguments: given }) => {
  const x = nodeOf(given, "x");
  const ends = x && topological([x]).some(isClassOfData) ? [valueAt(x, 0), valueAt(x, 1)] : [];
  const isOutside = ends.some((end) => end !== undefined && (end < 0 || end > 1));
  if (!isOutside && !(x && isStandardised(x))) return undefined;
  const [no, yes] = ends;
  return {
    code: "train/target-out-of-range",
    message: isOutside
      ? `\`${name}\` takes targets from 0 to 1, and this one is ${no} or ${yes}`
      : `\`${name}\` takes targets from 0 to 1, and this one is scaled to mean 0 and deviation 1`,
    hint: isOutside
      ? "a label of two classes is a target as it stands; for targets of -1 and 1 there is `hinge`"
      : "leave it as the data has it, or compare quantities by `mse`",
  };
};

const isClassOfData = (node: Node): boolean => isOfData(node) && node.dtype === "i32";

/** The value where the class of the data is this one; undefined where more than arithmetic makes it. */
function valueAt(node: Node, label: number): number | undefined {
  if (isClassOfData(node)) return label;
  if (node.op === "constant") return Number(node.attributes.value);
  const arithmetic = ARITHMETIC[node.op];
  const values = node.inputs.map((i) => valueAt(i, label));
  if (!arithmetic && node.inputs.length === 1 && (VIEWS.has(node.op) || node.op === "cast")) return values[0];
  const [a, b = 0] = values;
  return arithmetic && a !== undefined && !values.includes(undefined) ? arithmetic(a, b) : undefined;
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  neg: (a) => -a,
};
