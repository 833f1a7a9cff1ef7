// The parameters that every source of texts has, and their values as one object.

import type { Arguments, Parameter } from "../source.ts";

export interface TokenSettings {
  readonly kind: "word" | "char";
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
    choices: KINDS,
    documentation: "what texts are cut into: words with the signs between them, or characters",
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

export function tokenSettings(given: Arguments, length: number): TokenSettings {
  return {
    kind: KINDS.find((kind) => kind === given.text("tokens")) ?? "word",
    lowercase: given.flag("lowercase"),
    vocabulary: given.number("vocabulary"),
    minCount: given.number("min_count"),
    length,
  };
}
