// Builds small data files byte by byte, and catches the one error that a bad one must give.

import { expect } from "vitest";
import type { Column, Dataset, Fold, SourceArgument } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { memoryFiles } from "../../runtime/files/files.ts";

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** An idx file: magic, sizes (big-endian), values. The sizes may lie. */
export function idx(sizes: readonly number[], values: ArrayLike<number>, type = 8): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * sizes.length + values.length);
  bytes.set([0, 0, type, sizes.length]);
  sizes.forEach((size, axis) => {
    new DataView(bytes.buffer).setUint32(4 + 4 * axis, size);
  });
  bytes.set(Array.from(values), 4 + 4 * sizes.length);
  return bytes;
}

/** A .npy file of version 1 with this header text and data. */
export function npy(descr: string, shape: string, data: Uint8Array, order = "False"): Uint8Array {
  const text = `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11);
  const head = utf8(`${header}\n`);
  return Uint8Array.from([0x93, ...utf8("NUMPY"), 1, 0, head.length & 255, head.length >> 8, ...head, ...data]);
}

export function bytesOf(values: Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

export interface Call {
  readonly positional?: readonly SourceArgument[];
  readonly named?: Readonly<Record<string, SourceArgument>>;
  readonly seed?: number;
  readonly fold?: Fold;
}

/** Loads from files that exist in memory only. */
export function load(name: string, files: Readonly<Record<string, Uint8Array>>, call: Call = {}): Promise<Dataset> {
  const { positional = [], named = {}, seed = 1, fold } = call;
  return loadDataset({ name, positional, named, seed, base: "", fold }, memoryFiles(files));
}

/** The DataError of a load that must fail; anything else that is thrown fails the test. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<DataError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    expect(error).toBeInstanceOf(DataError);
    if (error instanceof DataError) return error;
  }
  throw new Error("no error was thrown");
}

/** A column with its numbers, however it holds them. */
export function column(
  dataset: Dataset,
  name: string,
  part: "train" | "heldout" = "train",
): Column & { readonly values: Numbers } {
  const found = dataset[part].columns.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no field ${name} among ${dataset[part].columns.map((each) => each.name)}`);
  return { ...found, values: numbersOf(found) };
}

/** Everything a data set holds, in a form that compares to the bit. */
export function bits(dataset: Dataset): unknown {
  const part = ({ length, columns }: Dataset["train"]) => [
    length,
    columns.map(({ values, ...rest }) => [rest, Buffer.from(bytesOf(values)).toString("base64")]),
  ];
  return [part(dataset.train), part(dataset.heldout)];
}
