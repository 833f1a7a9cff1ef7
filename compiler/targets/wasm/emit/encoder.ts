// WebAssembly bytes: a module of functions over one imported memory. What is needed here and no more.

import { lookUp } from "../../../arithmetic/lookup.ts";
import { type MemoryOp, memoryOps, type PlainOp, plainOps, type VectorOp, vectorOps } from "./opcodes.ts";

export type ValueType = "i32" | "f32" | "v128";
const typeCodes: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

export interface Signature {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** A function body as it is written. */
export class Code {
  readonly bytes: number[] = [];
  readonly signature: Signature;
  private readonly locals: ValueType[] = [];
  /** Locals of constants by the bits in each lane. */
  private readonly constants = new Map<number, number>();
  /** Locals of what is computed at the start, with its code. */
  private readonly starts = new Map<string, { readonly local: number; readonly code: Code }>();
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
    return this.kept(bitsOf(value));
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
    const [first = 0] = values;
    if (values.every((v) => v === first)) return this.kept(first);
    this.bytes.push(...laneBytes(values));
    return this;
  }
  /**
   * The same bits in all lanes. All but zeros come from a local that is set at the start: engines make a constant again at every turn of
   * a loop, by three instructions, and the error function took half as long again.
   */
  kept(bits: number): this {
    if (bits === 0) {
      this.bytes.push(...laneBytes([0, 0, 0, 0]));
      return this;
    }
    let local = this.constants.get(bits);
    if (local === undefined) this.constants.set(bits, (local = this.local("v128")));
    return this.get(local);
  }
  /** A vector that `emit` computes without locals, once at the start: the same in all lanes and at every turn of a loop. */
  once(key: string, emit: (start: Code) => void): this {
    let known = this.starts.get(key);
    if (known === undefined) {
      const code = new Code(this.signature);
      emit(code);
      this.starts.set(key, (known = { local: this.local("v128"), code }));
    }
    return this.get(known.local);
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
  /** A lane of so many bits. */
  storeLane(lane: number, offset = 0, bits: 16 | 32 | 64 = 32): this {
    const [code, align] = ({ 16: [0x59, 1], 32: [0x5a, 2], 64: [0x5b, 1] } as const)[bits];
    this.bytes.push(0xfd, code, align, ...unsigned(offset), lane);
    return this;
  }
  /** Four of the eight lanes of the two vectors on the stack. */
  shuffle(lanes: readonly number[]): this {
    this.bytes.push(0xfd, 0x0d, ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)));
    return this;
  }
  /** Puts the i32 on the stack into a lane of the vector below it. */
  replaceLane(lane: number): this {
    this.bytes.push(0xfd, 0x1c, lane);
    return this;
  }
  copy(): this {
    this.bytes.push(0xfc, 10, 0, 0);
    return this;
  }
  /** Bytes of the memory, 0 in the place of 2^32: differences from it are right all the same. */
  memorySize(): this {
    this.bytes.push(0x3f, 0);
    return this.i32(16).op("i32_shl");
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
    const set = (local: number): number[] => [0x21, ...unsigned(local)];
    const start = [
      ...[...this.constants].flatMap(([bits, local]) => [...laneBytes([bits, bits, bits, bits]), ...set(local)]),
      ...[...this.starts.values()].flatMap(({ local, code }) => [...code.bytes, ...set(local)]),
    ];
    const size = body.length + start.length + this.bytes.length + 1;
    return joined([unsigned(size), body, start, this.bytes, [0x0b]]);
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

const laneBytes = (values: readonly number[]): number[] => [
  0xfd,
  12,
  ...values.flatMap((v) => [v & 255, (v >> 8) & 255, (v >> 16) & 255, (v >>> 24) & 255]),
];

/** The bits of an f32. */
export function bitsOf(value: number): number {
  floats.setFloat32(0, value, true);
  return floats.getInt32(0, true);
}

const floats = new DataView(new ArrayBuffer(4));
function floatBytes(value: number): number[] {
  floats.setFloat32(0, value, true);
  return [0, 1, 2, 3].map((i) => floats.getUint8(i));
}
