// In: the columns of a Parquet file. Out: nothing, or one DataError where the headers of its pages say what cannot be.
// Invariant: after it, a decoder that trusts the headers asks for no more numbers than rows, and every page lies in the file.

import type { FileMetaData } from "hyparquet";
import type { deserializeTCompactProtocol } from "hyparquet/src/thrift.js";
import { DataError } from "../../files/dataerror.ts";

type Deserialize = typeof deserializeTCompactProtocol;
type Group = FileMetaData["row_groups"][number];
type Chunk = NonNullable<Group["columns"][number]["meta_data"]>;

/** Kinds of pages, as the format numbers them, and where the header of each stands in that of the page. */
const [DATA, DICTIONARY, DATA_V2] = [0, 2, 3];
const HEADERS: Readonly<Record<number, string>> = { [DATA]: "field_5", [DICTIONARY]: "field_7", [DATA_V2]: "field_8" };
/** Most times that a page grows: a run of equal values takes few bytes. */
const MOST_TIMES = 2 ** 12;
const FEW_BYTES = 2 ** 20;

/** DataError `data/parquet`; `names` are the columns that will be decoded. `first` is the place of the bytes in their file. */
export function checkPages(
  file: ArrayBuffer,
  { row_groups }: Pick<FileMetaData, "row_groups">,
  names: ReadonlySet<string>,
  read: Deserialize,
  path: string,
  first = 0,
) {
  for (const group of row_groups)
    for (const { meta_data } of group.columns)
      if (meta_data && names.has(meta_data.path_in_schema[0] ?? ""))
        checkChunk({ file, first }, meta_data, Number(group.num_rows), read, path);
}

const damaged = (path: string): DataError =>
  new DataError(
    "data/parquet",
    `${path} is damaged: the pages of a column are not what they say`,
    "write or download the file again",
  );

/** Bytes of a file from one place on. */
interface Bytes {
  readonly file: ArrayBuffer;
  readonly first: number;
}

/** Where the pages of a chunk begin and end in the file. */
export function boundsOf(chunk: Chunk): readonly [from: number, to: number] {
  const offsets = [chunk.data_page_offset, chunk.dictionary_page_offset ?? chunk.data_page_offset].map(Number);
  const from = Math.min(...offsets.filter((offset) => offset > 0));
  return [from, from + Number(chunk.total_compressed_size)];
}

function checkChunk({ file, first }: Bytes, chunk: Chunk, rows: number, read: Deserialize, path: string): void {
  const [from, to] = boundsOf(chunk);
  const isInside = from >= Math.max(4, first) && to > from && to <= first + file.byteLength;
  if (!isInside || Number(chunk.num_values) !== rows) throw damaged(path);
  const reader = { view: new DataView(file, from - first, to - from), offset: 0 };
  let values = 0;
  while (reader.offset < to - from) {
    const header = read(reader) as Readonly<Record<string, unknown>>;
    values += checkPage(header, rows - values, to - from - reader.offset, path);
    reader.offset += Number(header.field_3);
  }
  if (values !== rows) throw damaged(path);
}

/** How many rows a page has: at most `left`; its bytes are at most `room`. */
function checkPage(header: Readonly<Record<string, unknown>>, left: number, room: number, path: string): number {
  const kind = Number(header.field_1);
  const own = header[HEADERS[kind] ?? ""] as Readonly<Record<string, unknown>> | undefined;
  const [whole, packed, count] = [Number(header.field_2), Number(header.field_3), Number(own?.field_1)];
  const isSize = (n: number, most: number) => Number.isInteger(n) && n >= 0 && n <= most;
  const mostBytes = Math.max(FEW_BYTES, MOST_TIMES * packed);
  const mostValues = kind === DICTIONARY ? whole : left;
  if (!own || !isSize(packed, room) || !isSize(whole, mostBytes) || !isSize(count, mostValues)) throw damaged(path);
  if (kind === DATA_V2) {
    const [nulls, definition, repetition] = [Number(own.field_2), Number(own.field_5), Number(own.field_6)];
    if (!isSize(nulls, count) || !isSize(definition, packed) || !isSize(repetition, packed - definition))
      throw damaged(path);
  }
  return kind === DICTIONARY ? 0 : count;
}
