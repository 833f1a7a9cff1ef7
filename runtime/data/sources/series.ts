// In: a CSV file whose rows follow each other in time. Out: windows of it: what was, what is known of what comes, and what came
// after, in the units of the data, with the figures by which programs see them scaled.
// Invariant: windows stay in the order of time; no number that a held-out window is to foretell is in a training window, nor in
// the figures of the scale.

import { bodyOf, guessSeparator, readHeader } from "../../files/csvrows.ts";
import { DataError } from "../../files/dataerror.ts";
import { refuseJson, refuseOtherText } from "../../files/decode.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { Column, Dataset, Scale, SeriesFacts } from "../dataset.ts";
import { type Arguments, checkNumbers, type Source } from "../source.ts";
import { readTable, type Table, type TableColumn } from "../tables/columns.ts";
import { noColumn, type RawTable } from "../tables/rawtable.ts";

interface Windows {
  readonly window: number;
  readonly horizon: number;
  readonly step: number;
}

/** Columns by what a program does with them, as names; none of `target` means all that are not known. */
interface Choice {
  readonly columns: readonly string[];
  readonly known: readonly string[];
  readonly target: readonly string[];
  readonly time: string;
}

/** The columns of each part. */
interface Channels {
  readonly past: readonly TableColumn[];
  readonly known: readonly TableColumn[];
  readonly future: readonly TableColumn[];
}

const isNumeric = ({ format }: TableColumn): boolean => format.kind === "number" || format.kind === "flag";

/** DataErrors where a column holds no numbers, or a cell is empty, and `data/bad-argument` where nothing is left to foretell. */
function channelsOf(table: Table, { columns, known, target, time }: Choice): Channels {
  const asked = [...columns, ...known, ...target];
  const past = table.columns.filter((column) =>
    columns.length > 0
      ? asked.includes(column.written)
      : asked.includes(column.written) || (column.written !== time && isNumeric(column)),
  );
  checkNumeric(table, past);
  const named = (names: readonly string[]) => past.filter(({ written }) => names.includes(written));
  const future = target.length > 0 ? named(target) : past.filter(({ written }) => !known.includes(written));
  const both = target.find((name) => known.includes(name));
  if (future.length > 0 && both === undefined) return { past, known: named(known), future };
  const message =
    both === undefined
      ? `${table.path}: every column is known, and none is left to foretell`
      : `${table.path}: column ${JSON.stringify(both)} is known, and to be foretold`;
  throw new DataError("data/bad-argument", message, "leave it out of `known`", "known");
}

function checkNumeric(table: Table, channels: readonly TableColumn[]): void {
  const { path } = table;
  const words = channels.find((column) => !isNumeric(column));
  if (words || channels.length === 0) {
    const what = words ? `column ${JSON.stringify(words.written)} holds no numbers` : "no column holds numbers";
    throw new DataError(
      "data/series",
      `${path}: ${what}, which a series is of`,
      'name columns of numbers: columns=["a", "b"]',
      "columns",
    );
  }
  for (const { written, values, holes } of channels) {
    if (holes === 0) continue;
    const where = table.where(values.findIndex(Number.isNaN));
    throw new DataError(
      "data/csv-missing",
      `${where}: column ${JSON.stringify(written)} has no value`,
      "fill the cell: a series has no gaps",
    );
  }
}

/** DataError `data/series` where a row is not later than the one before it. */
function checkTime(table: Table, time: string): void {
  const column = table.columns.find(({ written }) => written === time);
  if (!column) return;
  if (column.labels)
    throw new DataError(
      "data/series",
      `${table.path}: column ${JSON.stringify(time)} holds no times`,
      "name a column of dates or numbers, or leave time out",
      "time",
    );
  const late = column.values.findIndex((value, row) => row > 0 && !(value > column.values[row - 1]!));
  if (late < 0) return;
  const message = `${table.where(late)}: the time of column ${JSON.stringify(time)} is not later than that of the row before`;
  throw new DataError("data/series", message, "sort the rows by time, each time once", "time");
}

/** Where the rows that are held out begin. */
const cutOf = (count: number, split: number): number => (split === 1 ? count : Math.round(count * split));

/** Where windows begin: those that train lie before the cut, what the others foretell begins with it. */
function beginnings(count: number, split: number, { window, horizon, step }: Windows, path: string) {
  const from = (first: number, end: number): number[] => {
    const room = end - first - window - horizon;
    return room < 0 ? [] : Array.from({ length: Math.floor(room / step) + 1 }, (_, i) => first + i * step);
  };
  const cut = cutOf(count, split);
  const train = from(0, cut);
  const heldout = split === 1 || cut < window ? [] : from(cut - window, count);
  if (train.length > 0 && (split === 1 || heldout.length > 0)) return { train, heldout };
  const message = `${path} has ${count} rows, which are too few for a window of ${window} and ${horizon} rows after it in each part`;
  throw new DataError("data/too-few", message, "take a smaller window or horizon; split=1 holds nothing out", "window");
}

/** Rows `from` to `from + length` after each beginning, all channels of a row side by side. */
function cut(channels: readonly TableColumn[], starts: readonly number[], from: number, length: number): Float32Array {
  const values = new Float32Array(starts.length * length * channels.length);
  let at = 0;
  for (const start of starts)
    for (let row = start + from; row < start + from + length; row++)
      for (const { values: own } of channels) values[at++] = own[row]!;
  return values;
}

/** The figures of each channel over the rows that train; a channel that never changes is left as large as it is. */
function scaleOf(channels: readonly TableColumn[], rows: number): Scale {
  const figures = channels.map(({ values }) => {
    let [mean, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const value = values[row] ?? 0;
      const before = value - mean;
      mean += before / (row + 1);
      squares += before * (value - mean);
    }
    return { mean, deviation: Math.sqrt(squares / rows) || 1 };
  });
  return { means: figures.map(({ mean }) => mean), deviations: figures.map(({ deviation }) => deviation) };
}

/** Channels that a note lists one by one. */
const LISTED = 12;

function noteOf(channels: readonly TableColumn[], { means, deviations }: Scale): string {
  const short = (value: number): string => String(Number(value.toPrecision(4)));
  const shown = channels
    .slice(0, LISTED)
    .map(({ written }, k) => `${written} less ${short(means[k] ?? 0)}, over ${short(deviations[k] ?? 1)}`);
  const more = channels.length > LISTED ? [`and ${channels.length - LISTED} more`] : [];
  return `models see numbers scaled by the rows that train, and answer in the units of the data: ${[...shown, ...more].join("; ")}`;
}

/** The rows of one part of each window, counted from its beginning. */
interface Part {
  readonly name: SeriesFacts["part"];
  readonly channels: readonly TableColumn[];
  readonly from: number;
  readonly length: number;
}

function fieldOf(
  { name, channels, from, length }: Part,
  starts: readonly number[],
  { time, scaledBy }: { readonly time: TableColumn | undefined; readonly scaledBy: number | undefined },
): Column {
  const facts = ({ written, format }: TableColumn) => ({ written, name: written, format });
  const scale = scaledBy === undefined ? undefined : scaleOf(channels, scaledBy);
  return {
    name,
    shape: [length, channels.length],
    values: cut(channels, starts, from, length),
    series: { part: name, columns: channels.map(facts), ...(time ? { time: facts(time) } : {}) },
    ...(scale ? { scale } : {}),
    ...(scale && name === "past" ? { note: noteOf(channels, scale) } : {}),
  };
}

function csvSeries(bytes: Uint8Array, path: string): { table: RawTable; separator: string } {
  const separator = guessSeparator(bytes, path);
  const header = readHeader(bytes, path, separator);
  return {
    separator,
    table: { path, header, counts: "line", ...bodyOf(bytes, path, separator) },
  };
}

export const series: Source = {
  name: "series",
  documentation: "Windows of a table whose rows follow each other in time, to foretell what comes next.",
  parameters: [
    { name: "file", kind: "path", documentation: "a CSV file in UTF-8, a row for each time" },
    {
      name: "columns",
      kind: "names",
      default: "",
      documentation: "the channels: columns of numbers, by default all",
    },
    { name: "window", kind: "count", default: 48, documentation: "how many rows the past has" },
    { name: "horizon", kind: "count", default: 12, documentation: "how many rows after it are to be foretold" },
    {
      name: "every",
      kind: "count",
      default: 1,
      documentation: "how many rows a window begins after the one before it",
    },
    {
      name: "time",
      kind: "word",
      default: "",
      documentation: "the column of dates or numbers that must grow from row to row",
    },
    {
      name: "target",
      kind: "names",
      default: "",
      documentation: "the channels to foretell, by default all that are not known",
    },
    {
      name: "known",
      kind: "names",
      default: "",
      documentation:
        "channels whose numbers ahead are known, such as a plan or the hour: they are the field known, too",
    },
    {
      name: "scale",
      kind: "flag",
      default: true,
      documentation: "false: models see the numbers as they are, not less their mean and over their deviation",
    },
    {
      name: "split",
      kind: "fraction",
      default: 0.8,
      documentation: "the share of the rows, from the first on, that trains",
    },
  ],
  fields: [
    { name: "past", type: "[window, channels]", documentation: "the rows of a window" },
    { name: "future", type: "[horizon, channels]", documentation: "the rows after it, to be foretold" },
    {
      name: "known",
      type: "[horizon, channels]",
      documentation: "what is known of those rows, where `known` names columns",
    },
  ],
  generated: false,
  divides: true,
  async load(given, { files, fold, progress }): Promise<Dataset> {
    const path = given.path("file");
    if (fold)
      throw new DataError(
        "data/bad-argument",
        `${path}: a series is divided by time, not into folds`,
        "leave folds out",
      );
    const bytes = await files.read(path);
    refuseOtherText(bytes, path, "a CSV file");
    refuseJson(bytes, path);
    const { table: raw, separator } = csvSeries(bytes, path);
    const { choice, names } = choiceOf(given);
    const lacking = names.find((name) => !raw.header.includes(name));
    if (lacking !== undefined) {
      const argument = Object.entries(choice).find(([, asked]) => [asked].flat().includes(lacking))?.[0];
      throw noColumn(raw, lacking, didYouMean(lacking, raw.header), argument);
    }
    const table = readTable([raw], {
      separator,
      decimal: undefined,
      types: new Map(),
      keeps: (written) => choice.columns.length === 0 || names.includes(written),
      isLabel: () => false,
      progress,
    });
    checkTime(table, choice.time);
    const channels = channelsOf(table, choice);
    const windows = { window: given.number("window"), horizon: given.number("horizon"), step: given.number("every") };
    const split = given.number("split");
    const { train, heldout } = beginnings(table.count, split, windows, path);
    const part = partsOf(channels, windows, train.length, path);
    const time = table.columns.find(({ written }) => written === choice.time);
    const how = { time, scaledBy: given.flag("scale") ? cutOf(table.count, split) : undefined };
    const fieldsOf = (starts: readonly number[]) => ({
      length: starts.length,
      columns: part.map((each) => fieldOf(each, starts, how)),
      rows: Int32Array.from(starts),
    });
    return { unit: "windows", unitsPerExample: 1, separator, train: fieldsOf(train), heldout: fieldsOf(heldout) };
  },
};

/** The program's choice, and all columns that it names. */
function choiceOf(given: Arguments): { choice: Choice; names: readonly string[] } {
  const [columns, known, target] = [given.names("columns"), given.names("known"), given.names("target")];
  const time = given.text("time");
  return {
    choice: { columns, known, target, time },
    names: [...columns, ...known, ...target, ...(time === "" ? [] : [time])],
  };
}

/** DataError `data/too-large`. */
function partsOf({ past, known, future }: Channels, { window, horizon }: Windows, count: number, path: string): Part[] {
  const parts: Part[] = [
    { name: "past", channels: past, from: 0, length: window },
    { name: "future", channels: future, from: window, length: horizon },
    { name: "known", channels: known, from: window, length: horizon },
  ];
  for (const { channels, length } of parts)
    checkNumbers(`the windows of ${path}`, count * length * channels.length, {
      hint: "take a larger step or a smaller window",
    });
  return parts.filter(({ channels }) => channels.length > 0);
}
