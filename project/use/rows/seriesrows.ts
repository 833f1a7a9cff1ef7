// A table that continues a series, as one row of a model: its last rows are the past, and where columns are known ahead, the rows
// of what comes stand below them. In: the rows of a table. Out: the inputs, and the times of the rows that are foretold.

import { itemAt, zip } from "../../../compiler/arithmetic/lists.ts";
import type { SeriesFacts, TableColumnFacts } from "../../../runtime/data/dataset.ts";
import type { RawRow } from "../../../runtime/data/tables/rawtable.ts";
import type { Numbers } from "../../../runtime/engine.ts";
import { cellNumber } from "../../../runtime/files/csvcells.ts";
import { dateText, laterDates } from "../../../runtime/files/dates.ts";
import { counted } from "../../numbertext.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { columnFinder, valueInColumn } from "./columnvalues.ts";
import { numbersOf, type Rows, wrong } from "./rowvalues.ts";

interface Layout {
  readonly header: readonly string[];
  readonly places: readonly (readonly number[])[];
}

export function lastRows(
  rows: Iterable<RawRow>,
  what: string,
  inputs: readonly ModelInput[],
  { header, places }: Layout,
): Rows {
  const stranger = inputs.find(({ field }) => !field.series);
  if (stranger)
    throw wrong(
      what,
      `a table continues a series, and '${stranger.name}' is no part of one`,
      "give the inputs as JSON: one list of numbers for each",
    );
  const lengthOf = (part: SeriesFacts["part"]): number =>
    Math.max(0, ...inputs.map(({ field }) => (field.series?.part === part ? itemAt(field.shape, 0) : 0)));
  const [before, ahead] = [lengthOf("past"), lengthOf("known")];
  const kept = lastOf(rows, before + ahead);
  if (kept.length < before + ahead) {
    const known = ahead === 0 ? "" : ` and ${counted(ahead, "row")} of what is known after it`;
    throw wrong(
      what,
      `it has ${counted(kept.length, "row")}, and the past is ${before}${known}`,
      ahead === 0
        ? "give all rows of a window, the latest last"
        : "give all rows of a window and below them those ahead, where only the known columns are filled",
    );
  }
  const values = new Map<string, Numbers>();
  for (const [input, columns] of zip(inputs, places)) {
    const own = input.field.series?.part === "known" ? kept.slice(before) : kept.slice(0, before);
    values.set(input.name, numbersOf(input, numbersIn(own, columns, input, what), what));
  }
  const time = inputs[0]?.field.series?.time;
  const at = time ? columnFinder(header)(time) : -1;
  if (!time || at < 0) return { count: 1, values };
  const times = kept.map(({ cells }) => itemAt(cells, at));
  return { count: 1, values, timesAhead: (count) => timesAfter(times, before, time, count) };
}

/** The last rows, with memory for no others. */
function lastOf(rows: Iterable<RawRow>, most: number): readonly RawRow[] {
  const ring: RawRow[] = [];
  let count = 0;
  for (const row of rows) ring[count++ % most] = row;
  const first = count % most;
  return count <= most ? ring : [...ring.slice(first), ...ring.slice(0, first)];
}

function numbersIn(
  rows: readonly RawRow[],
  places: readonly number[],
  input: ModelInput,
  what: string,
): readonly number[] {
  const columns = input.field.series?.columns ?? [];
  return rows.flatMap(({ cells, line }) =>
    zip(places, columns).map(([at, column]) =>
      valueInColumn(itemAt(cells, at), column, input, `${what}, line ${line}`),
    ),
  );
}

/** The times of rows ahead: as the table has them, else as far apart as its last two. */
function timesAfter(times: readonly string[], before: number, { format }: TableColumnFacts, count: number): string[] {
  const given = times.slice(before, before + count);
  if (given.length === count && given.every((time) => time !== "")) return given;
  const past = times.slice(0, before).map((time) => cellNumber(time, format) ?? Number.NaN);
  const [last = Number.NaN, one = Number.NaN] = [past.at(-1), past.at(-2)];
  if (format.kind === "date") return laterDates(one, last, count).map((days) => dateText(days, format.order));
  const apart = last - one;
  return Array.from({ length: count }, (_, k) => {
    const next = last + (k + 1) * apart;
    return Number.isFinite(next) ? String(Number(next.toPrecision(15))) : "";
  });
}
