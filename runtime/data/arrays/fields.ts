// In: an array of an archive, all at once or a part of its rows after the other. Out: the fields it is: numbers, or classes where its
// name, its type and its values say so. Invariant: an array is read in one way, however it was looked through, or refused with what to
// save instead; every number is finite.

import type { StoredValues } from "../../engine.ts";
import { DataError } from "../../files/dataerror.ts";
import type { NpyArray } from "../../files/npy.ts";
import { companionName } from "../../plan.ts";
import type { Column } from "../dataset.ts";
import { isLabelName } from "../fieldname.ts";
import type { UnreadColumn } from "../streamed.ts";

const CLASS_LIMIT = 1_000_000;

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

function outOfRange(where: string, { index, value }: Found, shape: readonly number[]): DataError {
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

// ---------------------------------------------------------------- declarations

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

export const isPaddable = ({ kind, shape }: Pick<NpyArray, "kind" | "shape">): boolean =>
  kind === "integer" && shape.length === 2;

/**
 * Sequences without the padding before and behind them, at the start of their rows, with their lengths. Of a row of nothing else one step
 * is left, where that can be a class; else DataError `data/bad-length`. `first`: the number of the first row.
 */
export function withoutPadding(
  array: NpyArray,
  padding: number,
  where: string,
  first = 0,
): { array: NpyArray; lengths: Int32Array } {
  const [count = 0, steps = 0] = array.shape;
  const values = new Int32Array(array.values.length);
  const lengths = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    let [from, to] = [row * steps, (row + 1) * steps];
    while (to > from + 1 && array.values[to - 1] === padding) to--;
    while (from < to - 1 && array.values[from] === padding) from++;
    if (padding < 0 && array.values[from] === padding) throw nothingBut(padding, first + row, where);
    for (let k = from; k < to; k++) values[row * steps + k - from] = array.values[k]!;
    lengths[row] = to - from;
  }
  return { array: { ...array, values }, lengths };
}

function nothingBut(padding: number, row: number, where: string): DataError {
  const message = `${where}: row ${row} is ${padding} throughout, which is padding`;
  return new DataError("data/bad-length", message, "leave rows without a step out of the archive");
}

// ---------------------------------------------------------------- fields

/** Facts of an array beside its values. */
export interface ArrayFacts extends Pick<NpyArray, "kind" | "shape"> {
  /** Its name as an identifier, and in the archive. */
  readonly name: string;
  readonly written: string;
  /** The file and the array, for messages. */
  readonly where: string;
  /** Whether its numbers are held as bytes. */
  readonly isBytes: boolean;
  /** How many classes it is declared to have. */
  readonly declared: number | undefined;
  /** Whether whole numbers are fields twice, as numbers and as classes. */
  readonly isTwice: boolean;
}

/** A field, and how its values come from those of the array: as they are, the place of the one in each row, or steps of sequences. */
export interface ArrayField {
  readonly column: UnreadColumn;
  readonly as: "numbers" | "bytes" | "classes" | "place" | "steps";
}

/** A value that is not as it must be, and its place among all of the array. */
interface Found {
  readonly index: number;
  readonly value: number;
}

/** Looks through an array, a part of its rows after the other, and says in the end which fields it is. */
export class FieldFinder {
  private readonly facts: ArrayFacts;
  /** Values that were looked at before. */
  private seen = 0;
  private outside: Found | undefined;
  private infinite: Found | undefined;
  private undeclared: Found | undefined;
  private isOneHot: boolean;
  private most = 0;
  /** Of steps that are no padding, and 0. */
  private readonly steps = { least: 0, most: 0 };
  private readonly extent = { least: Number.POSITIVE_INFINITY, most: Number.NEGATIVE_INFINITY, isWhole: true };
  private readonly texts = new Set<string>();

  constructor(facts: ArrayFacts) {
    this.facts = facts;
    const { kind, shape, written } = facts;
    const mayBe = isLabelName(written) && shape.length === 2 && (shape[0] ?? 0) > 1 && widthOf(shape) > 1;
    this.isOneHot = mayBe && (kind === "integer" || kind === "boolean");
    if (kind === "boolean") this.most = 1;
  }

  /** The next rows; `lengths` are those of their sequences where they have any. */
  look(rows: NpyArray, lengths?: Int32Array): void {
    const { kind, declared } = this.facts;
    if (kind === "text") for (const label of rows.labels ?? []) this.texts.add(label);
    else if (kind === "float") this.lookAtNumbers(rows.values);
    else {
      this.isOneHot &&= fromOneHot(rows) !== undefined;
      this.lookAtWhole(rows.values, declared);
      if (declared === undefined) this.lookAtSteps(rows, lengths);
    }
    this.seen += rows.values.length;
  }

  private lookAtNumbers(values: NpyArray["values"]): void {
    const { extent } = this;
    for (let i = 0; i < values.length; i++) {
      const value = Math.fround(values[i]!);
      if (!Number.isFinite(value)) this.infinite ??= { index: this.seen + i, value: values[i]! };
      if (value < extent.least) extent.least = value;
      if (value > extent.most) extent.most = value;
      extent.isWhole &&= Number.isInteger(value);
    }
  }

  private lookAtWhole(values: NpyArray["values"], declared = CLASS_LIMIT): void {
    const { extent } = this;
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (value < extent.least) extent.least = value;
      if (value > extent.most) extent.most = value;
      if (value >= 0 && value < declared && value < CLASS_LIMIT) continue;
      const found = { index: this.seen + i, value };
      this.undeclared ??= found;
      if (value < 0 || value >= CLASS_LIMIT) this.outside ??= found;
    }
    this.most = Math.max(this.most, extent.most);
  }

  private lookAtSteps({ values, shape }: NpyArray, lengths: Int32Array | undefined): void {
    const { steps } = this;
    const [width, perStep] = [widthOf(shape), widthOf(shape.slice(1))];
    const [count = 0] = shape;
    for (let row = 0; row < count; row++) {
      const from = row * width;
      const to = from + (lengths ? lengths[row]! * perStep : width);
      for (let i = from; i < to; i++) {
        if (values[i]! < steps.least) steps.least = values[i]!;
        if (values[i]! > steps.most) steps.most = values[i]!;
      }
    }
  }

  /** DataErrors `data/bad-argument`, `data/label-out-of-range`, `data/not-finite`. */
  fields(): readonly ArrayField[] {
    const { kind, written, shape } = this.facts;
    if (this.facts.declared !== undefined) return [this.declaredField(this.facts.declared)];
    const canBeClass = shape.length === 1 && this.outside === undefined;
    if (kind === "text" || (kind !== "float" && (isLabelName(written) || canBeClass))) return [this.classField()];
    return this.numberFields();
  }

  private declaredField(classes: number): ArrayField {
    const { name, where, kind, shape } = this.facts;
    if (kind !== "integer" && kind !== "boolean") {
      const message = `${where} holds ${kind === "text" ? "texts" : "numbers with decimals"}, and classes are whole numbers`;
      const hint = 'save it with .astype("i4"), or leave it out of classes';
      throw new DataError("data/bad-argument", message, hint, "classes");
    }
    const wrong = this.undeclared;
    if (!wrong) return { column: { name, shape: shape.slice(1), classes }, as: "classes" };
    const message = `${where}: element ${wrong.index} is ${wrong.value}, and classes says that there are ${classes}, from 0`;
    throw new DataError(
      "data/label-out-of-range",
      message,
      "give classes the largest number in the array and one more",
    );
  }

  /** Labels in one shape: a column of them is a list, a row with a single one is a class. */
  private classField(): ArrayField {
    const { name, written, where, kind, shape } = this.facts;
    if (this.isOneHot) {
      const note = `${name} is a class: the place of the one in each row`;
      return { column: { name, shape: [], classes: widthOf(shape), note }, as: "place" };
    }
    const own = isLabelName(written) && shape.length > 1 && widthOf(shape) === 1 ? shape.slice(0, 1) : shape;
    if (kind === "text") {
      const labels = [...this.texts].sort((a, b) => (a < b ? -1 : 1));
      return { column: { name, shape: own.slice(1), classes: labels.length, labels }, as: "classes" };
    }
    if (this.outside) throw outOfRange(where, this.outside, own);
    return { column: { name, shape: own.slice(1), classes: this.most + 1 }, as: "classes" };
  }

  private numberFields(): readonly ArrayField[] {
    const { name, where, kind, shape, isBytes, isTwice } = this.facts;
    if (this.infinite) {
      const { index, value } = this.infinite;
      throw new DataError("data/not-finite", `${where}: element ${index} is ${value}, not a finite 32-bit number`);
    }
    const column = { name, shape: shape.slice(1), ...(isBytes ? { byteUnit: 1 as const } : {}) };
    const extent = shape.length === 1 ? { extent: { ...this.extent, kinds: undefined } } : {};
    const numbers = { column: { ...column, ...extent }, as: isBytes ? ("bytes" as const) : ("numbers" as const) };
    const isPicture = isBytes && shape.length > 2;
    if (kind !== "integer" || isPicture || !isTwice) return [numbers];
    const { least, most } = this.steps;
    if (least < 0 || most >= CLASS_LIMIT) {
      const note = `${name} holds whole numbers from ${least} to ${most}, and classes are 0 to ${CLASS_LIMIT - 1}`;
      return [{ ...numbers, column: { ...numbers.column, note } }];
    }
    const { byteUnit: _, ...facts } = column;
    return [numbers, { column: { ...facts, name: companionName(name, "classes"), classes: most + 1 }, as: "steps" }];
  }
}

/** The values of a field in some rows of its array. */
export function valuesOf({ column, as }: ArrayField, rows: NpyArray, lengths: Int32Array | undefined): StoredValues {
  const { values } = rows;
  if (as === "bytes") return values instanceof Uint8Array ? values : Uint8Array.from(values);
  if (as === "numbers") return values instanceof Float32Array ? values : Float32Array.from(values);
  if (as === "place") return fromOneHot(rows) ?? new Int32Array(0);
  const classes = rows.labels ? placesIn(column.labels ?? [], rows.labels, values) : Int32Array.from(values);
  if (as === "steps" && lengths) {
    const [width, perStep] = [widthOf(rows.shape), widthOf(rows.shape.slice(1))];
    lengths.forEach((length, row) => {
      classes.fill(0, row * width + length * perStep, (row + 1) * width);
    });
  }
  return classes;
}

/** Whether values of so many rows are such as the field was found to have. */
export function canBeOf({ column }: ArrayField, rows: number, values: StoredValues): boolean {
  if (values.length !== widthOf([rows, ...column.shape]) * rows) return false;
  if (values instanceof Float32Array) return values.every(Number.isFinite);
  const { classes } = column;
  return classes === undefined || values.every((place) => place >= 0 && place < classes);
}

/** Places in `own` as places in `labels`; -1 of what is not there. */
export function placesIn(labels: readonly string[], own: readonly string[], places: ArrayLike<number>): Int32Array {
  const placeOf = new Map(labels.map((label, place) => [label, place]));
  const mapped = own.map((label) => placeOf.get(label) ?? -1);
  return Int32Array.from(places, (place) => mapped[place] ?? -1);
}

/** The fields of an array that is in memory; `lengths` are those of its sequences where it has any. */
export function fieldsOf(facts: ArrayFacts, array: NpyArray, lengths?: Int32Array): Column[] {
  const finder = new FieldFinder(facts);
  finder.look(array, lengths);
  return finder.fields().map((field) => {
    const { extent: _, ...column } = field.column;
    return { ...column, values: valuesOf(field, array, lengths), ...(lengths ? { lengths } : {}) };
  });
}
