// In: a .npz file of arrays that share their first axis. Out: one field per array, under the array's name.
// Invariant: rows of all fields stay together through the seeded shuffle; every value is finite. Where the archive has a held-out
// part of its own (x_train and x_test), that is held out, and nothing is shuffled.

import { DataError } from "../../files/dataerror.ts";
import { refuseWebPage } from "../../files/decode.ts";
import { didYouMean } from "../../files/nearest.ts";
import { isNpy, type NpyArray, readNpy } from "../../files/npy.ts";
import { readZip } from "../../files/zip.ts";
import type { Column, DataRemark, Dataset, Split } from "../dataset.ts";
import { clashesOf, clashRemark, fieldNames } from "../fieldname.ts";
import type { Source } from "../source.ts";
import { cutAt, shuffledSplit, splitRows } from "../split.ts";
import { type Declared, declaredClasses, fieldsOf, isLabelName, withoutPadding } from "./npzfields.ts";

type Arrays = ReadonlyMap<string, NpyArray>;

function checkCounts(arrays: Arrays, path: string): number {
  const shapes = [...arrays].map(([name, array]) => `${name} (${array.shape.join(", ")})`).join(", ");
  const counts = new Set<number>();
  for (const [name, array] of arrays) {
    const [count] = array.shape;
    if (count === undefined) {
      throw new DataError("data/npz-scalar", `${path}: ${name} is a single number, without an axis of examples`);
    }
    counts.add(count);
  }
  const [count, ...others] = counts;
  if (count !== undefined && others.length === 0) return count;
  const message = `${path}: the arrays have different numbers of examples: ${shapes}`;
  const hint =
    "the first axis counts the examples; a part to hold out is called x_test beside x_train, for every array";
  throw new DataError("data/counts-differ", message, hint);
}

// ---------------------------------------------------------------- held-out parts

const TRAIN = "_train";
const HELD_OUT = ["_test", "_val", "_valid"];

/** Of each array whose name ends with `_train` the one to hold out; undefined where the archive has no such parts. */
function partsOf(arrays: Arrays, path: string): ReadonlyMap<string, string> | undefined {
  const stems = [...arrays.keys()].filter((name) => name.endsWith(TRAIN)).map((name) => name.slice(0, -TRAIN.length));
  if (stems.length === 0) return undefined;
  const endings = HELD_OUT.filter((ending) => stems.some((stem) => arrays.has(stem + ending)));
  const [ending] = endings;
  if (ending === undefined) return undefined;
  const wanted = stems.flatMap((stem) => [stem + TRAIN, stem + ending]);
  const stray = [...arrays.keys()].find((name) => !wanted.includes(name));
  const lacking = wanted.find((name) => !arrays.has(name));
  const problem = lacking ? `there is no ${lacking}` : stray ? `${stray} is part of neither` : undefined;
  if (problem === undefined) return new Map(stems.map((stem) => [stem + TRAIN, stem + ending]));
  const message = `${path} has arrays to train on (${TRAIN}) and to hold out (${ending}), but ${problem}`;
  throw new DataError(
    "data/counts-differ",
    message,
    `save for every array one that ends with ${TRAIN} and one with ${ending}, and no others`,
  );
}

/** Indices into `own` as indices into `labels`, which hold all of `own`. */
function indicesIn(labels: readonly string[], own: readonly string[], indices: NpyArray["values"]): number[] {
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const places = own.map((label) => indexOf.get(label)!);
  return Array.from(indices, (index) => places[index]!);
}

/** Two arrays one after the other: texts under the labels of both. */
function concatenate(a: NpyArray, b: NpyArray, what: string): NpyArray {
  if (a.shape.slice(1).join() !== b.shape.slice(1).join() || a.kind !== b.kind) {
    const message = `${what}: examples to train on are ${a.kind} (${a.shape.slice(1)}), those to hold out ${b.kind} (${b.shape.slice(1)})`;
    throw new DataError("data/counts-differ", message, "both parts need values of one kind and shape");
  }
  const [[countA = 0, ...inner], [countB = 0]] = [a.shape, b.shape];
  const shape = [countA + countB, ...inner];
  if (!a.labels || !b.labels) {
    const bytes = a.values instanceof Uint8Array && b.values instanceof Uint8Array;
    const values = new (bytes ? Uint8Array : Float64Array)(a.values.length + b.values.length);
    values.set(a.values);
    values.set(b.values, a.values.length);
    return { shape, kind: a.kind, values };
  }
  const labels = [...new Set([...a.labels, ...b.labels])].sort((x, y) => (x < y ? -1 : 1));
  const indices = [...indicesIn(labels, a.labels, a.values), ...indicesIn(labels, b.labels, b.values)];
  return { shape, kind: "text", labels, values: Int32Array.from(indices) };
}

// ---------------------------------------------------------------- lengths

/** Names of arrays that say how long the sequences of another are, the nearest first. */
export const lengthNames = (name: string): readonly string[] => [
  `${name}_length`,
  `${name}_lengths`,
  "length",
  "lengths",
];

/** The array that says how long the sequences of another are: called like it, or `length(s)` for all that can be sequences. */
function lengthsFor(name: string, array: NpyArray, arrays: Arrays, path: string): Int32Array | undefined {
  const isSequence = (array.kind === "integer" && array.shape.length === 2) || array.shape.length === 3;
  if (!isSequence || array.values instanceof Uint8Array) return undefined;
  const own = lengthNames(name).find((n) => n !== name && arrays.has(n));
  const lengths = own === undefined ? undefined : arrays.get(own);
  if (lengths?.kind !== "integer" || lengths.shape.length !== 1) return undefined;
  const [, steps = 0] = array.shape;
  const wrong = lengths.values.findIndex((n) => n < 1 || n > steps);
  if (wrong < 0) return Int32Array.from(lengths.values);
  const message = `${path}: ${own}: element ${wrong} is ${lengths.values[wrong]}, but a sequence of ${name} has 1 to ${steps} steps`;
  throw new DataError(
    "data/bad-length",
    message,
    `leave such examples out, or give ${own} another name if it holds something else`,
  );
}

// ---------------------------------------------------------------- the archive

function readArrays(bytes: Uint8Array, path: string): Arrays {
  const arrays = new Map<string, NpyArray>();
  for (const [file, contents] of readZip(bytes, path)) {
    if (!file.endsWith(".npy")) throw new DataError("data/npy-header", `${path} holds ${file}, which is not an array`);
    arrays.set(file.slice(0, -".npy".length), readNpy(contents, `${path}: ${file}`));
  }
  if (arrays.size === 0) throw new DataError("data/empty-file", `${path} holds no arrays`);
  return arrays;
}

const NOTHING: Declared = { classes: new Map(), padding: undefined };

function columnsOf(arrays: Arrays, path: string, declared: Declared): Column[] {
  const names = fieldNames([...arrays.keys()]);
  return [...arrays].flatMap(([written, given], index) => {
    const classes = declared.classes.get(written);
    const isSequence = declared.classes.size === 0 ? !isLabelName(written) : classes !== undefined;
    const cut =
      declared.padding !== undefined && isSequence
        ? withoutPadding(given, declared.padding, `${path}: ${written}`)
        : undefined;
    const lengths = cut?.lengths ?? lengthsFor(written, given, arrays, path);
    return fieldsOf(names[index] ?? written, written, cut?.array ?? given, `${path}: ${written}`, lengths, classes);
  });
}

/** Each name of `classes` as the archive has it: `x` stands for `x_train`, too. DataError `data/bad-argument`. */
function asWritten({ classes, padding }: Declared, arrays: Arrays, path: string): Declared {
  const found = [...classes].map(([name, count]): [string, number] => {
    const own = [name, name + TRAIN].find((each) => arrays.has(each));
    if (own !== undefined) return [own, count];
    const names = [...arrays.keys()];
    const hint = didYouMean(name, names) ?? `its arrays are ${names.join(", ")}`;
    throw new DataError(
      "data/bad-argument",
      `${path} has no array ${JSON.stringify(name)} for classes`,
      hint,
      "classes",
    );
  });
  return { classes: new Map(found), padding };
}

/** From so many examples on, a label of nearly as many classes is remarked on. */
const FEW = 20;

function remarksOn(columns: readonly Column[], count: number, arrays: Arrays, path: string): DataRemark[] {
  const written = [...arrays.keys()];
  const clashes = clashesOf(written, fieldNames(written)).map((clash) => clashRemark(path, clash));
  return columns
    .flatMap<DataRemark>(({ name, shape, classes = 0 }) => {
      if (!isLabelName(name) || shape.length > 0 || count < FEW || classes <= count / 2) return [];
      const message = `${path}: the label ${name} has ${classes} classes in ${count} examples`;
      const hint = `numpy.unique(${name}, return_inverse=True)[1] numbers the classes that occur; ${name}.astype("f4") saves quantities`;
      return [{ code: "data/many-classes", message, hint }];
    })
    .concat(clashes);
}

function separateParts(
  arrays: Arrays,
  parts: ReadonlyMap<string, string>,
  path: string,
  declared: Declared,
): { train: Split; heldout: Split } {
  const [train, whole] = [new Map<string, NpyArray>(), new Map<string, NpyArray>()];
  for (const [name, array] of arrays) {
    const part = parts.get(name);
    const rest = part === undefined ? undefined : arrays.get(part);
    if (!rest) continue;
    train.set(name, array);
    whole.set(name, concatenate(array, rest, `${path}: ${name}`));
  }
  const cut = checkCounts(train, path);
  return splitRows(columnsOf(whole, path, declared), checkCounts(whole, path), cut);
}

/** The fields of a .npz archive, shuffled and split, or in the parts that it has. */
function npzDataset(bytes: Uint8Array, path: string, split: number, seed: number, declared: Declared): Dataset {
  if (isNpy(bytes)) {
    const hint = `save the arrays together: numpy.savez("data.npz", x=x, label=label)`;
    throw new DataError("data/npy-header", `${path} is one array without a name, and a .npz file was expected`, hint);
  }
  return arraysDataset(readArrays(bytes, path), path, split, seed, declared);
}

/** Arrays by their names as fields, whatever they were read from. */
export function arraysDataset(
  arrays: Arrays,
  path: string,
  split: number,
  seed: number,
  given: Declared = NOTHING,
): Dataset {
  const declared = asWritten(given, arrays, path);
  const parts = partsOf(arrays, path);
  const rows = { unit: "rows", unitsPerExample: 1 };
  if (parts) return { ...rows, ...separateParts(arrays, parts, path, declared) };
  const count = checkCounts(arrays, path);
  const cut = cutAt(count, split, path);
  const columns = columnsOf(arrays, path, declared);
  return { ...rows, remarks: remarksOn(columns, count, arrays, path), ...shuffledSplit(columns, count, cut, seed) };
}

export const npz: Source = {
  name: "npz",
  documentation: "NumPy arrays saved with numpy.savez: one field per array, the first axis counts the examples.",
  parameters: [
    { name: "file", kind: "path", documentation: "a .npz file with arrays of numbers, booleans or texts" },
    {
      name: "split",
      kind: "fraction",
      default: 0.8,
      documentation: "the share of the shuffled examples that trains, where there is no x_test beside x_train",
    },
    {
      name: "classes",
      kind: "names",
      default: "",
      documentation: 'arrays of whole numbers that are classes, and how many there are: ["text: 20000"]',
    },
    {
      name: "padding",
      kind: "integer",
      default: "none",
      documentation:
        "the whole number, such as 0 or -1, that fills shorter sequences up, before or behind them: what is left is as long as it is; of the arrays in classes, or of all with a row of whole numbers for each example",
    },
  ],
  fields: [
    {
      name: "<array>",
      type: "[...] or class K",
      documentation:
        "numbers as they are; integers are classes when called label, y or target(s), one per example, or declared so by a model; length or NAME_length says how long sequences are",
    },
  ],
  generated: false,
  async load(given, { files, seed }) {
    const path = given.path("file");
    const bytes = await files.read(path);
    refuseWebPage(bytes, path, "a .npz file");
    const declared = { classes: declaredClasses(given.names("classes")), padding: given.optionalNumber("padding") };
    return npzDataset(bytes, path, given.number("split"), seed, declared);
  },
};
