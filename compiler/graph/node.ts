// The graph: immutable, hash-consed nodes. A node is an operation on nodes with literal attributes; equal nodes are one.
// Shapes are exact. Before the `batch` pass they are one example's; after it the leading BATCH axis is explicit.

import type { Span } from "../../grammar/syntax/span.ts";
import type { Dim, Polynomial } from "../arithmetic/dim.ts";
import { showDim } from "../arithmetic/dim.ts";
import type { DType } from "../arithmetic/dtype.ts";
import { append } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";

export interface TensorType {
  readonly shape: readonly Dim[];
  readonly dtype: DType;
}

export type Attribute =
  | number
  | string
  | boolean
  | Dim
  | Graph
  | TensorType
  | undefined
  | readonly Attribute[]
  | { readonly [key: string]: Attribute };
export type Attributes = { readonly [key: string]: Attribute };

export interface Node extends TensorType {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly attributes: Attributes;
  /** The line of the program that asked for it, for messages and listings. */
  readonly span: Span | undefined;
}

/** A function: named results over `parameter` leaves. Bodies of scans and whole entries are graphs. */
export interface Graph {
  readonly kind: "graph";
  readonly parameters: readonly Node[];
  readonly results: readonly Node[];
}

/** An input that a node of its op has. */
export function operand(node: Node, i = 0): Node {
  const input = node.inputs[i];
  if (!input) throw new Error(`${node.op} has no input ${i}`);
  return input;
}

/** The size of an axis that a value has, counted from the end. */
export function sizeAlong({ shape }: Pick<TensorType, "shape">, axis: number): Dim {
  const size = shape.at(axis);
  if (size === undefined) throw new Error(`[${shape.length} axes] has no axis ${axis}`);
  return size;
}

const isRecord = (value: Attribute): value is Exclude<Attribute, number | string | boolean | undefined> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
export const isGraph = (value: Attribute): value is Graph =>
  isRecord(value) && "kind" in value && value.kind === "graph";
export const isPolynomial = (value: Attribute): value is Polynomial =>
  isRecord(value) && "kind" in value && value.kind === "polynomial";
/** An index function: terms over named axes, an offset and a divisor. */
export const isAffine = (value: Attribute): value is AffineAttribute =>
  isRecord(value) && "terms" in value && "div" in value;

export interface AffineAttribute {
  readonly [key: string]: AffineAttribute["terms"] | number;
  readonly terms: readonly (readonly [axis: string, coefficient: number])[];
  readonly offset: number;
  readonly div: number;
}

let next = 0;
/** Nodes of the program whose turn it is. */
let shared = new Map<string, Node>();
let table = shared;
const ofOwners = new WeakMap<object, Map<string, Node>>();

/**
 * Lets the nodes of the program go whose turn it is. A host calls it between texts of a program, since a node that is found again has the
 * place of the first that asked for it; nodes made before stay usable but are not found again. Those of a table of its own (`amongNodes`) stay.
 */
export function forgetNodes(): void {
  shared.clear();
}

/**
 * From here on a program's nodes are found and no others', until the turn of another: several may be checked by turns, as one waits for
 * its data, and a node of one has a place in its text. `owner` stands for the program. Within `amongNodes` nothing changes.
 */
export function takeTurn(owner: object): void {
  if (table !== shared) return;
  shared = ofOwners.get(owner) ?? new Map<string, Node>();
  table = shared;
  ofOwners.set(owner, shared);
}

/** How many nodes were made so far. */
export const nodesMade = (): number => next;

/** Does some work among nodes of its own: those of this table are found, and new ones go into it. */
export function amongNodes<T>(own: Map<string, Node>, work: () => T): T {
  const before = table;
  table = own;
  try {
    return work();
  } finally {
    table = before;
  }
}

/** The one node with this operation, these inputs and attributes. Type checking is the caller's (`ops/build.ts`). */
export function intern(
  op: string,
  inputs: readonly Node[],
  attributes: Attributes,
  type: TensorType,
  span: Span | undefined,
): Node {
  const place = `${op}(${idsOf(inputs)})`;
  const first = inputs.length > 0 ? table.get(place) : undefined;
  const isFirst = inputs.length > 0 && first === undefined;
  const rest = isFirst ? "" : restOfKey(attributes, type);
  if (first && restOfKey(first.attributes, first) === rest) return first;
  // Few nodes have the op and the inputs of another: only these have keys with all that they are, which are long.
  const key = place + rest;
  const known = isFirst ? undefined : table.get(key);
  if (known) return known;
  const node: Node = { id: next++, op, inputs, attributes, shape: type.shape, dtype: type.dtype, span };
  table.set(key, node);
  return node;
}

const restOfKey = (attributes: Attributes, { dtype, shape }: TensorType): string =>
  `${attributeKey(attributes)}${dtype}${keysOf(shape)}`;

function attributeKey(value: Attribute): string {
  if (typeof value === "string") return `"${value}"`;
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : String(value);
  if (Array.isArray(value)) return `[${keysOf(value)}]`;
  if (isPolynomial(value)) return showDim(value);
  if (isGraph(value)) return `graph(${idsOf(value.parameters)};${idsOf(value.results)})`;
  let text = "{";
  for (const name in value as Attributes) text += `${name}:${attributeKey((value as Attributes)[name])},`;
  return `${text}}`;
}

// Keys are made for every node, so they are put together without lists in between.
function keysOf(values: readonly Attribute[]): string {
  let text = "";
  for (const value of values) text += `${attributeKey(value)},`;
  return text;
}
function idsOf(nodes: readonly Node[]): string {
  let text = "";
  for (const node of nodes) text += `${node.id},`;
  return text;
}

/** Every node that the results need, inputs before users; with `from` only those of this id on, as inputs are made before users. */
export function topological(results: readonly Node[], from = 0): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  for (const root of results) {
    const stack = [root];
    // How many inputs of each were looked at.
    const seen = [0];
    for (let node = stack.at(-1); node; node = stack.at(-1)) {
      const top = stack.length - 1;
      const input = done.has(node) ? undefined : node.inputs[seen[top]!++];
      if (input === undefined) {
        stack.pop();
        seen.pop();
        if (done.has(node)) continue;
        done.add(node);
        order.push(node);
      } else if (input.id >= from && !done.has(input)) {
        stack.push(input);
        seen.push(0);
      }
    }
  }
  return order;
}

/** The id of the first of some nodes that was made: what was made before it does not depend on any of them. */
export const earliestOf = (nodes: Iterable<Node>): number =>
  [...nodes].reduce((least, { id }) => Math.min(least, id), Number.POSITIVE_INFINITY);

/**
 * Memoises a property of a node that follows from that of its inputs. Networks may be tens of thousands of operations
 * deep, so the inputs are gone through in a loop: `decide` finds theirs remembered.
 */
export function remembered<T>(known: WeakMap<Node, T>, node: Node, decide: (node: Node) => T): T {
  const before = known.get(node);
  if (before !== undefined) return before;
  if (node.inputs.every((i) => known.has(i))) {
    const found = decide(node);
    known.set(node, found);
    return found;
  }
  const stack = [node];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const missing = top.inputs.filter((i) => !known.has(i));
    if (missing.length > 0) stack.push(...missing);
    else {
      if (!known.has(top)) known.set(top, decide(top));
      stack.pop();
    }
  }
  return lookUp(known, node);
}

/** The nodes that are reached from some through `next`, those among them. */
export function reachedFrom(roots: readonly Node[], next: (node: Node) => readonly Node[]): Set<Node> {
  const found = new Set(roots);
  for (const node of found) for (const n of next(node)) found.add(n);
  return found;
}

export function usersOf(order: readonly Node[]): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of order) for (const input of new Set(node.inputs)) append(users, input, node);
  return users;
}
