// Reading a map whose key must be there: a missing one is a fault of the compiler, named where it happens.

/** The value under a key that the map has. */
export function lookUp<K, V>(map: { readonly get: (key: K) => V | undefined }, key: K): V {
  const value = map.get(key);
  if (value === undefined) throw new Error(`nothing is known of ${nameOf(key)}`);
  return value;
}

/** Looks up an own property of a record, not one that every object inherits: names in programs may be `constructor`. */
export const ownValue = <V>(record: Readonly<Record<string, V>>, name: string): V | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

/** Nodes are named by their op, other keys by their text. */
const nameOf = (key: unknown): string =>
  typeof key === "object" && key !== null && "op" in key ? String(key.op) : String(key);
