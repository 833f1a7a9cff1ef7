// Prompts with characters that the text of the data does not have. In: the prompts of a training. Out: a mistake for each.

import type { PromptUse } from "../../compiler/check/training/lines/shownmodels.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { unknownCharacter } from "../../runtime/data/tokens/characters.ts";

export const unknownInPrompts = (prompts: readonly PromptUse[]): readonly Diagnostic[] =>
  prompts.flatMap(({ prompt, characters, span }) => {
    const unknown = unknownCharacter(prompt, characters, "the prompt");
    return unknown ? [{ code: "data/unknown-character", severity: "error", span, ...unknown }] : [];
  });
