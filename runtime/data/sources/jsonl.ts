// In: a file of JSON lines. Out: its columns by the rules of all tables (`tables/`).

import { refuseOtherText } from "../../files/decode.ts";
import { shardJson } from "../tables/jsonshards.ts";
import { jsonTable } from "../tables/jsontable.ts";
import { tableSource } from "./tablesource.ts";

export const jsonl = tableSource({
  name: "jsonl",
  documentation: "JSON lines, an object each: a table with the columns, arguments and fields of csv.",
  file: "a file of JSON lines in UTF-8, or of one list of objects",
  shard: shardJson,
  open(bytes, path) {
    refuseOtherText(bytes, path, "a file of JSON lines");
    return jsonTable(bytes, path);
  },
});
