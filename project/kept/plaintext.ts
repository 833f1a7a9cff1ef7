// In: plain data. Out: a text that is the same for the same data alone. V8's own serialisation is not: it shows how an array is stored.

/**
 * Objects, arrays, maps, sets, typed arrays and what they hold, in the order of their keys; one that was met before stands as its number, so
 * that what is shared costs no more than it does in memory. TypeError for anything else: a function or an instance of a class may depend
 * on what does not show.
 */
export function plainText(value: unknown): string {
  const parts: string[] = [];
  const met = new Map<object, number>();
  const writeAll = (open: string, items: Iterable<unknown>, close: string): void => {
    parts.push(open);
    for (const item of items) write(item);
    parts.push(close);
  };
  const write = (item: unknown): void => {
    if (typeof item === "string") parts.push(JSON.stringify(item), ",");
    else if (typeof item === "number") parts.push(Object.is(item, -0) ? "-0" : String(item), ",");
    else if (typeof item === "bigint") parts.push(String(item), "n,");
    else if (item === null || item === undefined || typeof item === "boolean") parts.push(String(item), ",");
    else if (typeof item === "object") writeObject(item);
    else throw new TypeError(`a ${typeof item} is no plain data`);
  };
  const writeObject = (item: object): void => {
    const before = met.get(item);
    if (before !== undefined) return void parts.push("#", String(before), ",");
    met.set(item, met.size);
    const prototype: unknown = Object.getPrototypeOf(item);
    if (Array.isArray(item)) writeAll("[", item, "]");
    else if (item instanceof Map) writeAll("map(", [...item].flat(1), ")");
    else if (item instanceof Set) writeAll("set(", item, ")");
    else if (prototype === Object.prototype || prototype === null) writeAll("{", Object.entries(item).flat(1), "}");
    else if (ArrayBuffer.isView(item) && Symbol.iterator in item)
      writeAll(`${item.constructor.name}(`, item as unknown as Iterable<unknown>, ")");
    else throw new TypeError(`a ${item.constructor.name} is no plain data`);
  };
  write(value);
  return parts.join("");
}
