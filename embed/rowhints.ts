// Refuses what stands in the place of a row and is none: several rows, the text of one, or nothing.

import type { ModelInput } from "../project/use/model/modelinputs.ts";
import { widthOf, wrong } from "../project/use/rows/rowvalues.ts";
import { takesText } from "../project/use/rows/textvalues.ts";

export function mustBeValue(
  row: unknown,
  inputs: readonly ModelInput[],
  what: string,
  isByName: (item: never) => boolean,
): void {
  const other = otherThanValue(row, inputs, isByName);
  if (!other) return;
  const names = inputs.map((input) => input.name).join(", ");
  throw wrong(what, `a row is an object with ${names}, and this is ${other}`, `write { ${names} }`);
}

function otherThanValue(
  row: unknown,
  inputs: readonly ModelInput[],
  isByName: (item: never) => boolean,
): string | undefined {
  if (row === undefined || row === null) return String(row);
  if (Array.isArray(row) && row.some((item) => isByName(item as never))) return "a list, which `batch` takes";
  if (isSeveral(row, inputs)) return `a list of ${row.length} rows, which \`batch\` takes`;
  const isText = typeof row === "string" && /^\s*\{/.test(row) && !inputs.some(takesText);
  return isText ? "its text: JSON.parse reads it" : undefined;
}

/** `[[0, 1], [1, 0]]`: a list whose items each fill the only input. */
const isSeveral = (row: unknown, [input, ...others]: readonly ModelInput[]): row is readonly unknown[] =>
  Array.isArray(row) &&
  row.length > 1 &&
  others.length === 0 &&
  row.every((item) => Array.isArray(item) && item.flat(9).length === (input && widthOf(input)));
