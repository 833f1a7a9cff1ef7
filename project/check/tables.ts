// Slips that the numbers and classes of a table show: targets far from 1, classes that only held-out rows
// have, classes that differ in capitals alone, numbers that stand for no value. In: a program with its loaded data. Out: warnings.

import type { Program } from "../../compiler/check/program/program.ts";
import type { DataDefinition, Expression } from "../../grammar/syntax/ast.ts";
import type { Column, Dataset, SeriesFacts, Split } from "../../runtime/data/dataset.ts";
import { numberAt } from "../../runtime/data/numbers.ts";
import { StandInCounts, type StandIns } from "../../runtime/data/standins.ts";
import { countText, numberText } from "../numbertext.ts";
import { trainingsOn } from "./fielduse.ts";

/** From so large targets on (root of the mean square), the first steps of a squared error throw a network off. */
const LARGE = 1000;
/** From so many held-out rows on, it is no chance that all are of one class. */
const FEW = 10;
/** The share of the held-out rows that a class must have to be missed. */
const SHARE = 0.1;

export function warnOfTables(program: Program, name: string, dataset: Dataset): void {
  const declared = program.data.get(name);
  if (!declared) return;
  warnOfStandIns(program, declared, dataset.train);
  if (dataset.records) return;
  for (const [i, column] of dataset.train.columns.entries()) {
    warnOfLargeTargets(program, declared, column, dataset.train.length);
    if (column.name === "label") warnOfClasses(program, declared, column, dataset.heldout.columns[i]);
  }
}

function warnOfLargeTargets(program: Program, declared: DataDefinition, column: Column, rows: number): void {
  const { name, shape, classes, columns, scale } = column;
  if (!columns || classes !== undefined || shape.length > 1 || scale || rows === 0) return;
  if (declared.body.some((s) => s.kind === "assign" && s.targets.some((t) => t.text === name))) return;
  const isScaled = program.file.definitions.some((d) => d.kind !== "data" && d.kind !== "train" && hasLargeFactor(d));
  if (isScaled || !trainingsOn(program, declared.name.text).some((t) => hasSquaredError(t.body, name))) return;
  let squares = 0;
  for (const value of column.values) squares += value ** 2;
  const size = Math.sqrt(squares / column.values.length);
  if (size < LARGE) return;
  program.elaborator.warn(
    {
      code: "data/large-targets",
      message: `the targets '${name}' are about ${countText(Number(size.toPrecision(2)))} in size, and a squared error of them is far larger`,
      notes: [
        "a network answers with numbers near 0 and 1 at first: its first steps are so long that the loss grows without end",
      ],
      hint: `bring them to one scale: \`data ${declared.name.text} = ... { ${name} = normalize(${name}) }\`; answers come in the units of the table all the same`,
    },
    declared.name.span,
  );
}

/** A call `mse(..., y)` with the field as it is. */
function hasSquaredError(tree: unknown, field: string): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  const e = tree as Expression;
  if (e.kind === "call" && e.callee.kind === "name" && e.callee.name === "mse")
    return e.arguments.some((a) => a.kind === "positional" && a.value.kind === "name" && a.value.name === field);
  return Object.entries(tree).some(([key, part]) => key !== "span" && hasSquaredError(part, field));
}

/** A product with a large number, by which a model takes its answers to the units of the targets. */
function hasLargeFactor(tree: unknown): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  const e = tree as Expression;
  if (e.kind === "binary" && e.operator === "*" && [e.left, e.right].some((p) => p.kind === "number" && p.value >= 100))
    return true;
  return Object.entries(tree).some(([key, part]) => key !== "span" && hasLargeFactor(part));
}

/** The name of a column in which numbers stand for no value. */
interface StandInColumn extends StandIns {
  readonly written: string;
}

function warnOfStandIns(program: Program, declared: DataDefinition, train: Split): void {
  const [first, ...others] = train.columns.flatMap((column) => standInsOf(column, train));
  if (!first) return;
  const more = others.slice(0, NAMED).map((found) => `so ${sayStandIns(found)}`);
  const rest = others.length > NAMED ? [`and so are ${others.length - NAMED} columns more`] : [];
  program.elaborator.warn(
    {
      code: "data/stand-in",
      message: sayStandIns(first),
      notes: [...more, ...rest, "a model takes it for a measurement, and it spoils the mean and the deviation"],
      hint: train.columns.some(({ series }) => series)
        ? "if it stands for no value, write a number in its place that is near the true one, such as that of the row before: a series has no gaps"
        : 'if it stands for no value, leave these cells empty in the file: missing="mean", "flag" or "drop" says what becomes of them',
    },
    declared.name.span,
  );
}

/** Columns that a note each names. */
const NAMED = 6;

function sayStandIns({ written, numbers, range, rows }: StandInColumn): string {
  const times = numbers.map(([n, count]) => `${n} in ${count}`).join(" and ");
  return `the column ${JSON.stringify(written)} is ${times} of ${rows} training rows, and from ${numberText(range[0])} to ${numberText(range[1])} in all others`;
}

function standInsOf(column: Column, { length, rows = new Int32Array(0) }: Split): readonly StandInColumn[] {
  const { columns, shape, classes, series, extent } = column;
  if (series) return series.part === "past" ? inSeries(column, series, rows) : [];
  const written = columns?.[0]?.written;
  if (written === undefined || shape.length > 0 || classes !== undefined) return [];
  const counts = new StandInCounts();
  if (!extent) for (let row = 0; row < length; row++) counts.add(numberAt(column, row));
  const found = extent ? extent.standIns : counts.found;
  return found ? [{ ...found, written }] : [];
}

/** Of windows that begin at these rows, each row once. */
function inSeries(column: Column, { columns }: SeriesFacts, starts: Int32Array): readonly StandInColumn[] {
  const [window = 0, channels = 0] = column.shape;
  return columns.flatMap(({ written }, channel) => {
    const counts = new StandInCounts();
    let next = 0;
    for (const [w, start] of starts.entries()) {
      for (let row = Math.max(next, start); row < start + window; row++)
        counts.add(numberAt(column, (w * window + row - start) * channels + channel));
      next = Math.max(next, start + window);
    }
    const { found } = counts;
    return found ? [{ ...found, written }] : [];
  });
}

function warnOfClasses(program: Program, declared: DataDefinition, column: Column, heldout: Column | undefined): void {
  const { labels, classes, columns } = column;
  if (!labels || !columns || classes === undefined) return;
  const alike = labels.flatMap((label, i) => {
    const j = labels.findIndex((other) => plain(other) === plain(label));
    return j < i ? [[labels[j] ?? "", label] as const] : [];
  });
  const [pair] = alike;
  if (pair)
    program.elaborator.warn(
      {
        code: "data/alike-classes",
        message: `the classes ${pair.map((c) => JSON.stringify(c)).join(" and ")} differ in capital letters or spaces only, and are two classes`,
        hint: "if they are meant to be one, write them alike in the file",
      },
      declared.name.span,
    );
  if (!heldout || heldout.values.length < FEW) return;
  const [own, other] = [countsOf(column, classes), countsOf(heldout, classes)];
  const rows = heldout.values.length;
  const unseen = labels.findIndex((_, k) => own[k] === 0 && (other[k] ?? 0) >= SHARE * rows);
  const only = labels.findIndex((_, k) => other[k] === rows && (own[k] ?? 0) < column.values.length);
  const at = unseen < 0 ? only : unseen;
  if (at < 0) return;
  const label = JSON.stringify(labels[at]);
  program.elaborator.warn(
    {
      code: "data/unseen-class",
      message:
        unseen < 0
          ? `all ${rows} rows that are held out are ${label}`
          : `no row that trains is ${label}, and ${other[at]} of ${rows} that are held out are`,
      notes: [
        unseen < 0
          ? "figures of held-out rows say how one class is told, and nothing of the others"
          : "a model cannot learn a class that it never sees",
      ],
      hint: "is the file sorted by class? without shuffle=false the held-out rows are drawn from all of them",
    },
    declared.name.span,
  );
}

const plain = (label: string): string => label.trim().toLowerCase();

function countsOf(column: Column | undefined, classes: number): Int32Array {
  const counts = new Int32Array(classes);
  for (const value of column?.values ?? []) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
