// Numbers that JSON does not have. In: any plain data. Out: JSON in which they are the texts "NaN", "Infinity" and "-Infinity",
// and the way back for data that holds no such texts of its own.

const TEXTS: ReadonlyMap<unknown, number> = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/** JSON would write `null` for each of them, and nobody could tell which it was. */
export function jsonOf(value: unknown): string {
  const plain = JSON.stringify(value);
  // Without a null there is none of them, and no function is called for each of many numbers.
  if (!plain?.includes("null")) return plain;
  return JSON.stringify(value, (_, v) => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v));
}

/** Plain data with the numbers in place of their texts. */
export function numbersOf<T>(value: T): T {
  if (TEXTS.has(value)) return TEXTS.get(value) as T;
  if (Array.isArray(value)) return value.map(numbersOf) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, numbersOf(v)])) as T;
}
