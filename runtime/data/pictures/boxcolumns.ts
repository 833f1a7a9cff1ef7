// In: the header of a table, and the cells of a row. Out: the box that the row gives, by its corners, and which columns hold boxes.
// Invariant: the names of the columns alone say how a box is written; one that is damaged is an error at its line.

import { readMarked } from "../../files/csvcells.ts";
import { DataError } from "../../files/dataerror.ts";

/** Left, top, right and bottom. */
export type Corners = readonly [left: number, top: number, right: number, bottom: number];

/** One way of writing a box: the names of its four columns, in small letters without signs, and its corners. */
interface BoxForm {
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly across: readonly string[];
  readonly down: readonly string[];
  readonly corners: (a: number, b: number, c: number, d: number) => Corners;
}

const [WIDTHS, HEIGHTS] = [
  ["w", "width"],
  ["h", "height"],
];

/** The first of which a table has all columns is taken: beside corners, `width` may be that of the picture. */
const FORMS: readonly BoxForm[] = [
  {
    x: ["xmin", "x0", "x1", "left"],
    y: ["ymin", "y0", "y1", "top"],
    across: ["xmax", "x1", "x2", "right"],
    down: ["ymax", "y1", "y2", "bottom"],
    corners: (left, top, right, bottom) => [left, top, right, bottom],
  },
  {
    x: ["x", "xmin", "left"],
    y: ["y", "ymin", "top"],
    across: WIDTHS,
    down: HEIGHTS,
    corners: (x, y, w, h) => [x, y, x + w, y + h],
  },
  {
    x: ["cx", "xcenter", "xcentre", "centerx", "centrex"],
    y: ["cy", "ycenter", "ycentre", "centery", "centrey"],
    across: WIDTHS,
    down: HEIGHTS,
    corners: (x, y, w, h) => [x - w / 2, y - h / 2, x + w / 2, y + h / 2],
  },
];

/** A column that holds all four numbers, left, top, width and height, as COCO and Kaggle write them. */
const WHOLE = /^(bbox|box|boundingbox)$/;

/** The names of columns that are read, for messages. */
export const BOX_COLUMNS = "xmin, ymin, xmax, ymax, or x, y, w, h, or one column bbox";

export interface BoxColumns {
  /** The four columns, or the one that holds four numbers. */
  readonly places: readonly number[];
  readonly corners: BoxForm["corners"];
}

const bare = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "");

/** Undefined where a table has no boxes. */
export function boxColumnsOf(header: readonly string[]): BoxColumns | undefined {
  const names = header.map(bare);
  const whole = names.findIndex((name) => WHOLE.test(name));
  const byBox: BoxForm["corners"] = (x, y, w, h) => [x, y, x + w, y + h];
  if (whole >= 0) return { places: [whole], corners: byBox };
  const short = names.map((name) => name.replace(/^(bbox|box)/, ""));
  for (const { x, y, across, down, corners } of FORMS) {
    // Names of one index belong together: x1 is the left beside x2, the right beside x0.
    for (const i of x.keys())
      for (const k of across.keys()) {
        const places = [x[i], y[i], across[k], down[k]].map((name) => short.indexOf(name ?? ""));
        if (new Set(places).size === 4 && !places.includes(-1)) return { places, corners };
      }
  }
  return undefined;
}

/** A box of a row, as it is written; undefined where its cells are empty: a picture without one. DataError `data/bad-box`. */
export function boxIn(cells: readonly string[], { places, corners }: BoxColumns, where: string): Corners | undefined {
  const written = places.map((place) => (cells[place] ?? "").trim());
  if (written.every((cell) => cell === "" || cell === "[]")) return undefined;
  const parts = places.length === 1 ? (written[0] ?? "").replace(/^[[(]|[\])]$/g, "").split(/[\s,;]+/) : written;
  const numbers = parts.filter((part) => part !== "" || places.length > 1).map(numberOf);
  const [a, b, c, d] = numbers;
  if (numbers.length === 4 && numbers.every(Number.isFinite)) return corners(a ?? 0, b ?? 0, c ?? 0, d ?? 0);
  const bad = places.length === 1 ? written[0] : written[numbers.findIndex((n) => !Number.isFinite(n))];
  const message = `${where}: ${JSON.stringify(bad)} is no ${places.length === 1 ? "box of four numbers" : "number of a box"}`;
  throw new DataError("data/bad-box", message, "correct it; a picture without a box leaves all its cells empty");
}

const numberOf = (cell: string): number => {
  const written = readMarked(cell);
  return written?.unit === "" ? (written.values["."] ?? written.values[","] ?? Number.NaN) : Number.NaN;
};
