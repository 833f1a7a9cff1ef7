// Trained weights and a model become an artifact: the model's forward pass alone, compiled for one thread, with its weights. In:
// weights, the model. Out: the artifact and its bytes. Invariant: its plan is that of `dnn predict`, so its answers are, too.

import { MemoryExceeded, planWasm } from "../../compiler/compile.ts";
import { usage } from "../../project/failure.ts";
import type { AppliedGraph } from "../../project/use/model/apply.ts";
import { outputNodes, refuseUnfilled } from "../../project/use/model/apply.ts";
import { compileNodes, NO_DATA } from "../../project/use/model/noderun.ts";
import { neededTensors } from "../../project/use/model/weights.ts";
import { rankedField } from "../../project/use/outputs.ts";
import { halfBits } from "../../runtime/half.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import type { Artifact } from "../artifact.ts";

export interface Built {
  readonly artifact: Artifact;
  readonly bytes: Uint8Array;
}

/** Rows that one run computes, unless they take more memory than a page should. */
const BATCH = 64;
/** 64 MiB in pages of 64 KiB. */
const MOST_PAGES = 1024;

export function makeArtifact(graph: AppliedGraph, isHalf: boolean): Built {
  const { weights, definition, inputs, output, learned } = graph;
  const { checkpoint } = weights.checkpoints[0];
  const { nodes, ragged } = outputNodes(output);
  const { plan, facts } = fittingPlan((batch) => {
    const { entry, facts } = compileNodes(weights, nodes, batch);
    return { plan: planWasm([entry], NO_DATA, batch, false), facts };
  });
  refuseUnfilled(facts, inputs, definition);
  const shape = output.shape.map(Number);
  const target = rankedField(inputs, shape, checkpoint.facts.fields);
  const tensors = [...neededTensors(learned, weights.checkpoints[0])];
  const kept = tensors.filter(([name]) => plan.buffers.some((b) => b.name === name));
  const [entry] = plan.entries;
  const artifact: Artifact = {
    format: 1,
    model: definition.name.text,
    inputs,
    shape,
    ragged,
    ...(target ? { target } : {}),
    fields: facts.fields,
    seed: facts.seed,
    batch: facts.batch,
    pages: plan.pages,
    recordsAddress: plan.recordsAddress,
    span: [entry!.start, entry!.end],
    buffers: plan.buffers.filter(({ name, role }) => role !== "temporary" || facts.widths.has(name)),
    weights: kept.map(([name]) => name),
    isHalf,
    sizes: [plan.module.length, plan.records.length],
  };
  const parts = kept.map(([, { values }]) => packed(values as Float32Array, isHalf));
  return { artifact, bytes: joined([plan.module, plan.records, ...parts]) };
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
  const kept = isHalf ? Uint16Array.from(values, halfBits) : Float32Array.from(values);
  if (isHalf && (kept as Uint16Array).some((bits) => (bits & 0x7fff) === 0x7c00))
    throw usage("--f16: a weight is beyond 65504, the largest number of 16 bits", "leave --f16 out");
  return new Uint8Array(kept.buffer, kept.byteOffset, kept.byteLength);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
