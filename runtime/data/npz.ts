// In: a .npz file of arrays that share their first axis. Out: one field per array, under the array's name.
// Invariant: rows of all fields stay together through the seeded shuffle; every value is finite.

import { type Column, DataError } from "./dataset.ts";
import { refuseWebPage } from "./decode.ts";
import { fieldNames } from "./fieldname.ts";
import { type NpyArray, readNpy } from "./npy.ts";
import type { Source } from "./source.ts";
import { cutAt, shuffledSplit } from "./split.ts";
import { readZip } from "./zip.ts";

const LABEL_NAME = /^(labels?|y|targets?)$/i;
const CLASS_LIMIT = 1_000_000;

/** Integers are classes when the array is called label, y or target(s), or has one number per example. */
function holdsClasses(name: string, array: NpyArray): boolean {
  return array.kind !== "float" && (array.shape.length === 1 || LABEL_NAME.test(name));
}

function classField(name: string, array: NpyArray, where: string): Column {
  let most = array.kind === "boolean" ? 1 : 0;
  for (const [index, value] of array.values.entries()) {
    if (value < 0 || value >= CLASS_LIMIT) {
      const message = `${where}: element ${index} is ${value}, but a class is 0 to ${CLASS_LIMIT - 1}`;
      throw new DataError("data/label-out-of-range", message, "save the array as f4 if it holds quantities");
    }
    most = Math.max(most, value);
  }
  return { name, shape: array.shape.slice(1), classes: most + 1, values: Int32Array.from(array.values) };
}

function numberField(name: string, array: NpyArray, where: string): Column {
  const values = Float32Array.from(array.values);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong >= 0) {
    const message = `${where}: element ${wrong} is ${array.values[wrong]}, not a finite 32-bit number`;
    throw new DataError("data/not-finite", message);
  }
  return { name, shape: array.shape.slice(1), values };
}

function checkCounts(arrays: ReadonlyMap<string, NpyArray>, path: string): number {
  const shapes = [...arrays].map(([name, array]) => `${name} (${array.shape.join(", ")})`).join(", ");
  const counts = new Set<number>();
  for (const [name, array] of arrays) {
    if (array.shape.length === 0) {
      throw new DataError("data/npz-scalar", `${path}: ${name} is a single number, without an axis of examples`);
    }
    counts.add(array.shape[0]);
  }
  if (counts.size === 1) return [...counts][0];
  const message = `${path}: the arrays have different numbers of examples: ${shapes}`;
  throw new DataError("data/counts-differ", message, "the first axis counts the examples");
}

/** The fields of a .npz archive, shuffled and split. */
export function npzDataset(bytes: Uint8Array, path: string, split: number, seed: number) {
  const arrays = new Map<string, NpyArray>();
  for (const [file, contents] of readZip(bytes, path)) {
    if (!file.endsWith(".npy")) throw new DataError("data/npy-header", `${path} holds ${file}, which is not an array`);
    arrays.set(file.slice(0, -".npy".length), readNpy(contents, `${path}: ${file}`));
  }
  if (arrays.size === 0) throw new DataError("data/empty-file", `${path} holds no arrays`);
  const count = checkCounts(arrays, path);
  const cut = cutAt(count, split, path);
  const names = fieldNames([...arrays.keys()]);
  const columns = [...arrays].map(([written, array], index) => {
    const make = holdsClasses(written, array) ? classField : numberField;
    return make(names[index], array, `${path}: ${written}`);
  });
  return { unit: "rows", unitsPerExample: 1, ...shuffledSplit(columns, count, cut, seed) };
}

export const npz: Source = {
  name: "npz",
  documentation: "NumPy arrays saved with numpy.savez: one field per array, the first axis counts the examples.",
  parameters: [
    { name: "file", kind: "path", documentation: "a .npz file with arrays of f4, f8, i4, i8, u1 or bool" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled examples that trains" },
  ],
  fields: [
    {
      name: "<array>",
      type: "[...] or class K",
      documentation: "numbers as they are; integers are classes when called label, y or target(s) or one per example",
    },
  ],
  generated: false,
  async load(given, { files, seed }) {
    const path = given.path("file");
    const bytes = await files.read(path);
    refuseWebPage(bytes, path, "a .npz file");
    return npzDataset(bytes, path, given.number("split"), seed);
  },
};
