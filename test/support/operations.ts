// How often each piece of our code runs while something is done, as V8 counts it: work in figures that are the same on every machine.

import { Session } from "node:inspector/promises";

const root = new URL("../../", import.meta.url).href;

/** Counts of the blocks of our functions, by file, function and where the block stands in the file. */
export type Counts = ReadonlyMap<string, number>;

export async function countOperations(work: () => void): Promise<Counts> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  work();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  session.disconnect();
  const counts = new Map<string, number>();
  for (const { url, functions } of result)
    for (const { functionName, ranges } of functions)
      for (const { startOffset, count } of ranges)
        if (url.startsWith(root) && !url.includes("node_modules"))
          counts.set(`${url.slice(root.length)} ${functionName}:${startOffset}`, count);
  return counts;
}

/** Where the work grows faster than what it is done for, of three sizes of which each is twice the one before. */
export function superlinear([small, middle, large]: readonly [Counts, Counts, Counts]): string[] {
  const found: string[] = [];
  for (const [place, count] of large) {
    const [first, second] = [(middle.get(place) ?? 0) - (small.get(place) ?? 0), count - (middle.get(place) ?? 0)];
    // Linear work grows twice as much, that of a sort or a binary search by 2.2 to 2.4, comparing all with all four times.
    if (second > 2.4 * first && second > 500)
      found.push(`${place}: ${small.get(place) ?? 0}, ${middle.get(place)}, ${count}`);
  }
  return found;
}
