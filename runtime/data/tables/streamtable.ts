// A table that is read while a training goes on. In: the shards of its files and how they are to be read. Out: its data set, whose
// fields are those of the table in memory, with what a decoder must know. Two passes over the rows: the first for the formats, the
// second for classes, for what stands in empty cells and for which shard holds how many rows. No row is kept.

import { crc32, showCrc } from "../../files/crc32.ts";
import type { Decimal } from "../../files/csvcells.ts";
import { DataError } from "../../files/dataerror.ts";
import type { Column, Dataset, Fold } from "../dataset.ts";
import { divide } from "../division.ts";
import type { RecordPart } from "../records.ts";
import type { Arguments, Surroundings } from "../source.ts";
import { examineStream, isStreamed, streamedDataset, type UnreadColumn } from "../streamed.ts";
import type { ColumnPlan, Table, TableColumn } from "./columns.ts";
import { rolesOf, type TableSettings } from "./settings.ts";
import type { ShardedFiles } from "./shards.ts";
import {
  type FirstPass,
  Passes,
  readColumns,
  readFormats,
  type SecondPass,
  type ShardCounts,
  type ShardOfFile,
} from "./streampasses.ts";
import { BLOCK_ROWS } from "./tableblocks.ts";
import { allFields, type Columns, clashRemarks, namesOf, remarksOn } from "./tabledataset.ts";
import type { CellPlan, FieldPlan, TableContext, TableTask } from "./tablerecords.ts";

export interface StreamRequest {
  readonly tables: ShardedFiles;
  readonly settings: TableSettings;
  readonly cells: { readonly separator: string; readonly decimal: Decimal | undefined };
  readonly seed: number;
  readonly fold?: Fold | undefined;
  readonly progress?: ((share: number) => void) | undefined;
  readonly buffer: number | undefined;
  readonly notes?: readonly string[];
}

// ---------------------------------------------------------------- what cannot be streamed

/** Arguments that need every row at once, with the values that do not. */
const WHOLE: Readonly<Record<string, string | boolean>> = { stratify: false, group: "", balance: "none", text: "" };

/** The first argument that needs all rows in memory. */
const wholeArgument = (given: Arguments): string | undefined =>
  Object.entries(WHOLE).find(([name, usual]) =>
    typeof usual === "boolean" ? given.flag(name) !== usual : given.names(name).some((each) => each !== usual),
  )?.[0] ?? (given.names("types").some((type) => /:\s*text\s*$/.test(type)) ? "types" : undefined);

/** DataError where arguments say that a table is streamed, and one needs all of its rows at once. */
export function examineTableStream(given: Arguments): void {
  examineStream(given);
  const argument = given.optionalFlag("stream") === true ? wholeArgument(given) : undefined;
  if (argument === undefined) return;
  const message = `${argument} needs all rows of the table in memory, and stream=true reads some at a time`;
  throw new DataError("data/streamed", message, "leave one of them out", argument);
}

// ---------------------------------------------------------------- the data set

/** DataErrors of `tableDataset`, and `data/streamed`. */
export async function streamTable(request: StreamRequest): Promise<Dataset> {
  const { tables, settings, cells } = request;
  const [first] = tables;
  const { labels, keeps } = rolesOf(first, settings);
  const isLabel = (written: string): boolean => labels.includes(written);
  const passes = new Passes(tables, { keeps, isLabel }, request.progress);
  const formats = await readFormats(passes, { ...cells, types: settings.types, keeps, isLabel });
  const isHeld = heldoutRows(formats, request);
  const counted = await readColumns(passes, formats.columns, isHeld, labels, settings);
  const { shards } = counted;
  if (shards.every(({ train }) => train === 0))
    throw new DataError("data/csv-no-rows", `${first.path}: every row that trains has an empty cell`);
  const { fields, remarks } = fieldsOf(counted, formats, labels, request);
  const context: TableContext = {
    files: passes.tables.map(({ file }) => file),
    places: passes.places,
    fields: fields.map((field) => fieldPlan(field, formats.columns)),
    needed: settings.missing === "drop" ? formats.columns.map(({ at, format }) => ({ at, format })) : [],
  };
  const blocks = blocksOf(shards);
  const part = (name: "train" | "heldout"): RecordPart => partOf(name, passes.shards, shards, blocks, isHeld);
  return streamedDataset(
    { unit: "rows", unitsPerExample: 1, remarks },
    fields.map((field) => unread(field, counted.columns, settings.weight !== "" && field.name === "weight")),
    {
      decoder: "table",
      context,
      train: part("train"),
      heldout: part("heldout"),
      buffer: request.buffer,
      digest: digestOf(context, shards, isHeld),
    },
  );
}

/** Which rows of all files, one after the other, are held out: a byte for each. */
function heldoutRows({ rows, ofFirst }: FirstPass, { settings, seed, fold, tables }: StreamRequest): Uint8Array {
  const { split, shuffle } = settings;
  const heldoutFrom = tables[1] ? ofFirst : undefined;
  const { order, cut } = divide(rows, { split, shuffle, seed, fold, heldoutFrom }, tables[0].path);
  const isHeld = new Uint8Array(rows);
  for (const row of order.subarray(cut)) isHeld[row] = 1;
  return isHeld;
}

/** The fields that the table has in memory, without values. */
function fieldsOf(
  { columns: all }: SecondPass,
  formats: FirstPass,
  labels: readonly string[],
  { settings, tables: [first], notes = [] }: StreamRequest,
) {
  const { weight } = settings;
  const others = all.filter((c) => !labels.includes(c.written) && c.written !== weight);
  const targets = labels.flatMap((written) => all.filter((c) => c.written === written));
  const columns: Columns = { all: all.filter((c) => others.includes(c) || targets.includes(c)), targets };
  const named = namesOf(columns, settings);
  const rows = { order: new Int32Array(0), cut: 0 };
  const fields = allFields(columns, named, rows, { settings, notes }, formats.notes);
  const weighed = all.find((c) => c.written === weight);
  const table: Pick<Table, "path" | "count"> = { path: first.path, count: formats.rows };
  return {
    fields: weighed ? [...fields, weightField(weighed, first.path)] : fields,
    remarks: [...remarksOn(table, columns, settings), ...clashRemarks(first.path, columns, named)],
  };
}

/** The field `weight`, and where it is read. DataError where a cell holds none. */
function weightField({ written, format, holes, summary }: TableColumn, path: string): Column {
  if (format.kind === "number" && holes === 0 && summary && summary.least >= 0)
    return { name: "weight", shape: [], values: new Float32Array(0), columns: [{ written, name: "weight", format }] };
  const message = `${path}: column ${JSON.stringify(written)} holds no weights, which are numbers of at least 0`;
  throw new DataError("data/bad-argument", message, "correct its cells, or name another column", "weight");
}

/** The facts of a field, without its values. */
function unread({ values: _, ...field }: Column, all: readonly TableColumn[], isWeight: boolean): UnreadColumn {
  const { columns, ...facts } = field;
  // A weight is no column that rows to predict are looked through for.
  if (isWeight) return facts;
  const [own] = columns ?? [];
  const isNumber = field.shape.length === 0 && (own?.format.kind === "number" || own?.format.kind === "flag");
  const extent = isNumber ? all.find((c) => c.written === own?.written)?.summary : undefined;
  return extent ? { ...field, extent } : field;
}

/** Where the numbers of a field are found in a row. */
function fieldPlan({ name, classes, labels, columns }: Column, plans: readonly ColumnPlan[]): FieldPlan {
  const cells = (columns ?? []).map(({ written, format, stand }): CellPlan => {
    const at = plans.find((plan) => plan.written === written)?.at;
    if (at === undefined) throw new Error(`the field ${name} is of no column`);
    return { at, format, ...(stand === undefined ? {} : { stand }) };
  });
  return { cells, ...(classes === undefined ? {} : { labels: labels ?? [] }) };
}

/** The first block of each part of each shard: all blocks of a table are numbered together. */
function blocksOf(counts: readonly ShardCounts[]): TableTask["blocks"][] {
  let next = 0;
  const take = (rows: number): number => {
    const first = next;
    next += Math.ceil(rows / BLOCK_ROWS);
    return first;
  };
  return counts.map(({ train, heldout }) => ({ train: take(train), heldout: take(heldout) }));
}

function partOf(
  part: "train" | "heldout",
  shards: readonly ShardOfFile[],
  counts: readonly ShardCounts[],
  blocks: readonly TableTask["blocks"][],
  isHeld: Uint8Array,
): RecordPart {
  const sizes = Int32Array.from(counts, (own) => own[part]);
  const of = counts.map(({ from, to }, i) => ({ heldout: isHeld.subarray(from, to), blocks: blocks[i], ...shards[i] }));
  return {
    kind: "sharded",
    length: sizes.reduce((a, b) => a + b, 0),
    sizes,
    task(index, from, to): TableTask {
      const { file = 0, shard = NO_SHARD, heldout = false, blocks: own = NO_BLOCKS } = of[index] ?? {};
      const mask = typeof heldout === "boolean" ? heldout : heldout.slice();
      return { file, shard, heldout: mask, blocks: own, part, from, to };
    },
  };
}

const NO_SHARD = { from: 0, to: 0, line: 1 };
const NO_BLOCKS = { train: 0, heldout: 0 };

/** Of what is read, of how many rows, and of which of them are held out. */
function digestOf({ files, fields }: TableContext, counts: readonly ShardCounts[], isHeld: Uint8Array): string {
  const facts = JSON.stringify([files.map(({ size, header }) => [size, header]), fields, counts]);
  return showCrc(crc32(new TextEncoder().encode(facts), crc32(isHeld)));
}

/** Bytes of memory that a table takes, for each of its file: cells as numbers, as fields and in the engine. */
const MEMORY_PER_BYTE = 3;

/** Whether a table of files of these sizes is streamed. */
export function isTableStreamed(given: Arguments, around: Surroundings, bytes: number): boolean {
  return isStreamed(given, around, wholeArgument(given) === undefined ? MEMORY_PER_BYTE * bytes : 0);
}
