// Sheets of examples for the page of a data set: a line each, and pictures side by side. In: the columns of a few rows. Out: sections.
// Invariant: what fills shorter sequences up is not shown.

import { figureText } from "../project/numbertext.ts";
import type { Column } from "../runtime/data/dataset.ts";
import { numbersOf } from "../runtime/data/numbers.ts";
import type { Numbers } from "../runtime/engine.ts";
import { pictureGrid } from "../runtime/pictures/grid.ts";
import { encodePng } from "../runtime/pictures/png.ts";
import { companionName, companionOf } from "../runtime/plan.ts";
import { pictureSection } from "./page.ts";
import { escaped, type Section } from "./readings.ts";
import { visibleName } from "./tables.ts";

/** Examples of a sheet, and numbers of a field that are shown. */
const [SHOWN, NUMBERS] = [12, 12];
/** Fields of a sheet. */
const FIELDS = 30;
/** Pictures of a sheet, by rows and columns. */
const [DOWN, ACROSS] = [4, 8];
/** Examples that sheets need prepared. */
export const PREPARED = DOWN * ACROSS;

export const section = (html: string): Section => ({ text: () => "", html });

export function htmlTable([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join("")}</tr>`;
  return `<div class="wide"><table class="rows">\n${[line(head, "th"), ...rows.map((row) => line(row, "td"))].join("\n")}\n</table></div>`;
}

type PictureShape = readonly [height: number, width: number, channels: 1 | 3];

/** Undefined for what is no picture. A class for each point of a picture among the columns is one, too. */
function pictureShape({ shape, classes }: Column, columns: readonly Column[]): PictureShape | undefined {
  const [height, width, channels] = shape;
  if (height === undefined || width === undefined) return undefined;
  if (classes === undefined)
    return shape.length === 3 && (channels === 1 || channels === 3) ? [height, width, channels] : undefined;
  const isMask = columns.some((other) => {
    const [h, w] = other.classes === undefined ? (pictureShape(other, columns) ?? []) : [];
    return shape.length === 2 && h === height && w === width;
  });
  return isMask ? [height, width, 1] : undefined;
}

/** How many steps of a column's first axis each example really has. */
const lengthsOf = ({ name }: Column, columns: readonly Column[]): Numbers | undefined => {
  const lengths = columns.find((column) => column.name === companionName(name, "length"));
  return lengths && numbersOf(lengths);
};

/** Some examples, a line each, long fields by their first numbers; and pictures side by side. */
export function sheetOf(title: string, columns: readonly Column[], rows: number, isPrepared = false): Section[] {
  const lines = exampleRows(
    columns.filter((column) => !pictureShape(column, columns)),
    Math.min(SHOWN, rows),
  );
  const shown = lines[0]?.length === 0 ? [] : [section(`<h2>${title}</h2>\n${htmlTable(lines)}`)];
  return [...shown, ...columns.flatMap((column) => pictures(column, columns, title, rows, isPrepared))];
}

/** The names of fields, and below them the examples, as long as each is; of pictures their ranges. */
export function exampleRows(columns: readonly Column[], rows: number): string[][] {
  const listed = columns.filter(({ name }) => companionOf(name, "length") === undefined).slice(0, FIELDS);
  const lengths = listed.map((column) => lengthsOf(column, columns));
  return [
    listed.map(({ name }) => name),
    ...Array.from({ length: rows }, (_, row) =>
      listed.map((column, i) => cellOf(column, columns, row, lengths[i]?.[row])),
    ),
  ];
}

function cellOf(column: Column, columns: readonly Column[], row: number, length: number | undefined): string {
  const { shape, labels, classes } = column;
  const width = shape.reduce((a, b) => a * b, 1);
  if (pictureShape(column, columns)) {
    const values = numbersOf(column, row * width, (row + 1) * width);
    return classes === undefined ? rangeText(values) : `${new Set(values).size} of ${classes} classes`;
  }
  const real = length === undefined ? width : (length * width) / Math.max(1, shape[0] ?? 1);
  const own = [...numbersOf(column, row * width, row * width + Math.min(real, NUMBERS))];
  const shown = own.map((value) =>
    classes === undefined ? figureText(value) : visibleName(labels?.[value] ?? String(value)),
  );
  return shown.join(" ") + (real > NUMBERS ? " ..." : "");
}

function rangeText(values: Numbers): string {
  const [least, most] = [Math.min(...values.subarray(0, MOST)), Math.max(...values.subarray(0, MOST))];
  return `${figureText(least)} to ${figureText(most)}`;
}

/** Numbers that a range is of. */
const MOST = 50_000;

function pictures(
  column: Column,
  columns: readonly Column[],
  title: string,
  examples: number,
  isPrepared: boolean,
): Section[] {
  const shape = pictureShape(column, columns);
  if (!shape) return [];
  const count = Math.min(examples, DOWN * ACROSS);
  const [rows, across] = [Math.ceil(count / ACROSS), Math.min(count, ACROSS)];
  const width = shape.reduce((a, b) => a * b, 1);
  const shown = new Float32Array(rows * across * width);
  const numbers = numbersOf(column, 0, count * width);
  const lightest = Math.max(1, (column.classes ?? 2) - 1);
  shown.set(
    isPrepared
      ? brightened(column).subarray(0, count * width)
      : Float32Array.from(numbers, (value) => value / lightest),
  );
  const what = column.classes === undefined ? rangeText(numbers) : classesText(column);
  for (const boxes of columns) if (boxes.isBox && column.classes === undefined) outline(shown, shape, boxes, count);
  const head = section(`<h2>${title}: ${escaped(column.name)}, ${escaped(what)}</h2>`);
  return [head, pictureSection(encodePng(pictureGrid(shown, shape, rows, across)), rows, across)];
}

/** Classes that the head of a sheet names. */
const NAMED = 6;

/** From black to white. */
const classesText = ({ labels = [], classes = 0 }: Column): string =>
  `${classes} classes from black to white${labels.length > 0 && classes <= NAMED ? `: ${labels.map(visibleName).join(", ")}` : ""}`;

/** Draws the edges of each picture's boxes, light where the picture is dark. Padding is a box of no size. */
function outline(shown: Float32Array, [height, width, channels]: PictureShape, boxes: Column, count: number): void {
  const each = boxes.shape.reduce((a, b) => a * b, 1);
  const numbers = numbersOf(boxes, 0, count * each);
  const paint = (picture: number, y: number, x: number): void => {
    const at = ((picture * height + y) * width + x) * channels;
    const light = shown.subarray(at, at + channels).reduce((a, b) => a + b, 0) / channels;
    shown.fill(light < 0.5 ? 1 : 0, at, at + channels);
  };
  for (let at = 0; at + 4 <= numbers.length; at += 4) {
    const [left = 0, top = 0, right = 0, bottom = 0] = numbers.subarray(at, at + 4);
    if (!(right > left && bottom > top)) continue;
    const picture = Math.floor(at / each);
    const [x0, x1] = [left, right - 1 / width].map((v) => Math.min(width - 1, Math.max(0, Math.round(v * width)))) as [
      number,
      number,
    ];
    const [y0, y1] = [top, bottom - 1 / height].map((v) =>
      Math.min(height - 1, Math.max(0, Math.round(v * height))),
    ) as [number, number];
    for (let x = x0; x <= x1; x++) for (const y of new Set([y0, y1])) paint(picture, y, x);
    for (let y = y0 + 1; y < y1; y++) for (const x of new Set([x0, x1])) paint(picture, y, x);
  }
}

/** Numbers that are no shares of white, from the darkest to the brightest. */
function brightened(column: Column): Float32Array {
  const values = numbersOf(column);
  let [least, most] = [0, 1];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return Float32Array.from(values, (value) => (value - least) / (most - least));
}
