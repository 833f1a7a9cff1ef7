// In: the bytes of one .npy array. Out: its shape and values as numbers.
// Invariant: the data is exactly as long as shape and dtype say; nothing of a pickle is ever looked at.
// Format: NumPy Enhancement Proposal 1, versions 1.0 to 3.0.

import { DataError } from "./dataset.ts";

export interface NpyArray {
  readonly shape: readonly number[];
  readonly kind: "float" | "integer" | "boolean";
  readonly values: Float32Array | Float64Array | Int32Array | Uint8Array;
}

const MAGIC = "\x93NUMPY";

interface Dtype {
  readonly kind: NpyArray["kind"];
  readonly bytes: number;
  /** `data` starts at its own buffer's beginning, so that every view is aligned. */
  read(data: ArrayBuffer): NpyArray["values"];
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  "<f4": { kind: "float", bytes: 4, read: (data) => new Float32Array(data) },
  "<f8": { kind: "float", bytes: 8, read: (data) => new Float64Array(data) },
  "<i4": { kind: "integer", bytes: 4, read: (data) => new Int32Array(data) },
  "<i8": { kind: "integer", bytes: 8, read: (data) => Float64Array.from(new BigInt64Array(data), Number) },
  "|u1": { kind: "integer", bytes: 1, read: (data) => new Uint8Array(data) },
  "|b1": { kind: "boolean", bytes: 1, read: (data) => new Uint8Array(data) },
};

function dtypeOf(descr: string, path: string): Dtype {
  const dtype = DTYPES[descr];
  if (dtype) return dtype;
  if (descr.includes("O")) {
    const message = `${path} holds Python objects (dtype object), which only unpickling could read; that can run code`;
    throw new DataError(
      "data/npy-object",
      message,
      "save the array as numbers: numpy.asarray(values, dtype='float32')",
    );
  }
  const reason = descr.startsWith(">") ? "big-endian numbers" : `dtype ${descr}`;
  const message = `${path} holds ${reason}; f4, f8, i4, i8, u1 and bool (little-endian) are read`;
  throw new DataError("data/npy-dtype", message, "save it with .astype('<f4')");
}

/** The Python dictionary of the header, of which only three fixed entries are allowed. */
function parseHeader(header: string, path: string): { descr: string; shape: number[] } {
  const descr = /'descr':\s*'([^']+)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const sizes = /'shape':\s*\(([\d,\sL]*)\)/.exec(header)?.[1];
  if (/'descr':\s*\[/.test(header)) {
    throw new DataError("data/npy-dtype", `${path} holds records (a structured dtype)`, "save one array per field");
  }
  if (descr === undefined || order === undefined || sizes === undefined) {
    throw new DataError("data/npy-header", `${path} has a header that is not a NumPy header: ${header.slice(0, 80)}`);
  }
  const shape = [...sizes.matchAll(/\d+/g)].map(Number);
  if (order === "True" && shape.length > 1) {
    const hint = "save it with numpy.ascontiguousarray(values)";
    throw new DataError("data/npy-dtype", `${path} is stored column by column (Fortran order)`, hint);
  }
  return { descr, shape };
}

function splitHeader(bytes: Uint8Array, path: string): { header: string; data: Uint8Array } {
  const magic = String.fromCharCode(...bytes.subarray(0, 6));
  if (magic !== MAGIC) throw new DataError("data/npy-header", `${path} is not a NumPy array: it lacks the magic bytes`);
  const version = bytes[6];
  if (version < 1 || version > 3 || bytes.length < 12) {
    throw new DataError("data/npy-header", `${path} has NumPy format version ${version}; 1 to 3 are read`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = version === 1 ? 10 : 12;
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (end > bytes.length) throw new DataError("data/truncated", `${path} ends inside its header`);
  return { header: new TextDecoder().decode(bytes.subarray(start, end)), data: bytes.subarray(end) };
}

/** DataError `data/npy-header`, `data/npy-dtype`, `data/npy-object`, `data/npy-size`, `data/truncated`. */
export function readNpy(bytes: Uint8Array, path: string): NpyArray {
  const { header, data } = splitHeader(bytes, path);
  const { descr, shape } = parseHeader(header, path);
  const dtype = dtypeOf(descr, path);
  const wanted = dtype.bytes * shape.reduce((product, size) => product * size, 1);
  if (data.length !== wanted) {
    const message = `${path} claims shape (${shape.join(", ")}) of ${descr}, ${wanted} bytes, but has ${data.length}`;
    throw new DataError(data.length < wanted ? "data/truncated" : "data/npy-size", message);
  }
  const own = new ArrayBuffer(wanted);
  new Uint8Array(own).set(data);
  return { shape, kind: dtype.kind, values: dtype.read(own) };
}
