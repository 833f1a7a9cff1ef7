// Rows to predict as JSON: objects by the names of inputs or of the columns that these were trained on, or lists of numbers.

import { zip } from "../../../compiler/arithmetic/lists.ts";
import type { Numbers } from "../../../runtime/engine.ts";
import { usage } from "../../failure.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { cellsOf, valueInColumn } from "./columnvalues.ts";
import { asNumber, hintAt, isObject, numbersOf, type Rows, widthOf, wrong } from "./rowvalues.ts";
import { lettersOf, takesText } from "./textvalues.ts";

/** One row, a list of rows, or a row a line: an object by names, or the numbers of the first input, nested or flat. */
export function fromJson(text: string, what: string, inputs: readonly ModelInput[]): Rows {
  const whole = parsed(text);
  const rows = whole ? rowsIn(whole.value, inputs, what) : rowsOfLines(text, what);
  return rowsFrom(rows, inputs, what);
}

/** Rows that are values already. */
export function rowsFrom(rows: readonly unknown[], inputs: readonly ModelInput[], what: string): Rows {
  const values = new Map<string, Numbers>();
  const known = namesOf(inputs);
  for (const [i, input] of inputs.entries()) {
    const flat = rows.map((row) => numbersIn(row, input, { isFirst: i === 0, known }, what));
    if (input.lengths)
      values.set(
        input.lengths,
        Float32Array.from(flat, (row) => stepsIn(input, row)),
      );
    const width = widthOf(input);
    const filled = new Float64Array(rows.length * width);
    for (const [row, numbers] of flat.entries()) filled.set(numbers, row * width);
    values.set(input.name, numbersOf(input, filled, what));
  }
  return { count: rows.length, values };
}

/** Undefined for what is no JSON, since `null` is. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

const linesIn = (text: string): readonly { readonly line: string; readonly number: number }[] =>
  text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [{ line, number: i + 1 }]));

/** A row a line; the first line says whether this is meant. */
function rowsOfLines(text: string, what: string): readonly unknown[] {
  const lines = linesIn(text);
  if (lines.length === 0) throw wrong(what, "there are no rows in it");
  return lines.map(({ line, number }, i) => {
    const row = parsed(line);
    if (row) return row.value;
    if (i > 0) throw wrong(what, `line ${number} is not JSON: ${shortened(line)}`, "each line is one row");
    const quotes = withQuotes(text);
    if (quotes)
      throw usage(
        `${what} is not JSON: names and texts stand in double quotes`,
        `write ${what === "--input" ? `--input '${quotes}'` : quotes}`,
      );
    throw usage(
      `${what} is neither a file, such as rows.csv or picture.png, nor a folder nor JSON`,
      `--input '${/^[-+\d.eE,; ]+$/.test(line) ? `[${line.trim().replace(/[,; ]+/g, ", ")}]` : "[0, 1]"}' or --input rows.csv`,
    );
  });
}

/** An object as JavaScript has it, or as a shell that takes the quotes leaves it: `{size: 3}` and `{'size': 3}`. */
function withQuotes(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text) || text.length > LONGEST_REPAIR) return undefined;
  const named = text.replaceAll("'", '"').replace(/([{,]\s*)([A-Za-z_]\w*)(\s*:)/g, '$1"$2"$3');
  const quoted = named.replace(/(:\s*)(?!true\b|false\b|null\b)([A-Za-z_]\w*)/g, '$1"$2"');
  return parsed(quoted) ? quoted.trim() : undefined;
}

/** Longer texts come from files, and are no slip at a prompt. */
const LONGEST_REPAIR = 2000;

const shortened = (line: string): string => (line.length > 40 ? `${line.slice(0, 40)}...` : line.trim());

/**
 * Whether a text without a name is JSON rather than a table: an object or a list begins it, it is one value, or its lines are
 * values of one kind. A table of one column may have a name in quotes, which is a value of another kind than its numbers.
 */
export function isJson(text: string): boolean {
  if (/^\s*[[{]/.test(text)) return true;
  const kinds = linesIn(text).map(({ line }) => typeof parsed(line)?.value);
  return kinds.length > 0 && kinds[0] !== "undefined" && kinds.every((kind) => kind === kinds[0]);
}

/** The value of an input in a row. */
function numbersIn(
  row: unknown,
  input: ModelInput,
  { isFirst, known }: { readonly isFirst: boolean; readonly known: ReadonlySet<string> },
  what: string,
): readonly number[] {
  if (!isObject(row)) return flatRow(input, isFirst ? row : undefined, what);
  const { name, field } = input;
  const whole = Object.hasOwn(row, name) ? row[name] : (row[field.name] ?? row[field.tokens?.written ?? ""]);
  const cells = cellsOf(row, whole, input, known, what);
  if (cells) return cells;
  if (whole === undefined) throw wrong(what, `a row has no value for the input '${name}'`, hintAt(row, [name], known));
  return flatRow(input, whole, what);
}

/** All names by which a row may give values. */
const namesOf = (inputs: readonly ModelInput[]): ReadonlySet<string> =>
  new Set(
    inputs.flatMap(({ name, field }) => [
      name,
      field.name,
      ...(field.columns ?? []).flatMap((c) => [c.written, c.name]),
    ]),
  );

/** A list is a list of rows where its items are objects or have as many numbers as a row. */
function rowsIn(parsed: unknown, inputs: readonly ModelInput[], what: string): readonly unknown[] {
  if (!Array.isArray(parsed)) return [parsed];
  if (parsed.length > 0 && parsed.every(isObject)) return parsed;
  const [input] = inputs;
  if (!input) throw wrong(what, "rows are given, and the model has no input");
  const width = widthOf(input);
  const shorter = input.lengths !== undefined;
  const isRow = (item: unknown): boolean => (shorter ? flatten(item).length <= width : flatten(item).length === width);
  const isText = (item: unknown): boolean =>
    typeof item === "string" && (takesText(input) || ((shorter || [...item].length === width) && [...item].length > 1));
  if (parsed.length > 0 && parsed.every((item) => (Array.isArray(item) && isRow(item)) || isText(item))) return parsed;
  return [parsed];
}

/** How many steps of the first axis a row has. */
const stepsIn = ({ field }: ModelInput, row: readonly unknown[]): number =>
  row.length / field.shape.slice(1).reduce((a, b) => a * b, 1);

/** Into one list, since those between would be as many as there are numbers. */
function flatten(value: unknown, into: unknown[] = []): unknown[] {
  if (Array.isArray(value)) for (const item of value) flatten(item, into);
  else into.push(value);
  return into;
}

function flatRow(input: ModelInput, row: unknown, what: string): number[] {
  if (row === undefined) throw wrong(what, `a row has no value for the input '${input.name}'`);
  const items = typeof row === "string" ? lettersOf(row, input, what) : flatten(row);
  const width = widthOf(input);
  const steps = stepsIn(input, items);
  const isShorter = input.lengths !== undefined && items.length <= width && steps >= 1 && Number.isInteger(steps);
  if (!isShorter && items.length !== width) {
    const shape = `[${input.field.shape.join(", ")}]`;
    const unit = typeof row === "string" ? "characters" : "numbers";
    throw wrong(what, `'${input.name}' is ${shape}, which is ${width} ${unit}, and a row has ${items.length}`);
  }
  const { columns } = input.field;
  if (columns?.length !== items.length) return items.map((item) => asNumber(item, input, what));
  return zip(items, columns).map(([item, column]) => valueInColumn(item, column, input, what));
}
