// Whether two trees say the same at the same places.

/** Whether two trees are equal, their spans included. */
export function isSameTree(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) || Array.isArray(b))
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((part, i) => isSameTree(part, b[i]))
    );
  let count = 0;
  for (const key in a) {
    if (!(key in b) || !isSameTree(a[key as keyof typeof a], b[key as keyof typeof b])) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}
