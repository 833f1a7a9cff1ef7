// The whole compiler behind one function: a checked training becomes lowered entries, and those a plan for an engine.

import type { ByteUnit, StoredType, WasmPlan } from "../runtime/plan.ts";
import type { Precision } from "./arithmetic/dtype.ts";
import { zip } from "./arithmetic/lists.ts";
import type { Training, TrainStep } from "./check/training/lines/types.ts";
import type { Node } from "./graph/node.ts";
import { topological } from "./graph/node.ts";
import { MemoryExceeded } from "./layout/budget.ts";
import type { Entry, EntryPart } from "./loops/entry.ts";
import type { Observer } from "./loops/stage.ts";
import type { Buffer } from "./loops/storage.ts";
import type { Goal } from "./lower/lower.ts";
import { rewrite } from "./passes/rewrite.ts";
import { lowerGraph, transformGraph } from "./pipeline.ts";
import type { Target } from "./targets/target.ts";
import { wasmTarget } from "./targets/wasm/program.ts";

export interface CompileOptions extends Observer {
  readonly batch: number;
  readonly precision?: Precision;
}

export function compileStep(step: TrainStep, options: CompileOptions): EntryPart {
  const part = { name: step.name, names: step.results.map((r) => r.name) };
  const nodes = transformGraph(
    step.results.map((r) => r.node),
    part,
    options,
  );
  const goals: Goal[] = zip(step.results, nodes).map(([{ name, into }, node]) => ({
    name,
    node,
    ...(into === undefined ? {} : { into }),
  }));
  const lowered = lowerGraph(goals, options.batch, { ...options, name: step.name });
  return { name: step.name, lowered, logged: step.logged, fields: fieldsOf(nodes) };
}

function fieldsOf(results: readonly Node[]): string[] {
  return topological(results)
    .filter((n) => n.op === "parameter" && n.attributes.role === "field")
    .map((n) => n.attributes.name as string);
}

/** The entries of a training: initialise, passes over the data, train, evaluate. */
export function compileTraining(training: Training, options: CompileOptions): Entry[] {
  const starts: TrainStep = {
    name: "initialise",
    results: training.learned.map((l) => ({ name: l.path, node: l.start, into: l.path })),
    logged: [],
  };
  const narrowed = { ...options, precision: training.precision };
  return [
    { name: "initialise", parts: [compileStep(starts, options)] },
    ...training.measures.map((m) => ({ name: m.name, parts: [compileStep(m, options)] })),
    { name: "train", parts: training.steps.map((s) => compileStep(s, narrowed)) },
    { name: "evaluate", parts: [compileStep(averaged(training), narrowed)] },
  ];
}

/** The held-out figures, of moving averages of the weights where there are any. */
function averaged({ evaluate, averages }: Training): TrainStep {
  const nodes = rewrite(
    evaluate.results.map((r) => r.node),
    (n) => averages.get(n),
  );
  return { ...evaluate, results: zip(evaluate.results, nodes).map(([r, node]) => ({ ...r, node })) };
}

/** One field of the data sets. */
export interface DataField {
  readonly name: string;
  /** Numbers of a row. */
  readonly size: number;
  readonly dtype: Exclude<StoredType, "f16">;
  /** Of bytes: the one that stands for 1. */
  readonly byteUnit?: ByteUnit;
}

/** Rows of each field's data sets: `data:FIELD` holds all examples, `order` the epoch's order. */
export interface DataSizes {
  readonly fields: readonly DataField[];
  readonly train: number;
  readonly heldout: number;
}

export function planWasm(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  shared: boolean,
  observer?: Observer,
): WasmPlan {
  return wasmTarget.plan({ entries, batch, data: dataBuffers(data) }, { shared }, observer);
}

/** The buffers that hold the data sets: the numbers of each field, and the order of an epoch. */
export function dataBuffers(data: DataSizes): Buffer[] {
  const count = data.train + data.heldout;
  return [
    { name: "order", size: Math.max(1, count), role: "data", dtype: "i32" },
    ...data.fields.map((f) => ({
      name: `data:${f.name}`,
      size: f.size * count,
      role: "data" as const,
      dtype: f.dtype,
      ...(f.byteUnit === undefined ? {} : { byteUnit: f.byteUnit }),
    })),
  ];
}

/** Bytes that a training takes of a device's memory, by its batch; MemoryExceeded where that is more than there is. */
export type SizeOn = (training: Training, data: DataSizes) => (batch: number) => number;

export const sizeOn =
  <Plan, Device>(target: Target<Plan, Device>, device: Device): SizeOn =>
  (training, data) =>
  (batch) =>
    target.memoryOf(
      target.plan({ entries: compileTraining(training, { batch }), batch, data: dataBuffers(data) }, device),
    );

/** A batch and the bytes that its plan takes. */
type Tried = readonly [batch: number, bytes: number];

/**
 * The largest batch below the training's whose plan fits the memory, or that of another device; 0 if not even one example fits. Memory grows with the batch nearly in a straight line, so the last guesses are on it: the batch is one that fits, and
 * near the largest where sizes are rounded.
 */
export function largestBatch(
  training: Training,
  data: DataSizes,
  device: SizeOn = sizeOn(wasmTarget, { shared: false }),
): number {
  const sizeOf = device(training, data);
  const attempt = (batch: number): Tried | MemoryExceeded => {
    try {
      return [batch, sizeOf(batch)];
    } catch (error) {
      if (!(error instanceof MemoryExceeded)) throw error;
      return error;
    }
  };
  let above: readonly [number, MemoryExceeded] | undefined;
  for (let batch = 2 ** Math.floor(Math.log2(Math.max(1, training.batch - 1))); batch >= 1; batch /= 2) {
    const found = attempt(batch);
    if (found instanceof MemoryExceeded) above = [batch, found];
    else return between(found, above ?? refusedAt(training.batch, attempt), attempt);
  }
  return 0;
}

function refusedAt(
  batch: number,
  attempt: (batch: number) => Tried | MemoryExceeded,
): readonly [number, MemoryExceeded] | undefined {
  const found = attempt(batch);
  return found instanceof MemoryExceeded ? [batch, found] : undefined;
}

/** Between a batch that fits and one that does not, where the line through both meets what there is. */
function between(
  fits: Tried,
  above: readonly [batch: number, refused: MemoryExceeded] | undefined,
  attempt: (batch: number) => Tried | MemoryExceeded,
): number {
  let [low, high] = [fits, above];
  for (let tries = 0; tries < 3 && high && high[0] - low[0] > 1; tries++) {
    const { bytes, most } = high[1].need;
    const guess = low[0] + Math.floor(((most - low[1]) * (high[0] - low[0])) / (bytes - low[1]));
    const batch = Math.max(low[0] + 1, Math.min(high[0] - 1, guess));
    const found = attempt(batch);
    if (found instanceof MemoryExceeded) high = [batch, found];
    else low = found;
  }
  return low[0];
}

export type { Entry, EntryPart };
export { MemoryExceeded };
