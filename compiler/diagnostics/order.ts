// Everything that was said about a program in; each problem once, in the order of their places, out.

import type { Diagnostic } from "../../grammar/syntax/span.ts";

/** More problems than this say nothing new. */
const MOST = 200;

/** Each problem once, those of the file itself first, by their places. */
export function inOrder(diagnostics: readonly Diagnostic[], path: string): readonly Diagnostic[] {
  const said = new Set<string>();
  // An unread name may be one that the line with the error would have read.
  const wrong = diagnostics.some((d) => d.severity === "error");
  // Lines that could not be parsed may be the layers that a loss would train.
  const unread = diagnostics.some((d) => d.code.startsWith("syntax/") && d.severity === "error");
  const once = diagnostics.filter((d) => {
    if (wrong && d.code === "names/unused") return false;
    if (unread && d.code === "train/nothing-trained") return false;
    const key = `${d.code} ${d.span?.file} ${d.span?.start} ${d.span ? "" : d.message}`;
    if (said.has(key)) return false;
    said.add(key);
    return true;
  });
  const away = (d: Diagnostic): number => (d.span && d.span.file !== path ? 1 : 0);
  const sorted = once.toSorted((a, b) => away(a) - away(b) || (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return sorted.slice(0, MOST);
}
