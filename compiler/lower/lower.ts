// lower: from a batched graph to nests in order. Views become index functions, maps are computed where they are read or
// stored once, contractions and reductions take the maps that follow them as their epilogue, padded and joined tensors
// are written in place by what produces their parts. Scans become loops whose states live in a history over time.

import "../ops/all.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import type { Node } from "../graph/node.ts";
import { operand, topological } from "../graph/node.ts";
import { opOf } from "../graph/table.ts";
import type { Lowered, Step } from "../loops/step.ts";
import type { Role, Storage } from "../loops/storage.ts";
import { restride } from "../loops/storage.ts";
import { decideStored, groupUpdates, keepsOwnStorage } from "./materialise.ts";
import { keptCopy, mapNest, spaceNests, updateNests, viewNests } from "./nests.ts";
import { lowerScan, scanStorage } from "./scans.ts";
import type { Scope } from "./scope.ts";
import { freshStorage, plainStorage, programScope, sizeOf, sizesOf } from "./scope.ts";
import { orderUpdates } from "./updates.ts";
import { fills, partStorage, type Reading, readingsOf } from "./views.ts";

export interface Goal {
  readonly name: string;
  readonly node: Node;
  /** The parameter or state whose buffer the value replaces. */
  readonly into?: string;
}

export function lower(goals: readonly Goal[], batch: number): Lowered {
  const scope = programScope(batch);
  const updates = new Map<Node, Storage[]>();
  const results = new Map<string, Storage>();
  for (const goal of goals) {
    if (goal.into === undefined) continue;
    const storage = plainStorage(scope, goal.into, goal.node, "parameter");
    updates.set(goal.node, [...(updates.get(goal.node) ?? []), storage]);
    results.set(goal.name, storage);
  }
  const nodes = goals.map((g) => g.node);
  const steps = lowerGraph(scope, nodes, new Map(), updates);
  for (const goal of goals) {
    if (goal.into !== undefined) continue;
    const storage = scope.storages.get(goal.node);
    if (!storage) throw new Error(`${goal.name} has no storage`);
    results.set(goal.name, storage);
  }
  return { steps, buffers: scope.program.buffers, results };
}

/**
 * Steps that compute `results`. `forced` says where some of them must be stored; `updates` which parameters and states
 * others replace, which happens when everything that reads the old values is done.
 */
function lowerGraph(
  scope: Scope,
  results: readonly Node[],
  forced: ReadonlyMap<Node, Storage>,
  updates: ReadonlyMap<Node, Storage[]> = new Map(),
): Step[] {
  const order = topological(results).filter((n) => !scope.aliases.has(n) && !scope.storages.has(n));
  for (const node of order) scope.nodes.add(node);
  const kept = results.filter((r) => !updates.has(r) || keepsOwnStorage(r));
  const stored = decideStored(order, kept, [...updates.keys()], (n) => !scope.nodes.has(n));
  const late = groupUpdates(order, stored, updates);
  for (const [node, head] of late.heads) scope.heads.set(node, head);
  const absorbed = new Set(late.heads.values());
  const isOwn = (n: Node): boolean => stored.nodes.has(n) && !late.grouped.has(n) && !absorbed.has(n);
  for (const node of order) assignLeaf(scope, node);
  const readings = readingsOf(order.filter((n) => stored.nodes.has(n)));
  for (const node of order.toReversed()) if (isOwn(node)) assign(scope, node, readings, forced);
  const steps: Step[] = [];
  for (const node of order) {
    if (opOf(node.op).lowering.class === "pick") scope.storages.set(node, scanStorage(scope, node));
    if (isOwn(node)) steps.push(...emit(scope, node));
  }
  const last = late.groups.map((group) =>
    updateNests(
      scope,
      group.map((node) => ({ node, storages: lookUp(updates, node) })),
    ),
  );
  return [...steps, ...orderUpdates(last, (buffer) => keptCopy(scope, buffer))];
}

function assignLeaf(scope: Scope, node: Node): void {
  if (opOf(node.op).lowering.class !== "leaf") return;
  const { name, role } = node.attributes as { name: string; role: Role };
  scope.storages.set(node, plainStorage(scope, name, node, role));
}

function assign(
  scope: Scope,
  node: Node,
  readings: ReadonlyMap<Node, readonly Reading[]>,
  forced: ReadonlyMap<Node, Storage>,
): void {
  if (scope.storages.has(node)) return;
  const { class: kind } = opOf(node.op).lowering;
  if (kind === "scan" || kind === "pick" || kind === "leaf") return;
  const place = forced.get(node) ?? placeInUser(scope, node, readings.get(node) ?? []);
  const storage = place ?? freshStorage(scope, node);
  scope.storages.set(node, storage);
  if (fills(node)) keepZeros(scope, storage.buffer);
}

/** Marks a buffer as zeroed at the start: places that a padding does not write stay zero, be it its own buffer, a joined tensor or a history over time. */
function keepZeros({ program: { buffers } }: Scope, name: string): void {
  const buffer = lookUp(buffers, name);
  if (buffer.role === "temporary") buffers.set(name, { ...buffer, role: "zeroed" });
}

/** A part of a padded or joined tensor is written where it will stand. */
function placeInUser(scope: Scope, node: Node, readings: readonly Reading[]): Storage | undefined {
  for (const { user, at } of readings) {
    const whole = scope.storages.get(user);
    if (!whole) continue;
    const part = partStorage(user, at, whole, (d) => sizeOf(scope, d));
    if (!part) continue;
    const input = operand(user, at);
    if (input === node) return part;
    const strides = restride(sizesOf(scope, input), part.strides, sizesOf(scope, node));
    if (strides) return { ...part, strides };
  }
  return undefined;
}

function emit(scope: Scope, node: Node): Step[] {
  const storage = scope.storages.get(node);
  const storages = storage ? [storage] : [];
  const { lowering } = opOf(node.op);
  switch (lowering.class) {
    case "contract":
    case "reduce":
      return spaceNests(scope, node, [{ node, storages }]);
    case "scan":
      return lowerScan(scope, node, lowerGraph);
    case "pick":
    case "leaf":
      return [];
    case "view":
      return viewNests(scope, node, storages);
    default: {
      const head = scope.heads.get(node);
      return head ? spaceNests(scope, head, [{ node, storages }]) : [mapNest(scope, node, storages)];
    }
  }
}
