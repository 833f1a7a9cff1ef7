// Labels that are no classes. In: the fields of numbers that a training takes for classes, and its data. Out: a mistake for each
// field that holds a number outside of 0 to the number of scores less one, with the row of the first.

import type { LabelUse } from "../../compiler/check/frame/frame.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import { numberText } from "../numbertext.ts";

export function labelsOutside(uses: readonly LabelUse[], dataset: Dataset): Diagnostic[] {
  const { train, heldout, unit, records } = dataset;
  return firstUses(uses).flatMap((use) => {
    if (records) return use.made ? [] : outsideOfStream(use, dataset);
    const parts = [train, heldout].flatMap((part) => {
      const column = part.columns.find((c) => c.name === use.field);
      if (!column) return [];
      const values = use.made ? numbersOf(column).map((v) => madeOf(v, use)) : numbersOf(column);
      return [{ values, rows: part.rows, width: column.values.length / part.length }];
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

/** As `labelsOutside`, of data that is generated and has every class. */
export function labelsOutsideOf(
  uses: readonly LabelUse[],
  fields: readonly Pick<Field, "name" | "classes">[],
): Diagnostic[] {
  return firstUses(uses).flatMap((use) => {
    const kinds = fields.find(({ name }) => name === use.field)?.classes;
    if (!use.made || kinds === undefined) return [];
    const values = Array.from({ length: kinds }, (_, k) => madeOf(k, use));
    const value = values.find((v) => !isClass(v, use.classes));
    return value === undefined ? [] : [outside(use, { value, place: "some examples" }, new Set(values))];
  });
}

/** Of each field and what is made of it, the first use. */
const firstUses = (uses: readonly LabelUse[]): readonly LabelUse[] => [
  ...new Map(uses.toReversed().map((use) => [`${use.field} ${use.made?.scale} ${use.made?.shift}`, use])).values(),
];

const madeOf = (value: number, { made }: LabelUse): number => (made ? made.scale * value + made.shift : value);

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
  { field, classes, callee, span, made }: LabelUse,
  first: { readonly value: number; readonly place: string },
  values: ReadonlySet<number>,
): Diagnostic {
  const scores =
    classes === 1 ? "its one score is for class 0" : `its ${classes} scores are for the classes 0 to ${classes - 1}`;
  return {
    code: "data/label-outside",
    severity: "error",
    span,
    message: `\`${callee}\` takes ${made ? `what is made of '${field}'` : `'${field}'`} for a class, and in ${first.place} it is ${Number.isInteger(first.value) ? first.value : numberText(first.value)}: ${scores}`,
    hint: made
      ? `classes are counted from 0, and '${field}' goes from ${ownOf(values, made).join(" to ")} in the data: leave it as it is there, or give ${callee} as many scores as there are classes`
      : remedy(field, callee, classes, [...values]),
  };
}

/** The least and the largest number that others were made of. */
function ownOf(values: ReadonlySet<number>, { scale, shift }: NonNullable<LabelUse["made"]>): readonly number[] {
  const own = [...values].map((v) => Math.round((v - shift) / scale));
  return [Math.min(...own), Math.max(...own)];
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
