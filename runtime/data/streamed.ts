// A data set of records, which are read while a training goes on, in place of columns that are all in memory: whether a source makes
// one, and how it looks to what knows nothing of streams.
// Invariant: asking a column of such a data set for its values is one DataError, never an empty array.

import { crc32, showCrc } from "../files/crc32.ts";
import { DataError } from "../files/dataerror.ts";
import type { Column, Dataset } from "./dataset.ts";
import type { Numbered, RecordPart, Records, SingleRecords } from "./records.ts";
import type { Arguments, Parameter, Surroundings } from "./source.ts";

/** The parameters of every source that can be streamed. */
export const STREAM_PARAMETERS: readonly Parameter[] = [
  {
    name: "stream",
    kind: "flag",
    default: "auto",
    documentation:
      "true: examples are read from the disk again in each epoch, a part ahead of the training; unless told otherwise, where they would take more memory than there may be",
  },
  {
    name: "buffer",
    kind: "count",
    default: "auto",
    documentation: "so many examples of a stream are in memory and shuffled together, and as many are read ahead",
  },
];

/** Bytes of examples from which they are streamed, where neither the program nor the command says anything else. */
const MOST_BYTES = 2 ** 30;

/** DataError where a buffer is given and nothing is streamed. */
export function examineStream(given: Arguments): void {
  if (given.optionalFlag("stream") !== false || given.optionalNumber("buffer") === undefined) return;
  throw new DataError(
    "data/bad-argument",
    "buffer says how many examples of a stream are in memory, and stream=false reads all of them",
    "leave one of them out",
    "buffer",
  );
}

/** Whether a source streams examples that take so many bytes. */
export const isStreamed = (given: Arguments, { memory = MOST_BYTES }: Surroundings, bytes: number): boolean =>
  given.optionalFlag("stream") ?? bytes > memory;

/** A column whose values are in files. */
export type UnreadColumn = Omit<Column, "values">;

/** A data set of records. */
export function streamedDataset(
  facts: Omit<Dataset, "train" | "heldout" | "records">,
  columns: readonly UnreadColumn[],
  records: Records,
): Dataset {
  const unread = columns.map(withoutValues);
  return {
    ...facts,
    records,
    train: { length: records.train.length, columns: unread },
    heldout: { length: records.heldout.length, columns: unread },
  };
}

const withoutValues = (column: UnreadColumn): Column => ({
  ...column,
  get values(): never {
    throw new DataError(
      "data/streamed",
      `the field ${column.name} is streamed, and this needs all of its values in memory`,
      "stream=false reads them, where they fit",
    );
  },
});

/** Records that each lie by themselves, with their numbers: the first `cut` of the items train. */
export function singleParts(items: readonly object[], cut: number): { train: SingleRecords; heldout: SingleRecords } {
  const part = (from: number, to: number): SingleRecords => ({
    kind: "single",
    length: to - from,
    item: (row): Numbered<object> => ({ ...items[from + row], record: from + row }),
  });
  return { train: part(0, cut), heldout: part(cut, items.length) };
}

/** A check sum of lines that say which records there are, in order. */
export function digestOf(lines: Iterable<string>): string {
  const utf8 = new TextEncoder();
  let crc = 0;
  for (const line of lines) crc = crc32(utf8.encode(`${line}\n`), crc);
  return showCrc(crc);
}

/** The same columns with other records. */
export const withRecords = (dataset: Dataset, records: Records): Dataset => ({
  ...dataset,
  records,
  train: { ...dataset.train, length: records.train.length },
  heldout: { ...dataset.heldout, length: records.heldout.length },
});

/** Records of both parts divided otherwise: those of `order` up to `cut` train. Shards are divided by their own source. */
export function dividedRecords(records: Records, order: Int32Array, cut: number): Records {
  const [train, heldout] = [mustBeSingle(records.train), mustBeSingle(records.heldout)];
  const item = (row: number): unknown => (row < train.length ? train.item(row) : heldout.item(row - train.length));
  const part = (rows: Int32Array): SingleRecords => ({
    kind: "single",
    length: rows.length,
    item: (row) => item(rows[row] ?? 0),
  });
  return { ...records, train: part(order.subarray(0, cut)), heldout: part(order.subarray(cut)) };
}

function mustBeSingle(part: RecordPart): SingleRecords {
  if (part.kind === "single") return part;
  throw new Error("a source of shards divides its own records");
}
