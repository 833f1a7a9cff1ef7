// Rows of text as an aligned table.

/** Columns listed in `right` end at the same place; the others begin there. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((r) => r[i]!.length)));
  const cell = (text: string, i: number): string =>
    right.includes(i) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  return rows.map((r) => r.map(cell).join("  ").trimEnd()).join("\n");
}
