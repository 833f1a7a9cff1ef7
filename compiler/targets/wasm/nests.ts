// A scheduled nest as a function (record, lo, hi, t): units lo to hi of its parallel axis, at time step t.
// Loops are emitted in pairs of vectors, all loads of a block before its first store, and temporaries are zeroed where
// their loop ends: then V8 can widen the pairs to 256 bits.

import { dependsOn, runExtent } from "../../kernel/axes.ts";
import { coefficient } from "../../kernel/index.ts";
import type { Axis, Nest, Store, Value } from "../../kernel/nest.ts";
import { valuesIn } from "../../kernel/nest.ts";
import { buffersIn } from "../../kernel/nests.ts";
import { Code } from "./encoder.ts";
import type { Schedule } from "./schedule.ts";
import { emitTile } from "./tiles.ts";
import type { Frame } from "./values.ts";
import { countUses, keepAddress, offsetsOf, push, pushIndex, STEP } from "./values.ts";

export const STEP_ADDRESS = 64;
/** Elements of a flat axis that make one unit of work. */
export const FLAT_UNIT = 64;
/** Where a record's buffer addresses start. */
export const RECORD_POINTERS = 32;

export const kernelSignature = { parameters: ["i32", "i32", "i32", "i32"], results: [] } as const;

export interface Context {
  readonly code: Code;
  readonly nest: Nest;
  readonly counters: Map<string, number>;
  readonly pointers: ReadonlyMap<string, number>;
  readonly step: number;
  readonly scratch: Map<string, number>;
}

export const LO = 1;
export const HI = 2;

/** Buffers in the order in which the record holds their addresses. */
export function buffersOf(s: Schedule, pack?: string): string[] {
  const names = new Set(buffersIn(s.nest));
  if (pack) names.add(pack);
  return [...names];
}

export function emitKernel(s: Schedule, pack?: string): Code {
  const code = new Code(kernelSignature);
  const pointers = new Map<string, number>();
  buffersOf(s, pack).forEach((name, i) => {
    const local = code.local("i32");
    pointers.set(name, local);
    code
      .get(0)
      .memory("i32_load", RECORD_POINTERS + 4 * i)
      .set(local);
  });
  const step = code.local("i32");
  code.i32(STEP_ADDRESS).set(step);
  const counters = new Map<string, number>();
  if (s.nest.time !== undefined) counters.set(s.nest.time, 3);
  const context: Context = { code, nest: s.nest, counters, pointers, step, scratch: new Map() };
  if (s.mode === "tile") emitTile(context, s, pack);
  else emitLoops(context, s);
  return code;
}

export function counterOf(c: Context, axis: string): number {
  let local = c.counters.get(axis);
  if (local === undefined) c.counters.set(axis, (local = c.code.local("i32")));
  return local;
}

export function pushExtent(c: Context, axis: Axis): void {
  const { constant, perBatch } = runExtent(axis.extent);
  if (perBatch === 0) {
    c.code.i32(constant);
    return;
  }
  c.code.get(c.step).memory("i32_load", STEP.batch);
  if (perBatch !== 1) c.code.i32(perBatch).op("i32_mul");
  if (constant !== 0) c.code.i32(constant).op("i32_add");
}

export function frame(c: Context, roots: readonly Value[], rest: Partial<Frame>): Frame {
  return {
    code: c.code,
    counters: c.counters,
    pointers: c.pointers,
    lanes: undefined,
    vector: false,
    shift: 0,
    accumulators: [],
    scratch: c.scratch,
    ready: new Map(),
    uses: countUses(roots),
    step: c.step,
    bases: new Map(),
    addresses: new Map(),
    ...rest,
  };
}

export function zeroScratch(c: Context): void {
  for (const local of new Set(c.scratch.values())) c.code.splat(0).set(local);
}

/** Nested loops over `axes`; the parallel axis, if it is among them, runs over this call's units. */
export function loops(c: Context, axes: readonly Axis[], parallel: Axis | undefined, body: () => void): void {
  const [axis, ...rest] = axes;
  if (!axis) {
    body();
    return;
  }
  const local = counterOf(c, axis.name);
  const from = (): void => void (axis === parallel ? c.code.get(LO) : c.code.i32(0));
  const to = (): void => (axis === parallel ? void c.code.get(HI) : pushExtent(c, axis));
  c.code.for(local, from, to, 1, () => loops(c, rest, parallel, body));
}

function emitLoops(c: Context, s: Exclude<Schedule, { mode: "tile" }>): void {
  const { nest } = s;
  if (s.parallel === "one") {
    inner(c, s);
    return;
  }
  const laned = s.mode === "map" || s.mode === "column" ? s.lanes : undefined;
  const outer = nest.loops.filter((l) => l !== laned);
  const parallel = s.parallel === "flat" ? undefined : outer[0];
  loops(c, outer, parallel, () => inner(c, s));
}

function inner(c: Context, s: Exclude<Schedule, { mode: "tile" }>): void {
  switch (s.mode) {
    case "map":
      if (s.lanes) laneLoop(c, s, s.lanes, [2], (groups, live) => storeGroups(c, groups, undefined, live));
      else storeGroups(c, [frame(c, rootsOf(c.nest), {})]);
      return;
    case "column":
      laneLoop(c, s, s.lanes, [4, 2], (groups, live) => reduceColumns(c, groups, live));
      return;
    case "row":
      reduceRow(c, s.lanes);
      return;
    case "point":
      reduceColumns(c, [frame(c, rootsOf(c.nest), {})]);
  }
}

const rootsOf = (nest: Nest): Value[] => [...nest.accumulators.map((a) => a.body), ...nest.stores.map((s) => s.value)];

/** Blocks of several vectors, then single elements. */
function laneLoop(
  c: Context,
  s: Schedule,
  lanes: Axis,
  widths: readonly number[],
  body: (groups: Frame[], live?: (group: number) => number) => void,
): void {
  const { code } = c;
  const counter = counterOf(c, lanes.name);
  const end = code.local("i32");
  const whole = !c.nest.loops.some((l) => l !== lanes);
  const flat = s.parallel === "flat" || (whole && s.parallel === "outer");
  const unit = s.parallel === "flat" || s.mode === "column" ? FLAT_UNIT_OF(s) : 1;
  if (flat) {
    code.get(LO).i32(unit).op("i32_mul").set(counter);
    code.get(HI).i32(unit).op("i32_mul").set(end);
    const size = code.local("i32");
    pushExtent(c, lanes);
    code.set(size);
    code.get(end).get(size).get(end).get(size).op("i32_lt_s").op("select").set(end);
  } else {
    code.i32(0).set(counter);
    pushExtent(c, lanes);
    code.set(end);
  }
  const roots = rootsOf(c.nest);
  const bases = basesFor(c, roots, lanes.name);
  const { constant, perBatch } = runExtent(lanes.extent);
  for (const groups of widths) {
    if (perBatch === 0 && constant < 4 * groups) continue;
    code.for(
      counter,
      () => code.get(counter),
      () =>
        code
          .get(end)
          .i32(4 * groups - 1)
          .op("i32_sub"),
      4 * groups,
      () => {
        const addresses = new Map<string, number>();
        body(
          Array.from({ length: groups }, (_, g) =>
            frame(c, roots, { lanes: lanes.name, vector: true, shift: 4 * g, bases, addresses }),
          ),
        );
        zeroScratch(c);
      },
    );
  }
  const rest = constant % (4 * Math.min(...widths));
  if (perBatch === 0 && rest === 0) return;
  if (perBatch === 0 && !flat && roots.every((v) => gentle(v, lanes.name))) {
    // The last lanes of a row at once: what is read past its end is never stored.
    const addresses = new Map<string, number>();
    const shared = { lanes: lanes.name, vector: true, bases, addresses };
    body(
      Array.from({ length: Math.ceil(rest / 4) }, (_, g) => frame(c, roots, { ...shared, shift: 4 * g })),
      (g) => Math.min(4, rest - 4 * g),
    );
    zeroScratch(c);
    return;
  }
  code.for(
    counter,
    () => code.get(counter),
    () => code.get(end),
    1,
    () => {
      body([frame(c, roots, { lanes: lanes.name, bases })]);
      zeroScratch(c);
    },
  );
}

/** Whether reading a few elements too far stays near: neighbours or one number for all lanes. */
function gentle(root: Value, lanes: string): boolean {
  return valuesIn([root]).every((v) => v.kind !== "load" || [0, 1].includes(coefficient(v.address, lanes) ?? 2));
}

export const FLAT_UNIT_OF = (s: Schedule): number => (s.mode === "column" ? 16 : FLAT_UNIT);

/** Byte addresses that do not change along the lanes. */
export function basesFor(
  c: Context,
  roots: readonly Value[],
  lanes: string,
  inside: readonly string[] = [],
): Map<string, number> {
  const bases = new Map<string, number>();
  const reduced = new Set([...inside, ...c.nest.reduces.map((r) => r.name)]);
  for (const v of valuesIn(roots)) {
    if (v.kind !== "load" || v.row) continue;
    const key = `${v.buffer}|${JSON.stringify(v.address.terms)}`;
    if (bases.has(key) || coefficient(v.address, lanes) === undefined) continue;
    if ([...reduced].some((r) => coefficient(v.address, r) !== 0)) continue;
    const local = c.code.local("i32");
    c.code.get(c.pointers.get(v.buffer)!);
    pushIndex(frame(c, [], {}), { terms: v.address.terms, offset: 0 }, 4, lanes);
    c.code.op("i32_add").set(local);
    bases.set(key, local);
  }
  return bases;
}

/** All values of all groups, then all stores, neighbours side by side. */
export function storeGroups(
  c: Context,
  groups: readonly Frame[],
  results?: readonly (readonly number[])[],
  live?: (group: number) => number,
): void {
  const { code } = c;
  const values = groups.map((g, i) =>
    c.nest.stores.map((s) => storedValue(c, results ? { ...g, accumulators: results[i]! } : g, s)),
  );
  c.nest.stores.forEach((s, k) => {
    groups.forEach((g, i) => {
      const lanesLive = g.vector ? (live?.(i) ?? 4) : 1;
      for (let lane = 0; lane < (lanesLive === 4 ? 1 : lanesLive); lane++) {
        const byte = storeAddress(g, s);
        code.get(values[i]![k]!);
        if (lanesLive === 4) code.memory("v128_store", byte + 4 * g.shift);
        else code.storeLane(lane, byte + 4 * g.shift + 4 * lane);
      }
    });
  });
}

function storedValue(c: Context, f: Frame, s: Store): number {
  push(f, s.value);
  if (s.integer) c.code.v("i32x4_trunc_sat_f32x4_s");
  const known = s.value.kind === "accumulator" && !s.integer ? undefined : c.code.local("v128");
  if (known === undefined) {
    c.code.op("drop");
    return f.accumulators[(s.value as { index: number }).index]!;
  }
  c.scratch.set(`store ${known}`, known);
  c.code.set(known);
  return known;
}

function storeAddress(f: Frame, s: Store): number {
  const { fixed, moving } = offsetsOf(s.address);
  keepAddress(f, `store ${s.buffer}|${JSON.stringify(s.address.terms)}|${moving}`, () => {
    f.code.get(f.pointers.get(s.buffer)!);
    pushIndex(f, { terms: s.address.terms, offset: 0 }, 4);
    f.code.op("i32_add");
    if (moving !== 0) f.code.i32(moving).op("i32_add");
  });
  return fixed;
}

// ---------------------------------------------------------------- reductions

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

function reduceColumns(c: Context, groups: readonly Frame[], live?: (group: number) => number): void {
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
function reduceRow(c: Context, lanes: Axis): void {
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

export { dependsOn };
