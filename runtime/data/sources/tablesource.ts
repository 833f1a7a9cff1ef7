// A source of tables whose files say by themselves what their cells are: no separators, no decimal commas.

import type { FileReader } from "../../files/files.ts";
import type { Source } from "../source.ts";
import { STREAM_PARAMETERS } from "../streamed.ts";
import type { RawTable, TableFiles } from "../tables/rawtable.ts";
import { FIRST_PARAMETERS, TABLE_PARAMETERS, tableSettings } from "../tables/settings.ts";
import type { ShardedFiles, ShardedTable } from "../tables/shards.ts";
import { examineTableStream, isTableStreamed, streamTable } from "../tables/streamtable.ts";
import { TABLE_FIELDS, tableDataset } from "../tables/tabledataset.ts";

export interface TableKind {
  readonly name: string;
  readonly documentation: string;
  /** The kind of its file. */
  readonly file: string;
  readonly open: (bytes: Uint8Array, path: string) => RawTable | Promise<RawTable>;
  readonly shard: (files: FileReader, path: string) => Promise<ShardedTable>;
}

export const tableSource = ({ name, documentation, file, open, shard }: TableKind): Source => ({
  name,
  documentation,
  parameters: [
    { name: "file", kind: "path", documentation: file },
    ...FIRST_PARAMETERS,
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
    const cells = { separator: ",", decimal: undefined };
    if (isTableStreamed(given, around, await files.sizeOf(given.path("file")))) {
      const whole = await shard(files, given.path("file"));
      const tables: ShardedFiles = settings.test === "" ? [whole] : [whole, await shard(files, settings.test)];
      return streamTable({ tables, settings, cells, seed, fold, progress, buffer: given.optionalNumber("buffer") });
    }
    const opened = async (path: string): Promise<RawTable> => open(await files.read(path), path);
    const first = await opened(given.path("file"));
    const tables: TableFiles = settings.test === "" ? [first] : [first, await opened(settings.test)];
    return tableDataset({ tables, settings, cells, seed, fold, progress });
  },
});
