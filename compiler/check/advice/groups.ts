// Words of a window that do not go together. In: the depth that is read, the filters, and the number of groups, or all words of the
// call. Out: an error for groups that do not divide the depth or the filters, with the numbers that do; a warning of two rules for one
// thing, and of a window that was meant for the filters.

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

/** From so many points on a window is probably a number of filters. */
const LARGE_WINDOW = 8;

/** `conv 64`: a number alone is the window, and was meant for the filters. */
export const windowForFilters: Lint = (made, before, at) => {
  const { name, input, arguments: given } = made;
  const [size, filters, depth] = [given.get("size"), given.get("filters"), input?.shape.at(-1)];
  if (filters?.kind === "number") return filtersFirst(made, before, at);
  if (size?.kind !== "number" || !isNumber(size.value) || filters?.kind !== "none" || depth === undefined)
    return undefined;
  // A window over all there is takes the places of a picture together.
  if (size.value < LARGE_WINDOW || input?.shape.at(-2) === size.value) return undefined;
  const [n, axes] = [size.value, (input?.shape.length ?? 3) - 1];
  const [small, whole] = [3, n].map((side) => new Array(axes).fill(side).join("x"));
  return {
    code: "layers/window-for-filters",
    message: `\`${name} ${n}\` is a window of ${whole} points, and gives as many channels as come in, ${showDim(depth)}`,
    hint: `for ${n} filters write \`${name} ${small} ${n}\`; if the window is meant, \`${name} ${whole}\``,
  };
};

/** Sides of a window as other tools have them second; filters come in even numbers. */
const USUAL_SIDES: readonly number[] = [3, 5, 7];
const LEAST_FILTERS = 6;

/** Whether two numbers are filters and the side of their window, in the order of other tools. */
export const isFiltersFirst = (size: number, filters: number): boolean =>
  size >= LEAST_FILTERS && size % 2 === 0 && USUAL_SIDES.includes(filters);

/** `conv 16 3`: 16 filters of 3x3 points elsewhere, and here 3 of 16x16. */
const filtersFirst: Lint = ({ name, span, input, arguments: given }, _, { source }) => {
  const [size, filters, stride] = ["size", "filters", "stride"].map((word) => {
    const value = given.get(word);
    return value?.kind === "number" && isNumber(value.value) ? value.value : undefined;
  });
  if (size === undefined || filters === undefined || !input || !isFiltersFirst(size, filters)) return undefined;
  const written = source?.file === span.file ? source.text.slice(span.start, span.end) : "";
  // Large steps go with a large window, and so does a window over all there is; names say which is which.
  if (2 * (stride ?? 1) >= size || input.shape.at(-2) === size || /\b(size|filters)\s*=/.test(written))
    return undefined;
  const axes = input.shape.length - 1;
  const [side, whole] = [filters, size].map((n) => new Array(axes).fill(n).join("x"));
  return {
    code: "layers/window-for-filters",
    message: `\`${name} ${size} ${filters}\` has ${filters} filters with a window of ${whole} points: the window comes first`,
    hint: `for ${size} filters of ${side} points write \`${name} ${side} ${size}\`; if the window is meant, ${axes > 1 ? `\`${name} ${whole} ${filters}\`` : `\`${name} size=${size} filters=${filters}\``}`,
  };
};
