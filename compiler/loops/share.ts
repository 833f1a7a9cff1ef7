// One object for equal values within a nest, so that targets compute each once.

import type { Value } from "./nest.ts";

const identities = new WeakMap<Value, number>();
let identity = 0;
function idOf(v: Value): number {
  let id = identities.get(v);
  if (id === undefined) identities.set(v, (id = identity++));
  return id;
}

/** One object for equal values within a nest. */
export function deduplicate(memo: Map<string, Value>, v: Value): Value {
  const key = shallowKey(v);
  const known = memo.get(key);
  if (known) return known;
  memo.set(key, v);
  return v;
}

function shallowKey(v: Value): string {
  if (v.kind === "apply") return `${v.scalar}(${v.inputs.map(idOf).join()})`;
  if (v.kind === "guard") return `guard(${idOf(v.inside)},${v.outside},${JSON.stringify(v.bounds)})`;
  if (v.kind === "load")
    return `load(${v.buffer},${JSON.stringify(v.address)},${v.row ? `${idOf(v.row.of)}*${v.row.stride}` : ""})`;
  return Object.is((v as { value?: number }).value, -0) ? "-0" : JSON.stringify(v);
}
