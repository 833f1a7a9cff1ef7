// A text in a row to predict, as the numbers that an input takes: its tokens, or its characters, in the vocabulary of the training.

import { encodeWith } from "../../../runtime/data/tokens/characters.ts";
import { encodeTokens } from "../../../runtime/data/tokens/tokenise.ts";
import { loadTokenizers } from "../../../runtime/data/tokens/tokenizerfile.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { widthOf, wrong } from "./rowvalues.ts";

/** The tokens of a text, as many as the input takes; those that were not met in training are unknown ones. */
export function tokensIn(text: string, input: ModelInput, what: string): readonly number[] {
  const { tokens, labels = [] } = input.field;
  const found = tokens ? encodeTokens(text, tokens, labels, widthOf(input)) : [];
  if (found.length > 0) return found;
  if (tokens?.fills) return [0];
  throw wrong(what, `the text for '${input.name}' is empty`, "give it at least one word");
}

/** Loads what cuts the texts that a model takes. DataError `data/tokenizer`. */
export async function prepareTexts(inputs: readonly ModelInput[]): Promise<void> {
  if (inputs.some(({ field }) => field.tokens?.tokenizer)) await loadTokenizers("the text of this model");
}

/** Whether an input takes texts by their tokens. */
export const takesText = ({ field }: ModelInput): boolean => field.tokens !== undefined;

/** The characters that an input takes: a sequence of a known vocabulary. */
export const vocabularyOf = ({ field }: ModelInput): readonly string[] | undefined =>
  field.classes !== undefined && field.shape.length > 0 && !field.tokens ? field.labels : undefined;

/** A text for a sequence of a known vocabulary is its tokens or characters; any other is one item. */
export function lettersOf(text: string, input: ModelInput, what: string): readonly unknown[] {
  if (input.field.tokens) return tokensIn(text, input, what);
  const vocabulary = vocabularyOf(input);
  return vocabulary ? Array.from(encodeWith(text, vocabulary, `${what}: '${input.name}'`)) : [text];
}
