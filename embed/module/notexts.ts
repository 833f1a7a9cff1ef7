// In place of `project/use/rows/textvalues.ts` in built modules of models that take no texts.

import type {
  lettersOf as Letters,
  prepareTexts as Prepare,
  takesText as Takes,
} from "../../project/use/rows/textvalues.ts";

export const prepareTexts: typeof Prepare = async () => {};

export const takesText: typeof Takes = () => false;

export const lettersOf: typeof Letters = (text) => [text];
