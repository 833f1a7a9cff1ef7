// In: a table with a row for each box in a picture. Out: the pictures with their boxes, as shares of the picture as it is seen, and
// the classes of these. Invariant: a picture comes where its first row does, its boxes in the order of their rows; every box lies in
// its picture and is wider and higher than nothing.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { storedSize } from "../../pictures/kind.ts";
import { classesOf, type FileRow, type FileTable, labelPlaceOf } from "../filelists/filetable.ts";
import { type BoxColumns, boxIn, type Corners } from "./boxcolumns.ts";
import { headSize } from "./headsize.ts";

export interface Box {
  readonly corners: Corners;
  /** 0 where the table has no classes. */
  readonly label: number;
}

/** A row with a box, as it is written. */
interface BoxRow extends FileRow {
  readonly corners: Corners;
}

export interface BoxedFiles {
  /** Names of the classes; undefined where the table has none. */
  readonly classes: readonly string[] | undefined;
  /** Whether the table has shares of the picture, rather than points. */
  readonly inShares: boolean;
  /** Each picture with the rows of its boxes and their classes. */
  readonly files: ReadonlyMap<string, readonly (readonly [row: BoxRow, label: number])[]>;
  readonly table: FileTable;
}

/** The boxes of a table by the pictures that they are in; no picture is looked at. DataErrors `data/bad-box`, `data/csv-missing`. */
export function boxesByFile(table: FileTable, columns: BoxColumns): BoxedFiles {
  const rows = table.rows.flatMap((row): BoxRow[] => {
    const corners = boxIn(row.cells, columns, `${table.path}, line ${row.line}`);
    return corners ? [{ ...row, corners }] : [];
  });
  if (rows.length === 0)
    throw new DataError("data/csv-no-rows", `${table.path} has columns of boxes, and no row has a box`);
  const place = labelPlaceOf(table);
  const found = place === undefined ? undefined : classesOf(table, rows, place);
  const files = new Map<string, [BoxRow, number][]>(table.rows.map(({ path }) => [path, []]));
  for (const [i, row] of rows.entries()) files.get(row.path)?.push([row, found?.labels[i] ?? 0]);
  return { classes: found?.classes, inShares: hasShares(rows), files, table };
}

/** Shares are numbers up to 1, and no box of points is so small; most rows decide, so that one that is wrong is found. */
const hasShares = (rows: readonly BoxRow[]): boolean =>
  rows.filter(({ corners }) => corners.every((corner) => Math.abs(corner) <= 1)).length > rows.length / 2;

/** Sums of rounded numbers may reach so far beyond the edge; they are taken for the edge. */
const ROUNDING = 1e-6;

/** The boxes of each picture as shares. DataErrors `data/bad-box`, and those of pictures where their sizes have to be read. */
export async function boxesOf(found: BoxedFiles, path: string, files: FileReader): Promise<readonly Box[]> {
  const rows = found.files.get(path) ?? [];
  const size = found.inShares || rows.length === 0 ? ([1, 1] as const) : await headSize(files, path);
  const boxes: Box[] = [];
  for (const [row, label] of rows) {
    const corners = sharesOf(row.corners, size);
    if (!corners) throw await outside(row, found, size, files);
    boxes.push({ corners, label });
  }
  return boxes;
}

/** Undefined where a box is no wider or higher than nothing, or lies outside. */
function sharesOf(corners: Corners, [height, width]: readonly [number, number]): Corners | undefined {
  const shares = corners.map((corner, i) => corner / (i % 2 === 0 ? width : height));
  if (shares.some((share) => share < -ROUNDING || share > 1 + ROUNDING)) return undefined;
  const [left = 0, top = 0, right = 0, bottom = 0] = shares.map((share) => Math.min(1, Math.max(0, share)));
  return right > left && bottom > top ? [left, top, right, bottom] : undefined;
}

const numberText = (value: number): string => String(Number(value.toPrecision(6)));

async function outside(
  { corners, line, path }: BoxRow,
  { table, inShares }: BoxedFiles,
  size: readonly [number, number],
  files: FileReader,
): Promise<DataError> {
  const where = `${table.path}, line ${line}`;
  const [left, top, right, bottom] = corners.map(numberText);
  const said = `the box goes from ${left} to ${right} across and from ${top} to ${bottom} down`;
  if (!(corners[2] > corners[0] && corners[3] > corners[1]))
    return new DataError(
      "data/bad-box",
      `${where}: ${said}, which holds nothing`,
      "a box goes from its left to its right and from its top to its bottom; leave out rows whose box is empty",
    );
  const most = inShares
    ? "the table has shares of the picture, from 0 to 1"
    : `${path} is ${size[1]} points wide and ${size[0]} high`;
  const isTurned = !inShares && sharesOf(corners, await headSize(files, path, storedSize)) !== undefined;
  const hint = isTurned
    ? "the picture is stored lying on its side, and boxes are those of the picture as it is seen, upright"
    : "end the box at the edge of the picture, or leave the row out";
  return new DataError("data/bad-box", `${where}: ${said}, but ${most}`, hint);
}
