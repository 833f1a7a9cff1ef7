// Expressions: compile-time arithmetic where everything is known, graph nodes where a tensor takes part.

import type { BlockExpression, Expression, IndexExpression } from "../../../grammar/syntax/ast.ts";
import { positionKey } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showDim } from "../../arithmetic/dim.ts";
import { select } from "../../graph/build.ts";
import { at } from "../../graph/construct.ts";
import type { Frame } from "../frame/frame.ts";
import { asCount } from "../sizes/capacity.ts";
import { keepClasses } from "../sizes/classes.ts";
import { asCondition } from "../sizes/conditions.ts";
import { literalValue } from "../values/literals.ts";
import { lengthsAt, mistake } from "../values/mistakes.ts";
import type { TensorValue, Value } from "../values/values.ts";
import { asDim, asNode, asSize, itemsOf, numberValue, tensorValue, unknown, wholeSize } from "../values/values.ts";
import { readField, readParameter, refuseFramework, valueOfName } from "./boundnames.ts";
import type { Evaluation } from "./evaluation.ts";
import { indexInto } from "./indexing.ts";
import { applyBinary, applyUnary } from "./operators.ts";

/** One size, or several where a list stands for them. */
export function evaluateDims(evaluation: Evaluation, e: Expression, f: Frame): Dim[] {
  const value = evaluate(evaluation, e, f);
  return itemsOf(value).map((v) => readSize(evaluation, v, e, f));
}

export function evaluateDim(evaluation: Evaluation, e: Expression, f: Frame): Dim {
  return readSize(evaluation, evaluate(evaluation, e, f), e, f);
}

function readSize(evaluation: Evaluation, value: Value, e: Expression, f: Frame): Dim {
  const dim = asDim(value, e.span, "a size");
  if (isNumber(dim) && !Number.isInteger(dim) && e.kind === "binary" && e.operator === "/") {
    const [whole, parts] = [e.left, e.right].map((side) =>
      showDim(asDim(evaluate(evaluation, side, f), side.span, "a size")),
    );
    throw mistake(
      "shapes/does-not-divide",
      e.span,
      `${whole} does not divide by ${parts}, and a size is a whole number`,
      {
        hint: `choose a number that divides ${whole} in place of ${parts}, or change ${whole}`,
      },
    );
  }
  return wholeSize(dim, e.span);
}

export function evaluate(evaluation: Evaluation, e: Expression, f: Frame): Value {
  f.context.budget.spend(1, e.span);
  switch (e.kind) {
    case "number":
    case "size":
    case "string":
    case "boolean":
    case "none":
      return literalValue(e);
    case "it":
      if (f.it === undefined)
        throw mistake("flow/no-input", e.span, "there is no value that `it` could stand for here");
      return f.it;
    case "name":
      return valueOfName(e.name, e.span, f);
    case "list":
      return f.context.budget.list(
        e.items.map((i) => evaluate(evaluation, i, f)),
        e.span,
      );
    case "range": {
      const [from, to] = [
        asSize(evaluate(evaluation, e.from, f), e.from.span, "a bound"),
        asSize(evaluate(evaluation, e.to, f), e.to.span, "a bound"),
      ];
      const count = asCount(numberValue(Math.max(0, to - from)), e.span, "the length of a range");
      return f.context.budget.list(
        Array.from({ length: count }, (_, i) => numberValue(from + i)),
        e.span,
      );
    }
    case "unary":
      return applyUnary(e.operator, evaluate(evaluation, e.operand, f), e.span);
    case "binary":
      return applyBinary(evaluation, e.operator, e.left, e.right, e.span, f);
    case "if":
      return evaluateChoice(evaluation, e.condition, e.then, e.else, f);
    case "call":
      return evaluation.call(e.callee, e.arguments, e.span, f);
    case "flow":
      return evaluation.flow(e.head, e.arguments, e.block, e.span, f);
    case "index":
      return partOf(evaluation, evaluate(evaluation, e.target, f), e, f);
    case "field":
      refuseFramework(evaluation, e, f);
      return (
        readParameter(evaluation, e, f) ?? readField(evaluation, evaluate(evaluation, e.target, f), e.name, e.span, f)
      );
    case "block":
      return makeLiteral(e, f);
    case "bad":
      return unknown;
  }
}

const partOf = (evaluation: Evaluation, target: Value, { items, span }: IndexExpression, f: Frame): Value =>
  lengthsAt(span, () => at(span, () => indexInto(evaluation, target, items, span, f)));

function makeLiteral(e: BlockExpression, f: Frame): Value {
  const instance = f.instance.child(f.key + positionKey(e.span), "block");
  return {
    kind: "layer",
    name: "block",
    definition: { kind: "literal", block: e },
    arguments: new Map(),
    scope: f.scope,
    instance,
  };
}

function evaluateChoice(
  evaluation: Evaluation,
  condition: Expression,
  then: Expression,
  otherwise: Expression,
  f: Frame,
): Value {
  const c = evaluate(evaluation, condition, f);
  if (c.kind === "unknown") return unknown;
  if (c.kind === "boolean") return evaluate(evaluation, c.value ? then : otherwise, f);
  asCondition(c, condition.span);
  const [x, y] = [then, otherwise].map((branch) => {
    const value = evaluate(evaluation, branch, f);
    return value.kind === "tensor" ? value : tensorValue(asNode(value, branch.span));
  }) as [TensorValue, TensorValue];
  return lengthsAt(condition.span, () =>
    keepClasses(x, y, select(asNode(c, condition.span), x.node, y.node), otherwise.span),
  );
}
