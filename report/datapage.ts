// A data set as a page that needs nothing else: warnings, a table of its fields, bars of its classes, and a sheet of
// examples as the source gives them.

import type { FieldSurvey, Survey } from "../project/data/survey.ts";
import { figureText } from "../project/numbertext.ts";
import type { Column, Dataset } from "../runtime/data/dataset.ts";
import { pictureGrid } from "../runtime/pictures/grid.ts";
import { encodePng } from "../runtime/pictures/png.ts";
import { pictureSection } from "./page.ts";
import { escaped, type Section } from "./readings.ts";

/** Examples of a sheet, numbers of a field that are shown, and classes that get a bar. */
const [SHOWN, NUMBERS, BARS] = [12, 12, 40];
/** Pictures of a sheet, by rows and columns. */
const [DOWN, ACROSS] = [4, 8];

export function dataSections(name: string, survey: Survey, dataset: Dataset): Section[] {
  const { train, heldout, unit, warnings } = survey;
  const head = `<h2>${escaped(name)}: ${train} ${escaped(unit)} train, ${heldout} are held out</h2>`;
  const told = warnings.map((text) => `<p><b>Warning:</b> ${escaped(text)}</p>`).join("\n");
  const classes = survey.fields.filter((field) => field.classes && field.classes.length <= BARS).slice(0, 6);
  const parts = [`${head}\n${told}\n${htmlTable(fieldRows(survey))}`, ...classes.map(barsOf), sheetOf(dataset)];
  return [...parts.map((html) => ({ text: () => "", html })), ...pictures(dataset)];
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

/** The first training examples, a line each; long fields by their first numbers. */
function sheetOf({ train }: Dataset): string {
  const columns = train.columns.filter((column) => !pictureShape(column)).slice(0, 30);
  const rows = Array.from({ length: Math.min(SHOWN, train.length) }, (_, row) =>
    columns.map((column) => cellOf(column, row)),
  );
  return `<h2>The first training examples</h2>\n${htmlTable([columns.map(({ name }) => name), ...rows])}`;
}

function cellOf({ shape, values, labels, classes }: Column, row: number): string {
  const width = shape.reduce((a, b) => a * b, 1);
  const own = [...values.subarray(row * width, row * width + Math.min(width, NUMBERS))];
  const shown = own.map((value) => (classes === undefined ? figureText(value) : (labels?.[value] ?? String(value))));
  return shown.join(" ") + (width > NUMBERS ? " ..." : "");
}

function pictures({ train }: Dataset): Section[] {
  return train.columns.flatMap((column) => {
    const shape = pictureShape(column);
    if (!shape) return [];
    const { values } = column;
    const count = Math.min(train.length, DOWN * ACROSS);
    const [rows, across] = [Math.ceil(count / ACROSS), Math.min(count, ACROSS)];
    const width = shape.reduce((a, b) => a * b, 1);
    const shown = new Float32Array(rows * across * width);
    shown.set(values.subarray(0, count * width));
    return [pictureSection(encodePng(pictureGrid(shown, shape, rows, across)), rows, across)];
  });
}
