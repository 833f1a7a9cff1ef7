// In place of `project/use/textvalues.ts` in built modules of models that take no texts.

import type { lettersOf as Letters, takesText as Takes } from "../project/use/textvalues.ts";

export const takesText: typeof Takes = () => false;

export const lettersOf: typeof Letters = (text) => [text];
