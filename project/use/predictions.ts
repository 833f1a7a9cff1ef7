// The output of `dnn predict`: for each row the model's output, or the likeliest class where the output ranks classes; as text, as
// JSON or as a table. In: outputs, row by row. Out: pieces of text for the stream or the file.

import { itemAt, zip } from "../../compiler/arithmetic/lists.ts";
import { jsonOf } from "../../runtime/json.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";
import { numberText } from "../numbertext.ts";

export interface Prediction {
  readonly values: Float32Array;
  /** The output's, without the places that a shorter sequence does not have. */
  readonly shape: readonly number[];
  /** The file that the row is of, where several are predicted. */
  readonly input?: string | undefined;
  /** Of a series that is continued, the times of its rows. */
  readonly times?: readonly string[] | undefined;
}

/** Options that all predictions of a command have in common. */
export interface Predicted {
  /** The largest shape that an output has. */
  readonly shape: readonly number[];
  /** The field that the output ranks the classes of, if there is one. */
  readonly target: SavedField | undefined;
  /** The field of a series whose rows the output is, if it is. */
  readonly future?: SavedField | undefined;
  readonly hasInputs: boolean;
}

/** Lines of text, the first of which may stand above all predictions. */
export interface Writer {
  readonly head?: string;
  readonly line: (prediction: Prediction) => string;
}

export type Format = "text" | "json" | "csv";

export function writerOf(format: Format, predicted: Predicted): Writer {
  switch (format) {
    case "text":
      return { line: (p) => (p.input === undefined ? "" : `${p.input}: `) + textOf(p, predicted) };
    case "json":
      return {
        line: (p) =>
          jsonOf({
            ...(p.input === undefined ? {} : { input: p.input }),
            ...(p.times === undefined ? {} : { times: p.times }),
            ...objectOf(p, predicted),
          }),
      };
    case "csv":
      if (predicted.future) return seriesWriter(predicted, predicted.future);
      return { head: csvLine(namesOf(predicted)), line: (p) => csvLine(cellsOf(p, predicted)) };
  }
}

export interface Ranking {
  readonly class: number;
  readonly label: string;
  readonly probability: number;
  readonly probabilities: readonly number[];
}

function rankingOf(values: Float32Array, target: SavedField): Ranking {
  const probabilities = asProbabilities(values);
  const best = likeliest(probabilities);
  return { class: best.place, label: classText(target, best.place), probability: best.probability, probabilities };
}

/** The class of the largest probability, the first of equal ones. */
export function likeliest(probabilities: readonly number[]): { readonly place: number; readonly probability: number } {
  let best = { place: 0, probability: itemAt(probabilities, 0) };
  for (const [place, probability] of probabilities.entries())
    if (probability > best.probability) best = { place, probability };
  return best;
}

const classText = ({ labels }: SavedField, index: number): string => labels?.[index] ?? String(index);

// ---------------------------------------------------------------- text and JSON

function textOf({ values }: Prediction, { target }: Predicted): string {
  if (!target) return [...values].map(numberText).join(" ");
  const { label, probability } = rankingOf(values, target);
  return `${label}  ${numberText(probability)}`;
}

/** A prediction as plain data. */
export function objectOf(
  { values, shape }: Prediction,
  { target }: Pick<Predicted, "target">,
): Ranking | { readonly output: unknown } {
  return target ? rankingOf(values, target) : { output: nested([...values], shape) };
}

export function nested(values: readonly number[], shape: readonly number[]): unknown {
  if (shape.length === 0) return values[0];
  if (shape.length === 1) return values;
  const [count = 1, ...rest] = shape;
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => nested(values.slice(i * size, (i + 1) * size), rest));
}

// ---------------------------------------------------------------- tables

/** `label`, `probability` and a column for each class; or a column for each number of the output, `output_1_0` for its places. */
function namesOf({ shape, target, hasInputs }: Predicted): readonly string[] {
  const own = target ? rankingNames(target) : placesOf(shape).map((p) => ["output", ...p].join("_"));
  return hasInputs ? ["input", ...own] : own;
}

function rankingNames(target: SavedField): readonly string[] {
  const classes = Array.from({ length: target.classes ?? 0 }, (_, i) => `p_${classText(target, i)}`);
  return ["label", "probability", ...classes];
}

/** Every place of a shape, the last axis running first. */
function placesOf(shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<readonly (readonly number[])[]>(
    (places, size) => places.flatMap((p) => Array.from({ length: size }, (_, i) => [...p, i])),
    [[]],
  );
}

function cellsOf(p: Prediction, { shape, target, hasInputs }: Predicted): readonly string[] {
  const own = target ? rankingCells(rankingOf(p.values, target)) : outputCells(p, shape);
  return hasInputs ? [p.input ?? "", ...own] : own;
}

const rankingCells = ({ label, probability, probabilities }: Ranking): readonly string[] => [
  label,
  cellText(probability),
  ...probabilities.map(cellText),
];

/** A row for each time, with the columns of the table that is continued. */
function seriesWriter({ hasInputs }: Predicted, { series, shape }: SavedField): Writer {
  const { columns = [], time } = series ?? {};
  const own = [...(time ? [time.written] : []), ...columns.map(({ written }) => written)];
  const [rows = 1] = shape;
  return {
    head: csvLine(hasInputs ? ["input", ...own] : own),
    line: ({ values, times, input = "" }) =>
      Array.from({ length: rows }, (_, row) => {
        const numbers = values.subarray(row * columns.length, (row + 1) * columns.length);
        const cells = [...(time ? [times?.[row] ?? ""] : []), ...Array.from(numbers, cellText)];
        return csvLine(hasInputs ? [input, ...cells] : cells);
      }).join("\n"),
  };
}

/** Places that a shorter sequence does not have are empty. */
function outputCells({ values, shape }: Prediction, whole: readonly number[]): readonly string[] {
  const numbers = values.values();
  return placesOf(whole).map((place) =>
    zip(place, shape).every(([at, size]) => at < size) ? cellText(Number(numbers.next().value)) : "",
  );
}

/** As many digits as tell numbers of 32 bits apart. */
const cellText = (value: number): string => String(Number(value.toPrecision(9)));

/** One line of RFC 4180. */
const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");

// ---------------------------------------------------------------- probabilities

/** So near to zero that only the likeliest is left, and still a number to divide by. */
const COLDEST = 1e-9;

/** Outputs that are probabilities stay; others are taken as logits. */
export function asProbabilities(output: ArrayLike<number>, temperature = 1): number[] {
  const values = Array.from(output);
  const sum = values.reduce((a, b) => a + b, 0);
  const already = values.every((v) => v >= 0 && v <= 1) && Math.abs(sum - 1) < 1e-3;
  const logits = already ? values.map((v) => Math.log(Math.max(v, 1e-38))) : values;
  const top = Math.max(...logits);
  const exps = logits.map((v) => Math.exp((v - top) / Math.max(temperature, COLDEST)));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / total);
}
