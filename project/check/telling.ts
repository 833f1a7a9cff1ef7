// Columns of a table that tell more than they should: one from which the label can be read off, and one that counts the rows. In: a
// program with its loaded data. Out: warnings at the declaration.

import type { Program } from "../../compiler/check/program/program.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import type { Column, Dataset, Split } from "../../runtime/data/dataset.ts";
import { areOneToOne } from "../data/survey.ts";
import { isRead } from "./fielduse.ts";

/** In fewer rows, two columns go together by chance. */
const FEWEST_ROWS = 20;
/** Names of columns that say which row it is. */
const ROW_NAMES = /^(id|idx|index|row|nr|no|key|unnamed.*|.*[ _-]id|)$/i;

export function warnOfTellingColumns(program: Program, name: string, { train, records }: Dataset): void {
  const declared = program.data.get(name);
  if (!declared || records || train.length < FEWEST_ROWS) return;
  const label = train.columns.find((c) => c.name === "label" && c.classes !== undefined);
  for (const column of train.columns) {
    const written = column.shape.length === 0 ? column.columns?.[0]?.written : undefined;
    if (written === undefined || !isGiven(program, declared, column, train)) continue;
    const isLabel = column === label || written === label?.columns?.[0]?.written;
    const dropped = `drop=${JSON.stringify(written)}`;
    if (label && !isLabel && areOneToOne(column.values, label.values))
      program.elaborator.warn(
        {
          code: "data/says-label",
          message: `the column ${JSON.stringify(written)} says the label: each of its values stands with one class`,
          notes: ["a model copies it and is right at once; where the label is not known, neither is the column"],
          hint: `leave it out: ${dropped}`,
        },
        declared.name.span,
      );
    else if (!isLabel && ROW_NAMES.test(written) && countsRows(column, train))
      program.elaborator.warn(
        {
          code: "data/row-number",
          message: `the column ${JSON.stringify(written)} counts the rows, and a model is given it as a number`,
          notes: ["it can learn rows by heart with it, which says nothing of others"],
          hint: `leave it out: ${dropped}`,
        },
        declared.name.span,
      );
  }
}

/** Whether a training reads a column of numbers: by itself, or side by side with others. */
function isGiven(program: Program, declared: DataDefinition, column: Column, { columns }: Split): boolean {
  const written = column.columns?.[0]?.written;
  const isBeside = columns.some(
    (c) => c.shape.length === 1 && c.columns?.some((f) => f.written === written) && isRead(program, declared, c.name),
  );
  return isBeside || (column.classes !== undefined && column.name !== "label" && isReadByName(program, column.name));
}

const isReadByName = ({ file }: Program, field: string): boolean =>
  file.definitions.some(
    (d) => d.kind === "train" && new RegExp(`\\b${field}\\b`).test(file.text.slice(d.span.start, d.span.end)),
  );

/** Each value is one more than that of the row before. */
function countsRows({ values }: Column, { rows, length }: Split): boolean {
  if (!rows || length === 0) return false;
  const first = (values[0] ?? 0) - (rows[0] ?? 0);
  for (let i = 1; i < length; i++) if ((values[i] ?? 0) - (rows[i] ?? 0) !== first) return false;
  return true;
}
