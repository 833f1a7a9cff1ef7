// A text with its mistakes corrected, where they say how: what its lines would give. In: an analysis whose mistakes carry
// corrections. Out: the corrected text, and where its places are in the text as it is. Nothing that is wrong with it is said.

import type { Analysis } from "./analysis.ts";

export interface Repair {
  readonly text: string;
  /** The corrections, in words. */
  readonly titles: readonly string[];
  /** A place of the corrected text in the text itself. */
  readonly placeOf: (offset: number) => number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** All corrections of a text's mistakes that do not touch each other; undefined where there is none. */
function repairOf({ diagnostics, path, text }: Analysis): Repair | undefined {
  const edits: Edit[] = [];
  const titles: string[] = [];
  for (const { severity, fix } of diagnostics) {
    if (severity !== "error" || !fix?.edits.every(({ span }) => span.file === path)) continue;
    const own = fix.edits.map(({ span, text }) => ({ start: span.start, end: span.end, text }));
    if (own.some((e) => edits.some((o) => e.start <= o.end && o.start <= e.end))) continue;
    edits.push(...own);
    titles.push(fix.title);
  }
  if (edits.length === 0) return undefined;
  edits.sort((a, b) => a.start - b.start);
  const corrected = edits.reduceRight((t, e) => t.slice(0, e.start) + e.text + t.slice(e.end), text);
  return { text: corrected, titles, placeOf: placesBefore(edits) };
}

/** Places within what was put in are where it was put. */
function placesBefore(edits: readonly Edit[]): Repair["placeOf"] {
  return (offset) => {
    let longer = 0;
    for (const { start, end, text } of edits) {
      const from = start + longer;
      if (offset < from) break;
      if (offset <= from + text.length) return offset === from ? start : end;
      longer += text.length - (end - start);
    }
    return offset - longer;
  };
}

/** An analysis of a corrected text: each correction may bring further mistakes to light, which may say how, too. */
export interface Repaired {
  readonly analysis: Analysis;
  readonly titles: readonly string[];
  readonly placeOf: (offset: number) => number;
}

const MOST_ROUNDS = 3;

export async function repaired(
  analysis: Analysis,
  analyse: (text: string) => Promise<Analysis>,
): Promise<Repaired | undefined> {
  let best: Repaired | undefined;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const repair = repairOf(best?.analysis ?? analysis);
    if (!repair) break;
    const before = best?.placeOf ?? ((offset: number) => offset);
    best = {
      analysis: await analyse(repair.text),
      titles: [...(best?.titles ?? []), ...repair.titles],
      placeOf: (offset) => before(repair.placeOf(offset)),
    };
  }
  return best;
}
