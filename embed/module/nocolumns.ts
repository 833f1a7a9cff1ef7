// In place of `project/use/rows/columnvalues.ts` in built modules of models that were trained on no table.

import type { cellsOf as Cells, valueInColumn as Original } from "../../project/use/rows/columnvalues.ts";
import { asNumber } from "../../project/use/rows/rowvalues.ts";

export const valueInColumn: typeof Original = (item, _, input, what) => asNumber(item, input, what);

export const cellsOf: typeof Cells = () => undefined;
