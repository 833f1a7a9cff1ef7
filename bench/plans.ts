// The workloads of the benchmark as plans whose batch lies in its fields all the time, as PyTorch's does.

import { readdirSync, readFileSync } from "node:fs";
import { Library } from "../compiler/check/program/library.ts";
import { openProgram } from "../compiler/check/program/program.ts";
import { elaborateTraining } from "../compiler/check/training/train.ts";
import { compileTraining } from "../compiler/compile.ts";
import type { Entry } from "../compiler/loops/entry.ts";
import type { Work } from "../compiler/loops/stage.ts";
import { wasmTarget } from "../compiler/targets/wasm/program.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import type { Workload } from "./workloads.ts";
import { workloads } from "./workloads.ts";

const folder = new URL("../stdlib/", import.meta.url);
export const library = new Library(
  readdirSync(folder).map((name) => ({ file: `stdlib/${name}`, text: readFileSync(new URL(name, folder), "utf8") })),
);

export interface PlannedWorkload {
  readonly plan: WasmPlan;
  /** Puts random numbers and classes into the fields. */
  readonly fill: (memory: WebAssembly.Memory) => void;
  /** The work of each record of a training step. */
  readonly works: readonly Work[];
}

/** A workload, with a batch so many times as large, and its entries. */
export function workloadEntries(name: string, times = 1): { readonly workload: Workload; readonly entries: Entry[] } {
  const own = workloads[name];
  if (!own) throw new Error(`there is no workload '${name}'; there are ${Object.keys(workloads).join(", ")}`);
  const workload = { ...own, batch: times * own.batch };
  return { workload, entries: entriesOf(workload) };
}

export function entriesOf(workload: Workload): Entry[] {
  const { program, diagnostics } = openProgram({ file: "bench.dnn", text: workload.text }, library);
  const options = {
    fields: workload.fields,
    examples: workload.batch,
    overrides: new Map([["batch", String(workload.batch)]]),
  };
  const training = elaborateTraining(program, program.trains[0]!, options);
  const wrong = [...diagnostics, ...program.diagnostics].filter((d) => d.severity === "error");
  if (!training || wrong.length > 0) throw new Error(wrong.map((d) => d.message).join("\n"));
  return compileTraining(training, { batch: workload.batch }).map((e) => ({
    ...e,
    parts: e.parts.map((p) => ({ ...p, fields: [] })),
  }));
}

export function planWorkload(name: string, shared: boolean): PlannedWorkload {
  const { workload, entries } = workloadEntries(name);
  let works: readonly Work[] = [];
  const plan = wasmTarget.plan(
    { entries, batch: workload.batch },
    { shared },
    { works: (e, w) => e === "train" && (works = w) },
  );
  return { plan, works, fill: (memory) => fillFields(workload, plan, memory) };
}

function fillFields(workload: Workload, plan: WasmPlan, memory: WebAssembly.Memory): void {
  for (const f of workload.fields) {
    const { address, size, dtype } = plan.buffers.find((b) => b.name === f.name)!;
    const view = new (dtype === "i32" ? Int32Array : Float32Array)(memory.buffer, address, size);
    for (let i = 0; i < view.length; i++) view[i] = f.classes ? Math.floor(Math.random() * f.classes) : Math.random();
  }
}
