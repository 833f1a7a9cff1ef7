// The functions that the language itself gives, by name: each makes graph nodes from values. Everything else is stdlib/*.dnn.

import type { Builtin } from "./call.ts";
import { MADE } from "./draws.ts";
import { EXAMPLES } from "./examples.ts";
import { FILES } from "./files.ts";
import { GRADIENTS } from "./gradients.ts";
import { JOINS } from "./joins.ts";
import { OF_LAYERS } from "./layers.ts";
import { NUMBERS } from "./numbers.ts";
import { ORDER } from "./order.ts";
import { PRODUCTS } from "./products.ts";
import { QUERIES } from "./queries.ts";
import { FIGURES } from "./reductions.ts";
import { SHAPES } from "./shapes.ts";

/** By what they are about, in the order of the manual. */
export const BUILTIN_GROUPS: ReadonlyMap<string, Readonly<Record<string, Builtin>>> = new Map([
  ["Of each number", NUMBERS],
  ["Sums, means, extremes", { ...FIGURES, ...ORDER }],
  ["Other examples of the batch", EXAMPLES],
  ["Derivatives", GRADIENTS],
  ["Shapes", { ...QUERIES, ...JOINS, ...SHAPES }],
  ["Products and windows", PRODUCTS],
  ["Draws, filled tensors, layers", { ...MADE, ...OF_LAYERS }],
  ["Arrays of files", FILES],
]);

export const builtins: Readonly<Record<string, Builtin>> = Object.assign({}, ...BUILTIN_GROUPS.values());

export function builtinNamed(name: string): Builtin {
  const found = builtins[name];
  if (!found) throw new Error(`there is no builtin '${name}'`);
  return found;
}
