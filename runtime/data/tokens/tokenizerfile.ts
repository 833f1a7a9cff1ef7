// In: the JSON of a tokenizer.json file, as tokenizers of pretrained models are saved. Out: texts as the numbers it gives them.
// Invariant: the library is loaded with the first such file; its JSON is saved with the weights, so that no file is needed again.

import { DataError } from "../../files/dataerror.ts";
import { decodeText } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import { unboundedIn } from "./patterns.ts";

/** The JSON of a file. */
export type TokenizerJson = Readonly<Record<string, unknown>>;

export interface Tokenizer {
  readonly json: TokenizerJson;
  /** The texts of all tokens, in the order of their numbers. */
  readonly labels: readonly string[];
  encode(text: string): readonly number[];
}

/** A larger vocabulary is none. */
const MOST = 1_000_000;

const NOT_ONE = "a tokenizer.json has the parts normalizer, pre_tokenizer and model";

let library: typeof import("@huggingface/tokenizers") | undefined;

/** Loads what reads such files, once. DataError `data/tokenizer` where it is not installed. */
export async function loadTokenizers(what: string): Promise<void> {
  try {
    library ??= await import("@huggingface/tokenizers");
  } catch {
    const message = `${what} needs the package @huggingface/tokenizers, which is not installed`;
    throw new DataError("data/tokenizer", message, "npm install @huggingface/tokenizers");
  }
}

const opened = new WeakMap<TokenizerJson, Tokenizer>();

/** The tokenizer of a file's JSON, once `loadTokenizers` is done. DataError `data/tokenizer`. */
export function tokenizerOf(json: TokenizerJson, what: string): Tokenizer {
  const known = opened.get(json);
  if (known) return known;
  for (const pattern of patternsIn(json)) refuseUnbounded(pattern, what);
  const made = guarded(what, () => {
    if (!library) throw new Error("it was not loaded");
    const tokenizer = new library.Tokenizer(json, {});
    const labels = labelsOf(tokenizer.get_vocab(true));
    return { json, labels, encode: (text: string) => checked(tokenizer.encode(text).ids, labels.length) };
  });
  const safe = { ...made, encode: (text: string) => guarded(what, () => made.encode(text)) };
  opened.set(json, safe);
  return safe;
}

/** The regular expressions of a file, wherever they stand. */
function* patternsIn(value: unknown, depth = 0): Generator<string> {
  if (typeof value !== "object" || value === null || depth > DEEPEST) return;
  for (const [name, item] of Object.entries(value)) {
    if (name === "Regex" && typeof item === "string") yield item;
    else if (name !== "vocab" && name !== "merges") yield* patternsIn(item, depth + 1);
  }
}

/** Parts of parts are no deeper. */
const DEEPEST = 32;

function refuseUnbounded(pattern: string, what: string): void {
  const problem = unboundedIn(pattern);
  if (problem === undefined) return;
  const shown = pattern.length > 60 ? `${pattern.slice(0, 60)}...` : pattern;
  const message = `${what} has a regular expression that takes too long on some texts, since ${problem}: ${shown}`;
  const hint =
    "an expression is read where what repeats is one class, as in \\p{L}+, and no more than two such parts share characters";
  throw new DataError("data/tokenizer", message, hint, "tokens");
}

function labelsOf(vocabulary: ReadonlyMap<string, number>): readonly string[] {
  const size = [...vocabulary.values()].reduce((most, id) => Math.max(most, id + 1), 0);
  if (!(size > 0 && size <= MOST)) throw new Error("it has no vocabulary");
  const labels = Array.from({ length: size }, (_, id) => `(token ${id})`);
  for (const [token, id] of vocabulary) if (Number.isInteger(id) && id >= 0) labels[id] = token;
  return labels;
}

function checked(ids: readonly number[], size: number): readonly number[] {
  if (ids.every((id) => Number.isInteger(id) && id >= 0 && id < size)) return ids;
  throw new Error("it gives numbers that its vocabulary does not have");
}

/** An error of the library is reported as one of the file, which is damaged. */
function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof DataError) throw error;
    const why =
      error instanceof Error && !/undefined|null|not a function|iterable/.test(error.message) ? error.message : "";
    const message = `${what} is no tokenizer that can be read${why === "" ? "" : `: ${why.slice(0, 200)}`}`;
    throw new DataError("data/tokenizer", message, NOT_ONE, "tokens");
  }
}

/** DataErrors of reading a file, at the argument `tokens`, and `data/tokenizer`. */
export async function openTokenizer(path: string, files: FileReader): Promise<Tokenizer> {
  const bytes = await readFile(path, files);
  const json = guarded(path, () => objectOf(JSON.parse(decodeText(bytes, path))));
  await loadTokenizers(path);
  return tokenizerOf(json, path);
}

async function readFile(path: string, files: FileReader): Promise<Uint8Array> {
  try {
    return await files.read(path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new DataError(error.code, error.message, error.hint, "tokens");
  }
}

function objectOf(value: unknown): TokenizerJson {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as TokenizerJson;
  throw new Error("it holds no object");
}

/** Characters that so many tokens are made of at first; where they are fewer, more of the text is read. */
const PER_TOKEN = 32;

/** The first tokens of a text and at least one more, where it has more: the rest of a long text is not read. */
export function firstTokens(tokenizer: Tokenizer, text: string, most: number): readonly number[] {
  for (let size = PER_TOKEN * (most + 16); ; size *= 4) {
    if (!(size < text.length)) return tokenizer.encode(text);
    // A token that the cut goes through, and special ones behind it, are none of those that are kept.
    const tokens = tokenizer.encode(text.slice(0, size));
    if (tokens.length > most + 8) return tokens.slice(0, most + 1);
  }
}
