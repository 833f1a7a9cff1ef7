// The passes over a table that is streamed. In: the shards of its files. Out: how its columns write what they hold, the classes of
// words, what stands in empty cells, and how many rows of each part a shard has. Invariant: no row is kept.

import { cellNumber } from "../../files/csvcells.ts";
import { FORM } from "../../files/csvscan.ts";
import { DataError } from "../../files/dataerror.ts";
import { StandInCounts } from "../standins.ts";
import { isNumber32, isPlain, MISSING } from "./cells.ts";
import { badCell, type ColumnPlan, formatsOf, type TableColumn, type TableOptions, Words } from "./columns.ts";
import { Kinds } from "./features.ts";
import { Profile } from "./formats.ts";
import { placeOf, placesIn, type RowSource } from "./rawtable.ts";
import type { TableSettings } from "./settings.ts";
import type { ShardedFiles, ShardedTable, TableShard } from "./shards.ts";
import { missingCell } from "./tabledataset.ts";

/** A shard, and of which file it is. */
export interface ShardOfFile {
  readonly file: number;
  readonly shard: TableShard;
}

interface PlacedShard extends ShardOfFile {
  readonly table: ShardedTable;
  readonly places: readonly number[];
}

/** Called with a row and the places of the first file's columns in it. */
type Visit = (row: RowSource, places: readonly number[], table: ShardedTable) => void;

/** All rows of all shards. */
export class Passes {
  readonly first: ShardedTable;
  readonly tables: readonly ShardedTable[];
  /** Of each file, the places of the first one's columns; -1 of those that it lacks and that are not kept. */
  readonly places: readonly (readonly number[])[];
  readonly shards: readonly PlacedShard[];
  private readonly progress: ((share: number) => void) | undefined;

  constructor(
    [first, second]: ShardedFiles,
    { keeps, isLabel }: Pick<TableOptions, "keeps" | "isLabel">,
    progress: ((share: number) => void) | undefined,
  ) {
    this.first = first;
    this.tables = second ? [first, second] : [first];
    const kept = first.header.flatMap((written, at) => (keeps(written, at) ? [{ at }] : []));
    this.places = this.tables.map((table) => placesIn(table, first, kept, isLabel));
    this.shards = this.tables.flatMap((table, file) => {
      const places = this.places[file] ?? [];
      return table.shards.map((shard) => ({ file, shard, table, places }));
    });
    this.progress = progress;
  }

  /** `share`: what is behind when it begins. Calls `end` behind each shard. */
  async over(share: number, visit: Visit, end: () => void = () => undefined): Promise<void> {
    for (const [i, { shard, table, places }] of this.shards.entries()) {
      const row = await table.rows(shard);
      while (row.next()) visit(row, places, table);
      end();
      this.progress?.(share + (i + 1) / this.shards.length / 2);
    }
  }
}

export interface FirstPass {
  readonly columns: readonly ColumnPlan[];
  readonly notes: readonly string[];
  readonly rows: number;
  /** Rows of the first file. */
  readonly ofFirst: number;
}

/** The first pass: name, format and first cell of each column that is kept. DataErrors of `formatsOf`, and `data/csv-no-rows`. */
export async function readFormats(
  passes: Passes,
  options: Pick<TableOptions, "separator" | "decimal" | "types" | "isLabel" | "keeps">,
): Promise<FirstPass> {
  const { first } = passes;
  const { path, header } = first;
  const read = header.flatMap((written, at) =>
    options.keeps(written, at) ? [{ at, profile: new Profile(written) }] : [],
  );
  let [rows, ofFirst] = [0, 0];
  await passes.over(0, (row, places, table) => {
    for (const { at, profile } of read) addCell(profile, row, places[at] ?? at);
    rows++;
    if (table === first) ofFirst++;
  });
  if (rows === 0) throw new DataError("data/csv-no-rows", `${path} has a header and no rows`);
  const { columns, notes } = formatsOf(read, path, options);
  return { columns, notes, rows, ofFirst };
}

function addCell(profile: Profile, row: RowSource, at: number): void {
  const form = row.forms[at] ?? FORM.text;
  if (form === FORM.text) {
    const text = row.text(at);
    const before = profile.present;
    profile.add(text, 1);
    if (profile.example === "" && profile.present > before) profile.example = text;
    return;
  }
  if (profile.example === "") profile.example = row.text(at);
  profile.addPlain(row.values[at] ?? 0, form);
}

/** Most different values of a column whose most frequent one is looked for. */
const MOST_VALUES = 2 ** 20;

/** A column as its second pass goes on. */
class Tally {
  readonly plan: ColumnPlan;
  readonly words: Words | undefined;
  readonly kinds: Kinds | undefined;
  private readonly counts: Map<number, number> | undefined;
  private sum = 0;
  private least = Number.POSITIVE_INFINITY;
  private most = Number.NEGATIVE_INFINITY;
  private isWhole = true;
  private known = 0;
  private readonly standIns = new StandInCounts();
  holes = 0;
  /** Of the row that was read last. */
  private value = 0;

  constructor(plan: ColumnPlan, { missing }: TableSettings) {
    this.plan = plan;
    this.words = plan.format.kind === "word" ? new Words() : undefined;
    this.kinds = this.words ? undefined : new Kinds();
    this.counts = this.words || missing === "frequent" ? new Map() : undefined;
  }

  /** Takes the cell of a row: its number, or the place of its word among those met. DataErrors of cells. */
  take(row: RowSource, places: readonly number[], table: ShardedTable): void {
    const { at } = this.plan;
    this.value = this.valueIn(row, places[at] ?? at, table);
  }

  private valueIn(row: RowSource, at: number, table: ShardedTable): number {
    const { written, format } = this.plan;
    if (isPlain(format) && row.forms[at] !== FORM.text) return row.values[at] ?? Number.NaN;
    const cell = row.text(at);
    const value = this.words ? this.words.indexOf(cell) : cellNumber(cell, format);
    if (!isNumber32(value)) throw badCell(cell, value, written, format, placeOf(table, row.line));
    return value;
  }

  get isHole(): boolean {
    return this.words ? this.value === MISSING : Number.isNaN(this.value);
  }

  /** Counts what was taken. */
  add(trains: boolean, path: string): void {
    const { value } = this;
    if (this.isHole) {
      this.holes++;
      return;
    }
    const number = Math.fround(value);
    this.kinds?.add(number);
    this.isWhole &&= Number.isInteger(number);
    if (number < this.least) this.least = number;
    if (number > this.most) this.most = number;
    if (!trains) return;
    this.sum += value;
    this.known++;
    this.standIns.add(number);
    if (!this.counts) return;
    this.counts.set(value, (this.counts.get(value) ?? 0) + 1);
    if (this.counts.size <= MOST_VALUES) return;
    const message = `${path}: column ${JSON.stringify(this.plan.written)} has more than ${MOST_VALUES} different values, too many for a stream to count`;
    throw new DataError(
      "data/streamed",
      message,
      this.words ? "leave it out with drop=" : 'missing="mean" takes their mean',
    );
  }

  column(rows: number): TableColumn {
    const { written, format, example } = this.plan;
    const met = Float64Array.from({ length: this.words?.size ?? 0 }, (_, i) => i);
    const labels = this.words?.settle(met);
    const stand = this.counts
      ? mostFrequent(this.counts, labels ? met : undefined)
      : this.sum / Math.max(1, this.known);
    const { least, most, isWhole } = this;
    const { found: standIns } = this.standIns;
    const own = standIns && !this.words ? { standIns } : {};
    const summary = { stand, kinds: this.kinds?.found, rows, least, most, isWhole, ...own };
    return { written, format, example, labels, holes: this.holes, values: new Float64Array(0), summary };
  }
}

/** On a tie the least value; `places`: of words, their places in the order of their names. */
function mostFrequent(counts: ReadonlyMap<number, number>, places: Float64Array | undefined): number {
  let [best, most] = [0, 0];
  for (const [met, count] of counts) {
    const value = places?.[met] ?? met;
    if (count > most || (count === most && value < best)) [best, most] = [value, count];
  }
  return best;
}

/** The rows of a shard: their places among all rows, and how many are kept for each part. */
export interface ShardCounts {
  readonly from: number;
  readonly to: number;
  readonly train: number;
  readonly heldout: number;
}

export interface SecondPass {
  readonly columns: readonly TableColumn[];
  readonly shards: readonly ShardCounts[];
}

/** `isHeld`: of each row, whether it is held out. DataErrors of cells, `data/csv-missing` and `data/streamed`. */
export async function readColumns(
  passes: Passes,
  plans: readonly ColumnPlan[],
  isHeld: Uint8Array,
  labels: readonly string[],
  settings: TableSettings,
): Promise<SecondPass> {
  const tallies = plans.map((plan) => new Tally(plan, settings));
  const needed = tallies.filter(({ plan }) => isNeeded(plan, labels, settings));
  const shards: ShardCounts[] = [];
  let [count, own] = [0, { from: 0, to: 0, train: 0, heldout: 0 }];
  await passes.over(
    0.5,
    (row, places, table) => {
      for (const tally of tallies) tally.take(row, places, table);
      const trains = isHeld[count++] === 0;
      const hole = needed.find((tally) => tally.isHole);
      if (hole && settings.missing !== "drop") throw missingCell(placeOf(table, row.line), hole.plan.written, labels);
      for (const tally of tallies) {
        if (!hole) tally.add(trains, table.path);
        else if (tally.isHole) tally.holes++;
      }
      if (!hole) own[trains ? "train" : "heldout"]++;
    },
    () => {
      shards.push({ ...own, to: count });
      own = { from: count, to: count, train: 0, heldout: 0 };
    },
  );
  const kept = shards.reduce((sum, { train, heldout }) => sum + train + heldout, 0);
  return { columns: tallies.map((tally) => tally.column(kept)), shards };
}

/** Whether a row without a value in this column is left out, or wrong. */
const isNeeded = ({ written }: ColumnPlan, labels: readonly string[], { missing }: TableSettings): boolean =>
  missing === "error" || missing === "drop" || labels.includes(written);
