// The parameters that every source of texts has, and their values as one object.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import type { Arguments, Parameter } from "../source.ts";
import type { TokenFacts } from "./tokenise.ts";
import { openTokenizer, type Tokenizer } from "./tokenizerfile.ts";

export interface TokenSettings {
  readonly kind: TokenFacts["kind"];
  /** Of a kind that a file says. */
  readonly tokenizer?: Tokenizer;
  readonly lowercase: boolean;
  /** Most entries of the vocabulary, the one for unknown tokens among them. */
  readonly vocabulary: number;
  readonly minCount: number;
  /** Most tokens of a text. */
  readonly length: number;
}

const KINDS = ["word", "char"] as const;

export const TOKEN_PARAMETERS: readonly Parameter[] = [
  {
    name: "tokens",
    kind: "word",
    default: "word",
    documentation:
      "what texts are cut into: words with the signs between them, characters (char), or what a file tokenizer.json says, with its own vocabulary",
  },
  {
    name: "vocabulary",
    kind: "count",
    default: 20000,
    documentation: "at most so many different tokens, the most frequent ones; all others are one, (unknown)",
  },
  {
    name: "min_count",
    kind: "count",
    default: 1,
    documentation: "tokens that the training part has less often are (unknown)",
  },
  { name: "lowercase", kind: "flag", default: true, documentation: "false: capital letters make other words" },
];

/** Beside these, of texts that are an example each. */
export const LENGTH_PARAMETER: Parameter = {
  name: "length",
  kind: "count",
  default: 256,
  documentation: "at most so many tokens of each text; what follows them is cut off",
};

/** DataError `data/bad-argument` for a tokenizer that is neither, and those of `openTokenizer`. */
export async function tokenSettings(given: Arguments, length: number, files: FileReader): Promise<TokenSettings> {
  const asked = given.text("tokens");
  const known = KINDS.find((kind) => kind === asked);
  if (known === undefined && !/\.json$/i.test(asked)) {
    const message = `there is no tokenizer called ${JSON.stringify(asked)}`;
    const hint = 'tokens is "word", "char" or the path of a file such as "tokenizer.json"';
    throw new DataError("data/bad-argument", message, hint, "tokens");
  }
  return {
    kind: known ?? "file",
    ...(known === undefined ? { tokenizer: await openTokenizer(given.path("tokens"), files) } : {}),
    lowercase: given.flag("lowercase"),
    vocabulary: given.number("vocabulary"),
    minCount: given.number("min_count"),
    length,
  };
}
