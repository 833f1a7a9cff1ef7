// How the arrays of an archive belong together, by their names and shapes: the parts to train on and to hold out, the lengths of
// sequences, what a program declares of them. Invariant: all arrays of a part count the same examples.

import { DataError } from "../../files/dataerror.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { NpyArray } from "../../files/npy.ts";
import type { DataRemark } from "../dataset.ts";
import { clashesOf, clashRemark, fieldNames, isLabelName } from "../fieldname.ts";
import { cutAt } from "../split.ts";
import type { UnreadColumn } from "../streamed.ts";
import { type ArrayFacts, type Declared, isPaddable, placesIn } from "./fields.ts";

/** An array without its values. */
export type ArrayShape = Pick<NpyArray, "kind" | "shape"> & {
  /** Whether its numbers are held as bytes. */
  readonly isBytes: boolean;
};

export type Shapes = ReadonlyMap<string, ArrayShape>;

function checkCounts(arrays: Shapes, path: string): number {
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
function partsOf(arrays: Shapes, path: string): ReadonlyMap<string, string> | undefined {
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

// ---------------------------------------------------------------- lengths

/** Names of arrays that say how long the sequences of another are, the nearest first. */
export const lengthNames = (name: string): readonly string[] => [
  `${name}_length`,
  `${name}_lengths`,
  "length",
  "lengths",
];

/** The array that says how long the sequences of another are: called like it, or `length(s)` for all that can be sequences. */
function lengthsFor(name: string, { kind, shape, isBytes }: ArrayShape, arrays: Shapes): string | undefined {
  const isSequence = (kind === "integer" && shape.length === 2) || shape.length === 3;
  if (!isSequence || isBytes) return undefined;
  const own = lengthNames(name).find((n) => n !== name && arrays.has(n));
  const lengths = own === undefined ? undefined : arrays.get(own);
  return lengths?.kind === "integer" && lengths.shape.length === 1 ? own : undefined;
}

/** Lengths of sequences of another array, from row `first` on. DataError `data/bad-length`. */
export function asLengths(
  values: NpyArray["values"],
  own: string,
  { facts }: LaidOut,
  path: string,
  first = 0,
): Int32Array {
  const [, steps = 0] = facts.shape;
  const wrong = values.findIndex((n) => n < 1 || n > steps);
  if (wrong < 0) return Int32Array.from(values);
  const message = `${path}: ${own}: element ${first + wrong} is ${values[wrong]}, but a sequence of ${facts.written} has 1 to ${steps} steps`;
  throw new DataError(
    "data/bad-length",
    message,
    `leave such examples out, or give ${own} another name if it holds something else`,
  );
}

// ---------------------------------------------------------------- the layout

/** An array with the one that is to be held out behind it, if there is one. */
export interface LaidOut {
  readonly facts: ArrayFacts;
  readonly members: readonly string[];
  /** The number that fills its sequences up. */
  readonly padding: number | undefined;
  /** The array that says how long its sequences are. */
  readonly lengths: string | undefined;
}

export interface Layout {
  readonly arrays: readonly LaidOut[];
  readonly count: number;
  /** So many examples train. */
  readonly cut: number;
  /** The archive says itself which those are: the first. */
  readonly isParted: boolean;
}

export interface LayoutSettings {
  readonly split: number;
  readonly declared: Declared;
  /** Whether whole numbers of an array of so many are fields twice. */
  readonly isTwice: (numbers: number) => boolean;
}

/** DataErrors `data/counts-differ`, `data/npz-scalar`, `data/too-few`, `data/bad-argument`. */
export function layOut(shapes: Shapes, path: string, { split, declared, isTwice }: LayoutSettings): Layout {
  const { classes, padding } = asWritten(declared, shapes, path);
  const parts = partsOf(shapes, path);
  const trains = new Map([...shapes].filter(([name]) => parts?.has(name) ?? true));
  const whole = new Map(
    [...trains].map(([name, shape]) => [
      name,
      joinedShape(shape, shapes.get(parts?.get(name) ?? ""), `${path}: ${name}`),
    ]),
  );
  const first = checkCounts(trains, path);
  const count = checkCounts(whole, path);
  const names = fieldNames([...whole.keys()]);
  const arrays = [...whole].map(([written, shape], index): LaidOut => {
    const own = classes.get(written);
    const isSequence = classes.size === 0 ? !isLabelName(written) : own !== undefined;
    const isPadded = padding !== undefined && isSequence && isPaddable(shape);
    const facts = {
      ...shape,
      name: names[index] ?? written,
      written,
      where: `${path}: ${written}`,
      declared: own,
      isTwice: isTwice(shape.shape.reduce((a, b) => a * b, 1)),
      // A sequence without its padding is numbers.
      isBytes: shape.isBytes && !isPadded,
    };
    const heldout = parts?.get(written);
    return {
      facts,
      members: heldout === undefined ? [written] : [written, heldout],
      padding: isPadded ? padding : undefined,
      lengths: isPadded ? undefined : lengthsFor(written, shape, whole),
    };
  });
  return { arrays, count, cut: parts ? first : cutAt(count, split, path), isParted: parts !== undefined };
}

/** Two arrays one after the other. DataError `data/counts-differ`. */
function joinedShape(a: ArrayShape, b: ArrayShape | undefined, what: string): ArrayShape {
  if (!b) return a;
  if (a.shape.slice(1).join() !== b.shape.slice(1).join() || a.kind !== b.kind) {
    const message = `${what}: examples to train on are ${a.kind} (${a.shape.slice(1)}), those to hold out ${b.kind} (${b.shape.slice(1)})`;
    throw new DataError("data/counts-differ", message, "both parts need values of one kind and shape");
  }
  const [[countA = 0, ...inner], [countB = 0]] = [a.shape, b.shape];
  return { kind: a.kind, shape: [countA + countB, ...inner], isBytes: a.isBytes && b.isBytes };
}

/** The same with their values. */
export function joined(a: NpyArray, b: NpyArray): NpyArray {
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
  const [first, second] = [a, b].map((each) => placesIn(labels, each.labels ?? [], each.values));
  return { shape, kind: "text", labels, values: Int32Array.from([...(first ?? []), ...(second ?? [])]) };
}

/** Each name of `classes` as the archive has it: `x` stands for `x_train`, too. DataError `data/bad-argument`. */
function asWritten({ classes, padding }: Declared, arrays: Shapes, path: string): Declared {
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

export function remarksOn(columns: readonly UnreadColumn[], { arrays, count }: Layout, path: string): DataRemark[] {
  const written = arrays.map(({ facts }) => facts.written);
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
