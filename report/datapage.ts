// A data set as a page that needs nothing else: warnings, a table of its fields, bars of its classes, and sheets of
// examples, as the source gives them and as models see them.

import type { FieldSurvey, Survey } from "../project/data/survey.ts";
import { figureText } from "../project/numbertext.ts";
import type { Column, Dataset } from "../runtime/data/dataset.ts";
import { numbersOf } from "../runtime/data/numbers.ts";
import type { Numbers } from "../runtime/engine.ts";
import { pictureGrid } from "../runtime/pictures/grid.ts";
import { encodePng } from "../runtime/pictures/png.ts";
import { pictureSection } from "./page.ts";
import { escaped, type Section } from "./readings.ts";

/** Examples of a sheet, numbers of a field that are shown, and classes that get a bar. */
const [SHOWN, NUMBERS, BARS] = [12, 12, 40];
/** Fields of a sheet. */
const FIELDS = 30;
/** Pictures of a sheet, by rows and columns. */
const [DOWN, ACROSS] = [4, 8];
/** Examples that sheets need prepared. */
export const PREPARED = DOWN * ACROSS;

const section = (html: string): Section => ({ text: () => "", html });

/** `prepared`: the first training examples after the body of the declaration, where it changes any. */
export function dataSections(
  name: string,
  survey: Survey,
  dataset: Dataset,
  prepared: readonly Column[] | undefined,
): Section[] {
  const { train, heldout, unit, warnings } = survey;
  const head = `<h2>${escaped(name)}: ${train} ${escaped(unit)} train, ${heldout} are held out</h2>`;
  const told = warnings.map((text) => `<p><b>Warning:</b> ${escaped(text)}</p>`).join("\n");
  const classes = survey.fields.filter((field) => field.classes && field.classes.length <= BARS).slice(0, 6);
  const parts = [`${head}\n${told}\n${htmlTable(fieldRows(survey))}`, ...classes.map(barsOf)];
  return [
    ...parts.map(section),
    ...sheetOf("The first training examples", dataset.train.columns, dataset.train.length),
    ...(prepared ? sheetOf("As models see them", prepared, Math.min(PREPARED, dataset.train.length), true) : []),
  ];
}

/** The fields in lines: name, type, and what they hold. */
export function fieldRows({ fields }: Survey): string[][] {
  const rows = fields.map(({ name, type, range, missing, classes }) => [
    name,
    type,
    ...(range ? [range.least, range.mean, range.deviation, range.most].map(figureText) : ["", "", "", ""]),
    missing === undefined ? "" : String(missing),
    classesText(classes),
  ]);
  return [["field", "type", "least", "mean", "deviation", "most", "missing", "classes"], ...rows];
}

/** Classes that a line names. */
const NAMED = 6;

function classesText(classes: FieldSurvey["classes"] = []): string {
  const named = classes.slice(0, NAMED).map(({ name, train, heldout }) => `${name} ${train}+${heldout}`);
  return [...named, ...(classes.length > NAMED ? [`and ${classes.length - NAMED} more`] : [])].join(", ");
}

function htmlTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag} style="padding: .1rem .6rem; text-align: left">${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table>\n${[line(head, "th"), ...rows.map((row) => line(row, "td"))].join("\n")}\n</table></div>`;
}

/** How many training examples each class has, as bars. */
function barsOf({ name, classes = [] }: FieldSurvey): string {
  const most = Math.max(1, ...classes.map(({ train }) => train));
  const lines = classes.map((each) => {
    const bar = `<span style="display: inline-block; background: #1d4ed8; height: .8em; width: ${((20 * each.train) / most).toFixed(2)}rem"></span>`;
    return `<tr><td style="padding: 0 .6rem; text-align: right">${escaped(each.name)}</td><td style="text-align: left">${bar} ${each.train}</td></tr>`;
  });
  return `<h2>Training examples of each class of ${escaped(name)}</h2>\n<table>\n${lines.join("\n")}\n</table>`;
}

type PictureShape = readonly [height: number, width: number, channels: 1 | 3];

/** Undefined for what is no picture. */
function pictureShape({ shape, classes }: Column): PictureShape | undefined {
  const [height, width, channels] = shape;
  if (classes !== undefined || shape.length !== 3 || height === undefined || width === undefined) return undefined;
  return channels === 1 || channels === 3 ? [height, width, channels] : undefined;
}

/** Some examples, a line each, long fields by their first numbers; and pictures side by side. */
function sheetOf(title: string, columns: readonly Column[], rows: number, isPrepared = false): Section[] {
  const lines = exampleRows(
    columns.filter((column) => !pictureShape(column)),
    Math.min(SHOWN, rows),
  );
  const shown = lines[0]?.length === 0 ? [] : [section(`<h2>${title}</h2>\n${htmlTable(lines)}`)];
  return [...shown, ...columns.flatMap((column) => pictures(column, title, rows, isPrepared))];
}

/** The names of fields, and below them the examples; of pictures their ranges. */
export function exampleRows(columns: readonly Column[], rows: number): string[][] {
  const listed = columns.slice(0, FIELDS);
  return [
    listed.map(({ name }) => name),
    ...Array.from({ length: rows }, (_, row) => listed.map((column) => cellOf(column, row))),
  ];
}

function cellOf(column: Column, row: number): string {
  const { shape, labels, classes } = column;
  const width = shape.reduce((a, b) => a * b, 1);
  if (pictureShape(column)) return rangeText(numbersOf(column, row * width, (row + 1) * width));
  const own = [...numbersOf(column, row * width, row * width + Math.min(width, NUMBERS))];
  const shown = own.map((value) => (classes === undefined ? figureText(value) : (labels?.[value] ?? String(value))));
  return shown.join(" ") + (width > NUMBERS ? " ..." : "");
}

function rangeText(values: Numbers): string {
  const [least, most] = [Math.min(...values.subarray(0, MOST)), Math.max(...values.subarray(0, MOST))];
  return `${figureText(least)} to ${figureText(most)}`;
}

/** Numbers that a range is of. */
const MOST = 50_000;

function pictures(column: Column, title: string, examples: number, isPrepared: boolean): Section[] {
  const shape = pictureShape(column);
  if (!shape) return [];
  const count = Math.min(examples, DOWN * ACROSS);
  const [rows, across] = [Math.ceil(count / ACROSS), Math.min(count, ACROSS)];
  const width = shape.reduce((a, b) => a * b, 1);
  const shown = new Float32Array(rows * across * width);
  const numbers = numbersOf(column, 0, count * width);
  shown.set(isPrepared ? brightened(column).subarray(0, count * width) : numbers);
  const range = rangeText(numbers);
  const head = section(`<h2>${title}: ${escaped(column.name)}, ${range}</h2>`);
  return [head, pictureSection(encodePng(pictureGrid(shown, shape, rows, across)), rows, across)];
}

/** Numbers that are no shares of white, from the darkest to the brightest. */
function brightened(column: Column): Float32Array {
  const values = numbersOf(column);
  let [least, most] = [0, 1];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return Float32Array.from(values, (value) => (value - least) / (most - least));
}
