// Labels that are no classes. In: the fields of numbers that a training takes for classes, and its data. Out: a mistake for each
// field that holds a number outside of 0 to the number of scores less one, with the row of the first.

import type { LabelUse } from "../../compiler/check/frame/frame.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";

export function labelsOutside(uses: readonly LabelUse[], dataset: Dataset): Diagnostic[] {
  const { train, heldout, unit, records } = dataset;
  const first = new Map(uses.toReversed().map((use) => [use.field, use]));
  return [...first.values()].flatMap((use) => {
    if (records) return outsideOfStream(use, dataset);
    const parts = [train, heldout].flatMap((part) => {
      const column = part.columns.find((c) => c.name === use.field);
      if (!column) return [];
      return [{ values: numbersOf(column), rows: part.rows, width: column.values.length / part.length }];
    });
    const values = parts.flatMap(({ values }) => Array.from(new Set(values)));
    const wrong = values.filter((v) => !isClass(v, use.classes));
    if (wrong.length === 0) return [];
    const where = parts.flatMap(({ values, rows, width }) => {
      const at = values.findIndex((v) => !isClass(v, use.classes));
      const [value, row] = at < 0 ? [] : [values[at], rows?.[Math.floor(at / width)]];
      return value === undefined ? [] : { value, place: row === undefined ? `one of the ${unit}` : `row ${row + 1}` };
    });
    return where.slice(0, 1).map((place) => outside(use, place, new Set(values)));
  });
}

/** By what is known of a column whose values are in files; of one that nothing is known of, nothing is said. */
function outsideOfStream(use: LabelUse, { train, unit }: Dataset): Diagnostic[] {
  const extent = train.columns.find((c) => c.name === use.field)?.extent;
  if (!extent) return [];
  const { least, most, isWhole, kinds } = extent;
  const values = kinds ?? new Set([least, isWhole ? least + 1 : least + 0.5, most]);
  const value = [...values].find((v) => !isClass(v, use.classes));
  return value === undefined ? [] : [outside(use, { value, place: `one of the ${unit}` }, values)];
}

const isClass = (x: number, classes: number): boolean => Number.isInteger(x) && x >= 0 && x < classes;

function outside(
  { field, classes, callee, span }: LabelUse,
  first: { readonly value: number; readonly place: string },
  values: ReadonlySet<number>,
): Diagnostic {
  const scores =
    classes === 1 ? "its one score is for class 0" : `its ${classes} scores are for the classes 0 to ${classes - 1}`;
  return {
    code: "data/label-outside",
    severity: "error",
    span,
    message: `\`${callee}\` takes '${field}' for a class, and in ${first.place} it is ${first.value}: ${scores}`,
    hint: remedy(field, callee, classes, [...values]),
  };
}

function remedy(field: string, callee: string, classes: number, values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  if (values.length === 2 && classes >= 2)
    return `\`${field} > ${low}\` in its place makes ${low} class 0 and ${high} class 1`;
  if (!values.every(Number.isInteger)) return `a quantity is no class: \`mse(...)\` compares numbers`;
  if (low > 0 && high - low < classes) return `classes are counted from 0: write \`${field} - ${low}\` in its place`;
  if (low >= 0) return `give ${callee} a score for each class: \`dense ${high + 1}\` as the last layer`;
  return `classes are counted from 0: write \`${field} + ${-low}\` in its place, and \`dense ${high - low + 1}\` as the last layer`;
}
