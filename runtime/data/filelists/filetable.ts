// In: a table of file names with labels or boxes, and the folder they start from. Out: its rows, each with a file that is there.
// Invariant: files are taken in the order of the table, classes in that of their names; a file that is not there is an error at its line.

import { bodyRows, guessSeparator, readHeader } from "../../files/csvrows.ts";
import { DataError } from "../../files/dataerror.ts";
import { refuseOtherText } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { FileKind, Found } from "./classfolders.ts";

/** Columns that hold the names of files, where the first is none of them. */
const NAMES = /^(files?|file_?names?|paths?|images?|pictures?|image_?(id|name|path)|img)$/i;

/** Columns that hold labels, where none is called so, the nearest first. */
const LABELS = [
  /^label$/i,
  /^(label|class|category)_?names?$/i,
  /^(class(es)?|categor(y|ies)|class_?id|category_?id)$/i,
];

export interface FileRow {
  readonly path: string;
  readonly line: number;
  readonly cells: readonly string[];
}

export interface FileTable {
  readonly path: string;
  readonly header: readonly string[];
  /** The place of the names in a row. */
  readonly file: number;
  readonly rows: readonly FileRow[];
}

/** The place of the column of labels; undefined where none has such a name. */
export function labelPlaceOf({ header }: Pick<FileTable, "header">): number | undefined {
  const places = LABELS.map((name) => header.findIndex((each) => name.test(each)));
  return places.find((place) => place >= 0);
}

/** DataErrors of tables, `data/csv-no-rows`, `data/csv-missing`, and the kind's own for a file that is not there. */
export async function readFileTable(files: FileReader, path: string, dir: string, kind: FileKind): Promise<FileTable> {
  const bytes = await files.read(path);
  refuseOtherText(bytes, path, "a CSV file");
  const separator = guessSeparator(bytes, path);
  const header = readHeader(bytes, path, separator, true);
  const file = Math.max(
    0,
    header.findIndex((name) => NAMES.test(name)),
  );
  const find = finder(files, path, dir, kind);
  const rows: FileRow[] = [];
  for (const { cells, line } of bodyRows(bytes, path, separator, true)) {
    const name = cells[file] ?? "";
    if (name === "") throw emptyCell(path, line, kind.noun);
    rows.push({ path: await find(name, line), line, cells });
  }
  if (rows.length === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  return { path, header, file, rows };
}

const emptyCell = (path: string, line: number, what: string): DataError =>
  new DataError(
    "data/csv-missing",
    `${path}, line ${line}: there is no ${what}`,
    "fill the cell, or leave the row out",
  );

/** The path of a name in the table, which may lack its ending; each name and folder is looked for once. */
function finder(files: FileReader, table: string, dir: string, kind: FileKind) {
  const known = new Map<string, string>();
  const folders = new Map<string, Promise<ReadonlyMap<string, string>>>();
  const byStem = (folder: string): Promise<ReadonlyMap<string, string>> => {
    const before = folders.get(folder);
    if (before) return before;
    const listed = namesByStem(files, folder, kind);
    folders.set(folder, listed);
    return listed;
  };
  const pathOf = async (name: string): Promise<string | undefined> => {
    const path = `${dir}/${name}`;
    if (await files.exists(path)) return path;
    const cut = path.lastIndexOf("/");
    const full = (await byStem(path.slice(0, cut))).get(path.slice(cut + 1));
    return full === undefined ? undefined : `${path.slice(0, cut)}/${full}`;
  };
  return async (name: string, line: number): Promise<string> => {
    const path = known.get(name) ?? (await pathOf(name));
    if (path === undefined) {
      const hint =
        didYouMean(name, (await files.list(dir)).filter(kind.isOne)) ?? `names in the table start from ${dir}`;
      throw new DataError(kind.code, `${table}, line ${line}: there is no ${kind.noun} ${dir}/${name}`, hint);
    }
    known.set(name, path);
    return path;
  };
}

/** Files of a folder by their names without endings; none where there is no such folder. */
async function namesByStem(files: FileReader, folder: string, kind: FileKind): Promise<ReadonlyMap<string, string>> {
  const names = (await files.exists(folder)) ? await files.list(folder) : [];
  return new Map(names.filter(kind.isOne).map((name) => [name.replace(/\.\w+$/, ""), name]));
}

/** The classes of a column in their order, and that of each row. DataError `data/csv-missing`. */
export function classesOf(table: FileTable, rows: readonly FileRow[], place: number) {
  const words = rows.map(({ cells, line }) => {
    const word = cells[place] ?? "";
    if (word === "") throw emptyCell(table.path, line, "label");
    return word;
  });
  const classes = [...new Set(words)].sort((a, b) => (a < b ? -1 : 1));
  const placeOf = new Map(classes.map((name, index) => [name, index]));
  return { classes, labels: words.map((word) => placeOf.get(word) ?? 0) };
}

/** The files of a table with the class of each: the column that is called so, else the last. DataError `data/csv-no-label`. */
export function labelledFiles(table: FileTable): Found {
  const label = labelPlaceOf(table) ?? table.header.length - 1;
  if (label === table.file) {
    const message = `${table.path} has one column, and a table of pictures has their names and their labels`;
    throw new DataError("data/csv-no-label", message, "write a first line such as file,label", "table");
  }
  const { classes, labels } = classesOf(table, table.rows, label);
  const all = table.rows.map(({ path }, i) => ({ path, label: labels[i] ?? 0 }));
  const [first] = all;
  if (first) return { classes, files: all, first };
  throw new DataError("data/csv-no-rows", `${table.path} has a header and no rows`);
}
