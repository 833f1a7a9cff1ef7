// WebAssembly bytes: a module of functions over one imported memory. What is needed here and no more.

import { lookUp } from "../../../arithmetic/lookup.ts";

export type ValueType = "i32" | "f32" | "v128";
const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

const plainOps = {
  unreachable: 0x00,
  nop: 0x01,
  else: 0x05,
  end: 0x0b,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32_eqz: 0x45,
  i32_eq: 0x46,
  i32_ne: 0x47,
  i32_lt_s: 0x48,
  i32_lt_u: 0x49,
  i32_gt_s: 0x4a,
  i32_gt_u: 0x4b,
  i32_le_s: 0x4c,
  i32_ge_s: 0x4e,
  i32_ge_u: 0x4f,
  i32_add: 0x6a,
  i32_sub: 0x6b,
  i32_mul: 0x6c,
  i32_div_s: 0x6d,
  i32_div_u: 0x6e,
  i32_rem_s: 0x6f,
  i32_rem_u: 0x70,
  i32_and: 0x71,
  i32_or: 0x72,
  i32_shl: 0x74,
  i32_shr_s: 0x75,
  i32_shr_u: 0x76,
  f32_add: 0x92,
  f32_sub: 0x93,
  f32_mul: 0x94,
  f32_div: 0x95,
  f32_convert_i32_s: 0xb2,
  f32_convert_i32_u: 0xb3,
} as const;

const vectorOps = {
  i32x4_splat: 0x11,
  f32x4_splat: 0x13,
  i32x4_eq: 0x37,
  i32x4_lt_s: 0x39,
  i32x4_lt_u: 0x3a,
  f32x4_eq: 0x41,
  f32x4_ne: 0x42,
  f32x4_lt: 0x43,
  f32x4_gt: 0x44,
  f32x4_le: 0x45,
  f64x2_eq: 0x47,
  v128_not: 0x4d,
  v128_and: 0x4e,
  v128_andnot: 0x4f,
  v128_or: 0x50,
  v128_xor: 0x51,
  v128_bitselect: 0x52,
  v128_any_true: 0x53,
  f32x4_demote_f64x2_zero: 0x5e,
  f64x2_promote_low_f32x4: 0x5f,
  f32x4_floor: 0x68,
  i16x8_extend_low_i8x16_u: 0x89,
  i32x4_extend_low_i16x8_u: 0xa9,
  f32x4_nearest: 0x6a,
  f64x2_nearest: 0x94,
  i32x4_shl: 0xab,
  i32x4_shr_s: 0xac,
  i32x4_shr_u: 0xad,
  i32x4_add: 0xae,
  i32x4_sub: 0xb1,
  i32x4_mul: 0xb5,
  i64x2_shl: 0xcb,
  i64x2_shr_s: 0xcc,
  i64x2_add: 0xce,
  i64x2_sub: 0xd1,
  f32x4_abs: 0xe0,
  f32x4_neg: 0xe1,
  f32x4_sqrt: 0xe3,
  f32x4_add: 0xe4,
  f32x4_sub: 0xe5,
  f32x4_mul: 0xe6,
  f32x4_div: 0xe7,
  f32x4_min: 0xe8,
  f32x4_max: 0xe9,
  f64x2_add: 0xf0,
  f64x2_sub: 0xf1,
  f64x2_mul: 0xf2,
  f64x2_div: 0xf3,
  f64x2_min: 0xf4,
  f64x2_max: 0xf5,
  i32x4_trunc_sat_f32x4_s: 0xf8,
  f32x4_convert_i32x4_s: 0xfa,
  f32x4_convert_i32x4_u: 0xfb,
  f32x4_relaxed_madd: 0x105,
} as const;

export type PlainOp = keyof typeof plainOps;
export type VectorOp = keyof typeof vectorOps;

const memoryOps = {
  i32_load: [[0x28], 2],
  f32_load: [[0x2a], 2],
  i32_load8_u: [[0x2d], 0],
  i32_store: [[0x36], 2],
  f32_store: [[0x38], 2],
  v128_load: [[0xfd, 0], 2],
  v128_load32_splat: [[0xfd, 9], 2],
  v128_load32_zero: [[0xfd, 0x5c], 2],
  /** Of four bytes, which begin anywhere. */
  v128_load32_zero_bytes: [[0xfd, 0x5c], 0],
  v128_store: [[0xfd, 11], 2],
  i32_atomic_load: [[0xfe, 0x10], 2],
  i32_atomic_store: [[0xfe, 0x17], 2],
  i32_atomic_add: [[0xfe, 0x1e], 2],
  notify: [[0xfe, 0x00], 2],
  wait32: [[0xfe, 0x01], 2],
} as const;
export type MemoryOp = keyof typeof memoryOps;

/** A function body as it is written. */
export class Code {
  readonly bytes: number[] = [];
  readonly signature: Signature;
  private readonly locals: ValueType[] = [];
  private encoded: Uint8Array<ArrayBuffer> | undefined;

  constructor(signature: Signature) {
    this.signature = signature;
  }

  local(type: ValueType): number {
    this.locals.push(type);
    return this.signature.parameters.length + this.locals.length - 1;
  }
  get(local: number): this {
    this.bytes.push(0x20, ...unsigned(local));
    return this;
  }
  set(local: number): this {
    this.bytes.push(0x21, ...unsigned(local));
    return this;
  }
  tee(local: number): this {
    this.bytes.push(0x22, ...unsigned(local));
    return this;
  }
  i32(value: number): this {
    this.bytes.push(0x41, ...signed(value | 0));
    return this;
  }
  i64(value: number): this {
    this.bytes.push(0x42, ...signed(value));
    return this;
  }
  f32(value: number): this {
    this.bytes.push(0x43, ...floatBytes(value));
    return this;
  }
  /** Four equal lanes. */
  splat(value: number): this {
    const b = floatBytes(value);
    this.bytes.push(0xfd, 12, ...b, ...b, ...b, ...b);
    return this;
  }
  /** Two equal lanes of f64. */
  splat64(value: number): this {
    const bytes = [...new Uint8Array(Float64Array.of(value).buffer)];
    this.bytes.push(0xfd, 12, ...bytes, ...bytes);
    return this;
  }
  /** Two equal lanes of 64 bits, as their high and low words. */
  splatBits64(high: number, low: number): this {
    return this.lanes([low, high, low, high]);
  }
  /** Halves of two vectors side by side: each 0 (low) or 1 (high). */
  joinHalves(first: 0 | 1, second: 0 | 1): this {
    const bytes = [8 * first, 16 + 8 * second].flatMap((from) => Array.from({ length: 8 }, (_, i) => from + i));
    this.bytes.push(0xfd, 0x0d, ...bytes);
    return this;
  }
  lanes(values: readonly number[]): this {
    this.bytes.push(0xfd, 12, ...values.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, (v >>> 24) & 255]));
    return this;
  }
  op(name: PlainOp): this {
    this.bytes.push(plainOps[name]);
    return this;
  }
  v(name: VectorOp): this {
    this.bytes.push(0xfd, ...unsigned(vectorOps[name]));
    return this;
  }
  extract(lane: number): this {
    this.bytes.push(0xfd, 0x1f, lane);
    return this;
  }
  memory(name: MemoryOp, offset = 0): this {
    const [code, align] = memoryOps[name];
    this.bytes.push(...code, align, ...unsigned(offset));
    return this;
  }
  loadLane(lane: number, offset = 0): this {
    this.bytes.push(0xfd, 0x56, 2, ...unsigned(offset), lane);
    return this;
  }
  storeLane(lane: number, offset = 0): this {
    this.bytes.push(0xfd, 0x5a, 2, ...unsigned(offset), lane);
    return this;
  }
  copy(): this {
    this.bytes.push(0xfc, 10, 0, 0);
    return this;
  }
  call(index: number): this {
    this.bytes.push(0x10, ...unsigned(index));
    return this;
  }
  callIndirect(type: number): this {
    this.bytes.push(0x11, ...unsigned(type), 0);
    return this;
  }
  block(body: () => void): this {
    return this.nested(0x02, 0x40, body);
  }
  loop(body: () => void): this {
    return this.nested(0x03, 0x40, body);
  }
  if(body: () => void, otherwise?: () => void, result?: ValueType): this {
    return this.nested(0x04, result ? typeCodes[result] : 0x40, () => {
      body();
      if (otherwise) {
        this.op("else");
        otherwise();
      }
    });
  }
  private nested(code: number, type: number, body: () => void): this {
    this.bytes.push(code, type);
    body();
    return this.op("end");
  }
  br(depth: number): this {
    this.bytes.push(0x0c, ...unsigned(depth));
    return this;
  }
  brIf(depth: number): this {
    this.bytes.push(0x0d, ...unsigned(depth));
    return this;
  }
  /** Goes on from `counter` in whole blocks of `size`; what is left before `end` is less than one. */
  wholeBlocks(counter: number, end: number, size: number, body: () => void): this {
    const last = (): void =>
      void this.get(end)
        .i32(size - 1)
        .op("i32_sub");
    return this.for(counter, () => this.get(counter), last, size, body);
  }

  /** `for (local = from; local < to; local += step)`; `from` and `to` push an i32. */
  for(local: number, from: () => void, to: () => void, step: number, body: () => void): this {
    from();
    this.set(local);
    return this.block(() => {
      this.get(local);
      to();
      this.op("i32_ge_s").brIf(0);
      this.loop(() => {
        body();
        this.get(local).i32(step).op("i32_add").tee(local);
        to();
        this.op("i32_lt_s").brIf(0);
      });
    });
  }

  /** Size, local declarations and instructions, once all are there. */
  encode(): Uint8Array<ArrayBuffer> {
    this.encoded ??= this.encodeOnce();
    return this.encoded;
  }

  private encodeOnce(): Uint8Array<ArrayBuffer> {
    const declared = this.locals.flatMap((t) => [1, typeCodes[t]]);
    const body = [...unsigned(this.locals.length), ...declared];
    const size = body.length + this.bytes.length + 1;
    return joined([unsigned(size), body, this.bytes, [0x0b]]);
  }
}

export interface ModuleParts {
  readonly functions: readonly Code[];
  /** Exported functions by name. */
  readonly exports: Readonly<Record<string, number>>;
  /** Functions of the table, in order. */
  readonly table: readonly number[];
  readonly shared: boolean;
  readonly pages: number;
}

/** One module importing `env.memory`. */
export function encodeModule(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const signatures = new Map<string, number>();
  for (const f of parts.functions) typeIndex(signatures, f.signature);
  const types = [...signatures.keys()].map((k) => JSON.parse(k) as Signature);
  return joined([
    [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(
      1,
      vector(
        types.map((t) => [
          0x60,
          ...vector(t.parameters.map((p) => [typeCodes[p]])),
          ...vector(t.results.map((r) => [typeCodes[r]])),
        ]),
      ),
    ),
    section(2, vector([[...text("env"), ...text("memory"), 2, ...limits(parts)]])),
    section(3, vector(parts.functions.map((f) => unsigned(typeIndex(signatures, f.signature))))),
    section(4, vector([[0x70, 0, ...unsigned(parts.table.length)]])),
    section(7, vector(Object.entries(parts.exports).map(([name, index]) => [...text(name), 0, ...unsigned(index)]))),
    section(9, vector([[0, 0x41, 0, 0x0b, ...vector(parts.table.map((i) => unsigned(i)))]])),
    section(10, vector(parts.functions.map((f) => f.encode()))),
  ]);
}

/** The place in a module of the byte whose bit 1 says that the memory that it imports is shared. */
export function placeOfSharing(module: Uint8Array): number {
  const name = text("memory");
  for (let at = 8; at < module.length; at++)
    if (name.every((byte, i) => module[at + i] === byte)) return at + name.length + 1;
  throw new Error("the module imports no memory");
}

function typeIndex(known: Map<string, number>, signature: Signature): number {
  const key = JSON.stringify({ parameters: signature.parameters, results: signature.results });
  if (!known.has(key)) known.set(key, known.size);
  return lookUp(known, key);
}

const limits = ({ shared, pages }: ModuleParts): number[] => [shared ? 3 : 1, ...unsigned(pages), ...unsigned(pages)];

const section = (id: number, content: Uint8Array): Uint8Array => joined([[id], unsigned(content.length), content]);

const vector = (items: readonly ArrayLike<number>[]): Uint8Array => joined([unsigned(items.length), ...items]);

/** All bytes, one stretch after the other: modules have hundreds of thousands. */
function joined(stretches: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(stretches.reduce((n, s) => n + s.length, 0));
  let at = 0;
  for (const stretch of stretches) {
    bytes.set(stretch, at);
    at += stretch.length;
  }
  return bytes;
}

function text(s: string): number[] {
  return [s.length, ...[...s].map((c) => c.charCodeAt(0))];
}

function unsigned(value: number): number[] {
  const out: number[] = [];
  let v = value;
  do {
    const low = v % 128;
    v = Math.floor(v / 128);
    out.push(v === 0 ? low : low | 128);
  } while (v !== 0);
  return out;
}

function signed(value: number): number[] {
  const out: number[] = [];
  let v = value;
  for (;;) {
    const low = v & 127;
    v = Math.floor(v / 128);
    const done = (v === 0 && (low & 64) === 0) || (v === -1 && (low & 64) !== 0);
    out.push(done ? low : low | 128);
    if (done) return out;
  }
}

const floats = new DataView(new ArrayBuffer(4));
function floatBytes(value: number): number[] {
  floats.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => floats.getUint8(i));
}
