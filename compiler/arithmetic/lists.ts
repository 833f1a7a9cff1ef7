// Lists, and reading those whose lengths and places must fit: what does not is a fault of the compiler, named where it happens.

/** Pairs up the items of several lists of one length. */
export function zip<T extends readonly (readonly unknown[])[]>(
  ...lists: T
): { readonly [K in keyof T]: T[K][number] }[] {
  const [first = []] = lists;
  if (lists.some((list) => list.length !== first.length))
    throw new Error(`lists of ${lists.map((list) => list.length).join(" and ")} do not go together`);
  return first.map((_, i) => lists.map((list) => list[i]) as { [K in keyof T]: T[K][number] });
}

/** The item at a place that the list has; negative places count from the end. */
export function itemAt<T>(list: { readonly length: number; at(place: number): T | undefined }, place: number): T {
  const item = list.at(place);
  if (item === undefined) throw new Error(`a list of ${list.length} has nothing at ${place}`);
  return item;
}

/** One more value in the list of a key. */
export function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** Place of the first item whose key is not below `key`, in a list sorted by it. */
export function lowerBound<T>(key: number, items: readonly T[], keyOf: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keyOf(itemAt(items, middle)) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The item of a list that has one alone; undefined where it has none or several. */
export const onlyOf = <T>(list: readonly T[]): T | undefined => (list.length === 1 ? list[0] : undefined);
