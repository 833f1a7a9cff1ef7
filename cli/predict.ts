// `dnn predict`: a trained model's output for rows that are given; where the output ranks classes, the likeliest one.

import type { Numbers } from "../runtime/engine.ts";
import type { SavedField } from "../runtime/train/checkpoint.ts";
import { type Applied, applyModel, chosenModel } from "./apply.ts";
import { EXIT } from "./failure.ts";
import { readRows } from "./inputs.ts";
import { numberText } from "./numbertext.ts";
import type { Rows } from "./rowvalues.ts";
import { out, outJson } from "./say.ts";
import { openWeights, type WeightFlags } from "./weights.ts";

export interface PredictFlags extends WeightFlags {
  readonly input: string;
  readonly model?: string;
  readonly json?: boolean;
}

export async function predict(file: string, flags: PredictFlags): Promise<number> {
  const weights = await openWeights(file, flags);
  const definition = chosenModel(weights, flags.model);
  const { fields, separator } = weights.checkpoints[0]!.checkpoint.facts;
  const applied = await applyModel(weights, definition, 64);
  try {
    const rows = await readRows(flags.input, applied.inputs, separator);
    const target = targetOf(applied, fields);
    for await (const { values, shape } of outputs(applied, rows)) say(values, shape, target, flags.json === true);
    return EXIT.fine;
  } finally {
    await applied.stop();
  }
}

/** Rows of arrays and tables are as long as they can be. */
const whole = (rows: number, field: SavedField): Float32Array => new Float32Array(rows).fill(field.shape[0]!);

interface Output {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** The numbers of an output without the places that a shorter sequence does not have. */
function within(values: Float32Array, shape: readonly number[], extents: readonly number[]): Float32Array {
  const isReal = (i: number): boolean => {
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (rest % shape[axis]! >= extents[axis]!) return false;
      rest = Math.floor(rest / shape[axis]!);
    }
    return true;
  };
  return values.filter((_, i) => isReal(i));
}

/** The output of each row, computed in batches. */
async function* outputs(applied: Applied, rows: Rows): AsyncGenerator<Output> {
  const width = applied.shape.reduce((a, b) => a * b, 1);
  for (let from = 0; from < rows.count; from += applied.batch) {
    const count = Math.min(applied.batch, rows.count - from);
    const part = new Map<string, Numbers>();
    for (const { name, field, lengths } of applied.inputs) {
      const size = field.shape.reduce((a, b) => a * b, 1);
      part.set(name, rows.values.get(name)!.slice(from * size, (from + count) * size));
      if (lengths) part.set(lengths, (rows.values.get(lengths) ?? whole(rows.count, field)).slice(from, from + count));
    }
    const values = await applied.run(count, part);
    const extents = await applied.extents(count);
    for (let i = 0; i < count; i++)
      yield {
        values: within(values.slice(i * width, (i + 1) * width), applied.shape, extents[i]!),
        shape: extents[i]!,
      };
  }
}

/** The field that the output ranks the classes of, if there is one: as many classes as numbers, and no input. What is made of noise ranks none. */
function targetOf(applied: Applied, fields: readonly SavedField[]): SavedField | undefined {
  if (applied.inputs.length > 0 && applied.inputs.every((i) => i.free)) return undefined;
  const inputs = applied.inputs.map((i) => i.field.name);
  const [size] = applied.shape;
  return applied.shape.length === 1
    ? fields.find((f) => f.classes === size && f.shape.length === 0 && !inputs.includes(f.name))
    : undefined;
}

function say(output: Float32Array, shape: readonly number[], target: SavedField | undefined, json: boolean): void {
  if (!target) {
    if (json) outJson({ output: nested([...output], shape) });
    else out([...output].map(numberText).join(" "));
    return;
  }
  const probabilities = asProbabilities(output);
  const best = probabilities.reduce((b, p, i) => (p > probabilities[b]! ? i : b), 0);
  const label = target.labels?.[best] ?? String(best);
  if (json) outJson({ class: best, label, probability: probabilities[best], probabilities });
  else out(`${label}  ${numberText(probabilities[best]!)}`);
}

function nested(values: readonly number[], shape: readonly number[]): unknown {
  if (shape.length === 0) return values[0];
  if (shape.length === 1) return values;
  const [count = 1, ...rest] = shape;
  const size = values.length / count;
  return Array.from({ length: count }, (_, i) => nested(values.slice(i * size, (i + 1) * size), rest));
}

/** So near to zero that only the likeliest is left, and still a number to divide by. */
const COLDEST = 1e-9;

/** Outputs that are probabilities stay; others are taken as logits. */
export function asProbabilities(output: ArrayLike<number>, temperature = 1): number[] {
  const values = Array.from(output);
  const sum = values.reduce((a, b) => a + b, 0);
  const already = values.every((v) => v >= 0 && v <= 1) && Math.abs(sum - 1) < 1e-3;
  const logits = already ? values.map((v) => Math.log(Math.max(v, 1e-38))) : values;
  const top = Math.max(...logits);
  const exps = logits.map((v) => Math.exp((v - top) / Math.max(temperature, COLDEST)));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / total);
}
