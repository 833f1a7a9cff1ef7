// In place of `project/use/columnvalues.ts` in built modules of models that were trained on no table.

import type { columnFinder as Finder, valueInColumn as Original } from "../project/use/columnvalues.ts";
import { asNumber } from "../project/use/rowvalues.ts";

export const valueInColumn: typeof Original = (item, _, input, what) => asNumber(item, input, what);

export const columnFinder: typeof Finder = () => () => -1;
