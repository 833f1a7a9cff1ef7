// In: an array of an archive. Out: the field it is: numbers, or classes where its name, its type and its values say so.
// Invariant: an array is read in one way, or refused with what to save instead; every number is finite.

import { DataError } from "../../files/dataerror.ts";
import type { NpyArray } from "../../files/npy.ts";
import { companionName } from "../../plan.ts";
import type { Column } from "../dataset.ts";

const LABEL_NAME = /^(labels?|y|targets?)(_(train|test|val|valid))?$/i;
const CLASS_LIMIT = 1_000_000;
/** More numbers are not kept twice. */
const TWICE = 2 ** 26;

export const isLabelName = (name: string): boolean => LABEL_NAME.test(name);

const whole = (values: NpyArray["values"], from: number, to: number): boolean => {
  for (let i = 0; i < values.length; i++) if (values[i]! < from || values[i]! >= to) return false;
  return true;
};

const widthOf = (shape: readonly number[]): number => shape.slice(1).reduce((a, b) => a * b, 1);

/** The class of each row of ones and zeros with a single one; undefined where one has none, or several. */
function fromOneHot({ shape, values }: NpyArray): Int32Array | undefined {
  const [count = 0, width = 0] = shape;
  const classes = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    let place = -1;
    for (let k = 0; k < width; k++) {
      const cell = values[row * width + k];
      if (cell === 0) continue;
      if (cell !== 1 || place >= 0) return undefined;
      place = k;
    }
    if (place < 0) return undefined;
    classes[row] = place;
  }
  return classes;
}

/** Labels in one shape: a column of them is a list, a row with a single one is a class. */
function asLabels(array: NpyArray): NpyArray & { readonly width?: number } {
  const { shape, kind } = array;
  if (kind === "float" || shape.length < 2) return array;
  if (widthOf(shape) === 1) return { ...array, shape: shape.slice(0, 1) };
  const [count = 0, width = 0] = shape;
  const classes = kind !== "text" && shape.length === 2 && count > 1 ? fromOneHot(array) : undefined;
  return classes ? { shape: [count], kind, values: classes, width } : array;
}

/** Integers are classes when the array is called label, y or target(s), or has one number per example that can be one. */
function holdsClasses(name: string, { kind, shape, values }: NpyArray): boolean {
  if (kind === "float") return false;
  return kind === "text" || isLabelName(name) || (shape.length === 1 && whole(values, 0, CLASS_LIMIT));
}

function outOfRange(where: string, index: number, value: number, shape: readonly number[]): DataError {
  const message = `${where}: element ${index} is ${value}, but a class is 0 to ${CLASS_LIMIT - 1}`;
  const name = where.split(": ").at(-1);
  const hint =
    value >= 0
      ? `${name}.astype("f4") saves quantities; numpy.unique(${name}, return_inverse=True)[1] numbers classes from 0`
      : shape.length === 1
        ? `to leave such examples out, save every array as array[${name} >= 0]`
        : `save numpy.maximum(${name}, 0) for it and real=(${name} >= 0).astype("f4"), and weigh the loss of each place with real`;
  return new DataError("data/label-out-of-range", message, hint);
}

function classField(name: string, array: NpyArray & { readonly width?: number }, where: string): Column {
  const { labels, values, shape } = array;
  let most = array.kind === "boolean" ? 1 : 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (value < 0 || value >= CLASS_LIMIT) throw outOfRange(where, index, value, shape);
    most = Math.max(most, value);
  }
  const classes = labels?.length ?? array.width ?? most + 1;
  return {
    name,
    shape: shape.slice(1),
    classes,
    ...(labels ? { labels } : {}),
    ...(array.width === undefined ? {} : { note: `${name} is a class: the place of the one in each row` }),
    values: Int32Array.from(values),
  };
}

function numberField(name: string, array: NpyArray, where: string): Column {
  if (array.values instanceof Uint8Array)
    return { name, shape: array.shape.slice(1), values: array.values, byteUnit: 1 };
  const values = Float32Array.from(array.values);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return { name, shape: array.shape.slice(1), values };
  const message = `${where}: element ${wrong} is ${array.values[wrong]}, not a finite 32-bit number`;
  throw new DataError("data/not-finite", message);
}

/** Whole numbers as classes, too, for a model that takes them for such; steps that are padding count as none. */
function asClasses(numbers: Column, array: NpyArray): Column | string | undefined {
  const isPicture = array.values instanceof Uint8Array && array.shape.length > 2;
  if (array.kind !== "integer" || isPicture || array.values.length > TWICE) return undefined;
  const values = Int32Array.from(array.values);
  const { lengths } = numbers;
  const width = widthOf(array.shape);
  const perStep = width / (array.shape[1] ?? 1);
  let [least, most] = [0, 0];
  lengths?.forEach((length, row) => {
    values.fill(0, row * width + length * perStep, (row + 1) * width);
  });
  for (let i = 0; i < values.length; i++) {
    least = Math.min(least, values[i]!);
    most = Math.max(most, values[i]!);
  }
  if (least < 0 || most >= CLASS_LIMIT)
    return `${numbers.name} holds whole numbers from ${least} to ${most}, and classes are 0 to ${CLASS_LIMIT - 1}`;
  return { ...numbers, name: companionName(numbers.name, "classes"), classes: most + 1, values };
}

/** Declarations about arrays beside their names. */
export interface Declared {
  /** How many classes the integers of an array are. */
  readonly classes: ReadonlyMap<string, number>;
  /** The number that fills sequences up. */
  readonly padding: number | undefined;
}

/** `text: 20000`. DataError `data/bad-argument`. */
export function declaredClasses(written: readonly string[]): Map<string, number> {
  return new Map(
    written.map((text) => {
      const [, name = "", count = ""] = /^\s*(.+?)\s*:\s*(\d+)\s*$/.exec(text) ?? [];
      const classes = Number(count);
      if (name !== "" && classes >= 1 && classes <= CLASS_LIMIT) return [name, classes];
      const message = `classes holds ${JSON.stringify(text)}, which gives no array a number of classes up to ${CLASS_LIMIT}`;
      const hint = 'write the array, a colon and how many classes there are: classes=["text: 20000"]';
      throw new DataError("data/bad-argument", message, hint, "classes");
    }),
  );
}

const isPaddable = ({ kind, shape }: NpyArray): boolean => kind === "integer" && shape.length === 2;

/**
 * Sequences without the padding before and behind them, at the start of their rows, with their lengths. Of a row of nothing else one step
 * is left, where that can be a class; else DataError `data/bad-length`.
 */
export function withoutPadding(
  array: NpyArray,
  padding: number,
  where: string,
): { array: NpyArray; lengths: Int32Array } | undefined {
  if (!isPaddable(array)) return undefined;
  const [count = 0, steps = 0] = array.shape;
  const values = new Int32Array(array.values.length);
  const lengths = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    let [from, to] = [row * steps, (row + 1) * steps];
    while (to > from + 1 && array.values[to - 1] === padding) to--;
    while (from < to - 1 && array.values[from] === padding) from++;
    if (padding < 0 && array.values[from] === padding) throw nothingBut(padding, row, where);
    for (let k = from; k < to; k++) values[row * steps + k - from] = array.values[k]!;
    lengths[row] = to - from;
  }
  return { array: { ...array, values }, lengths };
}

function nothingBut(padding: number, row: number, where: string): DataError {
  const message = `${where}: row ${row} is ${padding} throughout, which is padding`;
  return new DataError("data/bad-length", message, "leave rows without a step out of the archive");
}

/** An array that is declared as so many classes. DataErrors `data/bad-argument`, `data/label-out-of-range`. */
function declaredField(name: string, array: NpyArray, where: string, classes: number): Column {
  if (array.kind !== "integer" && array.kind !== "boolean") {
    const message = `${where} holds ${array.kind === "text" ? "texts" : "numbers with decimals"}, and classes are whole numbers`;
    throw new DataError(
      "data/bad-argument",
      message,
      'save it with .astype("i4"), or leave it out of classes',
      "classes",
    );
  }
  const wrong = array.values.findIndex((value) => value < 0 || value >= classes);
  if (wrong < 0) return { name, shape: array.shape.slice(1), classes, values: Int32Array.from(array.values) };
  const message = `${where}: element ${wrong} is ${array.values[wrong]}, and classes says that there are ${classes}, from 0`;
  throw new DataError("data/label-out-of-range", message, "give classes the largest number in the array and one more");
}

/** The fields of one array; `lengths` are those of its sequences where it has any. */
export function fieldsOf(
  name: string,
  written: string,
  given: NpyArray,
  where: string,
  lengths?: Int32Array,
  declared?: number,
): Column[] {
  const array = isLabelName(written) ? asLabels(given) : given;
  const long = lengths ? { lengths } : {};
  if (declared !== undefined) return [{ ...declaredField(name, given, where, declared), ...long }];
  if (holdsClasses(written, array)) return [{ ...classField(name, array, where), ...long }];
  const numbers = { ...numberField(name, array, where), ...long };
  const classes = asClasses(numbers, array);
  if (classes === undefined) return [numbers];
  return typeof classes === "string" ? [{ ...numbers, note: classes }] : [numbers, classes];
}
