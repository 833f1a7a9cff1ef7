// In: a name that does not exist and the names that do. Out: the one probably meant, as a hint, or nothing. The rule is that of names of
// programs (`compiler/check/names/didyoumean.ts`), which the runtime may not import, nor the compiler this: a test holds them together.
// Invariant: never suggests a name that shares too little with what was written.

/** Edits (insert, delete, replace, swap neighbours) that turn one word into the other: Damerau 1964, restricted form. */
export function editDistance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const replace = above[column - 1]! + (from[row - 1] === to[column - 1] ? 0 : 1);
      line[column] = Math.min(replace, above[column]! + 1, line[column - 1]! + 1);
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) line[column] = Math.min(line[column]!, before[column - 2]! + 1);
    }
    before = above;
    above = line;
  }
  return above.at(-1) ?? from.length;
}

/** A word of more letters than this is no slip of the pen, and comparing such words letter by letter takes long. */
const LONGEST = 60;

/** The nearest of some names, of which at most a third (and at least one letter) would have to change; else one that was cut short. */
function nearest(written: string, known: readonly string[]): string | undefined {
  const name = written.toLowerCase();
  const { length } = name;
  const sameLetters = known.find((k) => k.toLowerCase() === name);
  if (sameLetters || length > LONGEST) return sameLetters;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(length / 3)) + 1;
  for (const k of known) {
    if (Math.abs(k.length - length) >= least) continue;
    const d = editDistance(name, k.toLowerCase());
    if (d < least && d < length) [best, least] = [k, d];
  }
  const isCut = (k: string): boolean => {
    const [short, long] = k.length < length ? [k, written] : [written, k];
    return short.length > 2 && 2 * short.length >= long.length && long.startsWith(short);
  };
  return best ?? known.find(isCut);
}

export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const name = nearest(written, known);
  return name === undefined ? undefined : `did you mean ${name}?`;
}
