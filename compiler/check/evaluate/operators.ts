// Arithmetic, comparisons and logic: computed now where everything is known, graph nodes where a tensor takes part.

import type { Expression } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, divDims, isNumber, mulDims, showShape, subDims } from "../../arithmetic/dim.ts";
import { add, constant, extentOf, make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { describeAxis, ShapeMistake } from "../../graph/shapemistake.ts";
import { repeatedShortcut, whatWouldFit } from "../advice/operands.ts";
import { builtins } from "../builtins/all.ts";
import { matrixProduct } from "../builtins/matrixproduct.ts";
import { asClass, refuseComparison } from "../frame/classnames.ts";
import type { Frame } from "../frame/frame.ts";
import { suggestion } from "../names/didyoumean.ts";
import { adviceOn } from "../names/synonyms.ts";
import { withinMemory } from "../sizes/capacity.ts";
import { asCondition } from "../sizes/conditions.ts";
import { lengthsAt, misfit, mistake } from "../values/mistakes.ts";
import type { NumberValue, Value } from "../values/values.ts";
import { asNode, numberValue, sizeValue, tensorValue, unknown } from "../values/values.ts";
import type { Evaluation } from "./evaluation.ts";

export function applyUnary(operator: "-" | "not", value: Value, span: Span): Value {
  if (value.kind === "unknown") return unknown;
  if (operator === "not") {
    if (value.kind === "boolean") return { kind: "boolean", value: !value.value };
    asCondition(value, span);
    return tensorValue(make("sub", [constant(1), asNode(value, span)]));
  }
  if (value.kind === "number") return sizeValue(mulDims(value.value, -1), value.length && make("neg", [value.length]));
  return tensorValue(make("neg", [asNode(value, span)]));
}

export function applyBinary(
  evaluation: Evaluation,
  operator: string,
  left: Expression,
  right: Expression,
  span: Span,
  f: Frame,
): Value {
  if (
    operator === "==" &&
    left.kind === "name" &&
    f.scope.get(left.name) === undefined &&
    !Object.hasOwn(builtins, left.name)
  )
    throw mistake("names/unknown", left.span, `nothing is called '${left.name}' here to compare with`, {
      ...suggestion(left.name, left.span, f.scope.all()),
      hint: adviceOn(left.name) ?? `\`==\` compares; to give a value a name write \`${left.name} = ...\``,
    });
  const first = evaluation.value(left, f);
  if (first.kind === "boolean" && operator === "and" && !first.value) return first;
  if (first.kind === "boolean" && operator === "or" && first.value) return first;
  const second = evaluation.value(right, f);
  if (first.kind === "unknown" || second.kind === "unknown") return unknown;
  const sides = [
    { value: first, span: left.span },
    { value: second, span: right.span },
  ] as const;
  refuseComparison(...sides, operator, evaluation);
  const a = asClass(sides[0], sides[1], operator, evaluation);
  const b = asClass(sides[1], sides[0], operator, evaluation);
  if (operator === "and" || operator === "or") {
    asCondition(a, left.span);
    asCondition(b, right.span);
  }
  const decided = computeNow(operator, a, b);
  if (decided) return decided;
  const [x, y] = [asNode(a, left.span), asNode(b, right.span)];
  if (x.shape.length === y.shape.length && (x.shape.at(-1) === 1) !== (y.shape.at(-1) === 1))
    evaluation.warn(
      repeatedShortcut(
        operator,
        { text: evaluation.textOf(left.span), node: x },
        { text: evaluation.textOf(right.span), node: y },
      ),
      span,
    );
  if (operator === "@")
    return withinMemory(tensorValue(lengthsAt(span, () => matrixProduct(x, y, span, right.span))), span);
  try {
    return withinMemory(tensorValue(lengthsAt(span, () => arithmetic(operator, x, y))), span);
  } catch (error) {
    if (!(error instanceof ShapeMistake) || error.difference.kind !== "broadcast") throw error;
    throw misfit(
      "shapes/mismatch",
      span,
      [x, y],
      `${showShape(x.shape)} ${operator} ${showShape(y.shape)} do not fit: ${describeAxis(error.difference)}`,
      {
        hint: whatWouldFit(
          operator,
          { text: evaluation.textOf(left.span), node: x },
          { text: evaluation.textOf(right.span), node: y },
        ),
      },
      error.difference,
    );
  }
}

function computeNow(operator: string, a: Value, b: Value): Value | undefined {
  if (a.kind === "number" && b.kind === "number")
    return a.length || b.length ? lengthNumbers(operator, a, b) : numbers(operator, a.value, b.value);
  const plain = (v: Value): unknown =>
    v.kind === "boolean" || v.kind === "string" ? v.value : v.kind === "none" ? null : undefined;
  const [p, q] = [plain(a), plain(b)];
  if (p === undefined && q === undefined) return undefined;
  // A tensor is no text and no boolean; whether it is there is known.
  if ((a.kind === "tensor" || b.kind === "tensor") && p !== null && q !== null) return undefined;
  if (operator === "and" || operator === "or") {
    if (a.kind === "boolean" && b.kind === "boolean")
      return { kind: "boolean", value: operator === "and" ? a.value && b.value : a.value || b.value };
    return undefined;
  }
  if (operator === "==") return { kind: "boolean", value: p === q };
  if (operator === "!=") return { kind: "boolean", value: p !== q };
  return undefined;
}

function numbers(operator: string, a: Dim, b: Dim): Value | undefined {
  switch (operator) {
    case "+":
      return numberValue(addDims(a, b));
    case "-":
      return numberValue(subDims(a, b));
    case "*":
      return numberValue(mulDims(a, b));
    case "/": {
      const q = divDims(a, b);
      return q === undefined ? undefined : numberValue(q);
    }
    case "^":
      return isNumber(a) && isNumber(b) ? numberValue(a ** b) : undefined;
    case "==":
      return { kind: "boolean", value: a === b };
    case "!=":
      return { kind: "boolean", value: a !== b };
  }
  if (!isNumber(a) || !isNumber(b)) return undefined;
  const order = new Map([
    ["<", a < b],
    ["<=", a <= b],
    [">", a > b],
    [">=", a >= b],
  ]).get(operator);
  return order === undefined ? undefined : { kind: "boolean", value: order };
}

/** Of sizes that are lengths: the size for shapes, and what each example has for formulas; a comparison is the example's own. */
function lengthNumbers(operator: string, a: NumberValue, b: NumberValue): Value | undefined {
  const size = numbers(operator, a.value, b.value);
  if (size?.kind !== "number") return undefined;
  const own = ({ value, length }: NumberValue): Node => length ?? extentOf(value);
  // A size and some more or fewer is a length of the form that others have.
  if (operator === "-" && a.length && !b.length)
    return sizeValue(size.value, add(a.length, extentOf(mulDims(b.value, -1))));
  return sizeValue(size.value, arithmetic(operator, own(a), own(b)));
}

function arithmetic(operator: string, x: Node, y: Node): Node {
  switch (operator) {
    case "+":
      return make("add", [x, y]);
    case "-":
      return make("sub", [x, y]);
    case "*":
    case "and":
      return make("mul", [x, y]);
    case "/":
      return make("div", [x, y]);
    case "^":
      return make("pow", [x, y]);
    case "<":
      return make("lt", [x, y]);
    case "<=":
      return make("le", [x, y]);
    case ">":
      return make("lt", [y, x]);
    case ">=":
      return make("le", [y, x]);
    case "==":
      return make("eq", [x, y]);
    case "!=":
      return make("sub", [constant(1), make("eq", [x, y])]);
    case "or":
      return make("max", [x, y]);
    default:
      throw new Error(`no operator ${operator}`);
  }
}
