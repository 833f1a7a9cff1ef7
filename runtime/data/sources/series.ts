// In: a CSV file whose rows follow each other in time. Out: windows of it: what was, and what came after, in the units of the data.
// Invariant: windows stay in the order of time; no number that a held-out window is to foretell is in a training window.

import { bodyRows, guessSeparator, readHeader } from "../../files/csvrows.ts";
import { DataError } from "../../files/dataerror.ts";
import { refuseJson, refuseWebPage } from "../../files/decode.ts";
import { didYouMean } from "../../files/nearest.ts";
import type { Column, Dataset } from "../dataset.ts";
import { checkNumbers, type Source } from "../source.ts";
import { readTable, type Table, type TableColumn } from "../tables/columns.ts";
import { noColumn, type RawTable } from "../tables/rawtable.ts";

interface Windows {
  readonly window: number;
  readonly horizon: number;
  readonly step: number;
}

/** The columns of a program's choice, or all that hold numbers; DataErrors where one holds none, or a cell is empty. */
function channelsOf(table: Table, asked: readonly string[], time: string): readonly TableColumn[] {
  const { path, columns } = table;
  const isNumeric = ({ format }: TableColumn) => format.kind === "number" || format.kind === "flag";
  const chosen =
    asked.length > 0
      ? columns.filter(({ written }) => written !== time || asked.includes(time))
      : columns.filter((c) => c.written !== time && isNumeric(c));
  const words = chosen.find((column) => !isNumeric(column));
  if (words || chosen.length === 0) {
    const what = words ? `column ${JSON.stringify(words.written)} holds no numbers` : "no column holds numbers";
    throw new DataError(
      "data/series",
      `${path}: ${what}, which a series is of`,
      'name columns of numbers: columns=["a", "b"]',
      "columns",
    );
  }
  for (const { written, values, holes } of chosen) {
    if (holes === 0) continue;
    const where = table.where(values.findIndex(Number.isNaN));
    throw new DataError(
      "data/csv-missing",
      `${where}: column ${JSON.stringify(written)} has no value`,
      "fill the cell: a series has no gaps",
    );
  }
  return chosen;
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

/** Where windows begin: those that train lie before the cut, what the others foretell begins with it. */
function beginnings(count: number, split: number, { window, horizon, step }: Windows, path: string) {
  const from = (first: number, end: number): number[] => {
    const room = end - first - window - horizon;
    return room < 0 ? [] : Array.from({ length: Math.floor(room / step) + 1 }, (_, i) => first + i * step);
  };
  const cut = split === 1 ? count : Math.round(count * split);
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

function windowsOf(
  channels: readonly TableColumn[],
  starts: readonly number[],
  { window, horizon }: Windows,
): Column[] {
  const facts = channels.map(({ written, format }) => ({ written, name: written, format }));
  return [
    { name: "past", shape: [window, channels.length], values: cut(channels, starts, 0, window), series: facts },
    { name: "future", shape: [horizon, channels.length], values: cut(channels, starts, window, horizon) },
  ];
}

function csvSeries(bytes: Uint8Array, path: string): { table: RawTable; separator: string } {
  const separator = guessSeparator(bytes, path);
  const header = readHeader(bytes, path, separator);
  return {
    separator,
    table: { path, header, counts: "line", rows: (report) => bodyRows(bytes, path, separator, true, report) },
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
      documentation: "the channels: columns of numbers, unless told otherwise all",
    },
    { name: "window", kind: "count", default: 48, documentation: "how many rows the past has" },
    { name: "horizon", kind: "count", default: 12, documentation: "how many rows after it are to be foretold" },
    { name: "step", kind: "count", default: 1, documentation: "how many rows a window begins after the one before it" },
    {
      name: "time",
      kind: "word",
      default: "",
      documentation: "the column of dates or numbers that must grow from row to row",
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
    { name: "future", type: "[horizon, channels]", documentation: "the rows after it, in the units of the data" },
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
    refuseWebPage(bytes, path, "a CSV file");
    refuseJson(bytes, path);
    const { table: raw, separator } = csvSeries(bytes, path);
    const [asked, time] = [given.names("columns"), given.text("time")];
    const lacking = [...asked, ...(time === "" ? [] : [time])].find((name) => !raw.header.includes(name));
    if (lacking !== undefined) throw noColumn(raw, lacking, didYouMean(lacking, raw.header));
    const keeps = (written: string) => asked.length === 0 || asked.includes(written) || written === time;
    const table = readTable([raw], {
      separator,
      decimal: undefined,
      types: new Map(),
      keeps,
      isLabel: () => false,
      progress,
    });
    checkTime(table, time);
    const channels = channelsOf(table, asked, time);
    const windows = { window: given.number("window"), horizon: given.number("horizon"), step: given.number("step") };
    const { train, heldout } = beginnings(table.count, given.number("split"), windows, path);
    checkNumbers(
      `the windows of ${path}`,
      train.length * windows.window * channels.length,
      "take a larger step or a smaller window",
    );
    const part = (starts: readonly number[]) => ({
      length: starts.length,
      columns: windowsOf(channels, starts, windows),
      rows: Int32Array.from(starts),
    });
    return { unit: "windows", unitsPerExample: 1, separator, train: part(train), heldout: part(heldout) };
  },
};
