// Columns of a table that are no measurements: one from which the label can be read off, one that counts the rows, and one of numbers
// that are names, such as zip codes. In: a program with its loaded data. Out: warnings at the declaration.

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
  const codes = new Map<string, ReadonlySet<number>>();
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
    else if (
      !isLabel &&
      column.classes === undefined &&
      isCode(column, written) &&
      !saysItself(program, declared, written)
    )
      codes.set(written, new Set(column.values));
  }
  if (codes.size > 0) warnOfCodes(program, declared, codes, train.length);
}

/** Names of columns whose numbers are names: the places of a mail, persons and goods. */
const CODE_NAMES =
  /(^|[ _.-])(zip|(zip|post(al)?)[ _-]?codes?|plz|phone([ _-]?(no|nr|number))?|ssn|isbn|ean|sku|barcode|id|code)$/i;
/** Matches `userId`, and no word that ends so by chance, as `paid` does. */
const IN_CAPITALS = /[a-z](Id|ID|Code|Zip)$/;
/** The least largest number and the fewest different ones of such a column: fewer may be grades, or yes and no. */
const [LARGE, FEWEST_CODES] = [20, 10];
/** The share of different numbers from which on each row has one of its own. */
const OWN = 0.8;

/** Whole numbers that are names: that one is larger than another says nothing. */
function isCode({ classes, values }: Column, written: string): boolean {
  if (classes !== undefined || !(CODE_NAMES.test(written) || IN_CAPITALS.test(written))) return false;
  const kinds = [...new Set<number>(values)];
  return (
    kinds.length >= FEWEST_CODES && kinds.some((n) => n >= LARGE) && kinds.every((n) => Number.isInteger(n) && n >= 0)
  );
}

/** `codes`: the different numbers of each such column. */
function warnOfCodes(
  program: Program,
  declared: DataDefinition,
  codes: ReadonlyMap<string, ReadonlySet<number>>,
  rows: number,
): void {
  const own = [...codes].flatMap(([written, kinds]) => (kinds.size >= OWN * rows ? [written] : []));
  const shared = [...codes.keys()].filter((written) => !own.includes(written));
  const listOf = (words: readonly string[]): string =>
    words.length === 1 ? JSON.stringify(words[0]) : JSON.stringify(words).replaceAll(",", ", ");
  const names = [...codes.keys()].map((written) => JSON.stringify(written));
  const typed = (words: readonly string[], type: string): string =>
    `types=${JSON.stringify(words.map((w) => `${w}: ${type}`)).replaceAll(",", ", ")}`;
  const ways = [
    ...(own.length > 0 ? [`leave out what is another in each row: drop=${listOf(own)}`] : []),
    ...(shared.length > 0
      ? [`${typed(shared, "class")} makes a field of classes, for \`embed\`; drop=${listOf(shared)} leaves it out`]
      : []),
  ];
  program.elaborator.warn(
    {
      code: "data/code-as-number",
      message: `the ${names.length > 1 ? "columns" : "column"} ${names.join(" and ")} ${names.length > 1 ? "hold" : "holds"} numbers that are names, and a model is given them as quantities`,
      notes: [
        "that one is larger than another says nothing, and what is another in each row says nothing of other rows",
      ],
      hint: `${ways.join("; ")}; if they are quantities, ${typed([...codes.keys()], "number")}`,
    },
    declared.name.span,
  );
}

/** Whether the declaration says what the column holds: `types=["zip: number"]`. */
const saysItself = ({ file }: Program, { source }: DataDefinition, written: string): boolean =>
  file.text.slice(source.span.start, source.span.end).includes(`${written}:`);

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
