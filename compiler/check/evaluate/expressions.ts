// Expressions: compile-time arithmetic where everything is known, graph nodes where a tensor takes part.

import type { BlockExpression, Expression, IndexItem, Name } from "../../../grammar/syntax/ast.ts";
import { type Diagnostic, positionKey, type Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, divDims, isNumber, mulDims, showDim, showShape, subDims } from "../../arithmetic/dim.ts";
import { add, constant, extentOf, indexAlong, make, reshape, select, slice, sum } from "../../graph/build.ts";
import { masked } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { describeAxis, ShapeMistake } from "../../graph/shapemistake.ts";
import { whatWouldFit } from "../advice/operands.ts";
import { builtins } from "../builtins/all.ts";
import { matrixProduct } from "../builtins/products.ts";
import { frameworkAdvice, suggestion, unboundHint } from "../names/didyoumean.ts";
import { synonymOf } from "../names/synonyms.ts";
import { withinMemory } from "../values/capacity.ts";
import { asCondition } from "../values/conditions.ts";
import { knownNumber } from "../values/domains.ts";
import type { Frame } from "../values/frame.ts";
import { lengthOf, raggedPart } from "../values/lengths.ts";
import { lengthsAt, misfit, mistake } from "../values/mistakes.ts";
import { itemsWithin, partWithin, placeWithin, refuseClassBeyond, wholePlace } from "../values/places.ts";
import { halfRead } from "../values/sequences.ts";
import type { NumberValue, Scope, Value } from "../values/values.ts";
import {
  asCount,
  asDim,
  asNode,
  asSize,
  describe,
  isModel,
  itemsOf,
  literalValue,
  numberValue,
  showType,
  sizeValue,
  tensorValue,
  unknown,
  wholeSize,
} from "../values/values.ts";
import { spanIn } from "./arguments.ts";
import type { Evaluation } from "./evaluation.ts";

/** Names that may be meant: in a model, which knows whether it is trained, nothing that only a training has. */
function namesFor({ scope }: Frame): readonly string[] {
  return scope.get("training") === undefined ? scope.all() : namesInBodies(scope);
}

/** All names but those of optimizers and schedules, which stand in trainings only. */
export function namesInBodies(scope: Scope): readonly string[] {
  return scope.all().filter((name) => {
    const value = scope.get(name);
    return value?.kind !== "definition" || !/^(optimizer|schedule)$/.test(value.definition.kind);
  });
}

/** What ends names of files that programs name. */
const FILE_ENDINGS = /^(csv|tsv|txt|npz|npy|json|png|jpg|jpeg|dnn)$/;

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
      return lengthsAt(e.span, () => indexInto(evaluation, evaluate(evaluation, e.target, f), e.items, e.span, f));
    case "field":
      refuseFramework(evaluation, e, f);
      return readField(evaluation, evaluate(evaluation, e.target, f), e.name, e.span, f);
    case "block":
      return makeLiteral(e, f);
    case "bad":
      return unknown;
  }
}

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

function valueOfName(name: string, span: Span, f: Frame): Value {
  const found = f.scope.get(name);
  if (found) return found;
  if (Object.hasOwn(builtins, name)) return { kind: "builtin", name };
  const close = suggestion(name, span, [...namesFor(f), ...Object.keys(builtins)]);
  throw mistake("names/unknown", span, `nothing is called '${name}' here`, {
    hint: unboundHint(name),
    ...(noClasses(name, f.scope) ?? (close.hint === undefined ? valuesHere(f.scope) : close)),
  });
}

/** `nn.Linear`: a name that another framework keeps in a module. */
function refuseFramework(evaluation: Evaluation, e: Expression & { kind: "field" }, f: Frame): void {
  const module = e.target.kind === "field" ? e.target.name.text : e.target.kind === "name" ? e.target.name : "";
  const root = rootOf(e);
  if (root !== undefined && !f.scope.get(root) && FILE_ENDINGS.test(e.name.text))
    throw mistake("names/unknown", e.span, `nothing is called '${root}' here`, {
      hint: `the name of a file stands in quotes: "${evaluation.textOf(e.span) || `${root}.${e.name.text}`}"`,
    });
  const field = f.scope.get(e.name.text);
  if (root !== undefined && e.target.kind === "name" && !f.scope.get(root) && field?.kind === "tensor")
    throw mistake("names/unknown", e.span, `nothing is called '${root}' here`, {
      hint: `fields of the data stand alone: write \`${e.name.text}\``,
      fix: { title: `write \`${e.name.text}\``, edits: [{ span: e.span, text: e.name.text }] },
    });
  const isOurs = (name: string): boolean => f.scope.get(name) !== undefined || Object.hasOwn(builtins, name);
  const advice = root !== undefined && !f.scope.get(root) ? frameworkAdvice(module, e.name.text, isOurs) : undefined;
  if (advice) throw mistake("names/unknown", e.span, `nothing is called '${module}.${e.name.text}' here`, advice);
}

function applyUnary(operator: "-" | "not", value: Value, span: Span): Value {
  if (value.kind === "unknown") return unknown;
  if (operator === "not") {
    if (value.kind === "boolean") return { kind: "boolean", value: !value.value };
    asCondition(value, span);
    return tensorValue(make("sub", [constant(1), asNode(value, span)]));
  }
  if (value.kind === "number") return sizeValue(mulDims(value.value, -1), value.length && make("neg", [value.length]));
  return tensorValue(make("neg", [asNode(value, span)]));
}

function applyBinary(
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
      hint: `\`==\` compares; to give a value a name write \`${left.name} = ...\``,
    });
  const a = evaluate(evaluation, left, f);
  if (a.kind === "boolean" && operator === "and" && !a.value) return a;
  if (a.kind === "boolean" && operator === "or" && a.value) return a;
  const b = evaluate(evaluation, right, f);
  if (a.kind === "unknown" || b.kind === "unknown") return unknown;
  if (operator === "and" || operator === "or") {
    asCondition(a, left.span);
    asCondition(b, right.span);
  }
  const decided = computeNow(operator, a, b);
  if (decided) return decided;
  const [x, y] = [asNode(a, left.span), asNode(b, right.span)];
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
  if (operator === "and" || operator === "or") {
    if (a.kind === "boolean" && b.kind === "boolean")
      return { kind: "boolean", value: operator === "and" ? a.value && b.value : a.value || b.value };
    return undefined;
  }
  if (operator === "==") return { kind: "boolean", value: p === q };
  if (operator === "!=") return { kind: "boolean", value: p !== q };
  return undefined;
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
  const [x, y] = [
    asNode(evaluate(evaluation, then, f), then.span),
    asNode(evaluate(evaluation, otherwise, f), otherwise.span),
  ];
  return tensorValue(lengthsAt(condition.span, () => make("select", [asNode(c, condition.span), x, y])));
}

function indexInto(evaluation: Evaluation, target: Value, items: readonly IndexItem[], span: Span, f: Frame): Value {
  if (target.kind === "unknown") return unknown;
  if (target.kind === "list" && !isRunning(evaluation, items, f))
    return itemOfList(evaluation, target.items, items, span, f);
  let node = asNode(target, span);
  if (items.length > node.shape.length)
    throw mistake("shapes/too-few-axes", span, `${items.length} indices are given for ${describe(target)}`, {
      hint: "give one index for each axis, or for the first ones",
    });
  let axis = 0;
  for (const item of items) {
    const from = axis - node.shape.length;
    if (item.kind === "slice") {
      node = slicePart(evaluation, node, axis, item, f);
      axis++;
      continue;
    }
    const place = evaluate(evaluation, item.value, f);
    if (place.kind === "tensor" && place.node.dtype === "i32") {
      if (axis !== 0)
        throw mistake("shapes/index-axis", item.span, "class indices choose along the first axis only", {
          hint: "`transpose` brings the axis to the front, as in `transpose(w, [1, 0])[x]`",
        });
      refuseClassBeyond(place, sizeAlong(node, 0), spanIn(f, item.value));
      node = make("gather", [node, place.node]);
      axis += place.node.shape.length;
      continue;
    }
    if (place.kind === "tensor" && place.node.shape.length === 0 && knownNumber(place) === undefined) {
      node = chosen(node, from, place.node);
      continue;
    }
    if (axis === 0) warnOfHalf(evaluation, node, place, spanIn(f, item.value));
    const own = ownPlace(node, axis, place);
    if (own) {
      node = chosen(node, from, own);
      continue;
    }
    const at = spanIn(f, item.value);
    const start = placeWithin(wholePlace(place, at), sizeAlong(node, axis), at);
    const cut = slice(masked(node, axis, 0), from, start, 1);
    node = reshape(
      cut,
      cut.shape.filter((_, i) => i !== axis),
    );
  }
  return target.kind === "tensor" && target.classes !== undefined
    ? tensorValue(node, target.classes)
    : tensorValue(node);
}

/** Whether a place is known only when the program runs, so that a list has to be a tensor. */
function isRunning(evaluation: Evaluation, items: readonly IndexItem[], f: Frame): boolean {
  return items.some((item) => {
    if (item.kind === "slice") return false;
    const place = evaluate(evaluation, item.value, f);
    return place.kind === "tensor" && place.node.op !== "constant";
  });
}

/** Of the first and the last step, what some recurrences have not read yet. */
function warnOfHalf(evaluation: Evaluation, node: Node, place: Value, span: Span): void {
  const position = place.kind === "number" ? place.value : undefined;
  const size = sizeAlong(node, 0);
  if (position === -1 || position === 0 || (isNumber(size) && position === size - 1))
    evaluation.warn(halfRead(node, position === 0 && size !== 1 ? "first" : "last"), span);
}

/** `x[2:-1]` along one axis. */
function slicePart(
  evaluation: Evaluation,
  node: Node,
  axis: number,
  item: IndexItem & { kind: "slice" },
  f: Frame,
): Node {
  const [from, to] = [item.from, item.to].map((e) => {
    if (!e) return undefined;
    const value = evaluate(evaluation, e, f);
    const place = wholePlace(value, spanIn(f, e));
    return { place, own: value.kind === "number" ? value.length : undefined };
  });
  const size = sizeAlong(node, axis);
  const { start, count } = partWithin(from?.place, to?.place, size, item.span);
  if (!lengthOf(node, axis) && !from?.own && !to?.own) return slice(node, axis - node.shape.length, start, count);
  return raggedPart(node, axis, { start, count }, from, to);
}

function itemOfList(
  evaluation: Evaluation,
  list: readonly Value[],
  items: readonly IndexItem[],
  span: Span,
  f: Frame,
): Value {
  const [item] = items;
  if (items.length !== 1 || !item)
    throw mistake("types/list-index", span, "a list takes one index", {
      hint: "write `list[0]` for one of its items, `list[0:2]` for several",
    });
  if (item.kind === "slice") {
    const [from, to] = [item.from, item.to].map((e) => e && wholePlace(evaluate(evaluation, e, f), spanIn(f, e)));
    return { kind: "list", items: itemsWithin(list, from, to, item.span) };
  }
  const i = asSize(evaluate(evaluation, item.value, f), item.span, "a place");
  const found = list.at(Number(wholePlace(numberValue(i), item.span)));
  if (!found)
    throw mistake("shapes/index-range", item.span, `index ${i} is outside a list of ${list.length}`, {
      hint: `indices go from 0 to ${list.length - 1}, or from the end, -1 to -${list.length}`,
    });
  return found;
}

/** `image.flatten()`: values have no methods, layers are lines and functions take their values in parentheses. */
function hintOnMethod(_evaluation: Evaluation, name: string, f: Frame): { hint?: string } {
  const ours = findKnown(name, f);
  if (ours === undefined) return {};
  const value = f.scope.get(ours);
  const isLayer = value?.kind === "definition" && /^(block|cell)/.test(value.definition.kind);
  return {
    hint: isLayer
      ? `values have no methods: \`${ours}\` is a line of its own, below the value that it works on`
      : `values have no methods: write \`${ours}(x, ...)\``,
  };
}

/** `dense(8).relu()`: what is done to a layer elsewhere is the next line here. */
function hintOnNextLine(evaluation: Evaluation, name: string, span: Span, f: Frame): { hint?: string } {
  const ours = findKnown(name, f);
  const before = evaluation.textOf(span).replace(/\s*\.\s*\w+$/, "");
  return ours ? { hint: `layers follow each other with \`;\` or a new line: \`${before}; ${ours}\`` } : {};
}

/** What the language has under a name, its own or that of another tool. */
function findKnown(name: string, f: Frame): string | undefined {
  return [name, synonymOf(name)?.split(" ")[0]].find(
    (n) => n !== undefined && (f.scope.get(n) !== undefined || Object.hasOwn(builtins, n)),
  );
}

function readField(evaluation: Evaluation, target: Value, name: Name, span: Span, f: Frame): Value {
  if (target.kind === "unknown") return unknown;
  if (target.kind === "tensor") {
    const found = target.fields?.get(name.text);
    if (found) return found;
    const close = suggestion(name.text, name.span, [...(target.fields?.keys() ?? [])]);
    throw mistake("names/no-field", name.span, `this value has no field '${name.text}'`, {
      ...close,
      ...hintOnMethod(evaluation, name.text, f),
    });
  }
  const instance =
    target.kind === "layer" ? target.instance : target.kind === "definition" ? target.instance : undefined;
  if (isModel(target)) evaluation.openModel(target, span, f);
  const learned = instance?.learned.get(name.text);
  if (learned) return tensorValue(learned.node);
  if (instance && instance.learned.size + instance.children.size === 0)
    throw mistake(
      "names/field-too-early",
      span,
      `'${name.text}' is not known yet: the layer has not been used, so its shape is open`,
      { hint: "read it below the line that applies the layer", ...hintOnNextLine(evaluation, name.text, span, f) },
    );
  const known = [...(instance?.learned.keys() ?? [])];
  const list = { hint: known.length > 0 ? `it has ${known.join(", ")}` : countHint(target, name.text) };
  const close = suggestion(name.text, name.span, known);
  throw mistake("names/no-field", name.span, `${describe(target)} has no parameter '${name.text}'`, {
    ...list,
    ...(known.length > 0 ? close : {}),
  });
}

/** `widths.length`: how many there are is asked by functions. */
const countHint = (target: Value, name: string): string =>
  target.kind === "list" && /^(length|len|size|count)$/.test(name)
    ? "`length(list)` counts the items of a list"
    : "layers, models and the values of lines have fields; sizes are `shape(x)[0]` and `depth(x)`";

/** The name at the beginning of `a.b.c`. */
function rootOf(e: Expression): string | undefined {
  return e.kind === "field" ? rootOf(e.target) : e.kind === "name" ? e.name : undefined;
}

/** `label` of data that has no classes: what it has instead. */
function noClasses(name: string, scope: Scope): Pick<Diagnostic, "hint"> | undefined {
  if (name !== "label") return undefined;
  const y = scope.get("y");
  if (y?.kind !== "tensor" || y.classes !== undefined) return valuesHere(scope).hint ? valuesHere(scope) : undefined;
  return { hint: `the answers of this data are numbers, called \`y\`: ${showType(y)}; classes are called \`label\`` };
}

/** The values that have a name here, where they are few; those of the library are known. */
function valuesHere(scope: Scope): Pick<Diagnostic, "hint"> {
  const found = new Map<string, string>();
  for (let at: Scope | undefined = scope; at?.parent; at = at.parent)
    for (const [name, value] of at.names) {
      if (VALUES.has(value.kind) && /^\w+$/.test(name) && name !== "progress")
        found.set(name, found.get(name) ?? typed(name, value));
      if (found.size > 12) return {};
    }
  return found.size > 0 ? { hint: `names of values here: ${[...found.values()].join(", ")}` } : {};
}

/** `image: [28, 28, 1]`, `label: class 10`. */
function typed(name: string, value: Value): string {
  if (value.kind !== "tensor") return name;
  const { classes, node } = value;
  const isClass = classes !== undefined && node.shape.length === 0;
  return `${name}: ${isClass ? `class ${showDim(classes)}` : showType(value)}`;
}

const VALUES: ReadonlySet<string> = new Set(["tensor", "number", "list"]);

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

/** A place that is another in each example: counted from the end of sequences that differ in length, or a length itself. */
function ownPlace(node: Node, axis: number, place: Value): Node | undefined {
  if (place.kind !== "number") return undefined;
  const length = lengthOf(node, axis);
  if (isNumber(place.value) && place.value < 0 && length) return add(length, place.length ?? constant(place.value));
  return place.length;
}

/** What stands at a place that only the running program knows: the sum of all places, each times whether it is the one. */
function chosen(x: Node, axis: number, place: Node): Node {
  const hit = make("eq", [indexAlong(keptAxes(x.shape, axis), axis), place]);
  return sum(select(hit, x, constant(0)), [axis]);
}

/** A shape with ones in place of all axes but one. */
const keptAxes = (shape: readonly Dim[], axis: number): Dim[] =>
  shape.map((d, i) => (i - shape.length === axis ? d : 1));
