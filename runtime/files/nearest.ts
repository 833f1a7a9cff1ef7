// In: a name that does not exist and the names that do. Out: the one probably meant, as a hint, or nothing.
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

/** The nearest of `known` when at most a third of it (and at least one letter) would have to change. */
function nearest(written: string, known: readonly string[]): string | undefined {
  const wanted = written.toLowerCase();
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const most = Math.min(least - 1, Math.max(1, Math.ceil(name.length / 3)));
    if (Math.max(name.length, wanted.length) > LONGEST || Math.abs(name.length - wanted.length) > most) continue;
    const distance = editDistance(wanted, name.toLowerCase());
    if (distance > most) continue;
    best = name;
    least = distance;
  }
  return best;
}

export function didYouMean(written: string, known: readonly string[]): string | undefined {
  const name = nearest(written, known);
  return name === undefined ? undefined : `did you mean ${name}?`;
}
