// Elaboration: running a program at compile time. Definitions are called, sizes computed, loops written out; what is left
// is a graph of one example. Every mistake becomes a diagnostic at its line, and its consequences stay silent.

import type {
  Argument,
  BlockExpression,
  Expression,
  IndexItem,
  Name,
  Parameter,
  Statement,
  TypeExpression,
} from "../../grammar/ast.ts";
import type { Diagnostic, Span } from "../../grammar/span.ts";
import type { Dim } from "../graph/dim.ts";
import {
  addDims,
  divDims,
  isNumber,
  mulDims,
  named,
  namesOf,
  showDim,
  solve,
  subDims,
  substitute,
} from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import { at, broadcast, constant, make, reshape, slice } from "../ops/build.ts";
import { ShapeMistake } from "../ops/define.ts";
import type { Resolved } from "./arguments.ts";
import { bindArguments, resolveArguments } from "./arguments.ts";
import { builtins, matrixProduct } from "./builtins.ts";
import type { StepStates } from "./cells.ts";
import { runCell } from "./cells.ts";
import { Instance } from "./instance.ts";
import { didYouMean } from "./names.ts";
import type { Callable, DefinitionValue, LayerValue, TensorValue, Value } from "./values.ts";
import {
  asDim,
  asNode,
  asSize,
  describe,
  Mistake,
  mistake,
  none,
  numberValue,
  Scope,
  showType,
  tensorValue,
  unknown,
} from "./values.ts";

/** One line of a model, for `summary` and hints. */
export interface LineRecord {
  readonly span: Span;
  readonly depth: number;
  readonly name: string;
  readonly kind: string;
  readonly output: string;
  readonly node: Node | undefined;
  readonly instance: Instance | undefined;
}

/** State of one elaboration: of a training step, an evaluation, or a check. */
export interface Context {
  readonly training: boolean;
  /** New values of states (running averages), by instance path. */
  readonly stateUpdates: Map<string, Node>;
  /** Inside a cell's body: the states of the step. */
  readonly step: StepStates | undefined;
  readonly records: LineRecord[];
  readonly memo: Map<string, Value>;
  readonly places: { next: number; readonly known: Map<string, number> };
  readonly depth: { calls: number; nodes: number };
}

export function newContext(training: boolean, places: Context["places"]): Context {
  return {
    training,
    stateUpdates: new Map(),
    step: undefined,
    records: [],
    memo: new Map(),
    places,
    depth: { calls: 0, nodes: 0 },
  };
}

/** Where in the program the evaluation stands. */
export interface Frame {
  readonly scope: Scope;
  readonly instance: Instance;
  readonly context: Context;
  /** Prefix of keys for what is made here: loops add their turn. */
  readonly key: string;
  it: Value | undefined;
  readonly branches: Value[];
  readonly drawsByExample: boolean;
}

const CALL_DEPTH = 200;
const EXPANSION = 100_000;

export class Elaborator {
  readonly diagnostics: Diagnostic[] = [];
  private readonly said = new Set<string>();

  report(error: unknown, span: Span): void {
    let d: Diagnostic;
    if (error instanceof Mistake) d = error.diagnostic;
    else if (error instanceof ShapeMistake)
      d = { code: "shapes/mismatch", severity: "error", message: error.message, span };
    else throw error;
    const key = `${d.code} ${d.span?.file} ${d.span?.start} ${d.message}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.diagnostics.push(d);
  }

  // -------------------------------------------------------------- statements

  body(statements: readonly Statement[], f: Frame): void {
    for (const s of statements) {
      try {
        at(s.span, () => this.statement(s, f));
      } catch (error) {
        this.report(error, s.span);
        this.poison(s, f);
      }
    }
  }

  /** After a mistake, what the statement would have given is unknown, so that nothing is said twice. */
  private poison(s: Statement, f: Frame): void {
    if (s.kind === "line") {
      f.it = unknown;
      for (const l of s.labels) f.scope.set(l.text, unknown);
    } else if (s.kind === "assign") for (const t of s.targets) f.scope.set(t.text, unknown);
    else if (s.kind === "param" || s.kind === "state") for (const e of s.entries) f.scope.set(e.name.text, unknown);
    else f.it = unknown;
  }

  private statement(s: Statement, f: Frame): void {
    if (++f.context.depth.nodes > EXPANSION)
      throw mistake(
        "limits/too-large",
        s.span,
        `the program grows beyond ${EXPANSION} statements when its loops are written out`,
      );
    switch (s.kind) {
      case "line":
        return this.line(s.value, s.labels, f);
      case "fixed":
        throw mistake("language/not-yet", s.span, "`fixed` layers are not built yet");
      case "assign":
        return this.assign(s.targets, s.value, f);
      case "param":
        return this.declareAll(s.entries, f, "parameter", s.fixed);
      case "state":
        return this.declareAll(s.entries, f, "state", false);
      case "if-statement": {
        const branch = this.decided(s.condition, f) ? s.then : (s.else ?? []);
        return this.body(branch, f);
      }
      case "for":
        return this.loop(this.each(s.over, f), s.body, f, s.name);
      case "repeat": {
        const count = asSize(this.value(s.count, f), s.count.span, "a count");
        if (count < 0 || !Number.isInteger(count) || count > EXPANSION)
          throw mistake(
            "limits/too-large",
            s.count.span,
            `a body is repeated a whole number of times from 0 to ${EXPANSION}, and this is ${count}`,
          );
        return this.loop(
          Array.from({ length: count }, (_, i) => numberValue(i)),
          s.body,
          f,
          undefined,
        );
      }
      case "branch":
        f.branches.push(this.inner(s.body, f, `b${s.span.start}`));
        return;
      case "bad-statement":
        f.it = unknown;
        return;
      case "update":
        if (!s.update && s.target.kind === "name" && f.scope.get("param")?.kind === "tensor")
          return this.moveParam(s, f);
        throw mistake("train/out-of-place", s.span, "an update belongs in a step of a training");
      default:
        throw mistake(
          "train/out-of-place",
          s.span,
          `'${s.kind === "setting" ? s.head : s.kind}' belongs in a training`,
        );
    }
  }

  private line(value: Expression, labels: readonly Name[], f: Frame): void {
    const result = this.applied(value, f);
    f.it = result;
    for (const l of labels) f.scope.set(l.text, result);
    this.record(value, result, f);
  }

  private record(value: Expression, result: Value, f: Frame): void {
    const head = value.kind === "flow" ? value.head : value.kind === "call" ? value.callee : value;
    const name = head.kind === "name" ? head.name : value.kind;
    f.context.records.push({
      span: value.span,
      depth: f.instance.path.split(".").length,
      name: f.instance.path,
      kind: name,
      output: result.kind === "tensor" ? showType(result) : describe(result),
      node: result.kind === "tensor" ? result.node : undefined,
      instance: f.instance.children.get(`${f.key}${value.span.start}`),
    });
  }

  /** A line that is a layer is applied to `it`; a line that is a value replaces it. */
  private applied(e: Expression, f: Frame): Value {
    const value = e.kind === "flow" ? this.flow(e.head, e.arguments, e.block, e.span, f) : this.value(e, f);
    if (value.kind === "unknown") return unknown;
    if (value.kind === "layer" || value.kind === "definition" || value.kind === "builtin" || value.kind === "partial") {
      if (f.it === undefined)
        throw mistake("flow/no-input", e.span, `there is no value above this line for ${describe(value)} to work on`);
      return this.apply(value, [f.it], new Map(), e.span, f, `${f.key}${e.span.start}`);
    }
    return value;
  }

  private assign(targets: readonly Name[], e: Expression, f: Frame): void {
    const value = this.value(e, f);
    if (targets.length === 1) {
      this.setName(targets[0]!, value, f);
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
      );
    targets.forEach((t, i) => {
      this.setName(t, value.items[i]!, f);
    });
  }

  private setName(name: Name, value: Value, f: Frame): void {
    const states = f.scope.get(`state ${name.text}`);
    if (states?.kind === "string" && value.kind !== "unknown") this.setState(states.value, name, value, f);
    f.scope.set(name.text, value);
  }

  private setState(path: string, name: Name, value: Value, f: Frame): void {
    const node = asNode(value, name.span);
    if (f.context.step?.has(path)) f.context.step.assign(path, node, name.span);
    else f.context.stateUpdates.set(path, node);
  }

  private declareAll(
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
      const start = e.start ?? entries.slice(i + 1).find((o) => o.start)?.start;
      const shape = e.type ? e.type.dims.map((d) => this.dim(d, f)) : [];
      const name = e.name.text;
      const own = f.scope.get("state shape");
      if (role === "state" && !e.type && own?.kind === "list")
        shape.push(...own.items.map((d) => asDim(d, e.span, "a size")));
      if (role === "state" && f.context.step) {
        const path = `${f.instance.path}.${name}`;
        const classes = e.type?.classes ? this.dim(e.type.classes, f) : undefined;
        const leaf = f.context.step.declare(
          path,
          shape,
          classes !== undefined,
          () => this.startValue(start, shape, f),
          f.scope.get(`start ${name}`),
          e.span,
        );
        f.scope.set(`state ${name}`, { kind: "string", value: path });
        f.scope.set(name, classes === undefined ? tensorValue(leaf) : tensorValue(leaf, classes));
        return;
      }
      const made = f.instance.declare(name, role, shape, fixed, () => this.startValue(start, shape, f), e.span);
      if (role === "state") f.scope.set(`state ${name}`, { kind: "string", value: made.path });
      const current = role === "state" ? f.context.stateUpdates.get(made.path) : undefined;
      f.scope.set(name, tensorValue(current ?? made.node));
    });
  }

  /** The start of a parameter: a number, an initialiser (a function of the shape), or a value. */
  private startValue(e: Expression | undefined, shape: readonly Dim[], f: Frame): Node {
    if (!e) return broadcast(constant(0), shape);
    const inner: Frame = { ...f, drawsByExample: false, key: `${f.key}start${e.span.start}` };
    const list: Value = { kind: "list", items: shape.map(numberValue) };
    let value: Value;
    if (e.kind === "flow") {
      const { positional, named } = resolveArguments(this, this.value(e.head, inner), e.arguments, undefined, inner);
      value = this.apply(this.value(e.head, inner), [list, ...positional], named, e.span, inner, inner.key);
    } else {
      value = this.value(e, inner);
      if (value.kind === "builtin" || value.kind === "definition")
        value = this.apply(value, [list], new Map(), e.span, inner, inner.key);
    }
    return broadcast(asNode(value, e.span), shape);
  }

  private loop(turns: readonly Value[], body: readonly Statement[], f: Frame, name: Name | undefined): void {
    turns.forEach((turn, i) => {
      const inner: Frame = { ...f, key: `${f.key}${body[0]?.span.start ?? 0}#${i}/` };
      if (name) f.scope.set(name.text, turn);
      this.body(body, inner);
      f.it = inner.it;
    });
  }

  private each(e: Expression, f: Frame): readonly Value[] {
    const value = this.value(e, f);
    if (value.kind === "list") return value.items;
    throw mistake("types/not-a-list", e.span, `'for' goes over a list or a range, and this is ${describe(value)}`);
  }

  private decided(e: Expression, f: Frame): boolean {
    const value = this.value(e, f);
    if (value.kind === "boolean") return value.value;
    if (value.kind === "number" && isNumber(value.value)) return value.value !== 0;
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
  private moveParam(s: Extract<Statement, { kind: "update" }>, f: Frame): void {
    const value = asNode(this.value(s.value, f), s.value.span);
    const current = asNode(f.scope.get("param")!, s.span);
    f.scope.set(
      "param",
      tensorValue(s.operator === "=" ? value : make(s.operator === "+=" ? "add" : "sub", [current, value])),
    );
  }

  /** A nested body on the value above it, with names of its own. */
  private inner(body: readonly Statement[], f: Frame, key: string): Value {
    const inner: Frame = { ...f, scope: new Scope(f.scope), key: `${f.key}${key}/`, branches: [] };
    this.body(body, inner);
    if (inner.branches.length > 0) return { kind: "list", items: inner.branches };
    return inner.it ?? none;
  }

  // -------------------------------------------------------------- expressions

  dim(e: Expression, f: Frame): Dim {
    const dim = asDim(this.value(e, f), e.span, "a size");
    if (isNumber(dim) && (!Number.isInteger(dim) || dim < 1))
      throw mistake(
        "shapes/bad-size",
        e.span,
        `a size is a whole number from 1, and this is ${Number(dim.toFixed(4))}`,
      );
    return dim;
  }

  value(e: Expression, f: Frame): Value {
    switch (e.kind) {
      case "number":
        return numberValue(e.value);
      case "size":
        return { kind: "list", items: e.values.map(numberValue) };
      case "string":
        return { kind: "string", value: e.value };
      case "boolean":
        return { kind: "boolean", value: e.value };
      case "none":
        return none;
      case "it":
        if (f.it === undefined)
          throw mistake("flow/no-input", e.span, "there is no value that `it` could stand for here");
        return f.it;
      case "name":
        return this.name(e.name, e.span, f);
      case "list":
        return { kind: "list", items: e.items.map((i) => this.value(i, f)) };
      case "range": {
        const [from, to] = [
          asSize(this.value(e.from, f), e.from.span, "a bound"),
          asSize(this.value(e.to, f), e.to.span, "a bound"),
        ];
        return { kind: "list", items: Array.from({ length: Math.max(0, to - from) }, (_, i) => numberValue(from + i)) };
      }
      case "unary":
        return this.unary(e.operator, this.value(e.operand, f), e.span);
      case "binary":
        return this.binary(e.operator, e.left, e.right, e.span, f);
      case "if":
        return this.choice(e.condition, e.then, e.else, f);
      case "call":
        return this.call(e.callee, e.arguments, e.span, f);
      case "flow":
        return this.flow(e.head, e.arguments, e.block, e.span, f);
      case "index":
        return this.indexed(this.value(e.target, f), e.items, e.span, f);
      case "field":
        return this.field(this.value(e.target, f), e.name, e.span);
      case "block":
        return this.literal(e, f);
      case "bad":
        return unknown;
    }
  }

  private literal(e: BlockExpression, f: Frame): Value {
    const instance = f.instance.child(`${f.key}${e.span.start}`, "block");
    return {
      kind: "layer",
      name: "block",
      definition: { kind: "literal", block: e },
      arguments: new Map(),
      scope: f.scope,
      instance,
    };
  }

  private name(name: string, span: Span, f: Frame): Value {
    const found = f.scope.get(name);
    if (found) return found;
    if (Object.hasOwn(builtins, name)) return { kind: "builtin", name };
    const close = didYouMean(name, [...f.scope.all(), ...Object.keys(builtins)]);
    throw mistake(
      "names/unknown",
      span,
      `nothing is called '${name}' here`,
      close ? { hint: `did you mean \`${close}\`?` } : {},
    );
  }

  private unary(operator: "-" | "not", value: Value, span: Span): Value {
    if (value.kind === "unknown") return unknown;
    if (operator === "not") {
      if (value.kind === "boolean") return { kind: "boolean", value: !value.value };
      return tensorValue(make("sub", [constant(1), asNode(value, span)]));
    }
    if (value.kind === "number") return numberValue(mulDims(value.value, -1));
    return tensorValue(make("neg", [asNode(value, span)]));
  }

  private binary(operator: string, left: Expression, right: Expression, span: Span, f: Frame): Value {
    const a = this.value(left, f);
    if (a.kind === "boolean" && operator === "and" && !a.value) return a;
    if (a.kind === "boolean" && operator === "or" && a.value) return a;
    const b = this.value(right, f);
    if (a.kind === "unknown" || b.kind === "unknown") return unknown;
    const decided = this.compileTime(operator, a, b);
    if (decided) return decided;
    const [x, y] = [asNode(a, left.span), asNode(b, right.span)];
    if (operator === "@") return tensorValue(matrixProduct(x, y, span));
    try {
      return tensorValue(arithmetic(operator, x, y));
    } catch (error) {
      if (error instanceof ShapeMistake)
        throw mistake(
          "shapes/mismatch",
          span,
          `${describe(a)} ${operator} ${describe(b)}: ${error.message.replace(/^\w+: /, "")}`,
        );
      throw error;
    }
  }

  private compileTime(operator: string, a: Value, b: Value): Value | undefined {
    if (a.kind === "number" && b.kind === "number") return numbers(operator, a.value, b.value);
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

  private choice(condition: Expression, then: Expression, otherwise: Expression, f: Frame): Value {
    const c = this.value(condition, f);
    if (c.kind === "unknown") return unknown;
    if (c.kind === "boolean") return this.value(c.value ? then : otherwise, f);
    if (c.kind === "number" && isNumber(c.value)) return this.value(c.value !== 0 ? then : otherwise, f);
    const [x, y] = [asNode(this.value(then, f), then.span), asNode(this.value(otherwise, f), otherwise.span)];
    return tensorValue(make("select", [asNode(c, condition.span), x, y]));
  }

  private indexed(target: Value, items: readonly IndexItem[], span: Span, f: Frame): Value {
    if (target.kind === "unknown") return unknown;
    if (target.kind === "list") return this.listItem(target.items, items, span, f);
    let node = asNode(target, span);
    if (items.length > node.shape.length)
      throw mistake("shapes/too-few-axes", span, `${items.length} places are asked of ${describe(target)}`);
    let axis = 0;
    for (const item of items) {
      const from = axis - node.shape.length;
      if (item.kind === "slice") {
        const size = node.shape[axis]!;
        const start = item.from ? asDim(this.value(item.from, f), item.span, "a place") : 0;
        const end = item.to ? asDim(this.value(item.to, f), item.span, "a place") : size;
        const stop = isNumber(end) && end < 0 ? addDims(size, end) : end;
        node = slice(node, from, start, subDims(stop, start));
        axis++;
        continue;
      }
      const place = this.value(item.value, f);
      if (place.kind === "tensor" && place.node.dtype === "i32") {
        if (axis !== 0) throw mistake("shapes/index-axis", item.span, "class indices choose along the first axis only");
        node = make("gather", [node, place.node]);
        axis += place.node.shape.length;
        continue;
      }
      const position = asDim(place, item.span, "a place");
      const size = node.shape[axis]!;
      const start = isNumber(position) && position < 0 ? addDims(size, position) : position;
      if (isNumber(start) && isNumber(size) && (start < 0 || start >= size))
        throw mistake(
          "shapes/index-range",
          item.span,
          `place ${showDim(position)} is outside an axis of ${showDim(size)}`,
        );
      const cut = slice(node, from, start, 1);
      node = reshape(
        cut,
        cut.shape.filter((_, i) => i !== axis),
      );
    }
    return target.kind === "tensor" && target.classes !== undefined
      ? tensorValue(node, target.classes)
      : tensorValue(node);
  }

  private listItem(list: readonly Value[], items: readonly IndexItem[], span: Span, f: Frame): Value {
    const [item] = items;
    if (items.length !== 1 || item?.kind !== "at") throw mistake("types/list-index", span, "a list takes one place");
    const i = asSize(this.value(item.value, f), item.span, "a place");
    const found = list.at(i);
    if (!found) throw mistake("shapes/index-range", item.span, `place ${i} is outside a list of ${list.length}`);
    return found;
  }

  private field(target: Value, name: Name, span: Span): Value {
    if (target.kind === "unknown") return unknown;
    if (target.kind === "tensor") {
      const found = target.fields?.get(name.text);
      if (found) return found;
      const close = didYouMean(name.text, [...(target.fields?.keys() ?? [])]);
      throw mistake(
        "names/no-field",
        name.span,
        `this value has no field '${name.text}'`,
        close ? { hint: `did you mean \`${close}\`?` } : {},
      );
    }
    const instance =
      target.kind === "layer" ? target.instance : target.kind === "definition" ? target.instance : undefined;
    const learned = instance?.learned.get(name.text);
    if (learned) return tensorValue(learned.node);
    if (instance && instance.learned.size + instance.children.size === 0)
      throw mistake(
        "names/field-too-early",
        span,
        `'${name.text}' is not known yet: the layer has not been used, so its shape is open`,
      );
    throw mistake("names/no-field", name.span, `${describe(target)} has no parameter '${name.text}'`);
  }

  // -------------------------------------------------------------- calls

  /** `f(a, b)`: of a layer or model its value; of a block or cell the layer with these arguments. */
  private call(callee: Expression, args: readonly Argument[], span: Span, f: Frame): Value {
    const target = this.value(callee, f);
    if (target.kind === "unknown") return unknown;
    const resolved = resolveArguments(this, target, args, undefined, f);
    if (target.kind === "tensor" && target.node.op === "gradient")
      return gradientAt(target.node, resolved.positional, span);
    return this.invoke(target, resolved, span, f);
  }

  /** `head arg arg { }`: the layer, or of a function the function with these further arguments. */
  private flow(
    head: Expression,
    args: readonly Argument[],
    block: BlockExpression | undefined,
    span: Span,
    f: Frame,
  ): Value {
    // `residual(skip=s) { ... }`: the block is one more argument of the call.
    if (head.kind === "call" && block) return this.flow(head.callee, [...head.arguments, ...args], block, span, f);
    const target = this.value(head, f);
    if (target.kind === "unknown") return unknown;
    const resolved = resolveArguments(this, target, args, block, f);
    const isFunction =
      target.kind === "builtin" ||
      (target.kind === "definition" && (target.definition.kind === "fn" || target.definition.kind === "schedule"));
    if (isFunction) return { kind: "partial", callee: target, positional: resolved.positional, named: resolved.named };
    return this.invoke(target, resolved, span, f, true);
  }

  private invoke(target: Value, { positional, named }: Resolved, span: Span, f: Frame, asLayer = false): Value {
    const key = `${f.key}${span.start}`;
    if (target.kind === "definition") {
      const { definition } = target;
      if (definition.kind === "block-definition" || definition.kind === "cell")
        return this.layer(target, positional, named, span, f, key);
      if (definition.kind === "model" && asLayer && positional.length === 0) return target;
    }
    return this.apply(target, positional, named, span, f, key);
  }

  private layer(
    target: DefinitionValue,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
    key: string,
  ): LayerValue {
    const definition = target.definition as LayerValue["definition"] & Callable;
    const bound = bindArguments(this, definition.name.text, definition.parameters, positional, named, span);
    const instance = f.instance.child(key, definition.name.text);
    // A body that is written as an argument belongs to the layer that it is given to.
    for (const [name, v] of bound) if (v.kind === "layer" && v.definition.kind === "literal") bound.set(name, { ...v, instance });
    return { kind: "layer", name: definition.name.text, definition, arguments: bound, scope: target.scope, instance };
  }

  apply(
    target: Value,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
    key: string,
  ): Value {
    if (positional.some((v) => v.kind === "unknown") || target.kind === "unknown") return unknown;
    if (++f.context.depth.calls > CALL_DEPTH) {
      f.context.depth.calls--;
      throw mistake(
        "limits/too-deep",
        span,
        `calls are nested more than ${CALL_DEPTH} deep: does a block call itself?`,
      );
    }
    try {
      return at(span, () => this.dispatch(target, positional, named, span, f, key));
    } finally {
      f.context.depth.calls--;
    }
  }

  private dispatch(
    target: Value,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
    key: string,
  ): Value {
    switch (target.kind) {
      case "builtin":
        return builtins[target.name]!({
          positional,
          named,
          span,
          place: () => this.place(f, key),
          drawsByExample: f.drawsByExample,
        });
      case "partial":
        return this.apply(
          target.callee,
          [...positional, ...target.positional],
          new Map([...target.named, ...named]),
          span,
          f,
          key,
        );
      case "layer":
        return this.applyLayer(target, positional, named, span, f);
      case "definition": {
        const { definition } = target;
        if (definition.kind === "model") return this.applyModel(target, positional, named, span, f);
        if (definition.kind === "fn" || definition.kind === "schedule")
          return this.applyFn(target, positional, named, span, f, key);
        return this.applyLayer(this.layer(target, [], new Map(), span, f, key), positional, named, span, f);
      }
      default:
        throw mistake("calls/not-callable", span, `${describe(target)} cannot be applied to a value`);
    }
  }

  /** A draw's place: the chain of instances and the text's position, numbered in order of first meeting. */
  private place(f: Frame, key: string): number {
    const { places } = f.context;
    const name = `${f.instance.path}|${key}`;
    const known = places.known.get(name);
    if (known !== undefined) return known;
    places.known.set(name, places.next);
    return places.next++;
  }

  private applyLayer(
    layer: LayerValue,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
  ): Value {
    const input =
      positional.length > 1
        ? builtins.concat!({ positional, named: new Map(), span, place: () => 0, drawsByExample: true })
        : positional[0];
    if (layer.definition.kind === "cell") return runCell(this, layer, input, named, span, f);
    return this.runBody(layer, input, f, new Scope(layer.scope), f.context);
  }

  /** The body of a block or of one step of a cell. */
  runBody(layer: LayerValue, input: Value | undefined, f: Frame, scope: Scope, context: Context): Value {
    const { definition } = layer;
    for (const [name, value] of layer.arguments) scope.set(name, value);
    if (definition.kind !== "literal") scope.set("training", { kind: "boolean", value: context.training });
    const frame: Frame = {
      scope,
      instance: layer.instance,
      context,
      key: "",
      it: input,
      branches: [],
      drawsByExample: f.drawsByExample,
    };
    this.body(definition.kind === "literal" ? definition.block.body : definition.body, frame);
    return this.result(frame);
  }

  private result(frame: Frame): Value {
    if (frame.branches.length > 0) return { kind: "list", items: frame.branches };
    const value = frame.it ?? none;
    if (value.kind !== "tensor") return value;
    return { ...value, fields: new Map([...(value.fields ?? []), ...frame.scope.names]) };
  }

  private applyFn(
    target: DefinitionValue,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
    key: string,
  ): Value {
    const { definition } = target;
    const scope = new Scope(target.scope);
    const timed = definition.kind === "schedule" ? scheduleTime(named, f) : named;
    const bound = bindArguments(this, definition.name.text, definition.parameters, positional, timed, span);
    for (const [name, value] of bound) scope.set(name, value);
    const instance = new Instance(`${f.instance.path}|${key}`, definition.name.text);
    const first = definition.parameters[0];
    const frame: Frame = {
      scope,
      instance,
      context: f.context,
      key: "",
      it: first ? bound.get(first.name.text) : undefined,
      branches: [],
      drawsByExample: f.drawsByExample,
    };
    const before = this.diagnostics.length;
    this.body(definition.body, frame);
    if (this.diagnostics.length > before) this.relocate(before, span, definition.name.text);
    return this.result(frame);
  }

  /** A mistake inside a library definition is shown where the user called it, with the place in the library as a reason. */
  private relocate(from: number, span: Span, name: string): void {
    for (let i = from; i < this.diagnostics.length; i++) {
      const d = this.diagnostics[i]!;
      if (!d.span || d.span.file === span.file || !d.span.file.startsWith("stdlib/")) continue;
      this.diagnostics[i] = { ...d, span, related: [{ span: d.span, text: `in '${name}'` }, ...(d.related ?? [])] };
    }
  }

  relocateTo(from: number, span: Span, name: string): void {
    this.relocate(from, span, name);
  }

  // -------------------------------------------------------------- models

  applyModel(
    target: DefinitionValue,
    positional: readonly Value[],
    named: ReadonlyMap<string, Value>,
    span: Span,
    f: Frame,
  ): Value {
    const { definition } = target;
    if (definition.kind !== "model") throw new Error("not a model");
    const inputs = definition.parameters.filter((p) => p.type);
    const settings = definition.parameters.filter((p) => !p.type);
    const instance = target.instance!;
    const bound = bindArguments(this, definition.name.text, [...inputs, ...settings], positional, named, span);
    const key = `${instance.path}(${[...bound.values()].map(valueIdentity).join()})${f.context.training}`;
    const known = f.context.memo.get(key);
    if (known) return known;
    const scope = new Scope(target.scope);
    for (const [name, value] of bound) scope.set(name, value);
    const before = this.diagnostics.length;
    for (const p of inputs) this.unify(p, bound.get(p.name.text)!, scope, span, f);
    if (this.diagnostics.length > before) return unknown;
    scope.set("training", { kind: "boolean", value: f.context.training });
    const frame: Frame = {
      scope,
      instance,
      context: f.context,
      key: "",
      it: inputs[0] ? bound.get(inputs[0].name.text) : undefined,
      branches: [],
      drawsByExample: true,
    };
    this.body(definition.body, frame);
    const value = this.result(frame);
    f.context.memo.set(key, value);
    return value;
  }

  /** Names in an input's declared type get the sizes of what came. */
  private unify(p: Parameter, value: Value, scope: Scope, span: Span, f: Frame): void {
    if (value.kind === "unknown" || value.kind === "none" || !p.type) return;
    const fail = (why: string): void =>
      this.report(
        mistake(
          "shapes/input-mismatch",
          span,
          `'${p.name.text}' is declared as ${this.typeText(p.type!)}, and ${describe(value)} came: ${why}`,
          {
            related: [{ span: p.span, text: "declared here" }],
          },
        ),
        span,
      );
    if (value.kind !== "tensor") return fail("it is not a tensor");
    const declared = p.type.dims;
    if (declared.length !== value.node.shape.length) return fail(`${declared.length} axes are expected`);
    const pairs: [Expression, Dim][] = declared.map((d, i) => [d, value.node.shape[i]!]);
    if (p.type.classes) {
      if (value.classes === undefined) return fail("classes are expected");
      pairs.push([p.type.classes, value.classes]);
    }
    for (const [e, size] of pairs) {
      if (e.kind === "name" && !scope.get(e.name)) {
        scope.set(e.name, numberValue(size));
        continue;
      }
      const wanted = this.openDim(e, scope, f);
      const missing = namesOf(wanted).filter((n) => scope.get(n) === undefined);
      const solved = missing.length > 0 ? solve(wanted, size) : undefined;
      if (solved) {
        if (isNumber(solved.value) && !Number.isInteger(solved.value))
          return fail(`${showDim(wanted)} = ${showDim(size)} has no whole solution`);
        scope.set(solved.name, numberValue(solved.value));
      } else if (wanted !== size) return fail(`${showDim(wanted)} is expected where ${showDim(size)} came`);
    }
  }

  /** A size in which names without a value stand for themselves. */
  private openDim(e: Expression, scope: Scope, f: Frame): Dim {
    const open = new Scope(scope);
    for (const n of namesIn(e)) if (!scope.get(n)) open.set(n, numberValue(named(n)));
    const dim = asDim(this.value(e, { ...f, scope: open }), e.span, "a size");
    return substitute(dim, new Map());
  }

  typeText(t: TypeExpression): string {
    const text = (e: Expression): string =>
      e.kind === "number" ? String(e.value) : e.kind === "name" ? e.name : "...";
    return `[${t.dims.map(text).join(", ")}]${t.classes ? ` of ${text(t.classes)}` : ""}`;
  }

  /** Inputs of a model that is checked alone: named sizes stand for themselves. */
  symbolicInput(p: Parameter, scope: Scope, f: Frame): TensorValue {
    const shape = p.type!.dims.map((d) => this.openDim(d, scope, f));
    const classes = p.type!.classes ? this.openDim(p.type!.classes, scope, f) : undefined;
    const dtype = classes === undefined ? "f32" : "i32";
    const node = make("parameter", [], { name: p.name.text, type: { shape, dtype }, role: "field", batched: true });
    return classes === undefined ? tensorValue(node) : tensorValue(node, classes);
  }
}

/** `grad(point)` in an optimizer: the derivative taken elsewhere. */
function gradientAt(gradient: Node, positional: readonly Value[], span: Span): Value {
  const [point] = positional;
  if (positional.length !== 1)
    throw mistake("calls/missing-argument", span, "`grad(point)` takes the point at which the gradient is taken");
  return tensorValue(make("gradient", [gradient.inputs[0]!, gradient.inputs[1]!, asNode(point!, span)]));
}

/** A schedule gets the time and the length of the training by name. */
function scheduleTime(named: ReadonlyMap<string, Value>, f: Frame): ReadonlyMap<string, Value> {
  const [t, total] = [f.scope.get("schedule t"), f.scope.get("schedule total")];
  return t && total ? new Map([["t", t], ["total", total], ...named]) : named;
}

function namesIn(e: Expression): string[] {
  if (e.kind === "name") return [e.name];
  if (e.kind === "binary") return [...namesIn(e.left), ...namesIn(e.right)];
  return e.kind === "unary" ? namesIn(e.operand) : [];
}

export function valueIdentity(v: Value): string {
  if (v.kind === "tensor") return `#${v.node.id}`;
  if (v.kind === "number") return showDim(v.value);
  if (v.kind === "list") return `[${v.items.map(valueIdentity).join()}]`;
  if (v.kind === "layer") return v.instance.path;
  return v.kind === "boolean" || v.kind === "string" ? String(v.value) : v.kind;
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
  const order: Record<string, boolean> = { "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b };
  return operator in order ? { kind: "boolean", value: order[operator]! } : undefined;
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
