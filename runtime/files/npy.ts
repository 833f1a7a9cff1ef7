// In: the bytes of one .npy array. Out: its shape and values, row by row, whatever their type, byte order and layout were.
// Invariant: the data is exactly as long as shape and dtype say; nothing of a pickle is ever looked at.
// Format: NumPy Enhancement Proposal 1, versions 1.0 to 3.0.
import { halfFloat } from "../half.ts";
import { DataError } from "./dataerror.ts";

export interface NpyArray {
  readonly shape: readonly number[];
  /** Texts are indices of `labels`. */
  readonly kind: "float" | "integer" | "boolean" | "text";
  readonly values:
    | Float32Array
    | Float64Array
    | Int32Array
    | Uint32Array
    | Int16Array
    | Uint16Array
    | Int8Array
    | Uint8Array;
  /** The different texts, sorted. */
  readonly labels?: readonly string[];
}

const MAGIC = "\x93NUMPY";
const START = [...MAGIC].map((c) => c.charCodeAt(0));

/** True for the bytes of a .npy file. */
export const isNpy = (bytes: Uint8Array): boolean => START.every((byte, i) => bytes[i] === byte);

interface Dtype {
  readonly kind: NpyArray["kind"];
  readonly bytes: number;
  /** `data` starts at its own buffer's beginning and is little-endian, so that every view is right. */
  read(data: ArrayBuffer): NpyArray["values"];
}

/** By NumPy's letter and size; the byte order stands before them. */
const DTYPES: Readonly<Record<string, Dtype>> = {
  f2: { kind: "float", bytes: 2, read: (data) => Float32Array.from(new Uint16Array(data), halfFloat) },
  f4: { kind: "float", bytes: 4, read: (data) => new Float32Array(data) },
  f8: { kind: "float", bytes: 8, read: (data) => new Float64Array(data) },
  i1: { kind: "integer", bytes: 1, read: (data) => new Int8Array(data) },
  i2: { kind: "integer", bytes: 2, read: (data) => new Int16Array(data) },
  i4: { kind: "integer", bytes: 4, read: (data) => new Int32Array(data) },
  i8: { kind: "integer", bytes: 8, read: (data) => Float64Array.from(new BigInt64Array(data), Number) },
  u1: { kind: "integer", bytes: 1, read: (data) => new Uint8Array(data) },
  u2: { kind: "integer", bytes: 2, read: (data) => new Uint16Array(data) },
  u4: { kind: "integer", bytes: 4, read: (data) => new Uint32Array(data) },
  u8: { kind: "integer", bytes: 8, read: (data) => Float64Array.from(new BigUint64Array(data), Number) },
  b1: { kind: "boolean", bytes: 1, read: (data) => new Uint8Array(data) },
};

/** NumPy's codes of types that are not read, and what to save instead. */
const REFUSED: Readonly<Record<string, readonly [what: string, hint: string]>> = {
  c: ["complex numbers", "save their parts: numpy.stack([values.real, values.imag], axis=-1).astype('f4')"],
  M: ["dates", "save them as numbers: values.astype('datetime64[D]').astype('f4') counts days"],
  m: ["spans of time", "save them as numbers: values.astype('timedelta64[s]').astype('f4') counts seconds"],
  V: ["records", "save one array per field"],
  f: ["long floating-point numbers", "save them with values.astype('f4')"],
};

interface Described {
  readonly letter: string;
  /** Bytes of one element. */
  readonly bytes: number;
  /** Bytes of what is turned round where the order is big-endian. */
  readonly word: number;
  readonly isBig: boolean;
}

function describe(descr: string, path: string): Described {
  const match = /^([<>|=])([a-zA-Z])(\d*)/.exec(descr);
  const [, order = "|", letter = "?", digits = ""] = match ?? [];
  const size = Number(digits || 0);
  const isBig = order === ">";
  if (letter === "O") {
    const message = `${path} holds Python objects (dtype object), which only unpickling could read; that can run code`;
    const hint = "save numbers with numpy.array(values, dtype='f4'), words with numpy.array(values, dtype='U')";
    throw new DataError("data/npy-object", message, hint);
  }
  if (letter === "U" && size > 0) return { letter, bytes: 4 * size, word: 4, isBig };
  if (letter === "S" && size > 0) return { letter, bytes: size, word: 1, isBig };
  if (DTYPES[letter + digits]) return { letter: letter + digits, bytes: size, word: size, isBig };
  const [what, hint] = REFUSED[letter] ?? ["values", "save them with values.astype('f4')"];
  throw new DataError("data/npy-dtype", `${path} holds ${what} of dtype ${descr}, which are not read`, hint);
}

interface Header {
  readonly descr: string;
  readonly shape: readonly number[];
  readonly isFortran: boolean;
}

/** The Python dictionary of the header, of which only three fixed entries are allowed. */
function parseHeader(header: string, path: string): Header {
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (/'descr':\s*\[/.test(header)) {
    throw new DataError("data/npy-dtype", `${path} holds records (a structured dtype)`, "save one array per field");
  }
  if (descr === undefined || order === undefined || sizes === undefined) {
    throw new DataError("data/npy-header", `${path} has a header that is not a NumPy header: ${header.slice(0, 80)}`);
  }
  return { descr, shape: [...sizes.matchAll(/\d+/g)].map(Number), isFortran: order === "True" };
}

/** Bytes before the text of the header: they say where it ends. */
const START_BYTES = 12;
/** Longer headers are none: NumPy itself writes far shorter ones. */
const LONGEST_HEADER = 2 ** 20;

/** Where the text of the header begins and ends, by the first bytes of a file. */
function headerBounds(bytes: Uint8Array, path: string): readonly [from: number, to: number] {
  if (!isNpy(bytes)) throw new DataError("data/npy-header", `${path} is not a NumPy array: it does not begin as one`);
  if (bytes.length < START_BYTES) throw new DataError("data/truncated", `${path} ends inside its header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint8(6);
  if (version < 1 || version > 3) {
    throw new DataError("data/npy-header", `${path} has NumPy format version ${version}; 1 to 3 are read`);
  }
  const start = version === 1 ? 10 : START_BYTES;
  return [start, start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))];
}

/** The head of a .npy file, which describes its array: plain data. */
export interface NpyHead {
  readonly kind: NpyArray["kind"];
  readonly shape: readonly number[];
  readonly isFortran: boolean;
  readonly described: Described;
  readonly descr: string;
  /** Where its values begin, and how many bytes they are. */
  readonly from: number;
  readonly bytes: number;
}

/** `bytes` are those of a file up to its values, and more. DataErrors of `readNpy` but those of the length of its values. */
function readNpyHead(bytes: Uint8Array, path: string): NpyHead {
  const [from, to] = headerBounds(bytes, path);
  if (to > bytes.length) throw new DataError("data/truncated", `${path} ends inside its header`);
  const { descr, shape, isFortran } = parseHeader(new TextDecoder().decode(bytes.subarray(from, to)), path);
  const described = describe(descr, path);
  const kind = DTYPES[described.letter]?.kind ?? "text";
  const wanted = described.bytes * shape.reduce((product, size) => product * size, 1);
  return { kind, shape, isFortran, described, descr, from: to, bytes: wanted };
}

/** The head of a file that is read a part at a time. The DataErrors of `readNpyHead` and `checkLength`. */
export async function readNpyHeadOf(
  part: (from: number, to: number) => Promise<Uint8Array>,
  length: number,
  path: string,
): Promise<NpyHead> {
  const [, to] = headerBounds(await part(0, Math.min(length, START_BYTES)), path);
  if (to > LONGEST_HEADER) throw new DataError("data/npy-header", `${path} has a header of ${to} bytes`);
  const head = readNpyHead(await part(0, Math.min(length, to)), path);
  checkLength(head, length - head.from, path);
  return head;
}

/** DataErrors `data/truncated`, `data/npy-size`. */
function checkLength({ shape, descr, bytes }: NpyHead, length: number, path: string): void {
  if (length === bytes) return;
  const message = `${path} claims shape (${shape.join(", ")}) of ${descr}, ${bytes} bytes, but has ${length}`;
  throw new DataError(length < bytes ? "data/truncated" : "data/npy-size", message);
}

/** Whether its numbers are held as bytes. */
export const isOfBytes = ({ described: { letter } }: NpyHead): boolean => letter === "u1" || letter === "b1";

/** An array of `count` rows of a file, which lie one after the other. DataError `data/npy-header` of texts that are none. */
export function readNpyRows(head: NpyHead, rows: Uint8Array, count: number, path: string): NpyArray {
  const { described, isFortran } = head;
  const shape = [count, ...head.shape.slice(1)];
  const own = ordered(rows, described);
  const byRow = isFortran && shape.length > 1 ? byRows(own, shape, described.bytes) : own;
  const dtype = DTYPES[described.letter];
  if (!dtype) return { shape, kind: "text", ...readTexts(byRow, described, path) };
  return { shape, kind: dtype.kind, values: dtype.read(byRow.buffer) };
}

/** A copy at its own buffer's beginning, its words little-endian. */
function ordered(data: Uint8Array, { word, isBig }: Described): Uint8Array<ArrayBuffer> {
  const own = Uint8Array.from(data);
  if (!isBig || word === 1) return own;
  for (let at = 0; at < own.length; at += word) own.subarray(at, at + word).reverse();
  return own;
}

/** Elements of `bytes` bytes that lie column by column, row by row. */
function byRows(data: Uint8Array<ArrayBuffer>, shape: readonly number[], bytes: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(data.length);
  const count = data.length / bytes;
  const steps = (axis: number) => shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const innermostFirst = shape.map((size, axis) => ({ size, step: steps(axis), at: 0 })).reverse();
  for (let i = 0, from = 0; i < count; i++) {
    made.set(data.subarray(from * bytes, (from + 1) * bytes), i * bytes);
    for (const axis of innermostFirst) {
      from += axis.step;
      if (++axis.at < axis.size) break;
      from -= axis.step * axis.size;
      axis.at = 0;
    }
  }
  return made;
}

/** Indices of the different texts; what pads an element is no part of it. */
function readTexts(data: Uint8Array, { letter, bytes }: Described, path: string): Pick<NpyArray, "values" | "labels"> {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const texts: string[] = [];
  for (let at = 0; at < data.length; at += bytes)
    texts.push(letter === "U" ? wideText(view, at, bytes, path) : narrowText(data, at, bytes));
  const labels = [...new Set(texts)].sort((a, b) => (a < b ? -1 : 1));
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  return { labels, values: Int32Array.from(texts, (text) => indexOf.get(text)!) };
}

function wideText(view: DataView, at: number, bytes: number, path: string): string {
  let text = "";
  let end = bytes;
  while (end > 0 && view.getUint32(at + end - 4, true) === 0) end -= 4;
  for (let k = 0; k < end; k += 4) {
    const point = view.getUint32(at + k, true);
    if (point > 0x10ffff) throw new DataError("data/npy-header", `${path} holds texts that are not Unicode`);
    text += String.fromCodePoint(point);
  }
  return text;
}

function narrowText(data: Uint8Array, at: number, bytes: number): string {
  let end = at + bytes;
  while (end > at && data[end - 1] === 0) end--;
  return new TextDecoder().decode(data.subarray(at, end));
}

/** DataError `data/npy-header`, `data/npy-dtype`, `data/npy-object`, `data/npy-size`, `data/truncated`. */
export function readNpy(bytes: Uint8Array, path: string): NpyArray {
  const head = readNpyHead(bytes, path);
  const { shape, from } = head;
  checkLength(head, bytes.length - from, path);
  const array = readNpyRows(head, bytes.subarray(from), shape[0] ?? 1, path);
  return { ...array, shape };
}
