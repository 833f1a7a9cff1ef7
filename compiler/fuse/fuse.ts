// Small nests that belong together become one kernel: what works on a row of the batch by itself (a softmax and its gradient)
// becomes a region that is run row by row, nests over one space that read the same become one, and the sum of a product's factor
// is taken beside the product.
//
//     nest exp for i0<batch, i1<10          loop for 1 step
//     nest sum for o0<batch           ->      nest exp for i0<batch, i1<10
//                                             nest sum for o0<batch

import { itemAt, lowerBound } from "../arithmetic/lists.ts";
import { openLoop } from "../loops/regions.ts";
import type { Step } from "../loops/step.ts";
import type { Effects } from "./effects.ts";
import { effectsOf } from "./effects.ts";
import type { FusionRule } from "./rules.ts";
import { fusionRules } from "./rules.ts";

/** Fuses steps that belong together. Dependent steps keep their order. */
export function fuse(steps: readonly Step[]): Step[] {
  const table = new Table();
  for (const step of steps) table.add(step);
  return table.steps;
}

/** Without stores into buffers that nothing reads: what a fused nest hands on as a value need not lie in memory. */
export function dropUnreadStores(steps: readonly Step[], isKept: (buffer: string) => boolean): Step[] {
  const read = new Set(steps.flatMap((s) => [...effectsOf(s).reads]));
  const isWanted = (buffer: string): boolean => isKept(buffer) || read.has(buffer);
  const trimmed = (s: Step): Step[] => {
    if (s.kind === "loop") {
      const body = s.body.flatMap(trimmed);
      return body.length === 0 ? [] : [{ ...s, body }];
    }
    const stores = s.nest.stores.filter((x) => isWanted(x.buffer));
    return stores.length === 0 ? [] : [{ ...s, nest: { ...s.nest, stores } }];
  };
  return steps.flatMap(trimmed);
}

/** How many kernels run one after the other: a loop whose rows need nothing of each other is one, any other runs its own. */
export function kernelCount(steps: readonly Step[]): number {
  const of = (s: Step): number => (s.kind === "nest" || openLoop(s, (name) => name).region ? 1 : kernelCount(s.body));
  return steps.reduce((n, s) => n + of(s), 0);
}

/** The steps so far, with what finds quickly where the next one may go and what it may be fused with. */
class Table {
  readonly steps: Step[] = [];
  private readonly lastRead = new Map<string, number>();
  private readonly lastWrite = new Map<string, number>();
  /** Places of steps by the keys of the rules, in order. */
  private readonly candidates = new Map<string, number[]>();

  add(step: Step): void {
    const effects = effectsOf(step);
    const first = this.lastDependence(effects);
    const at = this.tryRules(step, first) ?? this.steps.push(step) - 1;
    for (const rule of fusionRules) for (const key of rule.keys(itemAt(this.steps, at))) this.remember(key, at);
    for (const b of effects.reads) this.lastRead.set(b, Math.max(at, this.lastRead.get(b) ?? at));
    for (const b of effects.writes) this.lastWrite.set(b, Math.max(at, this.lastWrite.get(b) ?? at));
  }

  /** Fuses a step with one at `first` or after it. Gives its place. */
  private tryRules(step: Step, first: number): number | undefined {
    for (const rule of fusionRules) {
      for (const at of this.placesFor(rule, step, first)) {
        const made = rule.fuse(itemAt(this.steps, at), step, this.steps.length - at);
        if (!made) continue;
        this.steps[at] = made;
        return at;
      }
    }
    return undefined;
  }

  /** Places from `first` on that share a key of the rule with the step, in order. */
  private *placesFor(rule: FusionRule, step: Step, first: number): Generator<number> {
    const lists = rule.keys(step).map((key) => ({ key, places: this.candidates.get(key) ?? [] }));
    const near = this.steps.length - (rule.reach?.(step) ?? Number.POSITIVE_INFINITY);
    for (let from = first; ; from = Math.max(from + 1, near)) {
      const next = lists.map(({ key, places }) => this.nextPlace(rule, key, places, from));
      from = Math.min(...next);
      if (from === Number.POSITIVE_INFINITY) return;
      yield from;
    }
  }

  /** The first of the places from `from` on that has the key still: what has been fused since may be of another kind than it was. */
  private nextPlace(rule: FusionRule, key: string, places: number[], from: number): number {
    const start = lowerBound(from, places, (at) => at);
    let end = start;
    while (end < places.length && !rule.keys(itemAt(this.steps, itemAt(places, end))).includes(key)) end++;
    // If it comes back to this one, it is remembered again.
    places.splice(start, end - start);
    return places[start] ?? Number.POSITIVE_INFINITY;
  }

  /** The last step with which this one may not change places. */
  private lastDependence({ reads, writes }: Effects): number {
    const last = (places: ReadonlyMap<string, number>, names: ReadonlySet<string>): number =>
      [...names].reduce((at, name) => Math.max(at, places.get(name) ?? 0), 0);
    return Math.max(last(this.lastWrite, reads), last(this.lastWrite, writes), last(this.lastRead, writes));
  }

  private remember(key: string, at: number): void {
    const places = this.candidates.get(key) ?? [];
    const before = lowerBound(at, places, (p) => p);
    if (places[before] !== at) places.splice(before, 0, at);
    this.candidates.set(key, places);
  }
}
