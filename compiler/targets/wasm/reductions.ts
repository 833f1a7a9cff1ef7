// Reductions: one result for each lane, or one result from eight partial ones along the reduced axis.

import type { dependsOn } from "../../kernel/axes.ts";
import type { Axis } from "../../kernel/nest.ts";
import { rootsOf } from "../../kernel/nest.ts";
import type { Context } from "./context.ts";
import { counterOf, frame, loops, pushExtent, zeroScratch } from "./context.ts";
import { storeGroups } from "./stores.ts";
import type { Frame } from "./values.ts";
import { push } from "./values.ts";

interface Held {
  readonly value: number;
  /** Position of the largest so far, and of the current element, as numbers. */
  readonly place: number;
}

function startHeld(c: Context): Held[] {
  return c.nest.accumulators.map((a) => {
    const value = c.code.local("v128");
    const place = c.code.local("v128");
    c.code.splat(a.combine === "sum" ? 0 : Number.NEGATIVE_INFINITY).set(value);
    if (a.combine === "argmax") c.code.splat(0).set(place);
    return { value, place };
  });
}

/** Loops over the reduced axes; the first may be cut into parts. */
function reduceLoops(c: Context, axes: readonly Axis[], body: () => void): void {
  const [first, ...rest] = axes;
  if (!first || !c.nest.split) {
    loops(c, axes, undefined, body);
    return;
  }
  const { parts } = c.nest.split;
  const part = counterOf(c, c.nest.loops[0]!.name);
  const bound = (add: number): void => {
    pushExtent(c, first);
    c.code.get(part).i32(add).op("i32_add").op("i32_mul").i32(parts).op("i32_div_u");
  };
  c.code.for(
    counterOf(c, first.name),
    () => bound(0),
    () => bound(1),
    1,
    () => loops(c, rest, undefined, body),
  );
}

export function reduceColumns(c: Context, groups: readonly Frame[], live?: (group: number) => number): void {
  const { code, nest } = c;
  const held = groups.map(() => startHeld(c));
  const position = nest.accumulators.some((a) => a.combine === "argmax") ? code.local("v128") : undefined;
  if (position !== undefined) code.splat(0).set(position);
  reduceLoops(c, nest.reduces, () => {
    const addresses = new Map<string, number>();
    groups.forEach((g, i) => {
      accumulate(c, { ...g, ready: new Map(), addresses }, held[i]!, position);
    });
    if (position !== undefined) code.get(position).splat(1).v("f32x4_add").set(position);
    zeroScratch(c);
  });
  const after = new Map<string, number>();
  const results = held.map((list) =>
    list.map((h, i) => (nest.accumulators[i]!.combine === "argmax" ? h.place : h.value)),
  );
  storeGroups(
    c,
    groups.map((g) => ({ ...g, ready: new Map(), addresses: after })),
    results,
    live,
  );
}

function accumulate(c: Context, f: Frame, held: readonly Held[], position: number | undefined): void {
  const { code } = c;
  c.nest.accumulators.forEach((a, i) => {
    const h = held[i]!;
    if (a.combine === "sum" && a.body.kind === "apply" && a.body.scalar === "mul") {
      for (const x of a.body.inputs) push(f, x);
      code.get(h.value).v("f32x4_relaxed_madd").set(h.value);
      return;
    }
    if (a.combine !== "argmax") {
      code.get(h.value);
      push(f, a.body);
      code.v(a.combine === "sum" ? "f32x4_add" : "f32x4_max").set(h.value);
      return;
    }
    const [value, mask] = [code.local("v128"), code.local("v128")];
    push(f, a.body);
    code.set(value).get(h.value).get(value).v("f32x4_lt").set(mask);
    code.get(position!).get(mask).v("v128_and").get(h.place).get(mask).v("v128_andnot").v("v128_or").set(h.place);
    code.get(value).get(mask).v("v128_and").get(h.value).get(mask).v("v128_andnot").v("v128_or").set(h.value);
  });
}

/** Eight partial results along the reduced axis, the rest one by one, then all of them together. */
export function reduceRow(c: Context, lanes: Axis): void {
  const { code, nest } = c;
  const roots = rootsOf(nest);
  const held = [startHeld(c), startHeld(c), startHeld(c)];
  const outer = nest.reduces.filter((r) => r !== lanes);
  const counter = counterOf(c, lanes.name);
  const end = code.local("i32");
  const row = (): void => {
    if (nest.split && outer.length === 0) {
      const bound = (add: number): void => {
        pushExtent(c, lanes);
        code
          .get(counterOf(c, nest.loops[0]!.name))
          .i32(add)
          .op("i32_add")
          .op("i32_mul")
          .i32(nest.split!.parts)
          .op("i32_div_u");
      };
      bound(0);
      code.set(counter);
      bound(1);
      code.set(end);
    } else {
      code.i32(0).set(counter);
      pushExtent(c, lanes);
      code.set(end);
    }
    code.for(
      counter,
      () => code.get(counter),
      () => code.get(end).i32(7).op("i32_sub"),
      8,
      () => {
        const addresses = new Map<string, number>();
        for (const g of [0, 1])
          accumulate(
            c,
            frame(c, roots, { lanes: lanes.name, vector: true, shift: 4 * g, addresses }),
            held[g]!,
            undefined,
          );
        zeroScratch(c);
      },
    );
    code.for(
      counter,
      () => code.get(counter),
      () => code.get(end),
      1,
      () => {
        accumulate(c, frame(c, roots, { lanes: lanes.name }), held[2]!, undefined);
        zeroScratch(c);
      },
    );
  };
  if (outer.length === 0) row();
  else reduceLoops(c, outer, row);
  const results = nest.accumulators.map((a, i) => {
    const op = a.combine === "sum" ? "f32x4_add" : "f32x4_max";
    const both = held[0]![i]!.value;
    code.get(both).get(held[1]![i]!.value).v(op).set(both);
    for (let lane = 0; lane < 4; lane++) {
      code.get(both).extract(lane).v("f32x4_splat");
      if (lane > 0) code.v(op);
    }
    code.get(held[2]![i]!.value).v(op).set(both);
    return both;
  });
  storeGroups(c, [frame(c, roots, {})], [results]);
}

export type { dependsOn };
