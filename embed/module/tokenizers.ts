// In the place of the package that reads tokenizer.json files in built modules: those of a model that takes such texts hand it over.

import type { Tokenizer as Given } from "@huggingface/tokenizers";

export let Tokenizer: typeof Given | undefined;

/** Says what reads tokenizers. */
export function readTokenizersBy(given: typeof Given): void {
  Tokenizer = given;
}
