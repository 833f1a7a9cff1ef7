// Words of a window that do not go together. In: the depth that is read, the filters, and the number of groups, or all words of the
// call. Out: an error for groups that do not divide the depth or the filters, with the numbers that do; a warning of two rules for one
// thing.

import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showDim } from "../../arithmetic/dim.ts";
import type { Value } from "../values/values.ts";
import type { Lint } from "./lint.ts";

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

/** Words of windows of which one counts, the first. */
const ONE_OF: readonly (readonly string[])[] = [
  ["global", "same", "causal", "padding"],
  ["global", "ceil", "floor"],
];

/** `conv 3x3 16 same p2`: two rules for one thing. */
export const twoRules: Lint = ({ name, arguments: given }) => {
  const says = (value: Value | undefined): boolean =>
    value?.kind === "boolean" ? value.value : value?.kind === "number" ? value.value !== 0 : value?.kind === "list";
  const [counts, ...others] =
    ONE_OF.map((words) => words.filter((w) => says(given.get(w)))).find((w) => w.length > 1) ?? [];
  if (counts === undefined) return undefined;
  return {
    code: "layers/two-rules",
    message: `\`${name}\` goes by \`${counts}\`, and not by \`${others.join("` or `")}\` beside it`,
    hint: "one of them is enough: leave out what is not meant",
  };
};
