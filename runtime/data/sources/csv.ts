// In: a CSV file, with or without a first line of names. Out: its columns by the rules of all tables (`tables/`).
// Invariant: rows are shuffled by the seed before the split, and what fills missing cells comes from training rows only.

import type { Decimal } from "../../files/csvcells.ts";
import { bodyOf, guessSeparator, readHeader, SEPARATORS } from "../../files/csvrows.ts";
import { refuseJson, refuseOtherText } from "../../files/decode.ts";
import type { Source } from "../source.ts";
import { STREAM_PARAMETERS } from "../streamed.ts";
import { shardCsv } from "../tables/csvshards.ts";
import type { RawTable, TableFiles } from "../tables/rawtable.ts";
import { FIRST_PARAMETERS, TABLE_PARAMETERS, tableSettings } from "../tables/settings.ts";
import { examineTableStream, isTableStreamed, streamTable } from "../tables/streamtable.ts";
import { TABLE_FIELDS, tableDataset } from "../tables/tabledataset.ts";

/** The rows of a CSV file as those of a table. */
function csvTable(bytes: Uint8Array, path: string, separator: string, named: boolean): RawTable {
  const header = readHeader(bytes, path, separator, named);
  return { path, header, counts: "line", ...bodyOf(bytes, path, separator, named) };
}

export const csv: Source = {
  name: "csv",
  documentation: "A table: numbers and dates as one vector and one by one, words as classes.",
  parameters: [
    { name: "file", kind: "path", documentation: "a CSV file in UTF-8 whose first line names the columns" },
    ...FIRST_PARAMETERS,
    {
      name: "separator",
      kind: "word",
      default: "guess",
      choices: ["guess", ...SEPARATORS],
      documentation: "what stands between two cells; unless it is given, what cuts the first rows evenly",
    },
    {
      name: "decimal",
      kind: "word",
      default: "guess",
      choices: ["guess", ".", ","],
      documentation: "what stands before the decimals of a number; unless it is given, what the cells of a column show",
    },
    {
      name: "header",
      kind: "flag",
      default: true,
      documentation: "false: the first line is a row, and the columns are called c1, c2 and so on, the last the label",
    },
    ...TABLE_PARAMETERS,
    ...STREAM_PARAMETERS,
  ],
  fields: TABLE_FIELDS,
  generated: false,
  divides: true,
  examine: examineTableStream,
  async load(given, around) {
    const { files, seed, fold, progress } = around;
    const settings = await tableSettings(given, files);
    const [asked, named] = [given.text("separator"), given.flag("header")];
    const written = given.text("decimal");
    const decimal: Decimal | undefined = written === "." || written === "," ? written : undefined;
    const notesOf = (separator: string): string[] =>
      separator === "," || asked !== "guess" ? [] : [`cells are separated by ${JSON.stringify(separator)}`];
    if (isTableStreamed(given, around, await files.sizeOf(given.path("file")))) {
      const shard = (path: string) => shardCsv(files, path, asked === "guess" ? undefined : asked, named);
      const first = await shard(given.path("file"));
      const { separator } = first.file;
      const dataset = await streamTable({
        tables: settings.test === "" ? [first] : [first, await shard(settings.test)],
        settings,
        cells: { separator, decimal },
        seed,
        fold,
        progress,
        buffer: given.optionalNumber("buffer"),
        notes: notesOf(separator),
      });
      return { ...dataset, separator, ...(named ? {} : { headless: true }) };
    }
    const open = async (path: string): Promise<{ separator: string; table: RawTable }> => {
      const bytes = await files.read(path);
      refuseOtherText(bytes, path, "a CSV file");
      refuseJson(bytes, path);
      const separator = asked === "guess" ? guessSeparator(bytes, path) : asked;
      return { separator, table: csvTable(bytes, path, separator, named) };
    };
    const { separator, table } = await open(given.path("file"));
    const tables: TableFiles = settings.test === "" ? [table] : [table, (await open(settings.test)).table];
    const dataset = tableDataset({
      tables,
      settings,
      cells: { separator, decimal },
      seed,
      fold,
      progress,
      notes: notesOf(separator),
    });
    return { ...dataset, separator, ...(named ? {} : { headless: true }) };
  },
};
