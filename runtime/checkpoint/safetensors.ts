// In: bytes of a safetensors file, or named tensors. Out: the other one.
// Invariant: the tensors cover the data of the file exactly, without overlap and without holes; equal tensors give equal
// bytes. Format: https://huggingface.co/docs/safetensors (8 bytes of header length, JSON header, data), little-endian.

import { parseHeaderJson } from "./headerjson.ts";
import { DTYPE_BYTES, elementsOf, isDtype, showTensor, type Tensor, type TensorDtype, viewAs } from "./tensor.ts";
import { WeightsError } from "./weightserror.ts";

export interface SafetensorsFile {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Longest header that is read, in bytes (the limit of the format's own library). */
const HEADER_LIMIT = 100_000_000;

const PREFIX = 8;
const METADATA = "__metadata__";
/** Element types of the format that this reader does not read. */
const OTHER_DTYPES = new Set("BOOL I8 I16 U16 U64 F16 BF16 F64 F8_E4M3 F8_E5M2 C64".split(" "));

interface Entry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly from: number;
  readonly to: number;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function readDtype(value: unknown, where: string): TensorDtype {
  if (typeof value === "string" && isDtype(value)) return value;
  const known = typeof value === "string" && OTHER_DTYPES.has(value);
  const message = `${where} has ${known ? "dtype" : "the unknown dtype"} ${JSON.stringify(value)}; ${Object.keys(DTYPE_BYTES).join(", ")} are read`;
  throw new WeightsError("weights/unknown-dtype", message, known ? "convert it to F32" : undefined);
}

function readEntry(name: string, value: unknown, path: string): Entry {
  const where = `${path}: tensor ${JSON.stringify(name)}`;
  const fields: Record<string, unknown> = typeof value === "object" && value !== null ? { ...value } : {};
  const keys = Object.keys(fields).sort().join(", ");
  if (keys !== "data_offsets, dtype, shape") {
    throw new WeightsError(
      "weights/bad-entry",
      `${where} must have dtype, shape and data_offsets, but has ${keys || "none"}`,
    );
  }
  const { shape, data_offsets: offsets } = fields;
  const dtype = readDtype(fields.dtype, where);
  if (!isCounts(shape) || !Number.isSafeInteger(elementsOf(shape) * DTYPE_BYTES[dtype])) {
    throw new WeightsError("weights/bad-shape", `${where} has the impossible shape ${JSON.stringify(shape)}`);
  }
  const [from, to, ...more] = isCounts(offsets) ? offsets : [];
  if (from === undefined || to === undefined || more.length > 0 || from > to) {
    throw new WeightsError(
      "weights/bad-offsets",
      `${where} has the impossible data_offsets ${JSON.stringify(offsets)}`,
    );
  }
  const wanted = elementsOf(shape) * DTYPE_BYTES[dtype];
  if (to - from === wanted) return { name, dtype, shape, from, to };
  const message = `${where} is ${showTensor({ dtype, shape })}, ${wanted} bytes, but its data_offsets give ${to - from}`;
  throw new WeightsError("weights/size-disagrees", message);
}

function readMetadata(value: unknown, path: string): Map<string, string> {
  if (value === undefined) return new Map();
  const entries =
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
  const wrong = entries?.find(([, text]) => typeof text !== "string");
  if (entries && !wrong) return new Map(entries.map(([key, text]) => [key, String(text)]));
  const what = wrong ? JSON.stringify(wrong[0]) : "it";
  throw new WeightsError("weights/bad-metadata", `${path}: ${METADATA} must hold strings only, but ${what} is none`);
}

/** Tensors in order of their place; each must start where the one before it ended, and the last must end the file. */
function checkCover(entries: readonly Entry[], dataBytes: number, path: string): void {
  const ordered = [...entries].sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  let before = "the header";
  for (const { name, from, to } of ordered) {
    if (from < end) {
      throw new WeightsError(
        "weights/overlap",
        `${path}: tensors ${before} and ${name} share bytes ${from} to ${Math.min(end, to)}`,
      );
    }
    if (from > end) {
      throw new WeightsError(
        "weights/hole",
        `${path}: bytes ${end} to ${from}, between ${before} and ${name}, belong to no tensor`,
      );
    }
    end = to;
    before = name;
  }
  if (end > dataBytes) {
    const message = `${path} is truncated: ${before} ends at byte ${end} of the data, but there are only ${dataBytes}`;
    throw new WeightsError("weights/truncated", message, "copy the file again, or use an earlier checkpoint");
  }
  if (end < dataBytes) {
    throw new WeightsError(
      "weights/trailing-bytes",
      `${path}: ${dataBytes - end} bytes after the last tensor belong to none`,
    );
  }
}

function splitFile(bytes: Uint8Array, path: string): { header: Uint8Array; data: Uint8Array } {
  if (bytes.length < PREFIX) {
    throw new WeightsError("weights/truncated", `${path} has ${bytes.length} bytes, too few for a safetensors file`);
  }
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, PREFIX).getBigUint64(0, true));
  if (length > HEADER_LIMIT) {
    const message = `${path} is not a safetensors file, or is damaged: its header would have ${length} bytes, more than ${HEADER_LIMIT}`;
    throw new WeightsError("weights/header-too-large", message);
  }
  if (PREFIX + length > bytes.length) {
    const message = `${path}: the header should have ${length} bytes, but only ${bytes.length - PREFIX} follow`;
    throw new WeightsError("weights/truncated", message);
  }
  return { header: bytes.subarray(PREFIX, PREFIX + length), data: bytes.subarray(PREFIX + length) };
}

/** Each tensor gets its own copy of its bytes, in the order of the header; `path` is only used in messages. */
export function readSafetensors(bytes: Uint8Array, path = "the file"): SafetensorsFile {
  const { header, data } = splitFile(bytes, path);
  const { [METADATA]: metadata, ...described } = parseHeaderJson(header, path);
  const entries = Object.entries(described).map(([name, value]) => readEntry(name, value, path));
  checkCover(entries, data.length, path);
  const tensors = new Map<string, Tensor>();
  for (const { name, dtype, shape, from, to } of entries) {
    const own = new ArrayBuffer(to - from);
    new Uint8Array(own).set(data.subarray(from, to));
    tensors.set(name, { dtype, shape, values: viewAs(dtype, own) });
  }
  return { tensors, metadata: readMetadata(metadata, path) };
}

function checkTensor(name: string, { dtype, shape, values }: Tensor): void {
  if (name === METADATA) throw new RangeError(`no tensor can be called ${METADATA}`);
  const fits = values.byteLength === elementsOf(shape) * DTYPE_BYTES[dtype];
  if (!fits) throw new RangeError(`tensor ${name} is ${showTensor({ dtype, shape })}, but has ${values.length} values`);
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Larger elements first, then by name: every tensor is aligned, and the order of the map does not matter. */
function inFileOrder(tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  const size = (tensor: Tensor) => DTYPE_BYTES[tensor.dtype];
  return [...tensors].sort((a, b) => size(b[1]) - size(a[1]) || byName(a, b));
}

/** The bytes of a file with these tensors and this metadata; the header is padded with spaces to a multiple of 8. */
export function writeSafetensors({ tensors, metadata }: SafetensorsFile): Uint8Array {
  const ordered = inFileOrder(tensors);
  const entries: [string, unknown][] = [];
  if (metadata.size > 0) entries.push([METADATA, Object.fromEntries([...metadata].sort(byName))]);
  let end = 0;
  for (const [name, tensor] of ordered) {
    checkTensor(name, tensor);
    const from = end;
    end += tensor.values.byteLength;
    entries.push([name, { dtype: tensor.dtype, shape: tensor.shape, data_offsets: [from, end] }]);
  }
  const json = new TextEncoder().encode(
    `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`)}}`,
  );
  const start = PREFIX + Math.ceil(json.length / 8) * 8;
  if (start - PREFIX > HEADER_LIMIT) {
    const message = `a header of ${start - PREFIX} bytes could not be read again: at most ${HEADER_LIMIT} are`;
    throw new WeightsError(
      "weights/header-too-large",
      message,
      "names of classes and the program stand in it: use fewer",
    );
  }
  const bytes = new Uint8Array(start + end).fill(0x20, 0, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - PREFIX), true);
  bytes.set(json, PREFIX);
  let at = start;
  for (const [, { values }] of ordered) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}
