// A source of tables whose files say by themselves what their cells are: no separators, no decimal commas.

import type { Source } from "../source.ts";
import type { RawTable, TableFiles } from "../tables/rawtable.ts";
import { FIRST_PARAMETERS, TABLE_PARAMETERS, tableSettings } from "../tables/settings.ts";
import { TABLE_FIELDS, tableDataset } from "../tables/tabledataset.ts";

export interface TableKind {
  readonly name: string;
  readonly documentation: string;
  /** The kind of its file. */
  readonly file: string;
  readonly open: (bytes: Uint8Array, path: string) => RawTable | Promise<RawTable>;
}

export const tableSource = ({ name, documentation, file, open }: TableKind): Source => ({
  name,
  documentation,
  parameters: [{ name: "file", kind: "path", documentation: file }, ...FIRST_PARAMETERS, ...TABLE_PARAMETERS],
  fields: TABLE_FIELDS,
  generated: false,
  divides: true,
  async load(given, { files, seed, fold, progress }) {
    const settings = await tableSettings(given, files);
    const opened = async (path: string): Promise<RawTable> => open(await files.read(path), path);
    const first = await opened(given.path("file"));
    const tables: TableFiles = settings.test === "" ? [first] : [first, await opened(settings.test)];
    return tableDataset({ tables, settings, cells: { separator: ",", decimal: undefined }, seed, fold, progress });
  },
});
