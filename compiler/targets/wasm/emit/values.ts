// Values of a nest as instructions on four lanes. A frame knows where each axis's counter is and how many lanes are live:
// "vector" computes four consecutive elements along one axis, "single" one element in lane 0 by the same instructions.

import type { Index } from "../../../arithmetic/affine.ts";
import { axesIn, coefficient, strideAlong } from "../../../arithmetic/affine.ts";
import { extent } from "../../../arithmetic/dim.ts";
import { bytesOf, type HeldType } from "../../../arithmetic/dtype.ts";
import { itemAt } from "../../../arithmetic/lists.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import { EXAMPLE_FACTOR, STEP_FACTOR, TIME_FACTOR } from "../../../arithmetic/threefry.ts";
import type { Bound, Value } from "../../../loops/nest.ts";
import type { Code } from "./encoder.ts";
import { widen } from "./halves.ts";
import { nearCosine, threefry, wasmScalars, withNumber } from "./scalars.ts";

export const STEP_ADDRESS = 64;
/** Byte offsets of the step block, at the address that every kernel's record holds. */
export const STEP = { seed: 0, step: 4, batch: 8, rate: 12 } as const;

export interface Frame {
  readonly code: Code;
  /** i32 local of each axis counter. */
  readonly counters: ReadonlyMap<string, number>;
  /** i32 local of each buffer's address. */
  readonly pointers: ReadonlyMap<string, number>;
  readonly lanes: string | undefined;
  /** Whether four elements are live, or one. */
  readonly vector: boolean;
  /** This group's distance along the lanes from the counter: 0 or 4 (elements). */
  readonly shift: number;
  readonly accumulators: readonly number[];
  /** Accumulators that are positions, as integers: numbers hold whole ones up to 2^24 only. */
  readonly positions?: ReadonlyMap<number, number>;
  /** v128 locals by purpose; the loop's end zeroes them. */
  readonly scratch: Map<string, number>;
  /** Values already in locals. */
  readonly ready: Map<Value, number>;
  /** How often each value is used, for "keep it in a local". */
  readonly uses: ReadonlyMap<Value, number>;
  /** i32 local: address of the step block. */
  readonly step: number;
  /** Byte addresses computed outside the lanes' loop. */
  readonly bases: Map<string, number>;
  /** Addresses already in locals, shared by the groups of a block: pairs must have one and the same base to be widened. */
  readonly addresses: Map<string, number>;
}

export function scratchLocal(f: Frame, name: string): number {
  let local = f.scratch.get(name);
  if (local === undefined) f.scratch.set(name, (local = f.code.local("v128")));
  return local;
}

/** Leaves the index's value (elements) on the stack. */
export function pushIndex(f: Frame, index: Index, scale = 1, skip?: string): void {
  const { code } = f;
  let first = true;
  for (const [atom, c] of index.terms) {
    if (atom === skip) continue;
    if (typeof atom === "string") {
      const local = f.counters.get(atom);
      if (local === undefined) throw new Error(`axis ${atom} has no counter`);
      code.get(local);
    } else {
      pushIndex(f, atom.of);
      code.i32(atom.by).op(atom.kind === "div" ? "i32_div_s" : "i32_rem_s");
    }
    if (c * scale !== 1) code.i32(c * scale).op("i32_mul");
    if (!first) code.op("i32_add");
    first = false;
  }
  const rest = index.offset * scale;
  if (first) code.i32(rest);
  else if (rest !== 0) code.i32(rest).op("i32_add");
}

/** Leaves the value on the stack. */
export function push(f: Frame, v: Value): void {
  const known = f.ready.get(v);
  if (known !== undefined) {
    f.code.get(known);
    return;
  }
  compute(f, v);
  if ((f.uses.get(v) ?? 0) > 1 && v.kind !== "number" && v.kind !== "accumulator") {
    const local = f.code.local("v128");
    f.scratch.set(`shared ${local}`, local);
    f.ready.set(v, local);
    f.code.tee(local);
  }
}

function compute(f: Frame, v: Value): void {
  const { code } = f;
  switch (v.kind) {
    case "number":
      code.splat(v.value);
      return;
    case "extent": {
      const at0 = extent(v.dim, 0);
      const slope = extent(v.dim, 1) - at0;
      // Loaded once for the kernel: V8 does not widen pairs of vectors that each load the batch size.
      code.once(`extent ${slope} ${at0}`, (start) => {
        start.i32(STEP_ADDRESS).memory("i32_load", STEP.batch).i32(slope).op("i32_mul").i32(at0).op("i32_add");
        start.op("f32_convert_i32_s").v("f32x4_splat");
      });
      return;
    }
    case "coordinate":
      pushLanes(f, v.index);
      code.v("f32x4_convert_i32x4_s");
      return;
    case "accumulator":
      code.get(itemAt(f.accumulators, v.index));
      return;
    case "apply": {
      const ofNumber = withNumber[v.scalar];
      const numbersLast = v.inputs.toSorted((a, b) => Number(a.kind === "number") - Number(b.kind === "number"));
      const last = numbersLast.at(-1);
      const isOfNumber = ofNumber && last?.kind === "number" && !Number.isNaN(last.value);
      for (const x of isOfNumber ? numbersLast : v.inputs) push(f, x);
      if (isOfNumber) ofNumber(code);
      else wasmScalars[v.scalar](code, (slot) => scratchLocal(f, `${slot} ${f.shift}`));
      return;
    }
    case "load":
      load(f, v);
      return;
    case "guard":
      guarded(f, v);
      return;
    case "random":
      draw(f, v);
      return;
    case "inner":
      throw new Error("a sum within a value has no instructions of its own");
  }
}

/** The index in four lanes: consecutive along the lanes' axis. */
function pushLanes(f: Frame, index: Index): void {
  const slope = f.lanes === undefined ? 0 : strideAlong(index, f.lanes);
  pushIndex(f, index);
  f.code.v("i32x4_splat");
  if (slope === 0) return;
  // The distance from the first lane is added as a constant: V8 widens splats of one number, not those of two.
  const lanes = f.vector ? [0, 1, 2, 3] : [0, 0, 0, 0];
  f.code.lanes(lanes.map((lane) => slope * (f.shift + lane))).v("i32x4_add");
}

function load(f: Frame, v: Extract<Value, { kind: "load" }>): void {
  const { code } = f;
  const slope = f.lanes === undefined ? 0 : (coefficient(v.address, f.lanes) ?? 0);
  const byte = pushAddress(f, v, slope);
  const step = bytesOf(v.dtype, slope);
  if (v.dtype === "f16") {
    halves(f, { slope, step, byte });
    widen(code, (slot) => scratchLocal(f, slot));
    return;
  }
  if (slope === 1) code.memory(f.vector ? "v128_load" : "v128_load32_zero", byte + step * f.shift);
  else if (slope === 0 || !f.vector) code.memory("v128_load32_splat", byte + step * f.shift);
  else strided(f, step, byte);
  if (v.dtype === "i32") code.v("f32x4_convert_i32x4_s");
}

/** Four numbers of 16 bits as integers; one of them in all lanes where only one is live. */
function halves(f: Frame, { slope, step, byte }: { slope: number; step: number; byte: number }): void {
  const { code } = f;
  if (f.vector && slope === 1) code.memory("v128_load16x4_s", byte + step * f.shift);
  else if (slope === 0 || !f.vector) code.memory("i32_load16_s", byte).v("i32x4_splat");
  else {
    // Of lanes that lie backwards the last has the lowest address: an instruction's offset is unsigned.
    const low = Math.min(0, step * (3 + f.shift));
    if (low !== 0) code.i32(low).op("i32_add");
    const address = addressLocal(f);
    code.set(address);
    for (let lane = 0; lane < 4; lane++) {
      code.get(address).memory("i32_load16_s", byte + step * (f.shift + lane) - low);
      if (lane === 0) code.v("i32x4_splat");
      else code.replaceLane(lane);
    }
  }
}

/** Four lanes that lie `step` bytes apart. */
function strided(f: Frame, step: number, byte: number): void {
  const { code } = f;
  if (step < 0) {
    code.i32(step * (3 + f.shift)).op("i32_add");
    const address = addressLocal(f);
    code
      .set(address)
      .get(address)
      .memory("v128_load32_zero", byte - 3 * step);
    for (let lane = 1; lane < 4; lane++) laneAt(f, address, lane, byte + step * (lane - 3));
    return;
  }
  const address = addressLocal(f);
  code
    .set(address)
    .get(address)
    .memory("v128_load32_zero", byte + step * f.shift);
  for (let lane = 1; lane < 4; lane++) laneAt(f, address, lane, byte + step * (f.shift + lane));
}

function laneAt(f: Frame, address: number, lane: number, byte: number): void {
  const vector = scratchLocal(f, "lanes");
  f.code.set(vector).get(address).get(vector).loadLane(lane, byte);
}

function addressLocal(f: Frame): number {
  const key = "address";
  let local = f.bases.get(key);
  if (local === undefined) f.bases.set(key, (local = f.code.local("i32")));
  return local;
}

/** Leaves a byte address on the stack; returns a constant offset still to be added. */
function pushAddress(f: Frame, v: Extract<Value, { kind: "load" }>, slope: number): number {
  const { code } = f;
  const terms = `${v.buffer}|${JSON.stringify(v.address.terms)}`;
  const base = f.bases.get(terms);
  const { fixed, moving } = offsetsOf(v.address, v.dtype);
  keepAddress(f, v.row ? undefined : `${terms}|${moving}`, () => {
    if (base !== undefined && !v.row) {
      code.get(base);
      if (slope !== 0) pushCounter(f, bytesOf(v.dtype, slope));
    } else {
      code.get(lookUp(f.pointers, v.buffer));
      pushIndex(f, { terms: v.address.terms, offset: 0 }, bytesOf(v.dtype));
      code.op("i32_add");
      if (v.row) pushRow(f, v.row.of, bytesOf(v.dtype, v.row.stride));
    }
    if (moving !== 0) code.i32(moving).op("i32_add");
  });
  return fixed;
}

/**
 * The constant part of an address in bytes: `fixed` may stand in the instruction, which adds without wrapping, so only
 * where the rest cannot be negative; `moving` is added before.
 */
export function offsetsOf(address: Index, dtype: HeldType): { fixed: number; moving: number } {
  const bytes = bytesOf(dtype, address.offset);
  const wraps = bytes < 0 || address.terms.some(([, c]) => c < 0);
  return wraps ? { fixed: 0, moving: bytes } : { fixed: bytes, moving: 0 };
}

function pushCounter(f: Frame, step: number): void {
  if (f.lanes === undefined) throw new Error("a stride along the lanes of a frame that has none");
  f.code.get(lookUp(f.counters, f.lanes)).i32(step).op("i32_mul").op("i32_add");
}

/** Computes an address once in a block and keeps it in a local. */
export function keepAddress(f: Frame, key: string | undefined, compute: () => void): void {
  const known = key === undefined ? undefined : f.addresses.get(key);
  if (known !== undefined) {
    f.code.get(known);
    return;
  }
  compute();
  if (key === undefined) return;
  const local = f.code.local("i32");
  f.addresses.set(key, local);
  f.code.tee(local);
}

/** Adds a value times a stride in bytes to the address on the stack. */
function pushRow(f: Frame, of: Value, stride: number): void {
  const { code } = f;
  if (of.kind === "load" && of.dtype === "i32") {
    const byte = pushAddress(f, of, 0);
    code.memory("i32_load", byte);
  } else {
    push({ ...f, vector: false }, of);
    code.v("i32x4_trunc_sat_f32x4_s").bytes.push(0xfd, 0x1b, 0);
  }
  code.i32(stride).op("i32_mul").op("i32_add");
}

/** Bounds never involve the lanes' axis in vector frames (the scheduler's promise), so that one test serves all lanes. */
function guarded(f: Frame, v: Extract<Value, { kind: "guard" }>): void {
  v.bounds.forEach((b, i) => {
    pushBound(f, b);
    if (i > 0) f.code.op("i32_and");
  });
  // Values first met inside are not ready outside.
  const inner: Frame = { ...f, ready: new Map(f.ready), addresses: new Map(f.addresses) };
  f.code.if(
    () => push(inner, v.inside),
    () => f.code.splat(v.outside),
    "v128",
  );
}

function pushBound(f: Frame, b: Bound): void {
  pushIndex(f, b.index);
  if (f.lanes !== undefined && axesIn(b.index).has(f.lanes) && f.shift !== 0)
    throw new Error("a bound along the lanes");
  f.code.i32(b.extent).op("i32_lt_u");
}

function draw(f: Frame, v: Extract<Value, { kind: "random" }>): void {
  const { code } = f;
  const [x, y, k0, k1, k2] = ["rx", "ry", "k0", "k1", "k2"].map((n) => scratchLocal(f, `${n} ${f.shift}`)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  code.get(f.step).memory("v128_load32_splat", STEP.seed).set(k0);
  code.lanes([v.place, v.place, v.place, v.place]).set(k1);
  pushLanes(f, v.element);
  code.set(x);
  code.get(f.step).memory("v128_load32_splat", STEP.step).lanes(four(STEP_FACTOR)).v("i32x4_mul");
  pushLanes(f, v.time);
  code.lanes(four(TIME_FACTOR)).v("i32x4_mul").v("i32x4_add");
  pushLanes(f, v.example);
  code.lanes(four(EXAMPLE_FACTOR)).v("i32x4_mul").v("i32x4_add").set(y);
  threefry(code, k0, k1, x, y, k2);
  const unit = (local: number): Code => code.get(local).i32(8).v("i32x4_shr_u");
  if (!v.normal) {
    unit(x)
      .v("f32x4_convert_i32x4_s")
      .splat(1 / 16777216)
      .v("f32x4_mul");
    return;
  }
  const scratch = (slot: string): number => scratchLocal(f, `${slot} ${f.shift}`);
  unit(x)
    .lanes(four(1))
    .v("i32x4_add")
    .v("f32x4_convert_i32x4_s")
    .splat(1 / 16777216)
    .v("f32x4_mul");
  wasmScalars.log(code, scratch);
  code.splat(-2).v("f32x4_mul").v("f32x4_sqrt").set(k0);
  unit(y)
    .v("f32x4_convert_i32x4_s")
    .splat((2 * Math.PI) / 16777216)
    .v("f32x4_mul");
  nearCosine(code, scratch);
  code.get(k0).v("f32x4_mul");
}

const four = (n: number): number[] => [n, n, n, n];
