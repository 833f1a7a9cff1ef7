// Declarations of data that stand in the place of a program's own: --data NAME=EXPRESSION, parsed and put there.

import { ownValue } from "../../compiler/arithmetic/lookup.ts";
import { didYouMean } from "../../compiler/check/names/didyoumean.ts";
import { parse } from "../../grammar/parser/parse.ts";
import type { RunSettings } from "../../runtime/train/checkpoint.ts";
import { Failure, usage } from "../failure.ts";
import type { Opened, Sources } from "../source.ts";

/** A declaration given on the command line, and the folder its paths start from. */
export interface DataOverride {
  readonly name: string;
  readonly expression: string;
  readonly base: string;
}

export function parseDataOption(option: string, base: string): DataOverride {
  const at = option.indexOf("=");
  const name = option.slice(0, at).trim();
  const file = sourceOf(option.slice(at + 1).trim());
  if (at < 1 || !/^[A-Za-z_]\w*$/.test(name))
    throw usage(
      `--data ${option}: write NAME=EXPRESSION`,
      file ? `--data 'NAME=${file}', where NAME is what the program calls it` : `--data 'digits=mnist("folder")'`,
    );
  if (file) throw usage(`--data ${option}: a source is needed, and this is a file alone`, `--data '${name}=${file}'`);
  return { name, expression: option.slice(at + 1), base };
}

/** Sources by the ending of the file that they read. */
const SOURCE_OF: Readonly<Record<string, string>> = {
  csv: "csv",
  tsv: "csv",
  jsonl: "jsonl",
  json: "jsonl",
  parquet: "parquet",
  npz: "npz",
  txt: "text",
};

/** The source of a path that stands alone: `csv("rows.csv")` for `rows.csv`. */
function sourceOf(path: string): string | undefined {
  const [, bare = "", ending = ""] = /^["']?([^"'()]+\.(\w+))["']?$/.exec(path) ?? [];
  const source = ownValue(SOURCE_OF, ending.toLowerCase());
  return source && `${source}("${bare}")`;
}

/** Puts a declaration in the place of the one with its name. */
export function replaceData({ program, texts }: Opened, override: DataOverride): void {
  const known = [...program.data.keys()];
  const replaced = program.data.get(override.name);
  if (!replaced) {
    const close = didYouMean(override.name, known);
    throw usage(
      `--data ${override.name}: the program has no data of this name`,
      close ? `did you mean ${close}?` : known.length > 0 ? `it has ${known.join(", ")}` : "it declares no data",
    );
  }
  const file = `--data ${override.name}`;
  const text = `data ${override.name} = ${override.expression}\n`;
  texts.add(file, text);
  const parsed = parse(text, file);
  const [definition] = parsed.file.definitions;
  if (parsed.diagnostics.length > 0) throw new Failure(parsed.diagnostics);
  if (definition?.kind !== "data") throw usage(`--data ${override.name}: this is not a data source`);
  // The body stays: only the source of the fields is another.
  program.data.set(override.name, { ...definition, body: replaced.body });
}

/** Opens a program with the declarations of data that stand in the place of its own. */
export function openWithData(
  file: string,
  { set, data }: Pick<RunSettings, "set" | "data">,
  sources: Pick<Sources, "openForUse">,
): Opened {
  const opened = sources.openForUse(file, set);
  for (const d of data) replaceData(opened, d);
  return opened;
}
