// Statements: lines run on the value above them, names assigned, parameters and states declared, loops written out. A mistake
// ends its statement and no more: what it would have given is unknown, and its consequences stay silent.

import type { Expression, Name, Statement } from "../../../grammar/syntax/ast.ts";
import { mayReadIt, namesRead } from "../../../grammar/syntax/queries.ts";
import { positionKey, type Span } from "../../../grammar/syntax/span.ts";
import { showDim, showFraction } from "../../arithmetic/dim.ts";
import { itemAt, onlyOf, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { make } from "../../graph/build.ts";
import { at } from "../../graph/construct.ts";
import { allMasked } from "../../graph/lengths.ts";
import { ShapeMistake } from "../../graph/shapemistake.ts";
import { valuesIn, withPaths } from "../advice/provenance.ts";
import { addRemedy } from "../advice/suggestions.ts";
import { type Beginning, NO_ARGUMENTS } from "../frame/application.ts";
import { type Frame, isFrozen, nameable, type Warning } from "../frame/frame.ts";
import { asCondition } from "../sizes/conditions.ts";
import type { InstanceMark } from "../values/instance.ts";
import { addTo } from "../values/journal.ts";
import { Mistake, mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import {
  asNode,
  asSize,
  describe,
  none,
  numberValue,
  Scope,
  showType,
  tensorValue,
  unknown,
} from "../values/values.ts";
import { valuesOnly } from "./arguments.ts";
import { applyTarget, evaluateFlow } from "./calls.ts";
import { declareAll } from "./declarations.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import type { LoopStatement } from "./loops.ts";
import { runAsScan } from "./loops.ts";
import { unsharedTurns } from "./unrolled.ts";

const EXPANSION = 100_000;

/** Mistakes in a loop after which its other turns are not looked at. */
export const FAILING_TURNS = 3;

const UNREAD: Warning = {
  code: "flow/dead-layer",
  message: "nothing uses the value of this line: the next line starts from another value",
  hint: "leave the line out, give it a label with `->`, or use `it` in the next one",
};

const turnText = (turn: Value): string => (turn.kind === "number" ? showDim(turn.value) : turn.kind);

/** Suggests a beginning for a body without an input; a model's header may name inputs without their shapes. */
function inputWanted({ instance, scope }: Frame): string {
  const untyped = [...scope.names].find(([, v]) => v.kind === "tensor");
  if (instance.kind === "model" && untyped?.[1].kind === "tensor")
    return `give the input its shape in the header: \`${untyped[0]}: ${showType(untyped[1])}\``;
  return "begin with a value: an input `(x: [28, 28, 1])` in the header, or a line such as `normal([64])`";
}

function beginningOf(line: Expression, f: Frame): Beginning {
  const head = line.kind === "flow" ? line.head : line.kind === "call" ? line.callee : line;
  return {
    callee: undefined,
    name: head.kind === "name" ? head.name : line.kind,
    arguments: NO_ARGUMENTS,
    input: f.it?.kind === "tensor" ? f.it.node : undefined,
    instance: undefined,
    within: f.instance.path,
    span: line.span,
  };
}

export function runStatements(evaluation: Evaluation, statements: readonly Statement[], f: Frame): void {
  for (const s of statements) {
    try {
      at(s.span, () => runStatement(evaluation, s, f));
    } catch (error) {
      evaluation.failures++;
      reportMistake(evaluation, error, s, f);
      poisonNames(s, f);
    }
  }
}

/** Reports shape errors with the provenance of each shape and with a suggestion. */
export function reportMistake(evaluation: Evaluation, error: unknown, s: Statement, f: Frame): void {
  const before = evaluation.diagnostics.length;
  evaluation.report(error, s.span);
  const first = evaluation.diagnostics[before];
  if (!first) return;
  const operands = error instanceof Mistake ? error.operands : [];
  const difference = error instanceof Mistake || error instanceof ShapeMistake ? error.difference : undefined;
  const told = addRemedy(first, { operands, difference, frame: f, textOf: (span) => evaluation.textOf(span) });
  evaluation.diagnostics[before] = withPaths(told, operands.length > 0 ? operands : valuesIn(s, f), f.context);
}

/** After a mistake the values of the statement are unknown, so that its consequences are not reported. */
function poisonNames(s: Statement, f: Frame): void {
  if (s.kind === "line") {
    f.it = unknown;
    for (const l of s.labels) f.scope.set(l.text, unknown);
  } else if (s.kind === "assign") for (const t of s.targets) f.scope.set(t.text, unknown);
  else if (s.kind === "param" || s.kind === "state") for (const e of s.entries) f.scope.set(e.name.text, unknown);
  else f.it = unknown;
}

function runStatement(evaluation: Evaluation, s: Statement, f: Frame): void {
  if (s.kind !== "line" && (s.kind !== "assign" || mayReadIt(s))) f.unread = undefined;
  f.context.budget.spend(1, s.span);
  switch (s.kind) {
    case "line":
      return runLine(evaluation, s.value, s.labels, f);
    case "fixed": {
      const inner: Frame = { ...f, context: { ...f.context, fixed: true } };
      runLine(evaluation, s.line.value, s.line.labels, inner);
      f.it = inner.it;
      return;
    }
    case "assign":
      return assignNames(evaluation, s.targets, s.value, f);
    case "param":
      return declareAll(evaluation, s.entries, f, "parameter", s.fixed);
    case "state":
      return declareAll(evaluation, s.entries, f, "state", false);
    case "if-statement": {
      const branch = decideCondition(evaluation, s.condition, f) ? s.then : (s.else ?? []);
      return runStatements(evaluation, branch, f);
    }
    case "for":
    case "repeat":
      return runLoop(evaluation, s, f);
    case "branch":
      addTo(f.branches, runInner(evaluation, s.body, f, `b${positionKey(s.span)}`));
      return;
    case "bad-statement":
      f.it = unknown;
      return;
    case "update":
      if (!s.update && s.target.kind === "name" && f.scope.get("param")?.kind === "tensor")
        return moveParameter(evaluation, s, f);
      throw mistake("train/out-of-place", s.span, "an update belongs in a step of a training", {
        hint: "move it into a `step { ... }` of a `train`",
      });
    default:
      throw mistake("train/out-of-place", s.span, `'${s.kind === "setting" ? s.head : s.kind}' belongs in a training`, {
        hint: "move it into `train NAME on DATA { ... }`",
      });
  }
}

function runLine(evaluation: Evaluation, value: Expression, labels: readonly Name[], f: Frame): void {
  const { unread } = f;
  f.unread = labels.length === 0 ? value.span : undefined;
  f.context.applications.run(beginningOf(value, f), (end) => {
    const given = evaluation.within({ kind: "statement", value, names: labels }, () =>
      valueOfLine(evaluation, value, f, unread),
    );
    const result = labels.reduce((v, l) => nameable(l.text, v, f), given);
    f.it = result;
    // A label of a state's name assigns the state, as `=` does.
    for (const l of labels) setName(evaluation, l, result, f);
    if (result.kind === "unknown") return;
    const line = end(result, { instance: f.instance.childAt(f.key + positionKey(value.span)) });
    f.context.applications.rememberLine(line);
    evaluation.observer?.line?.(line, f.context);
  });
}

/** Whether a value works on tensors alone: a layer, or what makes one. */
const isOfLayers = (value: Value | undefined): boolean =>
  value?.kind === "layer" || (value?.kind === "definition" && value.definition.kind !== "fn");

/** A line that is a layer is applied to `it`; a line that is a value replaces it, and so does the layer that a function of layers gives. */
function valueOfLine(evaluation: Evaluation, e: Expression, f: Frame, unread?: Span): Value {
  const value =
    e.kind === "flow" ? evaluateFlow(evaluation, e.head, e.arguments, e.block, e.span, f) : evaluate(evaluation, e, f);
  if (value.kind === "unknown") return unknown;
  if (isOfLayers(value) && isOfLayers(f.it)) return value;
  if (value.kind === "layer" || value.kind === "definition" || value.kind === "builtin" || value.kind === "partial") {
    if (f.it === undefined)
      throw mistake("flow/no-input", e.span, `there is no value above this line for ${describe(value)} to work on`, {
        hint: inputWanted(f),
      });
    return applyTarget(evaluation, value, valuesOnly(f.it), e.span, f, f.key + positionKey(e.span));
  }
  if (unread && !mayReadIt(e))
    evaluation.warn({ ...UNREAD, related: [{ span: e.span, text: "the other value" }] }, unread);
  return value;
}

/** `out, h = gru(64)(it)`: the states of a cell are fields of its one result. */
function hintOnParts(value: Value, targets: readonly Name[]): string {
  const fields = value.kind === "tensor" ? [...(value.fields?.keys() ?? [])] : [];
  const [first] = targets;
  const found = targets.slice(1).find((t) => fields.includes(t.text));
  return first && found
    ? `it is one value, and \`${found.text}\` is a field of it: \`${first.text} = ...\`, then \`${first.text}.${found.text}\``
    : `\`split(x, ${targets.length})\` takes a tensor apart; a body of branches gives a list`;
}

function assignNames(evaluation: Evaluation, targets: readonly Name[], e: Expression, f: Frame): void {
  const value = evaluation.within({ kind: "statement", value: e, names: targets }, () => evaluate(evaluation, e, f));
  const target = onlyOf(targets);
  if (target) {
    warnOfLayer(evaluation, target, value, e, f);
    setName(evaluation, target, value, f);
    return;
  }
  if (value.kind === "unknown") {
    for (const t of targets) f.scope.set(t.text, unknown);
    return;
  }
  if (value.kind !== "list" || value.items.length !== targets.length)
    throw mistake(
      "types/cannot-take-apart",
      e.span,
      `${targets.length} names stand on the left, and the right side is ${describe(value)}`,
      { hint: hintOnParts(value, targets) },
    );
  for (const [t, item] of zip(targets, value.items)) setName(evaluation, t, item, f);
}

/** Values that work on others. */
const APPLIED: ReadonlySet<Value["kind"]> = new Set(["layer", "definition", "builtin", "partial"]);

/** Warns of a layer that takes the name of a value: it is not applied, and the value that flows on stays what it was. */
function warnOfLayer(evaluation: Evaluation, { text: name }: Name, value: Value, e: Expression, f: Frame): void {
  if (f.scope.get(name)?.kind !== "tensor" || !APPLIED.has(value.kind)) return;
  const layer = evaluation.textOf(e.span) || "relu";
  const applied = /^(\w+)\s+([^\s{]+)$/.exec(layer);
  evaluation.warn(
    {
      code: "names/layer-for-value",
      message: `'${name}' was a value and now names ${describe(value)}, which this line does not apply`,
      hint: `a line \`${layer}\` alone works on the value above it; or write \`${name} = ${applied ? `${applied[1]}(${applied[2]})(${name})` : /^\w+$/.test(layer) ? `${layer}(${name})` : `...(${name})`}\``,
    },
    e.span,
  );
}

function setName(evaluation: Evaluation, name: Name, given: Value, f: Frame): void {
  const value = nameable(name.text, given, f);
  const state = f.scope.stateOf(name.text);
  if (state !== undefined && value.kind !== "unknown") setState(state, name, value, f);
  f.scope.set(name.text, value);
  if (value.kind === "tensor") f.context.applications.name(value.node, name);
  evaluation.observer?.named?.(name, value, f.context);
}

function setState(path: string, name: Name, value: Value, f: Frame): void {
  const node = asNode(value, name.span);
  if (f.context.step?.has(path)) f.context.step.assign(path, node, name.span);
  else if (!isFrozen(f.context, path)) f.context.stateUpdates.set(path, allMasked(node));
}

/** A body for every turn: as a loop where there are many and it makes no parameters, else written out. */
function runLoop(evaluation: Evaluation, s: LoopStatement, f: Frame): void {
  const run = (): Value => {
    f.context.budget.inLoop(s.span, () => runTurns(evaluation, s, f));
    return f.it ?? none;
  };
  const value = evaluation.within({ kind: "loop", span: s.span }, run);
  if (f.it !== undefined) f.it = value;
}

function runTurns(evaluation: Evaluation, s: LoopStatement, f: Frame): void {
  const turns = listTurns(evaluation, s, f);
  if (runAsScan(evaluation, s, turns, f)) return;
  const before = evaluation.failures;
  const apart = s.kind === "for" ? unsharedTurns(s, turns.length, f) : undefined;
  let once: InstanceMark | undefined;
  // Turns that do not read their number do the same, each on the value of the one before.
  const areAlike = s.kind === "repeat" || !namesRead(s.body).includes(s.name.text);
  f.context.budget.turns(turns.length, areAlike, s.span, (i) => {
    // A mistake of several turns is one of all turns.
    if (evaluation.failures > before + FAILING_TURNS) return false;
    // A layer that is bound above the loop begins in its first turn.
    if (i === 1 && apart) once = f.instance.mark();
    const turn = itemAt(turns, i);
    const inner: Frame = { ...f, key: `${f.key}${positionKey(s.span)}#${i}/` };
    if (s.kind === "for") {
      f.scope.set(s.name.text, turn);
      evaluation.observer?.named?.(s.name, turn, f.context);
    }
    const title = s.kind === "for" ? `${s.name.text} = ${turnText(turn)}` : `turn ${i + 1}`;
    const value = evaluation.within({ kind: "turn", span: s.span, title }, () => {
      runStatements(evaluation, s.body, inner);
      return inner.it ?? none;
    });
    f.it = inner.it && value;
    return true;
  });
  if (once && f.instance.grewSince(once)) evaluation.warn(apart, s.span);
}

/** The items of a `for`, or the numbers of a `repeat`. */
export function listTurns(evaluation: Evaluation, s: LoopStatement, f: Frame): readonly Value[] {
  if (s.kind === "for") return listItems(evaluation, s.over, f);
  const count = asSize(evaluate(evaluation, s.count, f), s.count.span, "a count");
  if (count < 0 || !Number.isInteger(count) || count > EXPANSION)
    throw mistake(
      "limits/too-large",
      s.count.span,
      `a body is repeated a whole number of times from 0 to ${EXPANSION}, and this is ${showFraction(count)}`,
      { hint: "a repeated body is written out that many times: use fewer, larger layers" },
    );
  return Array.from({ length: count }, (_, i) => numberValue(i));
}

/** The items that a `for` goes over. */
export function listItems(evaluation: Evaluation, e: Expression, f: Frame): readonly Value[] {
  const value = evaluate(evaluation, e, f);
  if (value.kind === "list") return value.items;
  throw mistake("types/not-a-list", e.span, `'for' goes over a list or a range, and this is ${describe(value)}`, {
    hint:
      value.kind === "number"
        ? "a range is `0..3`; `repeat 3 { ... }` only repeats"
        : "a list is `[16, 32]`, a range `0..3`",
  });
}

/** Decides a condition that must be known at compile time. */
export function decideCondition(evaluation: Evaluation, e: Expression, f: Frame): boolean {
  const value = evaluate(evaluation, e, f);
  if (value.kind === "boolean") return value.value;
  asCondition(value, e.span);
  throw mistake(
    "types/not-decided",
    e.span,
    `this condition must be known when the program is compiled, and it is ${describe(value)}`,
    {
      hint: "`if c then a else b` chooses element by element",
    },
  );
}

/** `param -= e` in an optimizer. */
function moveParameter(evaluation: Evaluation, s: Extract<Statement, { kind: "update" }>, f: Frame): void {
  const value = asNode(evaluate(evaluation, s.value, f), s.value.span);
  const current = asNode(lookUp(f.scope, "param"), s.span);
  f.scope.set(
    "param",
    tensorValue(s.operator === "=" ? value : make(s.operator === "+=" ? "add" : "sub", [current, value])),
  );
}

/** A nested body on the value above it, with names of its own. */
function runInner(evaluation: Evaluation, body: readonly Statement[], f: Frame, key: string): Value {
  const inner: Frame = { ...f, scope: new Scope(f.scope), key: `${f.key}${key}/`, branches: [] };
  runStatements(evaluation, body, inner);
  const [first] = body;
  if (first && inner.branches.length > 0) return f.context.budget.list(inner.branches, first.span);
  return inner.it ?? none;
}
