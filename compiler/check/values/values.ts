// Compile-time values: what a name in a program can stand for while it is elaborated. Tensors are graph nodes of one example.

import type {
  BlockDefinition,
  BlockExpression,
  CellDefinition,
  FnDefinition,
  ModelDefinition,
  OptimizerDefinition,
  Parameter,
  ScheduleDefinition,
  TypeExpression,
} from "../../../grammar/syntax/ast.ts";
import type { ArgumentFault, Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showDim, showFraction, showShape } from "../../arithmetic/dim.ts";
import { add, concat, constant, extentOf, indexAlong, make, reshape } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import type { Instance } from "./instance.ts";
import { newMap } from "./journal.ts";
import { Consequence, describeFault, type Mistake, mistake } from "./mistakes.ts";

export interface NumberValue {
  readonly kind: "number";
  readonly value: Dim;
  /** Where it is the size of an axis of steps: how many each example has. A formula reads this, a shape the size. */
  readonly length?: Node;
}
/** Names of classes, or that they were not read. */
export type ClassNames = readonly string[] | "unread";

export interface TensorValue {
  readonly kind: "tensor";
  readonly node: Node;
  /** Number of classes of an index tensor. */
  readonly classes?: Dim;
  /** Names of the classes in their order, of a field of the data that has them. */
  readonly labels?: ClassNames;
  readonly fields?: ReadonlyMap<string, Value>;
}
export interface ListValue {
  readonly kind: "list";
  readonly items: readonly Value[];
  /** Written `3x3`: sizes, which are no vector. */
  readonly isSize?: true;
}
export type Callable =
  | BlockDefinition
  | CellDefinition
  | FnDefinition
  | ModelDefinition
  | ScheduleDefinition
  | OptimizerDefinition;
/** Values in the place of parameters, by the parameters. */
export type Moved = ReadonlyMap<Node, Node>;
/** A definition by name: calling it with arguments gives a layer (block, cell) or a value (fn, model). */
export interface DefinitionValue {
  readonly kind: "definition";
  readonly definition: Callable;
  readonly scope: Scope;
  /** For a model: its one instance. */
  readonly instance?: Instance;
  readonly moved?: Moved;
}
/** A model by name, with the one instance whose parameters all its calls share. */
export interface ModelValue extends DefinitionValue {
  readonly definition: ModelDefinition;
  readonly instance: Instance;
}
export const isModel = (value: Value): value is ModelValue =>
  value.kind === "definition" && value.definition.kind === "model" && value.instance !== undefined;
/** A parameter that declares its shape: an input of a model, not a setting. */
export type InputParameter = Parameter & { readonly type: TypeExpression };
export const isInput = (p: Parameter): p is InputParameter => p.type !== undefined;
/** The inputs that every call of a model gives. */
export const requiredInputs = ({ parameters }: ModelDefinition): InputParameter[] =>
  parameters.filter(isInput).filter((p) => !p.default);
/** A layer with its arguments bound; applying it makes its parameters once. */
export interface LayerValue {
  readonly kind: "layer";
  readonly name: string;
  readonly definition: BlockDefinition | CellDefinition | { readonly kind: "literal"; readonly block: BlockExpression };
  readonly arguments: ReadonlyMap<string, Value>;
  /** Where the program wrote them. */
  readonly given?: ReadonlyMap<string, Span>;
  /** Of a cell: what its states start from, and `steps`. */
  readonly starts?: ReadonlyMap<string, Value>;
  readonly scope: Scope;
  /** `it` where a literal block was written, for names bound outside. */
  readonly instance: Instance;
  readonly moved?: Moved;
}
export interface BuiltinValue {
  readonly kind: "builtin";
  readonly name: string;
}
export type Value =
  | NumberValue
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "none" }
  | TensorValue
  | ListValue
  | DefinitionValue
  | LayerValue
  | BuiltinValue
  /** A function applied to its first argument later: `leaky_relu 0.1` where a layer is wanted. */
  | {
      readonly kind: "partial";
      readonly callee: Value;
      readonly given: Resolved;
    }
  /** Something is wrong with it, and that was said. */
  | { readonly kind: "unknown" };

export interface ParameterValue {
  readonly own: Node;
  /** Its own, or the one in its place. */
  readonly value: Node;
  readonly isTrained: boolean;
}

/** The parameters of a layer or model, in the order in which they were made. */
export function parametersOf({ instance, moved }: LayerValue | ModelValue): readonly ParameterValue[] {
  const learned = instance.everything().filter((l) => l.role === "parameter");
  return learned.map(({ node, fixed }) => ({ own: node, value: moved?.get(node) ?? node, isTrained: !fixed }));
}

export class Scope {
  readonly names: Map<string, Value>;
  /** Paths of the states that are declared here, by their names: assigning to one sets the state. Most scopes have none. */
  private states: Map<string, string> | undefined;
  readonly parent: Scope | undefined;
  /** A file whose names belong here could not be read. */
  lacksNames = false;
  constructor(parent?: Scope, names = new Map<string, Value>()) {
    this.parent = parent;
    this.names = names;
  }
  get(name: string): Value | undefined {
    return this.names.get(name) ?? this.parent?.get(name);
  }
  set(name: string, value: Value): void {
    this.names.set(name, value);
  }
  declareState(name: string, path: string): void {
    this.states ??= newMap();
    this.states.set(name, path);
  }
  /** The path of a state by its name, as far as names reach. */
  stateOf(name: string): string | undefined {
    return this.states?.get(name) ?? this.parent?.stateOf(name);
  }
  declaresState(name: string): boolean {
    return this.states?.has(name) ?? false;
  }
  /** The first word of a definition's header, which no definition has to be read for. */
  headOf(name: string): string | undefined {
    const value = this.names.get(name);
    if (!value) return this.parent?.headOf(name);
    return value.kind === "definition" ? value.definition.kind.replace("-definition", "") : undefined;
  }
  get isComplete(): boolean {
    return !this.lacksNames && (this.parent?.isComplete ?? true);
  }
  all(): string[] {
    return [...this.names.keys(), ...(this.parent?.all() ?? [])];
  }
}

export const numberValue = (value: Dim): NumberValue => ({ kind: "number", value });
/** The size of an axis that may be one of steps. */
export const sizeValue = (value: Dim, length: Node | undefined): NumberValue =>
  length ? { kind: "number", value, length } : { kind: "number", value };
/** The items of a list, of lists in it too; of anything else that itself. */
export const itemsOf = (value: Value): readonly Value[] =>
  value.kind === "list" ? value.items.flatMap(itemsOf) : [value];
export const unknown: Value = { kind: "unknown" };
export const none: Value = { kind: "none" };

/** A tensor; of one that holds classes how many there are, and their names if they have any. */
export const tensorValue = (node: Node, classes?: Dim, labels?: ClassNames): TensorValue =>
  classes === undefined ? { kind: "tensor", node } : { kind: "tensor", node, classes, ...(labels && { labels }) };

/** In words, for messages. The unknown is silent: a Consequence is thrown in place of whatever would be said of it. */
export function describe(value: Value): string {
  switch (value.kind) {
    case "unknown":
      throw new Consequence();
    case "number":
      return isNumber(value.value) && !Number.isFinite(value.value)
        ? showFraction(value.value)
        : `the number ${showDim(value.value)}`;
    case "tensor":
      if (value.classes === undefined) return `a tensor ${showShape(value.node.shape)}`;
      return value.node.shape.length === 0 ? `a class, one of ${showDim(value.classes)}` : `classes ${showType(value)}`;
    case "list":
      return `a list of ${value.items.length}`;
    case "definition":
      return `the ${value.definition.kind.replace("-definition", "").replace("fn", "function")} '${value.definition.name.text}'`;
    case "layer":
      return `the layer '${value.name}'`;
    case "builtin":
      return `the function '${value.name}'`;
    case "partial":
      return "a function";
    case "string":
      return `the text "${value.value}"`;
    case "boolean":
      return String(value.value);
    default:
      return value.kind;
  }
}

export function showType(value: TensorValue): string {
  const shape = showShape(value.node.shape);
  return value.classes === undefined ? shape : `${shape} of ${showDim(value.classes)}`;
}

export function asNode(value: Value, span: Span): Node {
  if (value.kind === "tensor") return value.node;
  if (value.kind === "number" && value.length) return value.length;
  if (value.kind === "number") return isNumber(value.value) ? constant(value.value) : extentOf(value.value);
  if (value.kind === "boolean") return constant(Number(value.value));
  if (value.kind === "list" && value.items.length > 0 && !value.isSize) return stacked(value, span);
  throw mistake("types/not-a-tensor", span, `a tensor or a number is needed here, and this is ${describe(value)}`, {
    hint: hintOnNoTensor(value),
  });
}

const DRAWS: ReadonlySet<string> = new Set(["normal", "uniform"]);

function hintOnNoTensor(value: Value): string {
  if (value.kind === "definition" && value.definition.kind === "schedule")
    return `within an expression a schedule is called: \`${value.definition.name.text}()\``;
  const called = calledHint(value);
  if (called) return called;
  if (isLayer(value)) return "a layer becomes a value when it is applied, as in `e(x)`, or as a line of its own";
  if (value.kind === "builtin" && DRAWS.has(value.name)) return `a draw says its shape: \`${value.name}([20])\``;
  if (value.kind !== "string") return "give a number, a tensor, or a list of numbers";
  return `a name stands without quotes: ${/^\w+$/.test(value.value) ? value.value : "label"}`;
}

/** How a function or a model becomes a value; undefined of other values. */
export function calledHint(value: Value): string | undefined {
  if (value.kind !== "definition" || !/^(fn|model)$/.test(value.definition.kind)) return undefined;
  const { name, parameters } = value.definition;
  const needed = parameters.filter((p) => !p.default).map((p) => p.name.text);
  return `it becomes a value when it is called, as in \`${name.text}(${needed.join(", ")})\``;
}

/** A list where a tensor is needed: its items along a new first axis, so that a list of lists is a matrix. */
function stacked({ items }: ListValue, span: Span): Node {
  const nodes = items.map((v) => asNode(v, span));
  const [first] = nodes as [Node, ...Node[]];
  const odd = nodes.find((n) => showShape(n.shape) !== showShape(first.shape));
  if (odd)
    throw mistake(
      "shapes/uneven-list",
      span,
      `the items of a list need one shape to become a tensor, and these are ${showShape(first.shape)} and ${showShape(odd.shape)}`,
      { hint: "give every row of a matrix as many numbers; `concat` joins vectors of different lengths to one" },
    );
  const shape = [nodes.length, ...first.shape];
  const parts = nodes.map(numbersOf);
  const values = parts.flatMap((p) => p ?? []);
  if (parts.includes(undefined))
    return concat(
      nodes.map((n) => reshape(n, [1, ...first.shape])),
      -shape.length,
    );
  const [from] = values;
  if (shape.length === 1 && from !== undefined && values.every((v, i) => v === from + i))
    return add(indexAlong(shape, -1), constant(from));
  if (values.filter((v, i) => v !== values[i - 1]).length <= MOST_NUMBERS) return make("table", [], { shape, values });
  throw mistake(
    "limits/too-large",
    span,
    `a list that becomes a tensor has at most ${MOST_NUMBERS} numbers, and this has ${values.length}`,
    { hint: "read long tables as data: `npz(...)` or `csv(...)`" },
  );
}

/** Numbers of a tensor that is written down in the program: each is compiled to a choice of its own. */
const MOST_NUMBERS = 4096;

/** The numbers of a node that is known when the program is compiled, in row-major order. */
function numbersOf(node: Node): readonly number[] | undefined {
  if (node.op === "constant") return [node.attributes.value as number];
  if (node.op === "table") return node.attributes.values as number[];
  return undefined;
}

const isLayer = (value: Value): boolean =>
  value.kind === "layer" || value.kind === "definition" || value.kind === "partial";

/** Words for a value, or the argument that it is. */
type Subject = string | Pick<ArgumentFault, "name" | "callee">;

function mistakeAbout(code: string, span: Span, what: Subject, text: string, rest: Pick<Diagnostic, "hint">): Mistake {
  if (typeof what === "string") return mistake(code, span, `${what} ${text}`, rest);
  const argument = { name: what.name, callee: what.callee, text };
  return mistake(code, span, describeFault(argument), { argument, ...rest });
}

export function asDim(value: Value, span: Span, what: Subject): Dim {
  if (value.kind === "number") return value.value;
  if (value.kind === "tensor" && value.node.op === "constant") return value.node.attributes.value as number;
  throw mistakeAbout(
    "types/not-a-number",
    span,
    what,
    `must be a number known before the program runs, and this is ${describe(value)}`,
    hintForNumber(value),
  );
}

export function hintForNumber(value: Value): Pick<Diagnostic, "hint"> {
  if (value.kind === "tensor") return { hint: "`depth(x)` and `shape(x)[0]` are sizes of a tensor" };
  if (value.kind === "string" && value.value === "same")
    return {
      hint: "`same` is a word of its own: `conv 3x3 64 same`, `maxpool 2x2 same`; with a stride of 1, `p1` is the same for 3x3, `p2` for 5x5",
    };
  if (value.kind === "string" && value.value === "valid")
    return { hint: "leave it out: there is no padding by itself" };
  if (value.kind === "string" && /^\d+(\.\d+)?$/.test(value.value))
    return { hint: `numbers stand without quotes: ${value.value}` };
  if (value.kind === "none") return { hint: "write a number; the batch is no part of a shape and is left out" };
  return value.kind === "list" ? { hint: singleHint(value) } : {};
}

/** `[28x28x1]`: a size among axes. */
function singleHint({ isSize, items }: ListValue): string {
  const numbers = items.map((item) => (item.kind === "number" ? showDim(item.value) : "?"));
  return isSize && !numbers.includes("?")
    ? `write the axes one by one: ${numbers.join(", ")}`
    : "write a single number here";
}

/** A size is a whole number from 1. */
export function wholeSize(dim: Dim, span: Span): Dim {
  if (!isNumber(dim) || (Number.isInteger(dim) && dim >= 1)) return dim;
  throw mistake("shapes/bad-size", span, `a size is a whole number from 1, and this is ${showFraction(dim)}`, {
    hint:
      Number.isInteger(dim) || !Number.isFinite(dim) ? "write how many there are" : "choose numbers that divide evenly",
  });
}

export function asSize(value: Value, span: Span, what: Subject): number {
  if (value.kind === "number" && value.length)
    throw mistakeAbout(
      "lengths/not-fixed",
      span,
      what,
      `must be one number for all examples, and the sequences of this axis differ in length`,
      {
        hint: "what goes from step to step is a cell; as a number in a formula, as in `sum(x) / shape(x)[0]`, it is each example's own",
      },
    );
  const dim = asDim(value, span, what);
  if (!isNumber(dim))
    throw mistakeAbout(
      "shapes/unbound-dimension",
      span,
      what,
      `must be a fixed number, and '${showDim(dim)}' is known only when the model is called`,
      { hint: `write a number in its place, or give the input a fixed size` },
    );
  return dim;
}

export interface Resolved {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** Where they were written; undefined where no text of arguments is. */
  readonly spans?: ArgumentSpans;
}

export interface ArgumentSpans {
  readonly positional: readonly (Span | undefined)[];
  readonly named: ReadonlyMap<string, { readonly name: Span; readonly value: Span }>;
}
