// Numbers of the rows to predict, whatever they were written in: checked against the input that they are for.

import { nameMeantIn } from "../../../compiler/check/names/didyoumean.ts";
import type { Numbers } from "../../../runtime/engine.ts";
import { type Failure, failure } from "../../failure.ts";
import type { ModelInput } from "../model/modelinputs.ts";
import { SHAPE_ADVICE } from "./rowadvice.ts";

export interface Rows {
  readonly count: number;
  readonly values: ReadonlyMap<string, Numbers>;
  /** Of a series, as texts: the times of so many rows after the past; absent where the table has none. */
  readonly timesAhead?: (count: number) => readonly string[];
}

export const widthOf = ({ field }: ModelInput): number => field.shape.reduce((a, b) => a * b, 1);

export function wrong(what: string, message: string, hint?: string): Failure {
  return failure("input/mismatch", `${what}: ${message}`, {
    hint: hint ?? `a row holds what the model's input has: ${SHAPE_ADVICE}`,
  });
}

/** Numbers of all rows; class indices are checked against the number of classes. */
export function numbersOf(input: ModelInput, flat: ArrayLike<number>, what: string): Numbers {
  const { classes } = input.field;
  for (let i = 0; i < flat.length; i++) {
    const v = flat[i]!;
    const fits = classes === undefined ? Number.isFinite(v) : Number.isInteger(v) && v >= 0 && v < classes;
    if (fits) continue;
    const wanted = classes === undefined ? "a finite number" : `a class from 0 to ${classes - 1}`;
    const labels = input.field.labels ?? [];
    const hint =
      classes && labels.length > 0
        ? `its classes are ${listed(labels)}, given by name or, in this order, from 0`
        : undefined;
    throw wrong(what, `${v} is not ${wanted}, which '${input.name}' needs`, hint);
  }
  return classes === undefined ? new Float32Array(flat) : new Int32Array(flat);
}

/** Some of a long list. */
export function listed(names: readonly string[], most = 10): string {
  return names.length <= most ? names.join(", ") : `${names.slice(0, most).join(", ")} and ${names.length - most} more`;
}

/** Classes may be given by their names. */
export function asNumber(item: unknown, { name, field }: ModelInput, what: string): number {
  if (typeof item === "number") return item;
  const { classes, labels = [] } = field;
  if (classes === undefined || typeof item !== "string")
    throw wrong(what, `${JSON.stringify(item)} is not a number, which '${name}' needs`);
  const index = labels.indexOf(item);
  if (index >= 0) return index;
  const known = labels.length > 0 ? listed(labels) : `0 to ${classes - 1}`;
  throw wrong(what, `${JSON.stringify(item)} is none of the classes of '${name}'`, `its classes are ${known}`);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The name in a row that was written for one of those that are not there, or what it has. `known`: all names that are right. */
export function hintAt(
  row: Readonly<Record<string, unknown>>,
  wanted: readonly string[],
  known: ReadonlySet<string>,
): string {
  const keys = Object.keys(row);
  const others = keys.filter((key) => !known.has(key));
  const has = keys.length > 0 ? `it has ${listed(keys)}` : 'it is empty: write `{"name": value}`';
  return nameMeantIn(others, wanted) ?? has;
}
