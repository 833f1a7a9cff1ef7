// Inlay hints: at the end of every line of a model, the shape of what the line gives.

import type { Analysis } from "./analysis.ts";
import { outputOf } from "./analysis.ts";

export interface Hint {
  /** After the statement. */
  readonly offset: number;
  readonly text: string;
  readonly tooltip?: string;
}

/** One hint for a line of text, that of its last layer. */
export function hintsOf(analysis: Analysis, from = 0, to = analysis.text.length): readonly Hint[] {
  const byLine = new Map<number, Hint>();
  const starts = [...analysis.facts.keys()].sort((a, b) => a - b);
  for (const start of starts) {
    const fact = analysis.facts.get(start)!;
    const { end } = fact.records[0]!.span;
    const text = outputOf(fact);
    if (end < from || end > to || text === "") continue;
    const sums = [...new Set(fact.records.flatMap((r) => r.arithmetic))];
    const tooltip = sums.length > 0 ? { tooltip: sums.join("\n") } : {};
    byLine.set(analysis.lines.at(end).line, { offset: end, text: `→ ${text}`, ...tooltip });
  }
  return [...byLine.values()];
}
