// In the place of `didyoumean.ts`: a module says which names it has, and leaves it to the reader which of them was meant.

import type * as Original from "../../compiler/check/names/didyoumean.ts";

export const didYouMean: typeof Original.didYouMean = () => undefined;
export const nameMeant: typeof Original.nameMeant = () => undefined;
export const nameMeantIn: typeof Original.nameMeantIn = () => undefined;
