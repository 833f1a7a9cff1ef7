// Pictures whose numbers are bytes, 0 to 255, when they come to a layer. In: a program with its loaded data. Out: a warning at the
// declaration, where nothing in the program brings them to one scale.

import type { Program } from "../../compiler/check/program/program.ts";
import type { Expression } from "../../grammar/syntax/ast.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import { numberText } from "../numbertext.ts";
import { isRead } from "./fielduse.ts";
import { isPrepared, isScaledByLayers } from "./scales.ts";

/** From such numbers on, the first layer is thrown off; a divisor of this size is meant for them. */
const LARGE = 100;
/** Examples that are looked at. */
const LOOKED_AT = 32;

export function warnOfBytes(program: Program, name: string, { train, records }: Dataset): void {
  const declared = program.data.get(name);
  if (!declared || records || train.length === 0 || isScaledByLayers(program)) return;
  for (const column of train.columns) {
    if (column.classes !== undefined || column.shape.length < 2 || column.scale || column.sound || column.series)
      continue;
    const most = largest(column, train.length);
    if (most < LARGE || isPrepared(declared, column.name) || !isRead(program, declared, column.name)) continue;
    if (program.file.definitions.some((d) => d.kind !== "data" && hasDivision(d))) continue;
    program.elaborator.warn(
      {
        code: "data/large-numbers",
        message: `the numbers of '${column.name}' go up to ${numberText(most)}, and layers learn well from numbers near 0 and 1`,
        hint: `write \`data ${name} = ... { ${column.name} = ${column.name} / 255 }\`, or \`normalize(${column.name})\``,
      },
      declared.name.span,
    );
  }
}

function largest(column: Column, length: number): number {
  const width = column.shape.reduce((product, size) => product * size, 1);
  let most = 0;
  for (const x of numbersOf(column, 0, Math.min(LOOKED_AT, length) * width)) most = Math.max(most, Math.abs(x));
  return most;
}

/** Whether something is divided by a number of that size. */
function hasDivision(tree: unknown): boolean {
  if (typeof tree !== "object" || tree === null) return false;
  const e = tree as Expression;
  if (e.kind === "binary" && e.operator === "/" && e.right.kind === "number" && e.right.value >= LARGE) return true;
  return Object.entries(tree).some(([key, part]) => key !== "span" && hasDivision(part));
}
