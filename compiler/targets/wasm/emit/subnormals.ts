// Numbers that a training keeps from step to step become zero where they are very small: a state that shrinks, such as a momentum whose
// gradient has become zero, would be subnormal in the end, and so would its products, on which processors take a hundred times as long.

import { itemAt } from "../../../arithmetic/lists.ts";
import { isLinearIn } from "../../../arithmetic/scalar.ts";
import { loadsOf } from "../../../loops/axes.ts";
import type { Nest, Value } from "../../../loops/nest.ts";
import { valueKey, valuesIn } from "../../../loops/nest.ts";
import { bitsOf, type Code } from "./encoder.ts";

/** Below it numbers are subnormal. */
const SMALLEST_NORMAL = 2 ** -126;

/**
 * Below it a state is nothing to the weights that it is added to, and above it its products with a learning rate are normal. Where units die,
 * steps of a VAE took up to 1.7 times as long for a while.
 */
const SMALLEST_ADDED = 2 ** -100;

/** The least size of what is stored in buffers that are made of their last values in a product, by buffer. */
export function leastSizes({ stores }: Nest, isKept: (buffer: string) => boolean): ReadonlyMap<string, number> {
  const products = valuesIn(stores.map(({ value }) => value)).filter(
    (v) => v.kind === "apply" && (v.scalar === "mul" || v.scalar === "div"),
  );
  const last = new Set(loadsOf(products).map(({ buffer }) => buffer));
  return new Map(
    stores.flatMap((s) => {
      if (!last.has(s.buffer) || !isKept(s.buffer)) return [];
      const key = valueKey(madeAnew(s.value));
      const uses = stores.flatMap(({ value, buffer }) => (buffer === s.buffer ? [] : [useOf(value, key)]));
      const isAdded = uses.includes("added") && !uses.includes("other");
      return [[s.buffer, isAdded ? SMALLEST_ADDED : SMALLEST_NORMAL] as const];
    }),
  );
}

/** The new value, where a condition chooses between it and the last one. */
const madeAnew = (value: Value): Value =>
  value.kind === "apply" && value.scalar === "select" ? itemAt(value.inputs, 1) : value;

/** How a value depends on the one with this key: not, as a term or factor, or otherwise, such as by its root or by a quotient by it. */
function useOf(value: Value, key: string): "none" | "added" | "other" {
  if (valueKey(value) === key) return "added";
  if (value.kind !== "apply") return valuesIn([value]).some((v) => valueKey(v) === key) ? "other" : "none";
  const uses = value.inputs.map((input) => useOf(input, key));
  if (uses.every((use) => use === "none")) return "none";
  const { scalar } = value;
  const isAdded = uses.every((use, i) => use === "none" || (use === "added" && isLinearIn(scalar, i)));
  return isAdded ? "added" : "other";
}

/** Makes the numbers of a vector zero that are smaller. NaN stays. */
export function flushBelow(code: Code, value: number, least: number): void {
  code.get(value).get(value).v("f32x4_abs").kept(bitsOf(least)).v("f32x4_lt").v("v128_andnot").set(value);
}
