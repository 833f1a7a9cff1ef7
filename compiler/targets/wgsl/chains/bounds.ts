// Which steps a row can do without: those that a mask hides, as in causal attention, where no place looks at a later one. In: a nest along
// products that are computed again. Out: on which side of a row its steps lie.

import { hiddenIn } from "../../../loops/hidden.ts";
import type { Nest } from "../../../loops/nest.ts";
import type { Chain } from "./chain.ts";

/** Steps up to so many past the row's own number, or from so many before it on. */
export interface Side {
  readonly kind: "upTo" | "from";
  readonly offset: number;
}

export function sideOf(nest: Nest, { row, step }: Chain): Side | undefined {
  const hidden = hiddenIn(nest);
  if (hidden?.column === step.name && hidden.row === row.name) return { kind: "upTo", offset: hidden.offset };
  if (hidden?.column === row.name && hidden.row === step.name) return { kind: "from", offset: hidden.offset };
  return undefined;
}
