// lower: from a batched graph to nests in order. Views become index functions, maps are computed where they are read or
// stored once, contractions and reductions take the maps that follow them as their epilogue, padded and joined tensors
// are written in place by what produces their parts. Scans become loops whose states live in a history over time.

import "../ops/all.ts";
import type { Extents, Index } from "../arithmetic/affine.ts";
import { axisIndex, combine, literal, range, unflatten, zero } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { extent } from "../arithmetic/dim.ts";
import type { DType } from "../arithmetic/dtype.ts";
import { itemAt, onlyOf, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import type { Node } from "../graph/node.ts";
import { operand, topological } from "../graph/node.ts";
import type { Affine, Lowering } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import type { Accumulator, Axis, Bound, Nest, Store, Value } from "../loops/nest.ts";
import { deduplicate } from "../loops/share.ts";
import type { Lowered, Step } from "../loops/step.ts";
import type { Buffer, Role, Storage } from "../loops/storage.ts";
import { addressOf, restride } from "../loops/storage.ts";
import { dense } from "../ops/phases.ts";
import { decideStored, groupUpdates, keepsOwnStorage } from "./materialise.ts";
import { type Alias, type BodyLowerer, Scans } from "./scans.ts";
import type { Kept } from "./updates.ts";
import { inParts, orderUpdates } from "./updates.ts";
import { fills, isReshape, partStorage, type Reading, readingsOf, spaceOf, viewOf } from "./views.ts";

export function lower(goals: readonly Goal[], batch: number): Lowered {
  return new Lowerer(batch).run(goals);
}

/** How the points of a nest stand for the elements of the node that is being stored. */
interface Scope {
  readonly extents: Extents;
  /** Values that are accumulators of this nest. */
  readonly held: ReadonlyMap<Node, Value>;
  readonly memo: Map<string, Value>;
}

class Lowerer implements BodyLowerer {
  private readonly scans = new Scans(this);
  readonly batch: number;
  readonly buffers = new Map<string, Buffer>();
  readonly storages = new Map<Node, Storage>();
  readonly aliases = new Map<Node, Alias>();
  /** Heads whose epilogue is another node: head by that node. */
  readonly heads = new Map<Node, Node>();
  counter = 0;
  times: string[] = [];
  timeLengths = new Map<string, number>();

  constructor(batch: number) {
    this.batch = batch;
  }

  run(goals: readonly Goal[]): Lowered {
    const updates = new Map<Node, Storage[]>();
    const results = new Map<string, Storage>();
    for (const goal of goals) {
      if (goal.into === undefined) continue;
      const storage = this.plainStorage(goal.into, goal.node, "parameter");
      updates.set(goal.node, [...(updates.get(goal.node) ?? []), storage]);
      results.set(goal.name, storage);
    }
    const steps = this.graph(
      goals.map((g) => g.node),
      new Map(),
      updates,
    );
    for (const goal of goals) {
      if (goal.into !== undefined) continue;
      const storage = this.storages.get(goal.node);
      if (!storage) throw new Error(`${goal.name} has no storage`);
      results.set(goal.name, storage);
    }
    return { steps, buffers: this.buffers, results };
  }

  size(dim: Dim): number {
    return extent(dim, this.batch);
  }

  sizes(node: Node): number[] {
    return node.shape.map((d) => this.size(d));
  }

  buffer(name: string, size: number, role: Role, dtype: DType): string {
    if (!this.buffers.has(name)) this.buffers.set(name, { name, size, role, dtype });
    return name;
  }

  plainStorage(name: string, node: Node, role: Role): Storage {
    const shape = this.sizes(node);
    const size = shape.reduce((a, b) => a * b, 1);
    const buffer = this.buffer(name, size, role, node.dtype);
    return { buffer, strides: rowMajor(shape), offset: zero, dtype: node.dtype };
  }

  fresh(node: Node, role: Role = "temporary"): Storage {
    return this.plainStorage(`${node.op}_${this.counter++}`, node, role);
  }

  // -------------------------------------------------------------- one graph

  /**
   * Steps that compute `results`. `forced` says where some of them must be stored; `updates` which parameters and states
   * others replace, which happens when everything that reads the old values is done.
   */
  graph(
    results: readonly Node[],
    forced: ReadonlyMap<Node, Storage>,
    updates: ReadonlyMap<Node, Storage[]> = new Map(),
  ): Step[] {
    const order = topological(results).filter((n) => !this.aliases.has(n) && !this.storages.has(n));
    const inner = new Set(order);
    const kept = results.filter((r) => !updates.has(r) || keepsOwnStorage(r));
    const stored = decideStored(order, kept, [...updates.keys()], (n) => !inner.has(n));
    const late = groupUpdates(order, stored, updates);
    for (const [node, head] of late.heads) this.heads.set(node, head);
    const absorbed = new Set(late.heads.values());
    for (const node of order) this.assignLeaf(node);
    const readings = readingsOf(order.filter((n) => stored.nodes.has(n)));
    for (const node of order.toReversed())
      if (stored.nodes.has(node) && !late.grouped.has(node)) this.assign(node, readings, forced, absorbed);
    const steps: Step[] = [];
    for (const node of order) {
      if (opOf(node.op).lowering.class === "pick") this.storages.set(node, this.scans.storageOf(node));
      if (stored.nodes.has(node) && !absorbed.has(node) && !late.grouped.has(node)) steps.push(...this.emit(node));
    }
    const last = late.groups.map((g) => this.update(g, updates));
    return [...steps, ...orderUpdates(last, (buffer) => this.copyOf(buffer))];
  }

  /** A copy of what a parameter or state holds, for updates that read it after it was overwritten. */
  copyOf(buffer: string): Kept {
    const { size, dtype } = lookUp(this.buffers, buffer);
    const name = this.buffer(`old_${this.counter++}`, size, "temporary", dtype);
    const address = axisIndex("i0");
    const value: Value = { kind: "load", buffer, address, dtype };
    const nest: Nest = {
      label: "copy",
      span: undefined,
      loops: [{ name: "i0", extent: size }],
      reduces: [],
      accumulators: [],
      stores: [{ buffer: name, address, dtype, value }],
    };
    return { step: { kind: "nest", nest }, name };
  }

  /** One nest for updates of one shape that read each other: optimizer states and the parameter move together. */
  update(group: readonly Node[], updates: ReadonlyMap<Node, Storage[]>): Step[] {
    const targets = group.map((node) => ({ node, storages: lookUp(updates, node) }));
    const head = group.map((n) => this.heads.get(n)).find((h) => h !== undefined);
    if (head) return this.spaceNests(head, targets);
    const [first] = group as [Node];
    const loops = first.shape.map((d, i) => ({ name: `i${i}`, extent: d }));
    const at = loops.map((l) => axisIndex(l.name));
    const scope = this.scope(loops);
    const stores = targets.flatMap((t) => storesOf(t.storages, at, this.value(t.node, at, scope)));
    return inParts(stores).map((part) =>
      this.nest({ loops, reduces: [], accumulators: [], stores: part }, first, "update"),
    );
  }

  assignLeaf(node: Node): void {
    if (opOf(node.op).lowering.class !== "leaf") return;
    const { name, role } = node.attributes as { name: string; role: Role };
    this.storages.set(node, this.plainStorage(name, node, role));
  }

  assign(
    node: Node,
    readings: ReadonlyMap<Node, readonly Reading[]>,
    forced: ReadonlyMap<Node, Storage>,
    absorbed: ReadonlySet<Node>,
  ): void {
    if (absorbed.has(node) || this.storages.has(node)) return;
    const { class: kind } = opOf(node.op).lowering;
    if (kind === "scan" || kind === "pick" || kind === "leaf") return;
    const place = forced.get(node) ?? this.placeInUser(node, readings.get(node) ?? []);
    const storage = place ?? this.fresh(node);
    this.storages.set(node, storage);
    if (fills(node)) this.keepZeros(storage.buffer);
  }

  /** What a padding does not write stays zero: wherever it lies, in a buffer of its own, a joined tensor or a history over time. */
  private keepZeros(name: string): void {
    const buffer = lookUp(this.buffers, name);
    if (buffer.role === "temporary") this.buffers.set(name, { ...buffer, role: "zeroed" });
  }

  /** A part of a padded or joined tensor is written where it will stand. */
  placeInUser(node: Node, readings: readonly Reading[]): Storage | undefined {
    for (const { user, at } of readings) {
      const whole = this.storages.get(user);
      if (!whole) continue;
      const part = partStorage(user, at, whole, (d) => this.size(d));
      if (!part) continue;
      const input = operand(user, at);
      if (input === node) return part;
      const strides = restride(this.sizes(input), part.strides, this.sizes(node));
      if (strides) return { ...part, strides };
    }
    return undefined;
  }

  emit(node: Node): Step[] {
    const { lowering } = opOf(node.op);
    const storage = this.storages.get(node);
    const targets = storage ? [storage] : [];
    switch (lowering.class) {
      case "contract":
      case "reduce":
        return this.spaceNests(node, [{ node, storages: targets }]);
      case "scan":
        return this.scans.lower(node);
      case "pick":
      case "leaf":
        return [];
      case "view":
        return this.copies(node, targets);
      default: {
        const head = this.heads.get(node);
        return head ? this.spaceNests(head, [{ node, storages: targets }]) : [this.mapNest(node, targets, node.op)];
      }
    }
  }

  // -------------------------------------------------------------- nests

  scope(axes: readonly Axis[], held: ReadonlyMap<Node, Value> = new Map()): Scope {
    const extents = new Map(axes.map((a) => [a.name, this.size(a.extent)]));
    for (const [t, n] of this.timeLengths) extents.set(t, n);
    return { extents, held, memo: new Map() };
  }

  nest(parts: Omit<Nest, "time" | "span" | "label">, { span }: Pick<Node, "span">, label: string): Step {
    const time = this.times.at(-1);
    return { kind: "nest", nest: { ...parts, label, span, ...(time === undefined ? {} : { time }) } };
  }

  mapNest(node: Node, targets: readonly Storage[], label: string): Step {
    const loops = node.shape.map((d, i) => ({ name: `i${i}`, extent: d }));
    const at = loops.map((l) => axisIndex(l.name));
    const scope = this.scope(loops);
    const value = this.compute(node, at, scope);
    return this.nest({ loops, reduces: [], accumulators: [], stores: storesOf(targets, at, value) }, node, label);
  }

  /** Nests of a contraction or reduction `head`, storing what is wanted of it: itself, or values of its epilogue. */
  spaceNests(head: Node, wanted: readonly { readonly node: Node; readonly storages: readonly Storage[] }[]): Step[] {
    const space = spaceOf(head);
    return dense({ axes: space.axes, out: space.out, operands: space.operands, placed: new Map() }).map((part) => {
      const sizes = new Map(part.axes);
      const axes = (names: readonly string[]): Axis[] => names.map((n) => ({ name: n, extent: lookUp(sizes, n) }));
      const loops = axes(part.out);
      const reduces = axes(part.axes.map(([n]) => n).filter((n) => !part.out.includes(n)));
      // A phase that no window reaches sums nothing.
      const empty = reduces.some((r) => r.extent === 0);
      const sum: Value = empty ? { kind: "number", value: 0 } : { kind: "accumulator", index: 0 };
      const scope = this.scope([...loops, ...reduces], new Map([[head, sum]]));
      const inside = { ...scope, held: new Map() };
      const operands = part.operands.map((list, i) => this.within(operand(head, i), list.map(toIndex), inside));
      const body: Value = onlyOf(operands) ?? apply("mul", operands);
      const accumulators: Accumulator[] = [{ combine: space.combine, body }];
      const at = part.out.map((n) => {
        const p = part.placed.get(n);
        return p
          ? combine([
              [axisIndex(n), p.stride],
              [literal(p.offset), 1],
            ])
          : axisIndex(n);
      });
      const stores = wanted.flatMap(({ node, storages }) => {
        const place = node === head ? at : this.reshaped(at, head, node, scope.extents);
        const value = node === head ? lookUp(scope.held, head) : this.compute(node, place, scope);
        return storesOf(storages, place, value);
      });
      const last = itemAt(wanted, 0).node;
      const label = last === head ? head.op : `${head.op}+${last.op}`;
      // The sum is most of the work; where nothing says what it is for, its epilogue may.
      const asked = head.span ? head : last;
      if (empty) return this.nest({ loops, reduces: [], accumulators: [], stores }, asked, label);
      return this.nest({ loops, reduces, accumulators, stores }, asked, label);
    });
  }

  /** A value that counts as zero outside its tensor. (Contractions never read there: the pass `padding` sees to it.) */
  within(x: Node, index: readonly Index[], scope: Scope): Value {
    const bounds = this.boundsOf(x, index, scope);
    const inside = this.value(x, index, scope);
    return bounds.length === 0 ? inside : { kind: "guard", bounds, inside, outside: 0 };
  }

  boundsOf(x: Node, index: readonly Index[], scope: Scope): Bound[] {
    return index.flatMap((i, d) => {
      const size = x.shape[d];
      if (typeof size !== "number") return [];
      const [low, high] = range(i, scope.extents);
      return low < 0 || high >= size ? [{ index: i, extent: size }] : [];
    });
  }

  reshaped(at: readonly Index[], from: Node, to: Node, extents: Extents): Index[] {
    const [a, b] = [this.sizes(from), this.sizes(to)];
    if (a.length === b.length && a.every((d, i) => d === b[i])) return [...at];
    return unflatten(combine(zip(at, rowMajor(a))), b, extents);
  }

  /** Parts of a padded or joined tensor that were not written in place. */
  copies(node: Node, targets: readonly Storage[]): Step[] {
    const view = viewOf(node);
    if (view.kind !== "concat" && !fills(node)) return [this.mapNest(node, targets, node.op)];
    return node.inputs.flatMap((input, i) =>
      targets.flatMap((target) => {
        const part = partStorage(node, i, target, (d) => this.size(d));
        if (!part) throw new Error(`the inputs of ${node.op} are no parts of it`);
        const lying = this.storages.get(isReshape(input) && !this.storages.has(input) ? operand(input) : input);
        if (lying && this.liesAt(input, part)) return [];
        const loops = input.shape.map((d, k) => ({ name: `i${k}`, extent: d }));
        const at = loops.map((l) => axisIndex(l.name));
        const value = this.value(input, at, this.scope(loops));
        return [
          this.nest({ loops, reduces: [], accumulators: [], stores: storesOf([part], at, value) }, node, node.op),
        ];
      }),
    );
  }

  liesAt(input: Node, part: Storage): boolean {
    const loops = input.shape.map((d, k) => ({ name: `i${k}`, extent: d }));
    const at = loops.map((l) => axisIndex(l.name));
    const value = this.value(input, at, this.scope(loops));
    if (value.kind !== "load" || value.row || value.buffer !== part.buffer) return false;
    const wanted = addressOf(part, at);
    const difference = combine([
      [value.address, 1],
      [wanted, -1],
    ]);
    return difference.terms.every(([a]) => typeof a === "string" && this.unit(a, loops)) && difference.offset === 0;
  }

  unit(name: string, loops: readonly Axis[]): boolean {
    const axis = loops.find((l) => l.name === name);
    return axis !== undefined && this.size(axis.extent) === 1;
  }

  // -------------------------------------------------------------- values

  /** The value of `node` at `at`, from its storage where it has one. */
  value(node: Node, at: readonly Index[], scope: Scope): Value {
    const held = scope.held.get(node);
    if (held) return held;
    const storage = this.storages.get(node);
    if (storage) {
      const live = at.map((i, d) => (node.shape[d] === 1 ? zero : i));
      return deduplicate(scope.memo, {
        kind: "load",
        buffer: storage.buffer,
        address: addressOf(storage, live),
        dtype: storage.dtype,
      });
    }
    const alias = this.aliases.get(node);
    if (alias) {
      const index = alias.time ? [...at.slice(0, alias.time.axis), alias.time.at, ...at.slice(alias.time.axis)] : at;
      return this.value(alias.outer, index, scope);
    }
    return this.compute(node, at, scope);
  }

  /** As `value`, not reading the node's own storage. */
  compute(node: Node, at: readonly Index[], scope: Scope): Value {
    const { lowering } = opOf(node.op);
    switch (lowering.class) {
      case "generate":
        return deduplicate(scope.memo, lowering.value(node, at));
      case "same":
        return this.value(operand(node), at, scope);
      case "map": {
        const inputs = node.inputs.map((x) => this.value(x, aligned(x, at), scope));
        return deduplicate(scope.memo, apply(lowering.scalar, inputs));
      }
      case "view":
        return this.throughView(node, lowering, at, scope);
      case "leaf":
      case "pick":
        return this.value(node, at, scope);
      default:
        throw new Error(`${node.op} has no value of its own here`);
    }
  }

  throughView(node: Node, lowering: Lowering & { class: "view" }, at: readonly Index[], scope: Scope): Value {
    const view = lowering.index(node);
    const x = operand(node);
    if (view.kind === "reshape") {
      const strides = rowMajor(this.sizes(node));
      const linear = combine(
        zip(at, node.shape, strides).map(([i, size, stride]) => [size === 1 ? zero : i, stride] as const),
      );
      return this.value(x, unflatten(linear, this.sizes(x), scope.extents), scope);
    }
    if (view.kind === "gather") return this.gathered(node, at, scope);
    if (view.kind === "concat") throw new Error("a joined tensor is always stored");
    const names = new Map<string, Index>(at.map((i, d) => [`o${d}`, i]));
    const index = view.index.map((a) =>
      combine([[literal(a.offset), 1], ...a.terms.map(([n, c]) => [lookUp(names, n), c] as const)]),
    );
    const { fill: outside } = view;
    const bounds = outside === undefined ? [] : this.boundsOf(x, index, scope);
    const inside = this.value(x, index, scope);
    if (outside === undefined || bounds.length === 0) return inside;
    return deduplicate(scope.memo, { kind: "guard", bounds, inside, outside });
  }

  gathered(node: Node, at: readonly Index[], scope: Scope): Value {
    const [table, ids] = node.inputs as [Node, Node];
    const rank = ids.shape.length;
    const of = this.value(ids, at.slice(0, rank), scope);
    const rest = at.slice(rank);
    const [base, next] = [zero, literal(1)].map((row) => this.value(table, [row, ...rest], scope)) as [Value, Value];
    if (base.kind !== "load" || next.kind !== "load") throw new Error("a table that is indexed is always stored");
    return deduplicate(scope.memo, { ...base, row: { of, stride: next.address.offset - base.address.offset } });
  }

  mapNestOf(from: Node, to: Storage): Step {
    const loops = from.shape.map((d, i) => ({ name: `i${i}`, extent: d }));
    const at = loops.map((l) => axisIndex(l.name));
    const value = this.value(from, at, this.scope(loops));
    return this.nest({ loops, reduces: [], accumulators: [], stores: storesOf([to], at, value) }, from, "copy");
  }
}

const apply = (scalar: Extract<Value, { kind: "apply" }>["scalar"], inputs: readonly Value[]): Value => ({
  kind: "apply",
  scalar,
  inputs,
});

const toIndex = (a: Affine): Index => ({ terms: a.terms, offset: a.offset });

function aligned(x: Node, at: readonly Index[]): Index[] {
  const skip = at.length - x.shape.length;
  return x.shape.map((d, i) => (d === 1 ? zero : itemAt(at, i + skip)));
}

function storesOf(targets: readonly Storage[], at: readonly Index[], value: Value): Store[] {
  return targets.map((t) => ({ buffer: t.buffer, address: addressOf(t, at), dtype: t.dtype, value }));
}

export interface Goal {
  readonly name: string;
  readonly node: Node;
  /** The parameter or state whose buffer the value replaces. */
  readonly into?: string;
}
