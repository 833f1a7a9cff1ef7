// Rows of text as an aligned table, and names that can be seen in one.

import { plainText } from "../compiler/diagnostics/plain.ts";

/** The name of a class, such as a character of a text: in one line, and there to be seen. */
export function visibleName(name: string): string {
  const seen = name === " " ? "␣" : name.replaceAll("\n", "⏎").replaceAll("\t", "⇥").replaceAll("\r", "␍");
  return seen === "" ? "(empty)" : plainText(seen);
}

/** Columns listed in `right` end at the same place; the others begin there. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const columns = Math.max(0, ...rows.map((r) => r.length));
  const widths = Array.from({ length: columns }, (_, i) => Math.max(...rows.map((r) => r[i]?.length ?? 0)));
  const cell = (text: string, i: number): string =>
    right.includes(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0);
  return rows.map((r) => r.map(cell).join("  ").trimEnd()).join("\n");
}
