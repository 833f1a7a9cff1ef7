// Outputs of a model for rows, row by row, on any engine. In: a model that computes batches, and rows. Out: predictions, and the
// field whose classes they rank.

import { itemAt, zip } from "../../compiler/arithmetic/lists.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import type { Numbers } from "../../runtime/engine.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";
import type { Applied } from "./model/apply.ts";
import type { ModelInput } from "./model/modelinputs.ts";
import type { Prediction } from "./predictions.ts";
import type { Rows } from "./rows/rowvalues.ts";

/** The program to run: one that was compiled here, or a module that was built from one. */
export type Computed = Pick<Applied, "device" | "inputs" | "shape" | "batch" | "run" | "extents" | "stop">;

/** Rows of arrays and tables are as long as they can be. */
const whole = (rows: number, field: SavedField): Float32Array => new Float32Array(rows).fill(itemAt(field.shape, 0));

/** The numbers of an output without the places that a shorter sequence does not have. */
function within(values: Float32Array, shape: readonly number[], extents: readonly number[]): Float32Array {
  const axes = zip(shape, extents).reverse();
  const isReal = (i: number): boolean => {
    let rest = i;
    for (const [size, extent] of axes) {
      if (rest % size >= extent) return false;
      rest = Math.floor(rest / size);
    }
    return true;
  };
  return values.filter((_, i) => isReal(i));
}

/** The output of each row, computed in batches. */
export async function* outputs(applied: Computed, rows: Rows): AsyncGenerator<Prediction> {
  const width = applied.shape.reduce((a, b) => a * b, 1);
  for (let from = 0; from < rows.count; from += applied.batch) {
    const count = Math.min(applied.batch, rows.count - from);
    const part = new Map<string, Numbers>();
    for (const { name, field, lengths } of applied.inputs) {
      const size = field.shape.reduce((a, b) => a * b, 1);
      part.set(name, lookUp(rows.values, name).slice(from * size, (from + count) * size));
      if (lengths) part.set(lengths, (rows.values.get(lengths) ?? whole(rows.count, field)).slice(from, from + count));
    }
    const values = await applied.run(count, part);
    for (const [i, shape] of (await applied.extents(count)).entries())
      yield { values: within(values.slice(i * width, (i + 1) * width), applied.shape, shape), shape };
  }
}

/** The field that the output ranks the classes of, if there is one: as many classes as numbers, and no input. What is made of noise ranks none. */
export function rankedField(
  inputs: readonly ModelInput[],
  shape: readonly number[],
  fields: readonly SavedField[],
): SavedField | undefined {
  if (inputs.length > 0 && inputs.every((i) => i.free)) return undefined;
  const names = inputs.map((i) => i.field.name);
  const [size] = shape;
  return shape.length === 1
    ? fields.find((f) => f.classes === size && f.shape.length === 0 && !names.includes(f.name))
    : undefined;
}

/** The field of a series that an output continues: of its shape. */
export const continuedField = (shape: readonly number[], fields: readonly SavedField[]): SavedField | undefined =>
  fields.find((f) => f.series?.part === "future" && f.shape.join() === shape.join());
