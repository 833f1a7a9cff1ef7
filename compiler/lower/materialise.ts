// Which values are stored, and which contraction or reduction takes which map as its epilogue. The rest is computed where
// it is read. The choice reads only the lowering class, shapes and costs.

import { append, itemAt, onlyOf } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { RECOMPUTE, scalars } from "../arithmetic/scalar.ts";
import type { Node } from "../graph/node.ts";
import { operand, reachedFrom, remembered, usersOf } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import { sameShape } from "../ops/views.ts";
import { classOf, fills, spaceOf, viewKind } from "./views.ts";

export interface Stored {
  readonly nodes: ReadonlySet<Node>;
  /** Head (contraction, reduction) by the map that is stored in its place. */
  readonly heads: ReadonlyMap<Node, Node>;
}

/** A value that is repeated along an axis of its readers is computed so much more often that less is enough. */
const REPEATED = 2;

/** Operations in one another that a nest computes at a point: values are walked through by functions that call themselves. */
const DEEPEST = 500;

export function decideStored(
  order: readonly Node[],
  kept: readonly Node[],
  updates: readonly Node[],
  outside: (n: Node) => boolean,
): Stored {
  const results = new Set([...kept, ...updates]);
  const users = usersOf(order);
  const costs = chainCosts(order, outside);
  const nodes = new Set<Node>();
  const weights = new Map<Node, number>();
  const depths = new Map<Node, number>();
  // From the results backwards: how often a value is read depends on which of its readers are stored.
  for (const node of order.toReversed()) {
    const kind = classOf(node);
    const uses = (users.get(node) ?? []).reduce((w, u) => w + useWeight(node, u, nodes, weights), 0);
    weights.set(node, uses);
    const must = mustStore(node, kind, results, users, nodes);
    const dear = lookUp(costs, node) >= (isRepeated(node, users.get(node) ?? []) ? REPEATED : RECOMPUTE);
    const depth = (users.get(node) ?? []).reduce((d, u) => Math.max(d, nodes.has(u) ? 0 : lookUp(depths, u)), 0) + 1;
    depths.set(node, depth);
    const isDeep = depth >= DEEPEST && kind === "map";
    if (must || isDeep || (kind !== "view" && kind !== "same" && uses > 1 && dear)) nodes.add(node);
  }
  return { nodes, heads: epilogues(order, new Set(kept), nodes, users) };
}

/** A value that cannot be computed where it is stored: it has a loop of its own, or lies somewhere already. */
export function keepsOwnStorage(node: Node): boolean {
  return !["map", "view", "generate", "same"].includes(classOf(node)) || viewKind(node) === "concat" || fills(node);
}

export interface Updates {
  /** Updates of one shape that are computed together. */
  readonly groups: readonly (readonly Node[])[];
  /** Members that have no storage but that of what they replace. */
  readonly grouped: ReadonlySet<Node>;
  readonly heads: ReadonlyMap<Node, Node>;
}

/**
 * Updates overwrite what others read, so they come last, and nothing reads their results where they are stored. An update
 * that only other updates of its shape read is computed with them; any other gets a storage of its own and is copied.
 */
export function groupUpdates(
  order: readonly Node[],
  stored: Stored,
  updates: ReadonlyMap<Node, readonly { readonly buffer: string }[]>,
): Updates {
  const users = usersOf(order);
  const nodes = order.filter((n) => updates.has(n));
  const readers = new Map(nodes.map((n) => [n, storedReaders(n, stored.nodes, users)] as const));
  const soft = (n: Node): boolean =>
    !keepsOwnStorage(n) && lookUp(readers, n).every((r) => updates.has(r) && sameShape(r.shape, n.shape));
  const grouped = new Set(nodes.filter(soft));
  const groups = groupsOf(nodes, grouped, relatedBefore(nodes, readers, stored.nodes, updates));
  const heads = new Map(stored.heads);
  for (const members of groups) for (const extra of members.filter((m) => heads.has(m)).slice(1)) heads.delete(extra);
  const taken = new Set(heads.values());
  const places = new Map(order.map((n, i) => [n, i] as const));
  for (const members of groups) {
    if (members.some((m) => heads.has(m) || !grouped.has(m))) continue;
    const head = headsBelow(members, stored.nodes)
      .filter((h) => places.has(h) && !taken.has(h) && !updates.has(h) && onlyFor(h, members, stored.nodes, users))
      .reduce<Node | undefined>((a, b) => (a && lookUp(places, a) < lookUp(places, b) ? a : b), undefined);
    if (!head || members.some((m) => dependsOtherwise(m, head, stored.nodes))) continue;
    heads.set(itemAt(members, 0), head);
    taken.add(head);
  }
  return { groups, grouped, heads };
}

/** Updates with those that they are related to, by way of others too; a group stands where its last member does. */
function groupsOf(
  nodes: readonly Node[],
  grouped: ReadonlySet<Node>,
  related: (n: Node) => readonly Node[],
): readonly (readonly Node[])[] {
  const groups = new Map<number, readonly Node[]>();
  const placeOf = new Map<Node, number>();
  for (const [place, n] of nodes.entries()) {
    const near = grouped.has(n) ? related(n).filter((m) => grouped.has(m) && sameShape(m.shape, n.shape)) : [];
    const mine = [...new Set(near.map((m) => lookUp(placeOf, m)))].sort((a, b) => a - b);
    const joined = [...mine.flatMap((p) => lookUp(groups, p)), n];
    for (const p of mine) groups.delete(p);
    for (const m of joined) placeOf.set(m, place);
    groups.set(place, joined);
  }
  return [...groups.values()];
}

/** For an update those before it that read it or what it overwrites, or are read by it or overwrite what it reads. */
function relatedBefore(
  nodes: readonly Node[],
  readers: ReadonlyMap<Node, readonly Node[]>,
  stored: ReadonlySet<Node>,
  updates: ReadonlyMap<Node, readonly { readonly buffer: string }[]>,
): (n: Node) => readonly Node[] {
  const targetsOf = (n: Node): readonly string[] => lookUp(updates, n).map((t) => t.buffer);
  const places = new Map(nodes.map((n, i) => [n, i] as const));
  const related = new Map(nodes.map((n) => [n, new Set<Node>()] as const));
  const relate = (a: Node, b: Node): void => {
    const [first, last] = lookUp(places, a) < lookUp(places, b) ? [a, b] : [b, a];
    if (first !== last) lookUp(related, last).add(first);
  };
  const writers = new Map<string, Node[]>();
  for (const n of nodes) {
    for (const r of lookUp(readers, n)) if (places.has(r)) relate(n, r);
    for (const buffer of targetsOf(n)) append(writers, buffer, n);
  }
  for (const n of nodes)
    for (const buffer of leavesRead(n, stored)) for (const w of writers.get(buffer) ?? []) relate(n, w);
  return (n) => [...lookUp(related, n)];
}

const isHead = (n: Node): boolean => classOf(n) === "contract" || classOf(n) === "reduce";

/** Heads that these updates read through maps that are not stored. */
function headsBelow(members: readonly Node[], stored: ReadonlySet<Node>): Node[] {
  const passes = (n: Node): boolean => members.includes(n) || (isPointwise(n) && !stored.has(n));
  return [...reachedFrom(members, (n) => (passes(n) ? n.inputs : []))].filter(isHead);
}

const isPointwise = (n: Node): boolean => ["map", "same"].includes(classOf(n));

/** Whether a value is read, through maps of its own shape, by these updates alone. */
function onlyFor(
  head: Node,
  members: readonly Node[],
  stored: ReadonlySet<Node>,
  users: ReadonlyMap<Node, Node[]>,
): boolean {
  const found = new Set([head]);
  // Most heads fail at their first reader: the search ends there.
  for (const n of found) {
    const readers = users.get(n) ?? [];
    if (readers.length === 0) return false;
    for (const r of readers) {
      if (!isPointwise(r) || !sameShape(r.shape, head.shape)) return false;
      if (members.includes(r)) continue;
      if (stored.has(r)) return false;
      found.add(r);
    }
  }
  return true;
}

/** Names of the leaves that a value is computed from without the help of another stored value. */
function leavesRead(node: Node, stored: ReadonlySet<Node>): ReadonlySet<string> {
  const read = reachedFrom([node], (n) => n.inputs.filter((i) => !stored.has(i)));
  return new Set([...read].filter((n) => classOf(n) === "leaf").map((n) => n.attributes.name as string));
}

function storedReaders(node: Node, stored: ReadonlySet<Node>, users: ReadonlyMap<Node, Node[]>): Node[] {
  const found = reachedFrom([node], (n) => (n !== node && stored.has(n) ? [] : (users.get(n) ?? [])));
  return [...found].filter((n) => n !== node && stored.has(n));
}

function chainCosts(order: readonly Node[], outside: (n: Node) => boolean): Map<Node, number> {
  const costs = new Map<Node, number>();
  for (const node of order) {
    const { lowering } = opOf(node.op);
    const own =
      lowering.class === "map" ? scalars[lowering.scalar].cost : lowering.class === "generate" ? generateCost(node) : 0;
    const below = ["map", "view", "same"].includes(lowering.class)
      ? node.inputs.reduce((c, i) => c + (outside(i) ? 0 : costRead(node, i, costs.get(i) ?? 0)), 0)
      : 0;
    // A shared operand is counted for each reader: the sum doubles along a chain of squares, so it has an end.
    costs.set(node, Math.min(1000, own + below));
  }
  return costs;
}

/** The cost of an input where it is read: one that is repeated there and not cheap will have been stored. */
function costRead(user: Node, input: Node, cost: number): number {
  return cost >= REPEATED && classOf(input) === "map" && isRepeated(input, [user]) ? 0 : cost;
}

function isRepeated(node: Node, users: readonly Node[]): boolean {
  if (node.shape.length > 0 && isFunctionOfPosition(node)) return false;
  return users.some((u) => u.shape.length > 0 && classOf(u) === "map" && elements(u) > elements(node));
}

/** A function of position alone is cheaper computed from counters than read: lanes know their place. */
function isFunctionOfPosition(node: Node): boolean {
  return remembered(ofPlace, node, decideFunctionOfPosition);
}

function decideFunctionOfPosition(node: Node): boolean {
  const kind = classOf(node);
  const through = ["map", "view", "same"].includes(kind) && node.inputs.length > 0;
  return kind === "generate" || (through && node.inputs.every(isFunctionOfPosition));
}

const ofPlace = new WeakMap<Node, boolean>();

/** A draw takes some forty instructions; constants and coordinates nothing. */
const generateCost = (node: Node): number => (node.attributes.distribution === undefined ? 0 : 40);

/** How often a user reads each element: once for each store of its own, more where it repeats its input. */
function useWeight(node: Node, user: Node, stored: ReadonlySet<Node>, weights: ReadonlyMap<Node, number>): number {
  const through = stored.has(user) ? 1 : Math.max(1, weights.get(user) ?? 1);
  const repeats = user.shape.length > 0 && elements(user) > elements(node) && classOf(user) !== "pick";
  // Any number above 1 would do: the question is only whether it is read more than once.
  return repeats ? through * 16 : through;
}

function elements(node: Node): number {
  return node.shape.reduce<number>((a, d) => a * (typeof d === "number" ? d : 64), 1);
}

function mustStore(
  node: Node,
  kind: string,
  results: ReadonlySet<Node>,
  users: ReadonlyMap<Node, Node[]>,
  stored: ReadonlySet<Node>,
): boolean {
  if (kind === "leaf") return false;
  if (kind === "contract" || kind === "reduce" || kind === "scan") return true;
  if (results.has(node)) return kind !== "pick";
  if (kind === "pick") return false;
  const view = viewKind(node);
  if (view === "concat") return true;
  if (kind === "view" && view !== "gather")
    return fills(node) && (users.get(node) ?? []).some((u) => classOf(u) === "contract" || (stored.has(u) && fills(u)));
  if (kind === "generate" && node.shape.length === 0) return false;
  return readByHeavy(node, users, stored);
}

/** Classes from which rows are added one by one rather than in a product with ones and zeros. */
const FEWEST_CLASSES = 16;

/**
 * Whether a contraction adds rows to those of their classes, as the gradient of an embedding does: one of its operands is one where
 * a class is the place along an axis that stays. Schedulers see that in the nest, where the comparison must stand.
 */
function addsRows(contraction: Node, hot: Node): boolean {
  const [ids, places] = hot.inputs;
  const classes = hot.shape.at(-1);
  const { lowering } = opOf(hot.op);
  if (
    lowering.class !== "map" ||
    lowering.scalar !== "eq" ||
    !ids ||
    !places ||
    ids.dtype !== "i32" ||
    !isFunctionOfPosition(places)
  )
    return false;
  if (typeof classes !== "number" || classes < FEWEST_CLASSES || ids.shape.at(-1) !== 1) return false;
  const { out, operands } = spaceOf(contraction);
  const at = contraction.inputs.indexOf(hot);
  const place = operands[at]?.at(-1);
  return (place?.terms.every(([name]) => out.includes(name)) ?? false) && contraction.inputs.length === 2;
}

/** Read, perhaps through views, by a contraction, a scan, a padding or as a table of rows. */
function readByHeavy(node: Node, users: ReadonlyMap<Node, Node[]>, stored: ReadonlySet<Node>): boolean {
  const isPassed = (n: Node): boolean =>
    n === node || classOf(n) === "same" || (classOf(n) === "view" && !stored.has(n));
  const found = reachedFrom([node], (n) => (isPassed(n) ? (users.get(n) ?? []) : []));
  return [...found].some((u) => {
    const kind = classOf(u);
    if (u === node) return false;
    if (kind === "scan" || (kind === "contract" && !addsRows(u, node))) return true;
    if (kind === "view" && viewKind(u) === "gather" && found.has(operand(u)) && isPassed(operand(u))) return true;
    return kind === "view" && stored.has(u) && (fills(u) || viewKind(u) === "concat");
  });
}

/** A head whose only reader is one stored map of its size computes that map instead of itself. */
function epilogues(
  order: readonly Node[],
  results: ReadonlySet<Node>,
  stored: ReadonlySet<Node>,
  users: ReadonlyMap<Node, Node[]>,
): Map<Node, Node> {
  const heads = new Map<Node, Node>();
  for (const head of order) {
    const kind = classOf(head);
    if ((kind !== "contract" && kind !== "reduce") || results.has(head)) continue;
    const last = onlyReader(head, stored, users);
    if (!last || heads.has(last) || dependsOtherwise(last, head, stored)) continue;
    heads.set(last, head);
  }
  return heads;
}

function onlyReader(head: Node, stored: ReadonlySet<Node>, users: ReadonlyMap<Node, Node[]>): Node | undefined {
  let current = head;
  for (;;) {
    const reader = onlyOf(users.get(current) ?? []);
    if (!reader) return undefined;
    const kind = classOf(reader);
    const reshape = viewKind(reader) === "reshape";
    if (kind !== "map" && !reshape && kind !== "same") return undefined;
    if (!reshape && !sameShape(reader.shape, current.shape)) return undefined;
    if (stored.has(reader)) return kind === "map" ? reader : undefined;
    current = reader;
  }
}

/** Whether `last` also reads `head` by way of another stored value. */
function dependsOtherwise(last: Node, head: Node, stored: ReadonlySet<Node>): boolean {
  const near = reachedFrom([last], (n) => (n === head || (n !== last && stored.has(n)) ? [] : n.inputs));
  const others = [...near].filter((n) => n !== last && n !== head && stored.has(n));
  // Nodes are numbered as they are made, inputs first: none before the head is made from it.
  return reachedFrom(others, (n) => (n.id < head.id ? [] : n.inputs)).has(head);
}
