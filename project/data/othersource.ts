// A file or folder that another source reads. In: the error of a source, and the declaration that it came from. Out: a hint that
// names the source which reads what the path leads to.

import { ownValue } from "../../compiler/arithmetic/lookup.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import { ONE_FILE } from "../../runtime/data/source.ts";
import { DataError } from "../../runtime/files/dataerror.ts";

/** Tables, which have the same arguments. */
const TABLES = ["csv", "jsonl", "parquet"];
const FOLDERS = ["images", "texts", "wav", "segmentation", "mnist", "cifar10"];

/** The source that reads a file, by its ending; several say the same of what it holds. */
const SOURCE_OF: Readonly<Record<string, string>> = {
  csv: "csv",
  tsv: "csv",
  json: "jsonl",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
  npz: "npz",
  txt: "text",
};

/** Sources that read files of this kind when they are one of a folder. */
const IN_FOLDERS: Readonly<Record<string, string>> = {
  png: "images",
  jpg: "images",
  jpeg: "images",
  webp: "images",
  wav: "wav",
};

const SHEETS = ["xls", "xlsx", "ods", "numbers"];

export function hintOnSource(error: unknown, { source }: DataDefinition, text: string): string | undefined {
  const head = source.kind === "call" ? source.callee : source.kind === "flow" ? source.head : source;
  if (!(error instanceof DataError) || head.kind !== "name" || (source.kind !== "call" && source.kind !== "flow"))
    return undefined;
  const [first] = source.arguments;
  const path = first && first.kind !== "option" && first.value.kind === "string" ? first.value.value : undefined;
  if (path === undefined) return undefined;
  if (error.message.endsWith("is a folder, not a file") && !FOLDERS.includes(head.name))
    return `a folder for each class is read by \`images("${path}")\`, \`texts("${path}")\` or \`wav("${path}")\``;
  if (path.includes("*") && !FOLDERS.includes(head.name)) return `a \`*\` stands for nothing here; ${ONE_FILE}`;
  const ending = path.replace(/^.*\.(?=\w+$)/s, "").toLowerCase();
  // A table of another ending, such as .dat, is a table all the same.
  if (SHEETS.includes(ending) && TABLES.includes(head.name))
    return `save the sheet as CSV, and name that file: \`csv("${path.replace(/\w+$/, "csv")}")\``;
  const single = ownValue(IN_FOLDERS, ending);
  if (single)
    return `name the folder that has a folder for each class: \`${single}("${folderAbove(folderAbove(path))}")\``;
  const other = ownValue(SOURCE_OF, ending);
  if (other === undefined || other === head.name || isMissing(error)) return undefined;
  if (head.name === "series") return other === "csv" ? undefined : "a series is read from a CSV file";
  if (!TABLES.includes(other)) return `this file is read by \`${other}("${path}")\``;
  if (head.name === "images")
    return `a table that names pictures stands beside their folder: \`images("FOLDER", table="${path}")\``;
  if (head.name === "texts") return `a table with a column of texts is read by \`${other}("${path}", text="COLUMN")\``;
  if (!TABLES.includes(head.name)) return `this file is read by \`${other}("${path}")\``;
  return `this file is read by \`${other}${text.slice(head.span.end, source.span.end)}\``;
}

/** Whether there is nothing at the path, and not a thing of another kind. */
const isMissing = ({ code, message }: DataError): boolean =>
  code.endsWith("-not-found") && !message.endsWith("is a file, not a folder");

const folderAbove = (path: string): string => path.replace(/[\\/]?[^\\/]*$/, "") || "FOLDER";
