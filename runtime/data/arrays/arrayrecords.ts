// Rows of arrays that are read while a training goes on. In: where the arrays lie and which fields they are. Out: the values of rows,
// the same as those of arrays in memory. Invariant: a value that its array did not have when it was looked through is one DataError.

import type { StoredValues } from "../../engine.ts";
import type { FileReader } from "../../files/files.ts";
import type { Decoder, Wanted } from "../records.ts";
import { changed } from "../tables/shards.ts";
import { type ArrayField, canBeOf, valuesOf, withoutPadding } from "./fields.ts";
import { checkEnd, readRows, type StoredArray, type StoredFile } from "./storedarray.ts";

/** The fields of an array, and where its rows lie. */
export interface StreamedArray {
  readonly members: readonly StoredArray[];
  readonly where: string;
  readonly padding: number | undefined;
  /** The arrays of the lengths of its sequences. */
  readonly lengths: readonly StoredArray[] | undefined;
  readonly fields: readonly ArrayField[];
}

/** Facts that a decoder of arrays needs: plain data. */
export interface ArrayContext {
  readonly file: StoredFile;
  readonly arrays: readonly StreamedArray[];
}

/** Whether each field of sequences has its lengths as a column behind it. */
export const hasLengths = ({ padding, lengths }: Pick<StreamedArray, "padding" | "lengths">): boolean =>
  padding !== undefined || lengths !== undefined;

const columnsIn = (array: StreamedArray): number => array.fields.length * (hasLengths(array) ? 2 : 1);

/** The values of some rows of an array: of each field, and its lengths. */
async function columnsOf(
  files: FileReader,
  file: StoredFile,
  array: StreamedArray,
  rows: readonly number[],
): Promise<readonly StoredValues[]> {
  const read = await readRows(files, file, array.members, rows);
  const cut = array.padding === undefined ? undefined : withoutPadding(read, array.padding, array.where, rows[0]);
  const given = array.lengths && (await readRows(files, file, array.lengths, rows));
  const lengths = cut?.lengths ?? (given && Int32Array.from(given.values));
  return array.fields.flatMap((field) => {
    const values = valuesOf(field, cut?.array ?? read, lengths);
    if (!canBeOf(field, rows.length, values)) throw changed(file.path, `${field.column.name} has other values`);
    return lengths ? [values, Float32Array.from(lengths)] : [values];
  });
}

export const arrayDecoder: Decoder = {
  name: "arrays",
  open(given, files, wanted) {
    const { file, arrays } = given as ArrayContext;
    let next = 0;
    const places = arrays.map((array) => {
      const first = next;
      next += columnsIn(array);
      return { array, isWanted: isAnyWanted(wanted, first, next) };
    });
    return async (task) => {
      const rows = task as readonly number[];
      await checkEnd(files, file);
      const columns: StoredValues[] = [];
      for (const { array, isWanted } of places)
        columns.push(
          ...(isWanted
            ? await columnsOf(files, file, array, rows)
            : Array.from({ length: columnsIn(array) }, () => new Float32Array(0))),
        );
      return columns;
    };
  },
};

const isAnyWanted = (wanted: Wanted, from: number, to: number): boolean =>
  wanted === undefined || wanted.slice(from, to).some((each) => each);
