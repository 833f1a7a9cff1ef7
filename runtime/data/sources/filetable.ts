// In: a table of file names and their labels, and the folder they start from. Out: the files, each with its class.
// Invariant: files are taken in the order of the table, classes in that of their names; a file that is not there is an error at its line.

import { bodyRows, guessSeparator, readHeader } from "../../files/csvrows.ts";
import { DataError } from "../../files/dataerror.ts";
import { refuseWebPage } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { FileKind, Found } from "./classfolders.ts";

/** Columns that hold the names of files, where the first is none of them. */
const NAMES = /^(files?|file_?names?|paths?|images?|pictures?)$/i;

/** The columns of names and of labels: by their names, else the first and the last. DataError `data/csv-no-label`. */
function columnsOf(header: readonly string[], path: string): readonly [file: number, label: number] {
  const file = Math.max(
    0,
    header.findIndex((name) => NAMES.test(name)),
  );
  const named = header.indexOf("label");
  const label = named >= 0 ? named : header.length - 1;
  if (label !== file) return [file, label];
  const message = `${path} has one column, and a table of pictures has their names and their labels`;
  throw new DataError("data/csv-no-label", message, "write a first line such as file,label", "table");
}

/** DataErrors of tables, `data/csv-no-rows`, `data/csv-missing`, and the kind's own for a file that is not there. */
export async function findInTable(files: FileReader, path: string, dir: string, kind: FileKind): Promise<Found> {
  const bytes = await files.read(path);
  refuseWebPage(bytes, path, "a CSV file");
  const separator = guessSeparator(bytes, path);
  const [file, label] = columnsOf(readHeader(bytes, path, separator, true), path);
  const rows: { path: string; name: string; line: number; label: string }[] = [];
  for (const { cells, line } of bodyRows(bytes, path, separator, true)) {
    const [name = "", word = ""] = [cells[file], cells[label]];
    if (name === "" || word === "")
      throw new DataError(
        "data/csv-missing",
        `${path}, line ${line}: there is no ${name === "" ? "file" : "label"}`,
        "fill the cell, or leave the row out",
      );
    rows.push({ path: `${dir}/${name}`, name, line, label: word });
  }
  if (rows.length === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  for (const row of rows) await checkFile(files, row, path, dir, kind);
  const classes = [...new Set(rows.map((row) => row.label))].sort((a, b) => (a < b ? -1 : 1));
  const placeOf = new Map(classes.map((name, place) => [name, place]));
  const all = rows.map((row) => ({ path: row.path, label: placeOf.get(row.label)! }));
  return { classes, files: all, first: all[0]! };
}

async function checkFile(
  files: FileReader,
  row: { readonly path: string; readonly name: string; readonly line: number },
  table: string,
  dir: string,
  kind: FileKind,
): Promise<void> {
  if (await files.exists(row.path)) return;
  const there = await files.list(dir);
  const hint = didYouMean(row.name, there.filter(kind.isOne)) ?? `names in the table start from ${dir}`;
  throw new DataError(kind.code, `${table}, line ${row.line}: there is no ${kind.noun} ${row.path}`, hint);
}
