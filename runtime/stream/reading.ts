// Records read in their order, for what looks at data beside a training: batch after batch, or the first of each part into memory.

import type { Column, Dataset, Split } from "../data/dataset.ts";
import { bytesAsNumbers, numbersOf } from "../data/numbers.ts";
import type { Numbers, StoredValues } from "../engine.ts";
import type { FileReader } from "../files/files.ts";
import { decoderCalled } from "./decoders.ts";
import { chunksOf } from "./order.ts";

/** Rows of some columns, by their names. */
export interface RowBatch {
  readonly count: number;
  readonly values: ReadonlyMap<string, Numbers>;
}

/** All rows of a part, `size` at a time, whether they are in memory or streamed. */
export async function* batchesOf(
  dataset: Dataset,
  part: "train" | "heldout",
  size: number,
  files: FileReader,
): AsyncGenerator<RowBatch> {
  const { length, columns } = dataset[part];
  if (dataset.records) return yield* streamedBatches(dataset, part, size, files);
  for (let from = 0; from < length; from += size) {
    const count = Math.min(size, length - from);
    const rows = (column: Column): Numbers => {
      const width = column.values.length / length;
      return numbersOf(column, from * width, (from + count) * width);
    };
    yield { count, values: new Map(columns.map((c) => [c.name, rows(c)])) };
  }
}

async function* streamedBatches(
  { records, ...parts }: Dataset,
  part: "train" | "heldout",
  size: number,
  files: FileReader,
): AsyncGenerator<RowBatch> {
  if (!records) return;
  const read = (await decoderCalled(records.decoder)).open(records.context, files, undefined);
  const { columns } = parts[part];
  const { chunks, chunk } = chunksOf(records[part], size, undefined);
  for (let index = 0; index < chunks; index++) {
    const { count, tasks } = chunk(index);
    const values = new Map(columns.map((c) => [c.name, emptyRows(c, count)]));
    let row = 0;
    for (const { task, count: rows } of tasks) {
      const found = await read(task);
      for (const [i, c] of columns.entries()) {
        const own = found[i];
        if (own) values.get(c.name)?.set(asNumbers(own, c), row * widthOf(c));
      }
      row += rows;
    }
    yield { count, values };
  }
}

type Shaped = Pick<Column, "shape" | "classes">;

const widthOf = ({ shape }: Shaped): number => shape.reduce((a, b) => a * b, 1);

const asNumbers = (values: StoredValues, { byteUnit }: Column): Numbers =>
  values instanceof Uint8Array ? bytesAsNumbers(values, byteUnit) : values;

const emptyRows = (column: Shaped, count: number): Numbers =>
  new (column.classes === undefined ? Float32Array : Int32Array)(count * widthOf(column));

/** Bytes of examples of each part that are enough to look at. */
const SAMPLE_BYTES = 2 ** 24;

/** The first examples of each part in memory: all of those that are there already. */
export async function firstRows(dataset: Dataset, files: FileReader): Promise<Dataset> {
  if (!dataset.records) return dataset;
  const { records: _, ...rest } = dataset;
  const first = async (part: "train" | "heldout"): Promise<Split> => {
    const { length, columns } = dataset[part];
    const bytes = columns.reduce((sum, c) => sum + 4 * widthOf(c), 0);
    const most = Math.min(length, Math.max(1, Math.floor(SAMPLE_BYTES / Math.max(1, bytes))));
    for await (const { count, values } of batchesOf(dataset, part, most, files))
      return { length: count, columns: columns.map((c) => withValues(c, values.get(c.name) ?? emptyRows(c, 0))) };
    return { length: 0, columns: columns.map((c) => withValues(c, emptyRows(c, 0))) };
  };
  return { ...rest, train: await first("train"), heldout: await first("heldout") };
}

/** Whether a data set has only the first examples of another. */
export const isSample = (sample: Dataset, of: Dataset): boolean =>
  sample.train.length < of.train.length || sample.heldout.length < of.heldout.length;

/** The facts of a column with other values: those of a streamed one cannot be copied along. */
function withValues(column: Column, values: Numbers): Column {
  const { values: _, ...facts } = Object.getOwnPropertyDescriptors(column);
  return { ...(Object.defineProperties({}, facts) as Omit<Column, "values">), values };
}
