// The compiler up to the loops: a checked training becomes lowered entries, of which `compilewasm.ts` and `compilewgsl.ts` make plans.

import type { ByteUnit, StoredType } from "../runtime/plan.ts";
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

export type { Entry, EntryPart };
export { MemoryExceeded };
