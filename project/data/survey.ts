// In: a data set as its source gave it. Out: what its fields hold, as figures, and what is remarkable about them.
// Invariant: linear in the numbers of the data; nothing is changed.

import { type Column, type Dataset, exampleUnit, type Split } from "../../runtime/data/dataset.ts";
import { numberParts, numbersOf } from "../../runtime/data/numbers.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { companionName, companionOf } from "../../runtime/plan.ts";

export interface FieldSurvey {
  readonly name: string;
  /** `[28, 28, 1]`, `class 3`, `[]`. */
  readonly type: string;
  /** Of the training part; absent for classes. */
  readonly range?: { readonly least: number; readonly mean: number; readonly deviation: number; readonly most: number };
  /** Empty cells of its column. */
  readonly missing?: number;
  /** Of a class each: its name, and how many examples of the two parts have it. */
  readonly classes?: readonly { readonly name: string; readonly train: number; readonly heldout: number }[];
}

export interface Survey {
  /** The word for examples: `rows`, `windows of 64 characters`. */
  readonly unit: string;
  readonly train: number;
  readonly heldout: number;
  readonly fields: readonly FieldSurvey[];
  readonly warnings: readonly string[];
}

/** `isLabelRead`: whether classes called `label` are what a program learns. */
export function surveyOf(dataset: Dataset, isLabelRead = true): Survey {
  const { train, heldout } = dataset;
  const unit = exampleUnit(dataset);
  const fields = train.columns.map((column, i) =>
    fieldSurvey(column, lengthsOf(train, column), heldout.columns[i], lengthsOf(heldout, column)),
  );
  const ofLabel = isLabelRead ? [...leaks(train), ...imbalances(fields)] : [];
  const warnings = [...constants(train), ...ofLabel, ...duplicates(train, heldout, unit)];
  return { unit, train: train.length, heldout: heldout.length, fields, warnings };
}

/** How long the sequences of a column are, where they differ. */
const lengthsOf = ({ columns }: Split, { name }: Column): Column["values"] | undefined =>
  columns.find((column) => column.name === companionName(name, "length"))?.values;

function fieldSurvey(
  column: Column,
  lengths: Column["values"] | undefined,
  heldout: Column | undefined,
  heldoutLengths: Column["values"] | undefined,
): FieldSurvey {
  const { name, shape, classes, missing } = column;
  const type =
    classes === undefined
      ? `[${shape.join(", ")}]`
      : `${shape.length > 0 ? `[${shape.join(", ")}] of` : "class"} ${classes}`;
  const rest = missing === undefined ? {} : { missing };
  if (classes === undefined) return { name, type, ...rest, range: rangeOf(column, lengths) };
  const own = countsOf(column, classes, lengths);
  const other = countsOf(heldout, classes, heldoutLengths);
  const counted = Array.from(own, (train, k) => ({
    name: column.labels?.[k] ?? String(k),
    train,
    heldout: other[k] ?? 0,
  }));
  return { name, type, ...rest, classes: counted };
}

/** How often there is each class; steps that a sequence does not have count nowhere. */
function countsOf(column: Column | undefined, classes: number, lengths: Column["values"] | undefined): Float64Array {
  const counts = new Float64Array(classes);
  const values = column?.values ?? [];
  const steps = column?.shape[0] ?? 1;
  const perStep = (column?.shape ?? []).slice(1).reduce((product, size) => product * size, 1);
  for (let at = 0; at < values.length; at++) {
    const step = Math.floor(at / perStep);
    if (lengths && step % steps >= lengths[Math.floor(step / steps)]!) continue;
    counts[values[at]!]!++;
  }
  return counts;
}

function rangeOf(column: Column, lengths: Column["values"] | undefined): NonNullable<FieldSurvey["range"]> {
  let [least, most, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const values of realParts(column, lengths))
    for (const value of values) {
      if (value < least) least = value;
      if (value > most) most = value;
      sum += value;
      count++;
    }
  const mean = sum / Math.max(1, count);
  let squares = 0;
  for (const values of realParts(column, lengths)) for (const value of values) squares += (value - mean) ** 2;
  return { least, mean, deviation: Math.sqrt(squares / count), most };
}

/** The numbers of a column, without those that fill shorter sequences up. */
function* realParts(column: Column, lengths: Column["values"] | undefined): Iterable<Numbers> {
  if (!lengths) return yield* numberParts(column);
  const { shape } = column;
  const width = shape.reduce((product, size) => product * size, 1);
  for (const [row, length] of lengths.entries())
    yield numbersOf(column, row * width, row * width + (length * width) / Math.max(1, shape[0] ?? 1));
}

// ---------------------------------------------------------------- warnings

/** Columns with one number for each example, under their own names; the length of a sequence is none. */
const scalars = ({ columns }: Split): readonly Column[] =>
  columns.filter(({ name, shape }) => shape.length === 0 && companionOf(name, "length") === undefined);

const constants = (train: Split): string[] =>
  scalars(train).flatMap(({ name, values }) =>
    values.length > 1 && values.every((value) => value === values[0])
      ? [`${name} has the same value in all training examples`]
      : [],
  );

const writtenOf = ({ columns }: Column): string | undefined => columns?.[0]?.written;

/** Columns from which the label can be read off: each value stands with one class, and each class with one value. */
function leaks(train: Split): string[] {
  const label = train.columns.find(({ name, classes }) => name === "label" && classes !== undefined);
  if (!label) return [];
  return scalars(train).flatMap((column) => {
    const isOwn = column === label || (writtenOf(column) !== undefined && writtenOf(column) === writtenOf(label));
    if (isOwn || !areOneToOne(column.values, label.values)) return [];
    return [`${column.name} says the label: each of its values stands with one class, and each class with one value`];
  });
}

export function areOneToOne(first: Column["values"], second: Column["values"]): boolean {
  const [there, back] = [new Map<number, number>(), new Map<number, number>()];
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [first[i]!, second[i]!];
    if ((there.get(a) ?? b) !== b || (back.get(b) ?? a) !== a) return false;
    there.set(a, b);
    back.set(b, a);
  }
  return there.size > 1;
}

/** Classes that a warning names. */
const NAMED = 6;
/** From so many times on, the largest class hides the smallest. */
const MANY_TIMES = 10;

function imbalances(fields: readonly FieldSurvey[]): string[] {
  const label = fields.find(({ name, classes }) => name === "label" && classes !== undefined);
  const sorted = (label?.classes ?? []).toSorted((a, b) => a.train - b.train);
  const strange = sorted.filter(({ train, heldout }) => train === 0 && heldout > 0);
  if (strange.length > 0) {
    const names = strange.slice(0, NAMED).map(({ name }) => name);
    const more = strange.length > NAMED ? ` and ${strange.length - NAMED} more` : "";
    return [
      `only held-out examples have the label ${names.join(", ")}${more}, which nothing can learn; stratify=true divides each class of a table`,
    ];
  }
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (!least || !most || most.train < MANY_TIMES * Math.max(1, least.train)) return [];
  const hint = 'balance="repeat" or balance="weights" of a table makes them count alike';
  return [
    `the classes differ in size: ${most.name} has ${most.train} training examples, ${least.name} ${least.train}; ${hint}`,
  ];
}

function duplicates(train: Split, heldout: Split, unit: string): string[] {
  const known = new Set(fingerprints(train));
  const again = fingerprints(heldout).filter((print) => known.has(print)).length;
  if (again === 0) return [];
  return [`${again} of ${heldout.length} held-out ${unit} are in the training part, too, with all their values`];
}

/** A number of 52 bits for each example, alike where all its values are. */
function fingerprints({ columns, length }: Split): number[] {
  const bits = columns.map(({ values }) =>
    values instanceof Uint8Array ? values : new Int32Array(values.buffer, values.byteOffset, values.length),
  );
  const widths = bits.map((values) => (length === 0 ? 0 : values.length / length));
  return Array.from({ length }, (_, row) => {
    let [a, b] = [0x811c9dc5, 0x9e3779b9];
    bits.forEach((values, k) => {
      const width = widths[k] ?? 0;
      for (let i = row * width; i < (row + 1) * width; i++) {
        a = Math.imul(a ^ (values[i] ?? 0), 0x01000193);
        b = Math.imul((b << 5) ^ (b >>> 27) ^ (values[i] ?? 0), 0x85ebca6b);
        a ^= a >>> 15;
      }
    });
    return (a >>> 0) * 2 ** 20 + ((b >>> 0) & 0xfffff);
  });
}
