// Calls: arguments bound, layers made and applied, functions evaluated. A layer's parameters are made at its first use.

import type { Argument, BlockExpression, Expression, Parameter } from "../../../grammar/syntax/ast.ts";
import { differentiatedBy } from "../../../grammar/syntax/queries.ts";
import { positionKey, type Span } from "../../../grammar/syntax/span.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { at } from "../../graph/construct.ts";
import { noteUses } from "../advice/labels.ts";
import { lint } from "../advice/lints.ts";
import type { Refused } from "../advice/losses.ts";
import { refuseMisplaced, refuseNoLayer, refuseNumber } from "../advice/misplaced.ts";
import { refused } from "../advice/refused.ts";
import { builtinNamed } from "../builtins/all.ts";
import type { Call } from "../builtins/call.ts";
import { type Application, tensorIn } from "../frame/application.ts";
import type { Context, Frame } from "../frame/frame.ts";
import { atMoved, inTraining, nameable } from "../frame/frame.ts";
import { allWithMeans, noteMean } from "../frame/means.ts";
import { withinMemory } from "../sizes/capacity.ts";
import { Instance } from "../values/instance.ts";
import { Consequence, lengthsAt, misfit, mistake } from "../values/mistakes.ts";
import type { Callable, DefinitionValue, LayerValue, Resolved, Value } from "../values/values.ts";
import { describe, isModel, none, Scope, unknown } from "../values/values.ts";
import { argumentsInCall, bindArguments, type Callee, resolveArguments, valuesOnly, withFirst } from "./arguments.ts";
import { gradientAt, hintUncallable, needsValue, refuseHiding, scheduleTime, startsOf } from "./callrules.ts";
import { runCell } from "./cells.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";

const CALL_DEPTH = 200;
/** Calls within calls that fit any stack. */
const NESTED = 20;

/** `f(a, b)`: of a layer or model its value; of a block or cell the layer with these arguments. */
export function evaluateCall(
  evaluation: Evaluation,
  callee: Expression,
  args: readonly Argument[],
  span: Span,
  f: Frame,
): Value {
  const target = evaluate(evaluation, callee, f);
  if (target.kind === "unknown") return unknown;
  const resolved = argumentsInCall(evaluation, target, args, f);
  if (target.kind === "tensor" && target.node.op === "gradient" && target.node.attributes.moves === true)
    return gradientAt(target.node, resolved.positional, span, f);
  if (callee.kind === "name") refuseHiding(callee.name, target, span, f);
  return invokeTarget(evaluation, target, resolved, span, f);
}

/** `head arg arg { }`: the layer, or of a function the function with these further arguments. */
export function evaluateFlow(
  evaluation: Evaluation,
  head: Expression,
  args: readonly Argument[],
  block: BlockExpression | undefined,
  span: Span,
  f: Frame,
): Value {
  // `residual(skip=s) { ... }`: the block is one more argument of the call.
  if (head.kind === "call" && block)
    return evaluateFlow(evaluation, head.callee, [...head.arguments, ...args], block, span, f);
  const target = evaluate(evaluation, head, f);
  if (target.kind === "unknown") return unknown;
  const resolved = resolveArguments(evaluation, target, args, block, f);
  const isFunction =
    target.kind === "builtin" ||
    (target.kind === "definition" && (target.definition.kind === "fn" || target.definition.kind === "schedule"));
  if (isFunction) return { kind: "partial", callee: target, given: resolved };
  return invokeTarget(evaluation, target, resolved, span, f, true);
}

function invokeTarget(
  evaluation: Evaluation,
  target: Value,
  given: Resolved,
  span: Span,
  f: Frame,
  asLayer = false,
): Value {
  const key = f.key + positionKey(span);
  if (target.kind === "definition") {
    const { definition } = target;
    if (definition.kind === "block-definition" || definition.kind === "cell")
      return makeLayer(evaluation, target, given, span, f, key);
    if (definition.kind === "model" && asLayer && given.positional.length === 0) return target;
  }
  return applyTarget(evaluation, target, given, span, f, key);
}

function makeLayer(
  evaluation: Evaluation,
  target: DefinitionValue,
  given: Resolved,
  span: Span,
  f: Frame,
  key: string,
): LayerValue {
  const definition = target.definition as LayerValue["definition"] & Callable;
  const starts = startsOf(definition, given.named);
  const own =
    starts.size === 0 ? given : { ...given, named: new Map([...given.named].filter(([name]) => !starts.has(name))) };
  refuseMisplaced(definition, given, span);
  const { values, spans } = bindArguments(evaluation, calleeOf(target), own, span, f.context);
  refuseNoLayer(definition, values, spans, span);
  const instance = f.instance.child(key, definition.name.text);
  // A body that is written as an argument belongs to the layer that it is given to.
  for (const [name, v] of values)
    if (v.kind === "layer" && v.definition.kind === "literal") values.set(name, { ...v, instance });
  const [{ scope }, { text: name }] = [target, definition.name];
  return { kind: "layer", name, definition, arguments: values, given: spans, starts, scope, instance };
}

const tooDeep = (span: Span, howDeep = `more than ${CALL_DEPTH} deep`): Error =>
  mistake("limits/too-deep", span, `calls are nested ${howDeep}: does a definition call itself?`, {
    hint: "let it end by an `if`, or write what is repeated with `repeat`",
  });

/** The stack ends in calls within calls; elsewhere an error of this kind is a bug. */
const isStackOverflow = (error: unknown, depth: number): boolean => error instanceof RangeError && depth > NESTED;

export function applyTarget(
  evaluation: Evaluation,
  target: Value,
  given: Resolved,
  span: Span,
  f: Frame,
  key: string,
): Value {
  if (given.positional.some((v) => v.kind === "unknown") || target.kind === "unknown") return unknown;
  if (++f.context.depth.calls > CALL_DEPTH) {
    f.context.depth.calls--;
    throw tooDeep(span);
  }
  try {
    const value = at(span, () =>
      evaluation.within({ kind: "call", target, given, span }, () =>
        dispatchCall(evaluation, target, given, span, f, key),
      ),
    );
    if (target.kind === "builtin" && value.kind === "list") f.context.budget.spend(value.items.length, span);
    return value;
  } catch (error) {
    // How deep the stack is depends on where the checker runs; a page has less of it than the command.
    throw isStackOverflow(error, f.context.depth.calls) ? tooDeep(span, "deeper than there is room for here") : error;
  } finally {
    f.context.depth.calls--;
  }
}

function dispatchCall(
  evaluation: Evaluation,
  target: Value,
  given: Resolved,
  span: Span,
  f: Frame,
  key: string,
): Value {
  switch (target.kind) {
    case "builtin":
      return withinMemory(
        lengthsAt(span, () =>
          builtinNamed(target.name).run(target.name, given, surroundingsOf(evaluation, span, f, key)),
        ),
        span,
      );
    case "partial":
      return applyPartial(evaluation, target, given, span, f, key);
    case "layer":
      return applyLayer(evaluation, target, given.positional, given.named, span, f);
    case "definition": {
      const { definition } = target;
      if (isModel(target)) return evaluation.applyModel(target, given.positional, given.named, span, f, given.spans);
      if (definition.kind === "fn" || definition.kind === "schedule")
        return applyFn(evaluation, target, given, span, f, key);
      const layer = makeLayer(evaluation, target, valuesOnly(), span, f, key);
      return applyLayer(evaluation, layer, given.positional, given.named, span, f);
    }
    default:
      throw mistake("calls/not-callable", span, `${describe(target)} cannot be applied to a value`, {
        hint: hintUncallable(target, evaluation.textOf(span)),
      });
  }
}

/** The context that a function of the language works in. */
function surroundingsOf(evaluation: Evaluation, span: Span, f: Frame, key: string): Call {
  return {
    span,
    place: () => numberPlace(f, key),
    drawsByExample: f.drawsByExample,
    count: (nodes) => f.context.budget.spendOnNodes(nodes, span),
    timed: f.drawsByExample ? f.context.timed : 0,
    measures: f.context.measures,
    mean: (mean) => (inTraining(f) ? noteMean(f.context, mean) : mean),
    withMeans: (nodes) => allWithMeans(nodes, f.context.means),
    explain: (window) => f.context.applications.addWindow(window),
    child: (kind) => f.instance.child(`${key}made`, kind),
    fileTensor: (file, name) => evaluation.fileTensors.take(file, name, span),
    open: (model) => evaluation.openModel(model, span, f),
  };
}

/** `leaky_relu 0.1` on a value; `concat { branch ... }` is applied to what its block makes of the value. */
function applyPartial(
  evaluation: Evaluation,
  target: Extract<Value, { kind: "partial" }>,
  given: Resolved,
  span: Span,
  f: Frame,
  key: string,
): Value {
  const own = target.given;
  const all = { ...own, named: new Map([...own.named, ...given.named]) };
  const literal = own.positional.some((v) => v.kind === "layer" && v.definition.kind === "literal");
  if (!literal) return applyTarget(evaluation, target.callee, withFirst(given.positional, all), span, f, key);
  const made = own.positional.map((v) =>
    v.kind === "layer" ? applyLayer(evaluation, v, given.positional, new Map(), span, f) : v,
  );
  return applyTarget(evaluation, target.callee, { ...all, positional: made }, span, f, key);
}

/** A draw's place: the chain of instances and the text's position, numbered in order of first meeting. */
function numberPlace(f: Frame, key: string): number {
  const { places } = f.context;
  const name = `${f.instance.path}|${key}`;
  const known = places.known.get(name);
  if (known !== undefined) return known;
  places.known.set(name, places.next);
  return places.next++;
}

function applyLayer(
  evaluation: Evaluation,
  layer: LayerValue,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  span: Span,
  from: Frame,
): Value {
  const f = atMoved(from, layer.moved);
  const input =
    positional.length > 1
      ? lengthsAt(span, () =>
          builtinNamed("concat").run("concat", valuesOnly(...positional), surroundingsOf(evaluation, span, f, f.key)),
        )
      : positional[0];
  const { definition, instance } = layer;
  const name = definition.kind === "literal" ? layer.name : definition.name.text;
  const beginning = { callee: layer, name, arguments: layer.arguments, input: tensorIn(input), instance };
  return f.context.applications.run({ ...beginning, within: f.instance.path, span }, (end) => {
    const before = evaluation.diagnostics.length;
    const starts = new Map([...(layer.starts ?? []), ...named]);
    const value =
      definition.kind === "cell"
        ? runCell(evaluation, { ...layer, starts }, input, span, f)
        : runLayer(evaluation, layer, input, f, new Scope(layer.scope), f.context);
    evaluation.relocate(before, span, layer.name, { body: definition, given: layer.given });
    const call = end(value);
    if (definition.kind === "block-definition") lintCall(evaluation, definition, call, f);
    return value;
  });
}

export function reportArguments(
  evaluation: Evaluation,
  parameters: readonly Parameter[],
  bound: ReadonlyMap<string, Value>,
  context: Context,
): void {
  if (evaluation.observer?.named)
    for (const p of parameters) evaluation.observer.named(p.name, lookUp(bound, p.name.text), context);
}

/** The body of a block or of one step of a cell. */
export function runLayer(
  evaluation: Evaluation,
  layer: LayerValue,
  input: Value | undefined,
  f: Frame,
  scope: Scope,
  context: Context,
): Value {
  const { definition } = layer;
  const differentiated = differentiatedBy(definition.kind === "literal" ? definition.block.body : definition.body);
  for (const [name, value] of layer.arguments) scope.set(name, nameable(name, value, { differentiated }));
  if (definition.kind !== "literal") reportArguments(evaluation, definition.parameters, layer.arguments, context);
  if (definition.kind !== "literal") scope.set("training", { kind: "boolean", value: context.training });
  const frame: Frame = {
    scope,
    instance: layer.instance,
    ...(definition.kind === "literal" ? {} : { definition }),
    context,
    key: "",
    it: input,
    branches: [],
    drawsByExample: f.drawsByExample,
    differentiated,
    ...(layer.given ? { given: layer.given } : {}),
    ...(layer.starts ? { starts: layer.starts } : {}),
  };
  evaluation.body(definition.kind === "literal" ? definition.block.body : definition.body, frame);
  return resultOf(frame);
}

export function resultOf(frame: Frame): Value {
  if (frame.branches.length > 0) return { kind: "list", items: frame.branches };
  const value = frame.it ?? none;
  if (value.kind !== "tensor") return value;
  const { names } = frame.scope;
  return { ...value, fields: value.fields ? new Map([...value.fields, ...names]) : names };
}

function applyFn(
  evaluation: Evaluation,
  target: DefinitionValue,
  given: Resolved,
  span: Span,
  f: Frame,
  key: string,
): Value {
  const { definition } = target;
  const scope = new Scope(target.scope);
  const timed = definition.kind === "schedule" ? scheduleTime(definition.parameters, given, f) : given.named;
  if (definition.kind === "fn" && given.positional.length === 0) needsValue(definition, timed, span);
  const all = { ...given, named: timed };
  const { values: bound, spans } = bindArguments(evaluation, calleeOf(target), all, span, f.context);
  refuseNumber(definition, bound, spans, span);
  if (!span.file.startsWith("stdlib/")) {
    const written = (name: string): string => evaluation.textOf(spans.get(name) ?? span) || name;
    const wrong = refused(definition, bound, written);
    if (wrong && wasReported(evaluation, wrong, span, f)) throw new Consequence();
    const place = (wrong?.at !== undefined && spans.get(wrong.at)) || span;
    if (wrong) throw misfit(wrong.code, place, wrong.operands, wrong.message, wrong.rest, wrong.difference);
    noteUses(f.context, definition, bound, span);
  }
  scope.set("training", { kind: "boolean", value: f.context.training });
  const differentiated = differentiatedBy(definition.body);
  for (const [name, value] of bound) bound.set(name, nameable(name, value, { differentiated }));
  for (const [name, value] of bound) scope.set(name, value);
  reportArguments(evaluation, definition.parameters, bound, f.context);
  const instance = new Instance(`${f.instance.path}|${key}`, definition.name.text);
  const first = definition.parameters[0];
  const frame: Frame = {
    scope,
    instance,
    definition,
    context: f.context,
    key: "",
    it: first ? bound.get(first.name.text) : undefined,
    branches: [],
    drawsByExample: f.drawsByExample,
    differentiated,
    given: spans,
  };
  const beginning = { callee: target, name: definition.name.text, arguments: bound, input: tensorIn(frame.it) };
  return f.context.applications.run({ ...beginning, instance, within: f.instance.path, span }, (end) => {
    const before = evaluation.diagnostics.length;
    evaluation.body(definition.body, frame);
    if (evaluation.diagnostics.length > before)
      evaluation.relocate(before, span, definition.name.text, { body: definition.body, given: spans });
    const value = resultOf(frame);
    lintCall(evaluation, definition, end(value), f);
    return value;
  });
}

/** Whether another line compared what the same layer gives, and was told so: a metric goes with its loss. */
function wasReported(evaluation: Evaluation, { code, message, operands }: Refused, span: Span, f: Frame): boolean {
  const [y] = operands;
  const maker = y && f.context.applications.callOf(y)?.span.start;
  if (maker === undefined) return false;
  const key = `${code} ${message} ${maker}`;
  const first = evaluation.compared.get(key) ?? span.start;
  evaluation.compared.set(key, first);
  return first !== span.start;
}

/** Runs the lints on a call of the program; calls within the library are as they should be. */
function lintCall(
  evaluation: Evaluation,
  { name, tags }: Callable,
  call: Application,
  { context: { applications } }: Frame,
): void {
  const { output, span } = call;
  if (span.file.startsWith("stdlib/") || output.kind === "unknown") return;
  evaluation.warn(lint(call, { applications, source: evaluation.source }), span);
  // A function without a role, such as one that only calls another, gives what that one gave.
  if (tags?.role || name.span.file.startsWith("stdlib/")) applications.rememberCall(call);
}

const calleeOf = ({ definition: { kind, name, parameters, tags }, scope }: DefinitionValue): Callee => {
  return { name: name.text, kind: kind as Callable["kind"], parameters, scope, tags };
};
