// Kernels that store nothing at all where a number is 0, such as the updates of a step whose loss is not finite: the number is looked at
// once, and not chosen by at each store, which takes a VAE's weight gradients 4% less time.

import { bytesOf } from "../../../arithmetic/dtype.ts";
import { lookUp } from "../../../arithmetic/lookup.ts";
import type { Load } from "../../../loops/axes.ts";
import type { Nest, Store, Value } from "../../../loops/nest.ts";
import { valueKey } from "../../../loops/nest.ts";
import type { Code } from "./encoder.ts";

export interface Conditional {
  readonly condition: Load;
  /** Its stores, where the condition holds. */
  readonly nest: Nest;
}

/** A nest as one whose stores all depend on one number: where that is 0, every place is given what stands there already. */
export function conditionOf(nest: Nest): Conditional | undefined {
  const choices = nest.stores.map(choiceOf);
  const condition = choices[0]?.condition;
  if (condition?.kind !== "load" || condition.dtype !== "f32" || condition.row || condition.address.terms.length > 0)
    return undefined;
  const key = valueKey(condition);
  const stores = nest.stores.flatMap((s, i) => {
    const choice = choices[i];
    return choice && valueKey(choice.condition) === key ? [{ ...s, value: choice.chosen }] : [];
  });
  return stores.length === nest.stores.length ? { condition, nest: { ...nest, stores } } : undefined;
}

function choiceOf({ value, buffer, address, dtype }: Store): { condition: Value; chosen: Value } | undefined {
  if (value.kind !== "apply" || value.scalar !== "select") return undefined;
  const [condition, chosen, otherwise] = value.inputs;
  if (!condition || !chosen || !otherwise) return undefined;
  const isLast = valueKey(otherwise) === valueKey({ kind: "load", buffer, address, dtype });
  return isLast ? { condition, chosen } : undefined;
}

/** `body` where the number is not 0: where any bit but the sign is set, so that NaN counts as true. */
export function emitWhere(
  code: Code,
  { buffer, address }: Load,
  pointers: ReadonlyMap<string, number>,
  body: () => void,
): void {
  code.get(lookUp(pointers, buffer)).memory("i32_load", bytesOf("f32", address.offset)).i32(1).op("i32_shl").if(body);
}
