// Trained weights and a model become an artifact: the model's forward pass alone, compiled for the targets that are asked for, with its
// weights. In: weights, the model. Out: the artifact and its bytes. Invariant: its plans are those of `dnn predict`, so its answers are, too.

import { type Entry, MemoryExceeded } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgslAnywhere } from "../../compiler/compilewgsl.ts";
import { placeOfSharing } from "../../compiler/targets/wasm/emit/encoder.ts";
import { usage } from "../../project/failure.ts";
import type { AppliedGraph } from "../../project/use/model/apply.ts";
import { outputNodes, refuseUnfilled } from "../../project/use/model/apply.ts";
import { compileNodes, NO_DATA } from "../../project/use/model/noderun.ts";
import { neededTensors } from "../../project/use/model/weights.ts";
import { rankedField } from "../../project/use/outputs.ts";
import { worthSharing } from "../../project/workload.ts";
import { crc32 } from "../../runtime/files/crc32.ts";
import { halfBits } from "../../runtime/half.ts";
import type { PlanBuffer, WasmPlan } from "../../runtime/plan.ts";
import { type Artifact, KEY_BYTES, type WasmPart, type WgslPart } from "../artifact.ts";
import { inPlanes } from "../planes.ts";

export interface Built {
  readonly artifact: Artifact;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export type ModuleTarget = "wasm" | "wgsl";

export interface ArtifactOptions {
  /** Weights of 16 bits. */
  readonly isHalf?: boolean;
  readonly targets?: readonly ModuleTarget[];
  /** Whether threads can run it where memory can be shared. */
  readonly hasThreads?: boolean;
}

/** Rows that one run computes, unless they take more memory than a page should. */
const BATCH = 64;
/** 64 MiB in pages of 64 KiB. */
const MOST_PAGES = 1024;

export function makeArtifact(graph: AppliedGraph, options: ArtifactOptions = {}): Built {
  const { isHalf = false, targets = ["wasm"], hasThreads = false } = options;
  const { weights, definition, inputs, output, learned } = graph;
  const { checkpoint } = weights.checkpoints[0];
  const { nodes, ragged } = outputNodes(output);
  const { plan, entry, facts } = fittingPlan((batch) => {
    const compiled = compileNodes(weights, nodes, batch);
    return { plan: planWasm([compiled.entry], NO_DATA, batch, hasThreads), ...compiled };
  });
  refuseUnfilled(facts, inputs, definition);
  const shape = output.shape.map(Number);
  const target = rankedField(inputs, shape, checkpoint.facts.fields);
  const tensors = [...neededTensors(learned, weights.checkpoints[0])];
  const kept = tensors.filter(([name]) => plan.buffers.some((b) => b.name === name));
  const isKept = ({ name, role }: Pick<PlanBuffer, "name" | "role">): boolean =>
    role !== "temporary" || facts.widths.has(name);
  const isOnProcessor = targets.includes("wasm");
  const sharing = hasThreads
    ? { at: placeOfSharing(plan.module), isWorth: worthSharing([entry], facts.batch) }
    : undefined;
  const content: Omit<Artifact, "key"> = {
    format: 1,
    model: definition.name.text,
    inputs,
    shape,
    ragged,
    ...(target ? { target } : {}),
    fields: facts.fields,
    seed: facts.seed,
    batch: facts.batch,
    ...(isOnProcessor ? { wasm: { ...wasmPart(plan, isKept), ...(sharing ? { sharing } : {}) } } : {}),
    ...(targets.includes("wgsl") ? { wgsl: wgslPart(entry, facts.batch, isKept) } : {}),
    weights: kept.map(([name, { values }]) => [name, values.length]),
    isHalf,
  };
  const parts = kept.map(([, { values }]) => packed(values as Float32Array, isHalf));
  const code = isOnProcessor ? [plan.module, plan.records] : [];
  // Trainings of one program differ in their seeds.
  const program = new TextEncoder().encode(JSON.stringify({ ...content, seed: 0 }));
  const key = crc32(joined([program, ...code]));
  return { artifact: { ...content, key }, bytes: joined([keyBytes(key), ...code, ...parts]) };
}

type IsKept = (buffer: Pick<PlanBuffer, "name" | "role">) => boolean;

function wasmPart({ pages, recordsAddress, entries, buffers, module, records }: WasmPlan, isKept: IsKept): WasmPart {
  return {
    pages,
    recordsAddress,
    spans: entries.map(({ name, start, end }) => [name, start, end]),
    buffers: buffers.filter(isKept),
    sizes: [module.length, records.length],
  };
}

/** The plan without what only a reader of its kernels needs. */
function wgslPart(entry: Entry, batch: number, isKept: IsKept): WgslPart {
  const { arenas, buffers, kernels, entries } = planWgslAnywhere([entry], NO_DATA, batch);
  return {
    arenas,
    buffers: buffers.filter(isKept),
    kernels: kernels.map((kernel) => ({ ...kernel, schedule: "", nest: "" })),
    entries,
  };
}

/** The plan of as many rows as fit the memory of a page; of one row, whatever it takes. */
function fittingPlan<T extends { readonly plan: WasmPlan }>(planFor: (batch: number) => T): T {
  for (let batch = BATCH; batch > 1; batch /= 2) {
    try {
      const made = planFor(batch);
      if (made.plan.pages <= MOST_PAGES) return made;
    } catch (error) {
      if (!(error instanceof MemoryExceeded)) throw error;
    }
  }
  return planFor(1);
}

function packed(values: Float32Array, isHalf: boolean): Uint8Array {
  if (!isHalf) return inPlanes(new Uint32Array(Float32Array.from(values).buffer));
  const kept = Uint16Array.from(values, halfBits);
  if (kept.some((bits) => (bits & 0x7fff) === 0x7c00))
    throw usage("--f16: a weight is beyond 65504, the largest number of 16 bits", "leave --f16 out");
  return inPlanes(kept);
}

function keyBytes(key: number): Uint8Array {
  const bytes = new Uint8Array(KEY_BYTES);
  new DataView(bytes.buffer).setUint32(0, key);
  return bytes;
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
