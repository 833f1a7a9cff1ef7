// Resolves `--input`: rows as they stand, standard input, files, or folders of files. In: its words. Out: one place after the
// other, in the order in which they were named; the files of a folder in the order of their names.

import { existsSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { onlyOf } from "../../compiler/arithmetic/lists.ts";
import { quoted } from "../../project/quoted.ts";
import { wrong } from "../../project/use/rows/rowvalues.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import { isPictureName, PICTURE_ENDINGS } from "../../runtime/pictures/kind.ts";

/** Standard input. */
export const STANDARD = "-";

const TABLE = /\.(csv|tsv|tab|txt|dat|data)$/i;
const OTHER = /\.(npz|npy|json|jsonl|ndjson|parquet|wav)$/i;

/** Endings of files that are read, as messages list them. */
export const INPUT_ENDINGS: readonly string[] = [
  ...[".csv", ".json", ".jsonl", ".parquet", ".npz", ".npy", ".wav"],
  ...PICTURE_ENDINGS,
];

export const isTableName = (path: string): boolean => TABLE.test(path);

/** Whether a word is a file by its ending, wherever it is. */
export const isFileName = (path: string): boolean => TABLE.test(path) || OTHER.test(path) || isPictureName(path);

export interface InputPlaces {
  readonly places: readonly string[];
  /** Whether one place was named, which is no folder: its predictions need no name. */
  readonly isOne: boolean;
}

export async function inputPlaces(words: readonly string[]): Promise<InputPlaces> {
  const places: string[] = [];
  for (const word of words) places.push(...(isFolder(word) ? await filesIn(word) : [word]));
  const only = onlyOf(words);
  return { places, isOne: only !== undefined && !isFolder(only) };
}

/** Rows as they stand are no path that a system knows, and may be too long for one. */
function isFolder(word: string): boolean {
  try {
    return statSync(word).isDirectory();
  } catch {
    return false;
  }
}

/** The pictures in a folder and its folders; where there are none, its tables and arrays. DataErrors of `list`. */
async function filesIn(folder: string): Promise<readonly string[]> {
  if (existsSync(join(folder, "latest")))
    throw wrong(
      folder,
      "this is a run, and `--input` takes rows",
      `--weights ${quoted(folder)} takes the run; --input '[0, 1]' or --input rows.csv`,
    );
  const files = await filesBelow(folder, new Set());
  const pictures = files.filter((path) => isPictureName(path));
  if (files.length > 0) return pictures.length > 0 ? pictures : files;
  const hint = `it takes pictures, sounds, tables and arrays: ${INPUT_ENDINGS.join(", ")}`;
  throw wrong(folder, "there is nothing in this folder to predict", hint);
}

/** `seen`: folders that were looked into, since links may lead round in a circle. */
async function filesBelow(folder: string, seen: Set<string>): Promise<readonly string[]> {
  const place = realpathSync(folder);
  if (seen.has(place)) return [];
  seen.add(place);
  const found: string[] = [];
  for (const name of await nodeFiles().list(folder)) {
    const path = join(folder, name);
    if (name.startsWith(".")) continue;
    if (isFolder(path)) found.push(...(await filesBelow(path, seen)));
    else if (isFileName(name)) found.push(path);
  }
  return found;
}
