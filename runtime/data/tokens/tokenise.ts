// In: a text. Out: its tokens, and those as indices of a vocabulary.
// Invariant: training and prediction cut a text in the same way, whatever machine they run on: no locale has a say, and the time is
// linear in the text.

import { firstTokens, type TokenizerJson, tokenizerOf } from "./tokenizerfile.ts";

/** How texts become tokens; saved with the weights, beside the vocabulary. */
export interface TokenFacts {
  readonly kind: "word" | "char" | "file";
  readonly lowercase: boolean;
  /** Of a kind that a file says, what the file holds. */
  readonly tokenizer?: TokenizerJson;
  /** The column of a table that holds the texts, and its field; absent where they come from files. */
  readonly written?: string;
  readonly name?: string;
  /** An empty text is an unknown token; else it is a mistake. */
  readonly fills?: boolean;
}

/** How a text is cut, without where it comes from. */
type Cutting = Pick<TokenFacts, "kind" | "lowercase" | "tokenizer">;

/** Stands for every token that the vocabulary does not have: the first of it. */
export const UNKNOWN = "(unknown)";

/** Scripts that put no space between words: each of their characters is a token. */
const UNSPACED = "\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}";
const LETTER = `[[\\p{L}\\p{M}\\p{N}_]--[${UNSPACED}]]`;
/** Words with the apostrophes and hyphens inside them; every other sign by itself. */
const WORD = new RegExp(`${LETTER}+(?:['\u2019\\-]${LETTER}+)*|[^\\s]`, "gv");

export function tokensOf(text: string, { kind, lowercase }: Cutting): readonly string[] {
  const cased = asRead(text, lowercase);
  return kind === "char" ? Array.from(cased) : (cased.match(WORD) ?? []);
}

function asRead(text: string, lowercase: boolean): string {
  const normal = text.normalize("NFC");
  return lowercase ? normal.toLowerCase() : normal;
}

/** The words of a text, as `tokensOf` gives them, each with whether a line ends before it. */
export function* wordsByLine(text: string, { lowercase }: Pick<Cutting, "lowercase">): Generator<LineToken> {
  const cased = asRead(text, lowercase);
  let end = 0;
  for (const { 0: token, index } of cased.matchAll(WORD)) {
    yield { token, startsLine: cased.slice(end, index).includes("\n") };
    end = index + token.length;
  }
}

/** A token, and whether a line ends between the one before and it. */
export interface LineToken {
  readonly token: string;
  readonly startsLine: boolean;
}

/** The indices of the first `most` tokens of a text; what the vocabulary lacks is its first entry, `UNKNOWN`. */
export function encodeTokens(text: string, facts: Cutting, vocabulary: readonly string[], most: number): number[] {
  if (facts.tokenizer) return firstTokens(tokenizerOf(facts.tokenizer, "the tokenizer"), text, most).slice(0, most);
  const indexOf = placesOf(vocabulary);
  return tokensOf(text, facts)
    .slice(0, most)
    .map((token) => indexOf.get(token) ?? 0);
}

/** The last vocabulary that was asked for, since rows come one after the other. */
let latest: { readonly vocabulary: readonly string[]; readonly places: ReadonlyMap<string, number> } | undefined;

function placesOf(vocabulary: readonly string[]): ReadonlyMap<string, number> {
  if (latest?.vocabulary !== vocabulary)
    latest = { vocabulary, places: new Map(vocabulary.map((token, index) => [token, index])) };
  return latest.places;
}

/** The text between a token and the one before it, where text is written from tokens. */
export const spaceBefore = ({ kind }: Pick<TokenFacts, "kind">, token: string): string =>
  kind !== "word" || /^[.,;:!?)\]}%\u2026\u201d]$/u.test(token) ? "" : " ";
