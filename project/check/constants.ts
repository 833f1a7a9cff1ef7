// Whether a column of a table says nothing, since all examples that train have the same value. In: a program with its loaded data.
// Out: a warning at the declaration, with the columns that could be left out.

import type { Program } from "../../compiler/check/program/program.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numberAt } from "../../runtime/data/numbers.ts";

/** Columns that a warning names. */
const NAMED = 6;

export function warnOfConstants(program: Program, name: string, dataset: Dataset): void {
  const declared = program.data.get(name);
  if (!declared) return;
  for (const column of dataset.train.columns) {
    const found = constantsOf(column, dataset);
    if (found.length === 0) continue;
    const names = found.slice(0, NAMED).map((written) => JSON.stringify(written));
    const [words, more] = [names.join(", "), found.length > NAMED ? ` and ${found.length - NAMED} more` : ""];
    const one = found.length === 1;
    program.elaborator.warn(
      {
        code: "data/constant-column",
        message: one
          ? `the column ${words} has the same value in all training examples`
          : `each of the columns ${words}${more} has one value in all training examples`,
        notes: [
          one
            ? "a model learns nothing from it, and where it differs later, the answer is a guess"
            : "a model learns nothing from them, and where they differ later, the answer is a guess",
        ],
        hint: `leave ${one ? "it" : "them"} out: drop=${one ? words : `[${names.join(", ")}]`}`,
      },
      declared.name.span,
    );
  }
}

/** The columns, among those whose numbers a field holds side by side, of which none ever changes: of a date, neither year nor month. */
function constantsOf(column: Column, { train, records }: Dataset): readonly string[] {
  const { columns = [], shape } = column;
  const isRow = shape.length === 1 && columns.length === shape[0];
  if (!isRow || train.length < 2) return [];
  const changes = new Map<string, boolean>();
  for (const [at, { written, name, format }] of columns.entries()) {
    if (format.kind === "word") continue;
    const isConstant = records
      ? hasOneValue(train.columns.find((c) => c.shape.length === 0 && c.columns?.[0]?.name === name))
      : isSame(column, at, train.length);
    changes.set(written, !isConstant || (changes.get(written) ?? false));
  }
  return [...changes].flatMap(([written, isChanging]) => (isChanging ? [] : [written]));
}

function isSame(column: Column, at: number, rows: number): boolean {
  const [width = 1] = column.shape;
  const first = numberAt(column, at);
  for (let row = 1; row < rows; row++) if (numberAt(column, row * width + at) !== first) return false;
  return true;
}

/** Of a stream, what its passes found. */
const hasOneValue = (column: Column | undefined): boolean =>
  column?.extent !== undefined && column.extent.least === column.extent.most;
