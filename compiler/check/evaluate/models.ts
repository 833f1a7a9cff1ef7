// Models: one set of parameters each, inputs whose named sizes are solved at every call, equal calls evaluated once.

import type { Expression, Parameter, TypeExpression } from "../../../grammar/syntax/ast.ts";
import { differentiatedBy } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import {
  addDims,
  isNumber,
  namesOf,
  named as openName,
  product,
  showDim,
  showShape,
  solve,
  substitute,
} from "../../arithmetic/dim.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { add, constant, equal, indexAlong, make, mul, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { pathOf } from "../advice/provenance.ts";
import { tensorIn } from "../frame/application.ts";
import type { Frame } from "../frame/frame.ts";
import { atMoved, type ModelBody, nameable, newContext } from "../frame/frame.ts";
import { refuseHuge } from "../sizes/capacity.ts";
import { lengthOf } from "../sizes/lengths.ts";
import { isPicture, isTurnedPicture, turnBack, turnedPictureBelow } from "../sizes/pictures.ts";
import type { Instance } from "../values/instance.ts";
import { newMap } from "../values/journal.ts";
import { Consequence, Mistake, mistake } from "../values/mistakes.ts";
import type {
  ArgumentSpans,
  DefinitionValue,
  InputParameter,
  ModelValue,
  TensorValue,
  Value,
} from "../values/values.ts";
import {
  asDim,
  asNode,
  describe,
  isInput,
  numberValue,
  requiredInputs,
  Scope,
  showType,
  sizeValue,
  tensorValue,
  unknown,
} from "../values/values.ts";
import { bindArguments } from "./arguments.ts";
import { reportArguments, resultOf } from "./calls.ts";
import type { Evaluation } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";

/** Whether an input takes a number as it stands, `width: []`, or a list of numbers. */
const isScalarFor = ({ type }: InputParameter, { kind }: Value): boolean =>
  type !== undefined && !type.classes && (kind === "number" ? type.dims.length === 0 : kind === "list");

export function applyModel(
  evaluation: Evaluation,
  target: ModelValue,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  span: Span,
  from: Frame,
  spans?: ArgumentSpans,
): Value {
  const { definition, instance, moved } = target;
  const f = atMoved(from, moved);
  const inputs = definition.parameters.filter(isInput);
  const settings = definition.parameters.filter((p) => !isInput(p));
  const given = { positional, named, ...(spans ? { spans } : {}) };
  const bound = bindOnce(
    evaluation,
    definition,
    () =>
      bindArguments(
        evaluation,
        { name: definition.name.text, parameters: [...inputs, ...settings], scope: target.scope },
        given,
        span,
        f.context,
      ).values,
  );
  for (const p of inputs) {
    takeAsClasses(evaluation, p, bound, target.scope, f);
    takeAsClass(evaluation, p, bound, target.scope, span, f);
    const value = bound.get(p.name.text);
    if (value && isScalarFor(p, value)) bound.set(p.name.text, tensorValue(asNode(value, span)));
  }
  const key = f.context.memo.keyOf(instance, f.context, bound.values());
  const beginning = { callee: target, name: definition.name.text, arguments: bound, instance };
  const input = inputs[0] && tensorIn(bound.get(inputs[0].name.text));
  const { applications, memo } = f.context;
  return applications.run({ ...beginning, input, within: f.instance.path, span }, (end) => {
    const known = memo.get(key);
    if (known) {
      end(known.value, { repeats: known.call });
      return known.value;
    }
    const value = runModel(evaluation, target, inputs, bound, span, f);
    if (!value) return unknown;
    memo.set(key, { value, call: end(value) });
    return value;
  });
}

/** The value of a model's body; undefined where an input does not fit. */
function runModel(
  evaluation: Evaluation,
  target: ModelValue,
  inputs: readonly InputParameter[],
  bound: Map<string, Value>,
  span: Span,
  f: Frame,
): Value | undefined {
  const { definition, instance } = target;
  const scope = new Scope(target.scope, newMap());
  const differentiated = differentiatedBy(definition.body);
  for (const [name, value] of bound) bound.set(name, nameable(name, value, { differentiated }));
  for (const [name, value] of bound) scope.set(name, value);
  reportArguments(evaluation, definition.parameters, bound, f.context);
  // The others are looked at as well: each may have a mistake of its own.
  const fitting = inputs.filter((p) =>
    unifyInput(evaluation, p, lookUp(bound, p.name.text), scope, { callee: definition.name.text, span }, f),
  );
  if (fitting.length < inputs.length) return undefined;
  for (const { name } of inputs) {
    const value = bound.get(name.text);
    if (value?.kind === "tensor") f.context.applications.name(value.node, name, true);
  }
  rememberSizes(inputs, bound, scope, instance);
  scope.set("training", { kind: "boolean", value: f.context.training });
  const frame: Frame = {
    scope,
    instance,
    context: f.context,
    key: "",
    it: inputs[0] ? bound.get(inputs[0].name.text) : undefined,
    branches: [],
    drawsByExample: true,
    differentiated,
  };
  const body: ModelBody = { definition, frame, input: frame.it, failures: evaluation.failures };
  if (evaluation.observer?.model) return endOfModel(evaluation, evaluation.observer.model(body));
  evaluation.body(definition.body, frame);
  return endOfModel(evaluation, body);
}

/** The value of a model whose lines were run. */
export function endOfModel(evaluation: Evaluation, { definition, frame, input, failures }: ModelBody): Value {
  const value = resultOf(frame);
  refuseLayers(evaluation, value, definition);
  const last = definition.body.at(-1);
  const failed = evaluation.failures > failures;
  if (!failed && last?.kind === "assign" && frame.it !== undefined && frame.it === input)
    evaluation.warn(
      {
        code: "flow/ends-with-name",
        message: `the value of '${definition.name.text}' is its input: the last line only names a value '${last.targets[0].text}'`,
        hint: `end with a line \`${last.targets[0].text}\``,
      },
      last.span,
    );
  return value;
}

/** Reports once that a model lacks an argument, which it does in the loss, in the metric and by itself. */
function bindOnce<T>(evaluation: Evaluation, definition: DefinitionValue["definition"], bind: () => T): T {
  try {
    return bind();
  } catch (error) {
    if (!(error instanceof Mistake) || error.diagnostic.code !== "calls/missing-argument") throw error;
    const { message } = error.diagnostic;
    if (evaluation.lacking.get(definition) === message) throw new Consequence();
    evaluation.lacking.set(definition, message);
    throw error;
  }
}

/** `[dense 8, relu, dense 2]`, as other tools list the layers of a model. */
function refuseLayers(evaluation: Evaluation, value: Value, { body, name }: DefinitionValue["definition"]): void {
  const isLayer = ({ kind }: Value): boolean => /^(layer|partial|builtin|definition)$/.test(kind);
  const last = body.at(-1);
  if (value.kind !== "list" || !value.items.some(isLayer) || !last) return;
  const message = `the value of '${name.text}' is a list of layers, none of which is applied`;
  const hint = "a model is its lines, one layer each: `dense 8; relu; dense 2`";
  evaluation.report(mistake("types/not-a-tensor", last.span, message, { hint }), last.span);
}

/** A model that was not called yet: on inputs of its declared sizes, or where these have names, on the fields called like them. */
export function openModel(evaluation: Evaluation, target: ModelValue, span: Span, f: Frame): void {
  const { definition, instance } = target;
  if (instance.everything().length > 0) return;
  const inputs = requiredInputs(definition);
  const isFixed = (v: TensorValue): boolean =>
    v.node.shape.every(isNumber) && (v.classes === undefined || isNumber(v.classes));
  const values = inputs.map((p) => {
    const declared = symbolicInput(evaluation, p, target.scope, f);
    const field = f.scope.get(p.name.text);
    return isFixed(declared) || field?.kind !== "tensor" ? declared : field;
  });
  if (!values.every(isFixed)) return;
  // Only its parameters are wanted: no running averages move, and no result is remembered.
  const { places, depth, budget } = f.context;
  const context = { ...newContext(false, places, budget), depth };
  applyModel(evaluation, target, values, new Map(), span, { ...f, context });
}

/** Whole numbers of the data are classes where the model declares them so, of as many as it says if that is enough. */
function takeAsClasses(evaluation: Evaluation, p: Parameter, bound: Map<string, Value>, scope: Scope, f: Frame): void {
  const given = bound.get(p.name.text);
  if (!p.type?.classes || given?.kind !== "tensor" || given.classes !== undefined) return;
  const classes = evaluation.asClasses.get(given.node);
  if (!classes) return;
  const declared = openDim(evaluation, p.type.classes, scope, f);
  const isEnough = isNumber(declared) && isNumber(classes.classes) && declared > classes.classes;
  bound.set(p.name.text, isEnough ? { ...classes, classes: declared } : classes);
}

/** A written number is a class of an input that is one, `net(x, 2)` for `c: class 3`: the place where it stands among them. */
function takeAsClass(
  evaluation: Evaluation,
  p: InputParameter,
  bound: Map<string, Value>,
  scope: Scope,
  span: Span,
  f: Frame,
): void {
  const given = bound.get(p.name.text);
  if (!p.type.classes || p.type.dims.length > 0 || given?.kind !== "number" || !isNumber(given.value)) return;
  const classes = openDim(evaluation, p.type.classes, scope, f);
  // How many classes a name stands for is known only from a value that has classes.
  if (!isNumber(classes)) return;
  if (!Number.isInteger(given.value) || given.value < 0 || given.value >= classes)
    throw mistake(
      "shapes/input-mismatch",
      span,
      `'${p.name.text}' is one of ${classes} classes, and is given the number ${showDim(given.value)}`,
      {
        hint: `classes are counted from 0: the last is ${classes - 1}`,
        related: [{ span: p.span, text: "declared here" }],
      },
    );
  const place = equal(indexAlong([classes], -1), constant(given.value));
  bound.set(p.name.text, tensorValue(make("argmax", [place], { axes: [-1] }), classes));
}

/** Names in an input's declared type get the sizes of what came; false where it does not fit, which is said. */
function unifyInput(
  evaluation: Evaluation,
  p: Parameter,
  value: Value,
  scope: Scope,
  { callee, span }: { readonly callee: string; readonly span: Span },
  f: Frame,
): boolean {
  if (value.kind === "unknown" || value.kind === "none" || !p.type) return true;
  const { type } = p;
  const fail = (why: string): boolean => {
    // A metric goes with its loss: the same value for the same input is reported once.
    const first = value.kind === "tensor" ? evaluation.misfits.get(value.node)?.get(p) : undefined;
    if (first !== undefined && first !== span.start) return false;
    if (value.kind === "tensor")
      evaluation.misfits.set(value.node, new Map(evaluation.misfits.get(value.node)).set(p, span.start));
    const message = `'${p.name.text}' is declared as ${textOfType(type)}, and is given ${describe(value)}: ${why}`;
    const ways = value.kind === "tensor" ? pathOf(value.node, f.context) : [];
    const fits = value.kind === "tensor" ? inputFix(p, sizesOf(evaluation, type, scope, f), value, callee) : {};
    const related = [{ span: p.span, text: "declared here" }, ...ways];
    evaluation.report(mistake("shapes/input-mismatch", span, message, { related, ...fits }), span);
    return false;
  };
  if (value.kind !== "tensor") return fail("it is not a tensor");
  const declared = p.type.dims;
  if (declared.length !== value.node.shape.length) return fail(axesExpected(declared.length));
  const pairs: [Expression, Dim, Node | undefined][] = declared.map((d, i) => [
    d,
    sizeAlong(value.node, i),
    lengthOf(value.node, i),
  ]);
  if (p.type.classes) {
    if (value.classes === undefined) return fail("classes are expected");
    pairs.push([p.type.classes, value.classes, undefined]);
  }
  for (const [e, size, length] of pairs) {
    const before = e.kind === "name" ? scope.get(e.name) : undefined;
    // A name of steps is each example's own length, whichever input came first.
    const isLonger = before?.kind === "number" && !before.length && before.value === size && length;
    if (e.kind === "name" && (!before || isLonger)) {
      scope.set(e.name, sizeValue(size, length));
      continue;
    }
    const wanted = openDim(evaluation, e, scope, f);
    const missing = namesOf(wanted).filter((n) => scope.get(n) === undefined);
    const solved = missing.length > 0 ? solve(wanted, size) : undefined;
    if (solved) {
      if (isNumber(solved.value) && !Number.isInteger(solved.value))
        return fail(`${showDim(wanted)} = ${showDim(size)} has no whole solution`);
      scope.set(solved.name, sizeValue(solved.value, length && lengthSolved(wanted, size, length)));
    } else if (wanted !== size) return fail(`expected ${showDim(wanted)}, got ${showDim(size)}`);
  }
  return true;
}

/** The sizes of a declared type, as far as they are numbers. */
function sizesOf(evaluation: Evaluation, t: TypeExpression, scope: Scope, f: Frame): readonly Dim[] {
  return t.dims.map((d) => openDim(evaluation, d, scope, f));
}

/** Sizes that other calls solved stand for those of an input that is left out. */
function rememberSizes(
  inputs: readonly InputParameter[],
  bound: ReadonlyMap<string, Value>,
  scope: Scope,
  instance: Instance,
): void {
  for (const { name: input, type } of inputs) {
    const names = [...type.dims, ...(type.classes ? [type.classes] : [])].flatMap(namesIn);
    const absent = lookUp(bound, input.text).kind === "none";
    for (const name of names) {
      const value = scope.get(name);
      if (!absent && value?.kind === "number") instance.sizes.set(name, value.value);
      else if (absent && !value) scope.set(name, numberValue(instance.sizes.get(name) ?? openName(name)));
    }
  }
}

/** A size in which names without a value stand for themselves. */
function openDim(evaluation: Evaluation, e: Expression, scope: Scope, f: Frame): Dim {
  const open = new Scope(scope);
  for (const n of namesIn(e)) if (!scope.get(n)) open.set(n, numberValue(openName(n)));
  const dim = asDim(evaluate(evaluation, e, { ...f, scope: open }), e.span, "a size");
  return substitute(dim, new Map());
}

function textOfType(t: TypeExpression): string {
  const text = (e: Expression): string => (e.kind === "number" ? String(e.value) : e.kind === "name" ? e.name : "...");
  return `[${t.dims.map(text).join(", ")}]${t.classes ? ` of ${text(t.classes)}` : ""}`;
}

/** Inputs of a model that is checked alone: named sizes stand for themselves, and names of classes are those of data yet to come. */
export function symbolicInput(
  evaluation: Evaluation,
  { name, type, span }: InputParameter,
  scope: Scope,
  f: Frame,
): TensorValue {
  const shape = type.dims.map((d) => openDim(evaluation, d, scope, f));
  refuseHuge(shape, span);
  const classes = type.classes ? openDim(evaluation, type.classes, scope, f) : undefined;
  const dtype = classes === undefined ? "f32" : "i32";
  const node = make("parameter", [], { name: name.text, type: { shape, dtype }, role: "field", batched: true });
  return classes === undefined ? tensorValue(node) : { ...tensorValue(node, classes), labels: "unread" };
}

/** The value of a named size in each example, where a formula of it is a length: sizes are linear in their names. */
function lengthSolved(wanted: Dim, size: Dim, length: Node): Node {
  const at = (n: Dim): number => {
    const solved = solve(wanted, n);
    if (!solved) throw new Error(`${showDim(wanted)} is not linear in one name`);
    return Number(solved.value);
  };
  const slope = at(addDims(size, 1)) - at(size);
  return add(mul(sub(length, constant(Number(size))), constant(slope)), constant(at(size)));
}

function namesIn(e: Expression): string[] {
  if (e.kind === "name") return [e.name];
  if (e.kind === "binary") return [...namesIn(e.left), ...namesIn(e.right)];
  return e.kind === "unary" ? namesIn(e.operand) : [];
}

const axesExpected = (n: number): string => (n === 1 ? "expected one axis" : `expected ${n} axes`);

/** Suggests what would fit: the same numbers in one row, or an input that is declared as what came. */
function inputFix(p: Parameter, declared: readonly Dim[], value: TensorValue, callee: string): Partial<Diagnostic> {
  const came = showType(value);
  if (declared.length === 1 && value.node.shape.length > 1 && product(declared) === product(value.node.shape))
    return {
      hint: `\`flat(...)\` around the argument gives ${showShape(declared)}; or declare \`${p.name.text}: ${came}\` and begin with \`flatten\``,
    };
  const text = `${p.name.text}: ${came}`;
  const picture = turnedPictureBelow(value.node);
  if (picture && isPicture(declared)) return { hint: turnBack(picture) };
  if (isTurnedPicture(value.node.shape) && isPicture(declared) && product(declared) === product(value.node.shape))
    return {
      hint: "depth stands last in a shape, as it is declared: leave out what brings it to the front, such as `transpose`",
    };
  const sorted = (shape: readonly Dim[]): string => shape.map(showDim).sort().join();
  const turned = sorted(declared) === sorted(value.node.shape) && declared.length > 1;
  const hint = turned
    ? `shapes are written with depth last, and without the batch: declare it as \`${text}\``
    : `declare it as \`${text}\`, or call \`${callee}\` with ${showShape(declared)}`;
  return p.default ? { hint } : { hint, fix: { title: `declare \`${text}\``, edits: [{ span: p.span, text }] } };
}
