// An archive of arrays that is read while a training goes on. In: its table of contents. Out: its data set, whose fields and rows are
// those of the archive in memory. One pass over all arrays finds which fields they are, and compares their check sums; no row is kept.

import { crc32 } from "../../files/crc32.ts";
import { DataError } from "../../files/dataerror.ts";
import { isOfBytes, type NpyHead, readNpyHeadOf, readNpyRows } from "../../files/npy.ts";
import { corrupt, STORED, storedAt, type ZipDirectory, type ZipEntry } from "../../files/zip/directory.ts";
import { companionName } from "../../plan.ts";
import type { Dataset } from "../dataset.ts";
import { Random } from "../random.ts";
import type { SingleRecords } from "../records.ts";
import type { Surroundings } from "../source.ts";
import { digestOf, streamedDataset, type UnreadColumn } from "../streamed.ts";
import { type ArrayContext, arrayDecoder, hasLengths, type StreamedArray } from "./arrayrecords.ts";
import { type ArrayField, type Declared, FieldFinder, withoutPadding } from "./fields.ts";
import { asLengths, type LaidOut, type Layout, layOut, remarksOn } from "./layout.ts";
import { readRows, readStretch, rowBytesOf, type StoredArray, type StoredFile } from "./storedarray.ts";

export interface ArrayRequest {
  readonly path: string;
  readonly directory: ZipDirectory;
  readonly split: number;
  readonly declared: Declared;
  readonly buffer: number | undefined;
}

/** An array, and the entry of the archive that holds it. */
interface ArrayEntry extends StoredArray {
  readonly entry: ZipEntry;
  /** Where the entry begins. */
  readonly start: number;
}

const ENDING = ".npy";

/** The arrays of an archive, or why it cannot be read a part at a time, with what can. */
export type Opened = { readonly arrays: ReadonlyMap<string, ArrayEntry> } | { readonly whole: DataError };

const whole = (message: string, hint: string): Opened => ({
  whole: new DataError("data/streamed", message, hint, "stream"),
});

/** DataErrors of a damaged archive, and of arrays that are not read. */
export async function openArrays(
  { directory: { entries }, path }: ArrayRequest,
  { files }: Surroundings,
): Promise<Opened> {
  const arrays = new Map<string, ArrayEntry>();
  for (const entry of entries) {
    const { name, size, method, encrypted } = entry;
    if (!name.endsWith(ENDING)) throw new DataError("data/npy-header", `${path} holds ${name}, which is not an array`);
    const [where, written] = [`${path}: ${name}`, name.slice(0, -ENDING.length)];
    if (method !== STORED || encrypted)
      return whole(
        `${where} is compressed, and a part of it cannot be read by itself`,
        "numpy.savez, in place of numpy.savez_compressed, saves arrays as they are",
      );
    const start = await storedAt(files, path, entry);
    const head = await readNpyHeadOf((from, to) => files.readPart(path, start + from, start + to), size, where);
    if (head.isFortran && head.shape.length > 1)
      return whole(
        `${where} lies column by column (Fortran order), and a row of it cannot be read by itself`,
        `save numpy.ascontiguousarray(${written})`,
      );
    arrays.set(written, { where, head, from: start + head.from, count: head.shape[0] ?? 0, entry, start });
  }
  if (arrays.size === 0) throw new DataError("data/empty-file", `${path} holds no arrays`);
  return { arrays };
}

/** DataErrors of `arraysDataset`. */
export async function streamArrays(
  entries: ReadonlyMap<string, ArrayEntry>,
  { path, directory, split, declared, buffer }: ArrayRequest,
  around: Surroundings,
): Promise<Dataset> {
  const shapes = new Map([...entries].map(([name, { head }]) => [name, shapeOf(head)]));
  const layout = layOut(shapes, path, { split, declared, isTwice: () => true });
  const { from, bytes } = directory;
  const file = { path, end: { from, length: bytes.length, crc: crc32(bytes) } };
  const arrays = await new ArrayPass(file, entries, layout, around).arrays();
  const columns = arrays.flatMap(columnsOf);
  return recordsOf({ file, arrays }, columns, layout, { around, buffer });
}

const shapeOf = (head: NpyHead) => ({ kind: head.kind, shape: head.shape, isBytes: isOfBytes(head) });

/** The fields of an array, each with its lengths behind it where it has any. */
const columnsOf = (array: StreamedArray): UnreadColumn[] =>
  array.fields.flatMap(({ column }) =>
    hasLengths(array) ? [column, { name: companionName(column.name, "length"), shape: [] }] : [column],
  );

function recordsOf(
  context: ArrayContext,
  columns: readonly UnreadColumn[],
  layout: Layout,
  { around, buffer }: { readonly around: Surroundings; readonly buffer: number | undefined },
): Dataset {
  const { count, cut, isParted } = layout;
  const { path, end } = context.file;
  const order = isParted ? Int32Array.from({ length: count }, (_, row) => row) : new Random(around.seed).shuffle(count);
  const part = (from: number, to: number): SingleRecords => ({
    kind: "single",
    length: to - from,
    item: (row) => order[from + row],
  });
  const remarks = isParted ? [] : remarksOn(columns, layout, path);
  const facts = { unit: "rows", unitsPerExample: 1, ...(isParted ? {} : { remarks }) };
  const lines = [
    `${end.crc} ${end.length} ${cut} ${around.seed}`,
    JSON.stringify(columns.map(({ name, shape }) => [name, shape])),
  ];
  return streamedDataset(facts, columns, {
    decoder: arrayDecoder.name,
    context,
    train: part(0, cut),
    heldout: part(cut, count),
    buffer,
    digest: digestOf(lines),
  });
}

// ---------------------------------------------------------------- the pass

/** Bytes that are looked through at a time, about. */
const BLOCK_BYTES = 2 ** 20;

/** Looks through all arrays of a layout. */
class ArrayPass {
  private readonly file: StoredFile;
  private readonly entries: ReadonlyMap<string, ArrayEntry>;
  private readonly layout: Layout;
  private readonly around: Surroundings;
  private done = 0;

  constructor(file: StoredFile, entries: ReadonlyMap<string, ArrayEntry>, layout: Layout, around: Surroundings) {
    this.file = file;
    this.entries = entries;
    this.layout = layout;
    this.around = around;
  }

  async arrays(): Promise<readonly StreamedArray[]> {
    const found: StreamedArray[] = [];
    for (const laid of this.layout.arrays) {
      const { padding, facts } = laid;
      const members = this.membersOf(laid);
      const own = this.layout.arrays.find(({ facts: { written } }) => written === laid.lengths);
      const lengths = own && this.membersOf(own);
      const fields = await this.look(laid, members, lengths);
      const plain = (all: readonly ArrayEntry[]): readonly StoredArray[] =>
        all.map(({ where, head, from, count }) => ({ where, head, from, count }));
      found.push({ members: plain(members), where: facts.where, padding, lengths: lengths && plain(lengths), fields });
    }
    return found;
  }

  private membersOf({ members }: LaidOut): readonly ArrayEntry[] {
    return members.flatMap((name) => this.entries.get(name) ?? []);
  }

  /** A check sum that does not agree counts before what is wrong with a value. */
  private async look(
    laid: LaidOut,
    members: readonly ArrayEntry[],
    lengths: readonly StoredArray[] | undefined,
  ): Promise<readonly ArrayField[]> {
    const finder = new FieldFinder(laid.facts);
    let [wrong, first]: [unknown, number] = [undefined, 0];
    for (const member of members) {
      for await (const { bytes, rows, row } of this.blocksOf(member)) {
        if (wrong !== undefined) continue;
        try {
          await this.lookAt(finder, laid, {
            array: readNpyRows(member.head, bytes, rows, member.where),
            first: first + row,
            lengths,
          });
        } catch (error) {
          wrong = error;
        }
      }
      first += member.count;
    }
    if (wrong !== undefined) throw wrong;
    return finder.fields();
  }

  private async lookAt(finder: FieldFinder, laid: LaidOut, { array, first, lengths }: Block): Promise<void> {
    if (laid.padding !== undefined) {
      const cut = withoutPadding(array, laid.padding, laid.facts.where, first);
      finder.look(cut.array, cut.lengths);
      return;
    }
    const rows = Int32Array.from({ length: array.shape[0] ?? 0 }, (_, i) => first + i);
    const own = lengths && (await readRows(this.around.files, this.file, lengths, rows));
    finder.look(array, own && asLengths(own.values, laid.lengths ?? "", laid, this.file.path, first));
  }

  /** All rows, some at a time. DataError `data/corrupt-zip` behind the last where the check sum does not agree. */
  private async *blocksOf(member: ArrayEntry) {
    const { files, progress } = this.around;
    const { entry, start, from, count } = member;
    const all = [...this.entries.values()].reduce((sum, each) => sum + each.entry.size, 0);
    let crc = crc32(await files.readPart(this.file.path, start, from));
    const most = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, rowBytesOf(member))));
    for (let row = 0; row < count; row += most) {
      const rows = Math.min(most, count - row);
      const bytes = await readStretch(files, this.file, member, row, rows);
      crc = crc32(bytes, crc);
      this.done += bytes.length;
      progress?.(Math.min(1, this.done / all));
      yield { bytes, rows, row };
    }
    if (crc !== entry.crc) throw corrupt(this.file.path, `the checksum of ${entry.name} does not agree`);
  }
}

interface Block {
  readonly array: ReturnType<typeof readNpyRows>;
  /** The number of its first row among all. */
  readonly first: number;
  readonly lengths: readonly StoredArray[] | undefined;
}
