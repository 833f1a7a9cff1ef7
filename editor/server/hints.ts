// Inlay hints: at the end of every line of a model, the shape of what the line gives. Below a mistake that says how it is
// corrected stands what the lines would give, with a question mark.

import { itemAt } from "../../compiler/arithmetic/lists.ts";
import { arithmeticOf } from "../../compiler/check/frame/application.ts";
import type { Analysis } from "./analysis.ts";
import { outputOf } from "./analysis.ts";
import type { LineFact } from "./parts.ts";
import type { Repaired } from "./repaired.ts";

export interface Hint {
  /** After the statement. */
  readonly offset: number;
  readonly text: string;
  readonly tooltip?: string;
}

/** One hint for a line of text, that of the layer that ends last. */
export function hintsOf(
  analysis: Analysis,
  from = 0,
  to = analysis.text.length,
  would: Repaired | undefined = undefined,
): readonly Hint[] {
  const found = byLine(analysis, analysis, (offset) => offset);
  const all = [...found.values()];
  if (would) {
    const after = `as it would be after: ${would.titles.join(", ")}`;
    for (const [line, { offset, text, tooltip }] of byLine(would.analysis, analysis, would.placeOf))
      if (!found.has(line))
        all.push({ offset, text: `${text}?`, tooltip: tooltip === undefined ? after : `${tooltip}\n${after}` });
  }
  return all.filter(({ offset }) => from <= offset && offset <= to).sort((a, b) => a.offset - b.offset);
}

/** Hints of an analysis by the lines of another text, where its places are. */
function byLine(analysis: Analysis, { lines }: Analysis, placeOf: (offset: number) => number): Map<number, Hint> {
  const hints = new Map<number, Hint>();
  const endOf = ({ runs }: LineFact): number => itemAt(runs, 0).span.end;
  for (const fact of [...analysis.facts.values()].sort((a, b) => endOf(a) - endOf(b))) {
    const text = outputOf(fact);
    if (text === "") continue;
    const offset = placeOf(endOf(fact));
    const sums = [...new Set(fact.runs.flatMap(arithmeticOf))];
    const tooltip = sums.length > 0 ? { tooltip: sums.join("\n") } : {};
    hints.set(lines.at(offset).line, { offset, text: `→ ${text}`, ...tooltip });
  }
  return hints;
}
