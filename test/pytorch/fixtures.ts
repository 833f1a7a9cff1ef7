// In: the files that make_fixtures.py wrote. Out: the same facts, typed, with start values and batches made by the formula.
// Invariant: nothing here knows the compiler; names and layouts are those of the tables in models.py and layers.py.

import { readFileSync } from "node:fs";
import { readSafetensors, type SafetensorsFile } from "../../runtime/checkpoint/safetensors.ts";
import { type RealFormula, realValues, type TensorFormula, values } from "./formula.ts";

const FOLDER = new URL("../fixtures/pytorch/", import.meta.url);

export const TRAINED = ["mlp", "lenet", "resnet20", "charrnn", "charlstm", "chargru"] as const;
export type Trained = (typeof TRAINED)[number];

export type OptimizerFacts =
  | { readonly kind: "sgd"; readonly lr: number; readonly momentum: number; nesterov: boolean; decay: number }
  | { readonly kind: "adam"; readonly lr: number; beta1: number; beta2: number; eps: number };

export interface ParameterFacts extends RealFormula {
  readonly name: string;
  /** First and last start value. */
  readonly ends: readonly [number, number];
  /** |after - start| / |start|. */
  readonly moved: number;
}

export interface StateFacts {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: number;
}

/** A field of the batch of step 0; that of step s is the tensor number k + stride * s. */
export type FieldFacts = TensorFormula & { readonly name: string; readonly stride: number };

export interface TrainingFixture {
  readonly model: string;
  readonly source: string;
  readonly steps: number;
  readonly optimizer: OptimizerFacts;
  /** In the order in which a forward pass meets them. */
  readonly parameters: readonly ParameterFacts[];
  readonly states: readonly StateFacts[];
  readonly fields: readonly FieldFacts[];
  /** Differences within PyTorch itself between float32 and float64: the worst loss and the worst tensor, relative. */
  readonly drift: { readonly loss: number; readonly tensor: number };
  /** The loss of every step, before its update. */
  readonly losses: Float32Array;
  /** Parameters and states after the steps. */
  readonly after: ReadonlyMap<string, Float32Array>;
}

function floats(file: SafetensorsFile, name: string): Float32Array {
  const found = file.tensors.get(name)?.values;
  if (found instanceof Float32Array) return found;
  throw new Error(`no float32 tensor ${name}`);
}

/** A fact of the metadata; its type is what training.py writes under that key. */
function fact<T>(file: SafetensorsFile, key: string): T {
  return JSON.parse(file.metadata.get(key) ?? "null") as T;
}

export function readTraining(model: Trained): TrainingFixture {
  const file = readSafetensors(readFileSync(new URL(`training/${model}.safetensors`, FOLDER)), model);
  const parameters = fact<ParameterFacts[]>(file, "parameters");
  const states = fact<StateFacts[]>(file, "states");
  const after = [...parameters, ...states].map(({ name }) => [name, floats(file, `after.${name}`)] as const);
  return {
    model: file.metadata.get("model") ?? "",
    source: file.metadata.get("source") ?? "",
    steps: fact(file, "steps"),
    optimizer: fact(file, "optimizer"),
    parameters,
    states,
    fields: fact(file, "fields"),
    drift: fact(file, "drift"),
    losses: floats(file, "losses"),
    after: new Map(after),
  };
}

/** The values that training starts from, by name. */
export function startValues(fixture: TrainingFixture): Map<string, Float32Array> {
  const parameters = fixture.parameters.map((p) => [p.name, realValues(p)] as const);
  const states = fixture.states.map((s) => [s.name, new Float32Array(s.shape[0] ?? 1).fill(s.start)] as const);
  return new Map([...parameters, ...states]);
}

/** The fields of one step's batch: classes as Int32Array. */
export function batchValues(fixture: TrainingFixture, step: number): Map<string, Float32Array | Int32Array> {
  return new Map(fixture.fields.map((f) => [f.name, values({ ...f, k: f.k + f.stride * step })]));
}

/** The program of a model, without data and training. */
export function readProgram(model: Trained): string {
  return readFileSync(new URL(`programs/${model}.dnn`, import.meta.url), "utf8");
}

export interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

type Named<T> = Readonly<Record<string, T>>;

/** The gradients are those of the sum of seed * output over all outputs, for inputs and parameters that are real. */
export interface LayerCase {
  readonly name: string;
  /** How the language writes it, after a value `x`. */
  readonly line: string;
  readonly inputs: Named<TensorFormula>;
  readonly parameters: Named<RealFormula>;
  readonly states: Named<RealFormula>;
  readonly outputs: Named<Values>;
  readonly seeds: Named<RealFormula>;
  readonly gradients: Named<Values>;
  /** States afterwards, where the layer was in training. */
  readonly after?: Named<Values>;
  readonly note?: string;
}

/** `values` before the mean, `loss` their mean, and its gradients. */
export interface LossCase {
  readonly name: string;
  readonly line: string;
  readonly inputs: Named<TensorFormula>;
  readonly values: Values;
  readonly loss: number;
  readonly gradients: Named<Values>;
  readonly note?: string;
}

/** The function is the sum of curvature * p^2 / 2. */
export interface Surface {
  readonly start: readonly number[];
  readonly curvature: readonly number[];
}

export interface OptimizerCase {
  readonly name: string;
  readonly kind: string;
  readonly options: Named<number | boolean>;
  readonly surface: string;
  /** The point after each step. */
  readonly points: readonly (readonly number[])[];
}

export interface ScheduleCase {
  readonly kind: string;
  readonly options: Named<number>;
  /** Time in epochs and the factor of the rate then. */
  readonly points: readonly (readonly [number, number])[];
}

export interface LayerFixtures {
  readonly source: string;
  readonly surfaces: Named<Surface>;
  readonly layers: readonly LayerCase[];
  readonly losses: readonly LossCase[];
  readonly optimizers: readonly OptimizerCase[];
  readonly schedules: readonly ScheduleCase[];
}

export function readLayers(): LayerFixtures {
  return JSON.parse(readFileSync(new URL("layers.json", FOLDER), "utf8")) as LayerFixtures;
}

/** Length of a gradient's every stride-th element, and how far they reach along the formula's tensor 5000 + k. */
export interface GradientFacts extends RealFormula {
  readonly length: number;
  readonly reach: number;
}

/** One training step of a classic network on one picture, the formula's tensor `image`, with the class of the tensor `label`. */
export interface ClassicCase {
  readonly name: string;
  readonly size: number;
  readonly image: number;
  readonly label: number;
  readonly loss: number;
  /** Relative differences that float32 in place of float64 makes in PyTorch itself: of the loss, and of the worst gradient. */
  readonly drift: { readonly loss: number; readonly gradient: number };
  /** In the order of a forward pass. */
  readonly parameters: readonly GradientFacts[];
}

export function readClassics(): readonly ClassicCase[] {
  return JSON.parse(readFileSync(new URL("classics.json", FOLDER), "utf8")) as ClassicCase[];
}

/** Distance of the elements of a gradient that are compared, as in classics.py: an odd number. */
export const strideOf = (count: number): number => Math.max(1, Math.floor(count / 20_000)) | 1;

export interface FormulaGolden {
  readonly points: readonly { readonly i: number; readonly k: number; readonly hash: number; readonly u: number }[];
  readonly tensors: readonly (TensorFormula & { readonly values: readonly number[] })[];
}

export function readGolden(): FormulaGolden {
  return JSON.parse(readFileSync(new URL("formula.json", FOLDER), "utf8")) as FormulaGolden;
}

/** |a - b| / |b| in the 2-norm: how far a result is from the fixture; 0 where both are all zeros. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < b.length; i++) {
    difference += (a[i]! - b[i]!) ** 2;
    norm += b[i]! ** 2;
  }
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}
