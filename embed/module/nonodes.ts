// In the place of `lookup.ts` in built modules: they have no nodes of a graph, by whose ops a key would be named.

import type * as Original from "../../compiler/arithmetic/lookup.ts";

export const lookUp: typeof Original.lookUp = (map, key) => {
  const value = map.get(key);
  if (value === undefined) throw new Error(`no ${key}`);
  return value;
};

export const ownValue: typeof Original.ownValue = (record, name) =>
  Object.hasOwn(record, name) ? record[name] : undefined;
