// Groups of channels that do not come out even. In: the depth that is read, the filters, and the number of groups. Out: what is
// wrong, and the numbers of groups that would do.

import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showDim } from "../../arithmetic/dim.ts";

export function groupsDoNotDivide(
  depth: Dim,
  filters: Dim,
  groups: number,
): Pick<Diagnostic, "code" | "message" | "hint"> {
  const hint = isNumber(depth) && isNumber(filters) ? hintFor(depth, filters, groups) : undefined;
  return {
    code: "shapes/groups-do-not-divide",
    message: `${groups} groups must divide the depth ${showDim(depth)} and the filters ${showDim(filters)}`,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Filters that are many enough for as many groups as there are channels: a filter or more for each. */
function hintFor(depth: number, filters: number, groups: number): string {
  const divisors = Array.from({ length: Math.min(depth, filters, 4096) }, (_, i) => i + 1).filter(
    (g) => depth % g === 0 && filters % g === 0,
  );
  if (divisors.length > 1)
    return `${divisors
      .slice(0, 8)
      .map((g) => `g${g}`)
      .join(", ")} divide both`;
  if (depth === 1) return `leave out the groups: a depth of 1 is one group`;
  return depth % groups === 0
    ? `leave out the groups, or take filters that ${groups} divides: ${Math.ceil(filters / groups) * groups}`
    : `leave out the groups: nothing but 1 divides both`;
}
