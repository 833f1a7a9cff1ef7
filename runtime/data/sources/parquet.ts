// In: a Parquet file. Out: its columns by the rules of all tables (`tables/`).

import { refuseWebPage } from "../../files/decode.ts";
import { shardParquet } from "../tables/parquetshards.ts";
import { parquetTable } from "../tables/parquettable.ts";
import { tableSource } from "./tablesource.ts";

export const parquet = tableSource({
  name: "parquet",
  documentation: "A Parquet file: a table with the columns, arguments and fields of csv.",
  file: "a Parquet file of flat columns, without compression or with snappy or gzip",
  shard: shardParquet,
  open(bytes, path) {
    refuseWebPage(bytes, path, "a Parquet file");
    return parquetTable(bytes, path);
  },
});
