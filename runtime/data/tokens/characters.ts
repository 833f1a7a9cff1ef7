// A text as characters of a vocabulary that is given. In: the text. Out: their places in the vocabulary, or the first that it lacks.

import { DataError } from "../../files/dataerror.ts";

/** A character that a vocabulary lacks, as a message and a hint. */
export interface UnknownCharacter {
  readonly message: string;
  readonly hint: string;
}

/** The first character of a text that the vocabulary lacks; `what` names the text. */
export function unknownCharacter(
  text: string,
  vocabulary: readonly string[],
  what: string,
): UnknownCharacter | undefined {
  const known = new Set(vocabulary);
  const letters = [...text];
  const index = letters.findIndex((letter) => !known.has(letter));
  const letter = letters[index];
  if (letter === undefined) return undefined;
  const small = letter.toLowerCase();
  return {
    message: `${what}: character ${index + 1}, ${JSON.stringify(letter)}, is not among the ${vocabulary.length} the model knows`,
    hint: known.has(small) ? `it knows ${JSON.stringify(small)}` : "use characters that occur in the training text",
  };
}

/**
 * A text (a prompt, another file) as indices of a vocabulary that is given, one per code point.
 * DataError `data/unknown-character` names the first character that is not in it and its place; `what` names the text.
 */
export function encodeWith(text: string, vocabulary: readonly string[], what: string): Int32Array {
  const unknown = unknownCharacter(text, vocabulary, what);
  if (unknown) throw new DataError("data/unknown-character", unknown.message, unknown.hint);
  const idOf = new Map(vocabulary.map((character, id) => [character, id]));
  return Int32Array.from([...text], (character) => idOf.get(character) ?? 0);
}
