// Scans as loops: every state lies in a history over time, so that saved states, outputs and final states are views of it. A state
// that was overwritten at each step would have to be copied for the outputs and again for the reverse scan, which reads all of them.

import type { Index } from "../arithmetic/affine.ts";
import { axisIndex, combine, literal, plus, zero } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { BATCH } from "../arithmetic/dim.ts";
import type { DType } from "../arithmetic/dtype.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { scanOf } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand, topological } from "../graph/node.ts";
import type { Step } from "../loops/step.ts";
import type { Role, Storage } from "../loops/storage.ts";
import { shifted } from "../loops/storage.ts";
import { computes } from "./views.ts";

interface History {
  readonly storage: Storage;
  /** Axis of time. */
  readonly axis: number;
}

function slot({ storage, axis }: History, at: Index): Storage {
  return {
    ...storage,
    strides: storage.strides.filter((_, i) => i !== axis),
    offset: combine([
      [storage.offset, 1],
      [at, itemAt(storage.strides, axis)],
    ]),
  };
}

/** Where the results of a scan that was lowered lie. */
interface LoweredScan {
  readonly histories: readonly History[];
  readonly stacks: readonly (
    | { readonly kind: "state"; readonly state: number; readonly from: number }
    | { readonly kind: "stack"; readonly stack: History }
  )[];
  readonly reverse: boolean;
  readonly steps: number;
}

/** What scans ask of the lowering of the graph that they stand in. */
export interface BodyLowerer {
  readonly storages: Map<Node, Storage>;
  readonly aliases: Map<Node, Alias>;
  counter: number;
  readonly times: string[];
  readonly timeLengths: Map<string, number>;
  size(dim: Dim): number;
  sizes(node: Node): number[];
  buffer(name: string, size: number, role: Role, dtype: DType): string;
  mapNestOf(from: Node, to: Storage): Step;
  graph(results: readonly Node[], forced: ReadonlyMap<Node, Storage>): Step[];
}

/** A leaf of a body: a value outside of it, or its slice at a step. */
export interface Alias {
  readonly outer: Node;
  readonly time?: { readonly axis: number; readonly at: Index };
}

export class Scans {
  private readonly lowerer: BodyLowerer;
  private readonly lowered = new Map<Node, LoweredScan>();

  constructor(lowerer: BodyLowerer) {
    this.lowerer = lowerer;
  }

  /** The loop of a scan, and before it its states' starts. */
  lower(node: Node): Step[] {
    const { lowerer } = this;
    const { body, states, sequences, length, reverse, timeAxes } = scanOf(node);
    const steps = lowerer.size(length);
    // What the body shares with the graph around it (coordinates) may be stored there, but not before this loop.
    const around = topological(body.results).flatMap((n) => {
      const storage = lowerer.storages.get(n);
      return storage ? [[n, storage] as const] : [];
    });
    for (const [n] of around) lowerer.storages.delete(n);
    const time = `t${lowerer.counter++}`;
    const before: Step[] = [];
    const t = axisIndex(time);
    // Slot 0 is the start, slot t + 1 what step t gives: a step never overwrites what it reads. Backwards it is the mirror image.
    const entering = reverse ? plus(t, literal(1)) : t;
    const leaving = reverse ? t : plus(t, literal(1));
    const forced = new Map<Node, Storage>();
    const copiesInside: { from: Node; to: Storage }[] = [];
    const histories = body.parameters.slice(0, states).map((leaf, i) => this.history(leaf, steps, i));
    // A result is computed where it is to lie, unless it is a leaf, is no computation, or has a place already: then it is copied.
    const force = (result: Node, to: Storage): void => {
      const own = !lowerer.aliases.has(result) && !body.parameters.includes(result) && computes(result);
      if (own && !forced.has(result)) forced.set(result, to);
      else copiesInside.push({ from: result, to });
    };
    for (const [i, h] of histories.entries()) {
      lowerer.storages.set(itemAt(body.parameters, i), slot(h, entering));
      before.push(lowerer.mapNestOf(operand(node, i), slot(h, literal(reverse ? steps : 0))));
      force(itemAt(body.results, i), slot(h, leaving));
    }
    body.parameters.slice(states).forEach((leaf, i) => {
      const outer = operand(node, states + i);
      lowerer.aliases.set(leaf, i < sequences ? { outer, time: { axis: itemAt(timeAxes, i), at: t } } : { outer });
    });
    const stacks = body.results.slice(states).map((result, j) => {
      const state = body.results.slice(0, states).indexOf(result);
      if (state >= 0) return { kind: "state", state, from: reverse ? 0 : 1 } as const;
      const leaf = body.parameters.slice(0, states).indexOf(result);
      if (leaf >= 0) return { kind: "state", state: leaf, from: reverse ? 1 : 0 } as const;
      const stack = this.stack(result, steps, itemAt(timeAxes, sequences + j));
      force(result, slot(stack, t));
      return { kind: "stack", stack } as const;
    });
    this.lowered.set(node, { histories, stacks, reverse, steps });
    lowerer.times.push(time);
    lowerer.timeLengths.set(time, steps);
    const inside = lowerer.graph(body.results, forced);
    for (const { from, to } of copiesInside) inside.push(lowerer.mapNestOf(from, to));
    lowerer.times.pop();
    // Another scan may have the same body: its values lie elsewhere.
    for (const n of topological(body.results)) {
      lowerer.storages.delete(n);
      lowerer.aliases.delete(n);
    }
    for (const [n, storage] of around) lowerer.storages.set(n, storage);
    return [...before, { kind: "loop", time, length: steps, reverse, body: inside }];
  }

  /** All values of a state over time: slot t is what step t starts from. */
  private history(leaf: Node, steps: number, i: number): History {
    return this.stack(leaf, steps + 1, leaf.shape[0] === BATCH ? 1 : 0, `state${i}`);
  }

  private stack(like: Node, steps: number, axis: number, name = like.op): History {
    const sizes = this.lowerer.sizes(like);
    const shape = [...sizes.slice(0, axis), steps, ...sizes.slice(axis)];
    const strides = rowMajor(shape);
    const buffer = this.lowerer.buffer(
      `${name}_history_${this.lowerer.counter++}`,
      shape.reduce((a, b) => a * b, 1),
      "temporary",
      like.dtype,
    );
    return { storage: { buffer, strides, offset: zero, dtype: like.dtype }, axis };
  }

  /** Where a result of a scan lies. */
  storageOf(node: Node): Storage {
    const scan = lookUp(this.lowered, operand(node));
    const index = node.attributes.index as number;
    const states = scan.histories.length;
    if (index < states) return slot(itemAt(scan.histories, index), literal(scan.reverse ? 0 : scan.steps));
    const stack = itemAt(scan.stacks, index - states);
    if (stack.kind === "stack") return stack.stack.storage;
    const { storage, axis } = itemAt(scan.histories, stack.state);
    return shifted(storage, stack.from * itemAt(storage.strides, axis));
  }
}
