// Parameters and states as a body declares them: each with its shape and its start. Inside a scan a state is one of its steps.

import type { Expression, Name, TypeExpression } from "../../../grammar/syntax/ast.ts";
import { positionKey, type Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { showShape } from "../../arithmetic/dim.ts";
import { broadcast, constant } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { broadcastsTo } from "../../ops/elementwise.ts";
import { Budget, Work } from "../frame/budget.ts";
import { type Frame, isFrozen } from "../frame/frame.ts";
import { renamingsOf } from "../frame/renamed.ts";
import { refuseOpenShape } from "../sizes/batchaxes.ts";
import { refuseHuge } from "../sizes/capacity.ts";
import { lengthsIn } from "../sizes/domains.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { asNode, numberValue, tensorValue } from "../values/values.ts";
import { resolveArguments, valuesOnly, withFirst } from "./arguments.ts";
import { applyTarget } from "./calls.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluate, evaluateDim, evaluateDims } from "./expressions.ts";

export function declareAll(
  evaluation: Evaluation,
  entries: readonly {
    readonly name: Name;
    readonly type?: TypeExpression;
    readonly start?: Expression;
    readonly span: Span;
  }[],
  f: Frame,
  role: "parameter" | "state",
  fixed: boolean,
): void {
  entries.forEach((e, i) => {
    // `param a: [n], b: [n] = 0` starts both so; a state without a start is zero.
    const later = role === "parameter" ? entries.slice(i + 1).find((o) => o.start)?.start : undefined;
    const start = e.start ?? later;
    const shape = e.type ? e.type.dims.flatMap((d) => evaluateDims(evaluation, d, f)) : [];
    refuseHuge(shape, e.span);
    const name = e.name.text;
    if (role === "parameter") refuseOpenShape(shape, `${f.instance.path}.${name}`, e.span);
    if (role === "state" && !e.type && f.stateShape) shape.push(...f.stateShape);
    if (role === "state" && f.context.step) {
      const path = `${f.instance.path}.${name}`;
      const classes = e.type?.classes ? evaluateDim(evaluation, e.type.classes, f) : undefined;
      const leaf = f.context.step.declare(
        path,
        shape,
        e.type?.dims.flatMap((d) => lengthsIn(evaluate(evaluation, d, f))) ?? [],
        classes === undefined ? "f32" : "i32",
        () => startOf(evaluation, e.span, start, shape, f),
        f.starts?.get(name),
        e.span,
      );
      f.scope.declareState(name, path);
      const value = classes === undefined ? tensorValue(leaf) : tensorValue(leaf, classes);
      f.scope.set(name, value);
      evaluation.observer?.named?.(e.name, value, f.context);
      return;
    }
    const kept = fixed || f.context.fixed;
    const made = f.instance.declare(
      name,
      role,
      shape,
      kept,
      () => startOf(evaluation, e.span, start, shape, f),
      e.span,
      renamingsOf(f.definition),
    );
    f.context.budget.addFor(made.path, () => f.context.applications.isInRecursion());
    if (role === "state") f.scope.declareState(name, made.path);
    // A layer whose figures stay is used as it is: by those figures, as in evaluation.
    if (role === "state" && isFrozen(f.context, made.path)) f.scope.set("training", { kind: "boolean", value: false });
    const current = role === "state" ? f.context.stateUpdates.get(made.path) : undefined;
    const value = tensorValue(current ?? f.context.moved?.get(made.node) ?? made.node);
    f.scope.set(name, value);
    evaluation.observer?.named?.(e.name, value, f.context);
  });
}

/** A start of the library, which none of the program's own text is part of, is made when it is asked for: it has work of its own. */
function startOf(evaluation: Evaluation, span: Span, e: Expression | undefined, shape: readonly Dim[], f: Frame): Node {
  const isOfLibrary = span.file.startsWith("stdlib/");
  return startValue(
    evaluation,
    e,
    shape,
    isOfLibrary ? { ...f, context: { ...f.context, budget: new Budget(new Work()) } } : f,
  );
}

/** Finds the function that makes a start of its shape: `he`, `normal std=0.02`, and `normal(std=0.02)`, where the shape is left out. */
function initialiserOf(evaluation: Evaluation, e: Expression, f: Frame): Value | undefined {
  if (e.kind === "flow") return evaluate(evaluation, e.head, f);
  if (e.kind !== "call" || e.arguments.length === 0 || e.callee.kind !== "name") return undefined;
  const named = e.arguments.flatMap((a) => (a.kind === "named" ? [a.name.text] : []));
  const head = named.length === e.arguments.length ? evaluate(evaluation, e.callee, f) : undefined;
  const first =
    head?.kind === "builtin"
      ? "shape"
      : head?.kind === "definition" && head.definition.kind === "fn"
        ? head.definition.parameters[0]?.name.text
        : undefined;
  return first !== undefined && !named.includes(first) ? head : undefined;
}

/** The start of a parameter: a number, an initialiser (a function of the shape), or a value. */
function startValue(evaluation: Evaluation, e: Expression | undefined, shape: readonly Dim[], f: Frame): Node {
  if (!e) return broadcast(constant(0), shape);
  const inner: Frame = { ...f, drawsByExample: false, key: `${f.key}start${positionKey(e.span)}` };
  const list: Value = { kind: "list", items: shape.map(numberValue) };
  let value: Value;
  const head = initialiserOf(evaluation, e, inner);
  if (head && (e.kind === "flow" || e.kind === "call")) {
    const given = resolveArguments(evaluation, head, e.arguments, undefined, inner);
    value = applyTarget(evaluation, head, withFirst([list], given), e.span, inner, inner.key);
  } else {
    value = evaluate(evaluation, e, inner);
    if (value.kind === "builtin" || value.kind === "definition")
      value = applyTarget(evaluation, value, valuesOnly(list), e.span, inner, inner.key);
  }
  const node = asNode(value, e.span);
  if (broadcastsTo(node.shape, shape)) return broadcast(node, shape);
  throw mistake(
    "shapes/mismatch",
    e.span,
    `this start is ${showShape(node.shape)}, and what starts so is ${showShape(shape)}`,
    {
      hint: `a start is a number, an initialiser such as \`he\`, or ${showShape(shape)}`,
    },
  );
}
