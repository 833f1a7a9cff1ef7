// The engine that a run asks for, started on a plan: the CPU's, or the GPU's where one is there.

import type { DataSizes, Entry } from "../compiler/compile.ts";
import { planWasm } from "../compiler/compile.ts";
import { MemoryExceeded } from "../compiler/targets/wasm/program.ts";
import type { Engine } from "../runtime/engine.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import { failure, usage } from "./failure.ts";
import { worthSharing } from "./workload.ts";

export interface EngineOptions {
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads?: number | undefined;
  readonly revectorize: boolean;
}

/** What a GPU engine's module offers, where it is part of this build. */
interface GpuModule {
  readonly startGpu: (entries: readonly Entry[], data: DataSizes, batch: number) => Promise<Engine | undefined>;
}

const MOST_BYTES = 2 ** 32;

export async function startEngine(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  options: EngineOptions,
): Promise<Engine> {
  if (options.device === "gpu") return startGpu(entries, data, batch);
  const { defaultThreads, enableRevectorize, spawnWorker } = await import("../runtime/wasm/node.ts");
  const { WasmEngine } = await import("../runtime/wasm/engine.ts");
  const wide = options.revectorize && enableRevectorize();
  const threads = options.threads ?? (worthSharing(entries, batch) ? defaultThreads() : 1);
  const plan = planned(entries, data, batch, threads > 1);
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.device = wide ? "cpu:revec" : "cpu:relaxed";
  return engine;
}

async function startGpu(entries: readonly Entry[], data: DataSizes, batch: number): Promise<Engine> {
  const place = "../runtime/webgpu/engine.ts";
  const gpu = (await import(place).catch(() => undefined)) as Partial<GpuModule> | undefined;
  if (!gpu?.startGpu)
    throw failure("machine/no-gpu", "the GPU engine is not part of this build", {
      hint: "--device cpu runs everywhere",
    });
  const engine = await gpu.startGpu(entries, data, batch);
  if (engine) return engine;
  throw failure("machine/no-gpu", "no GPU adapter was found", { hint: "`dnn doctor` says what was looked for" });
}

/** The plan; Failure with the size and what takes it, where one memory cannot hold it. */
function planned(entries: readonly Entry[], data: DataSizes, batch: number, shared: boolean): WasmPlan {
  try {
    return planWasm(entries, data, batch, shared);
  } catch (error) {
    if (!(error instanceof MemoryExceeded)) throw error;
    const needed = (error.bytes / 2 ** 30).toFixed(1);
    const temporary = error.largest.includes("/");
    const fitting = Math.max(1, Math.floor((batch * MOST_BYTES) / error.bytes));
    throw failure("limits/memory", `this needs ${needed} GiB, and one memory has at most 4`, {
      notes: temporary ? [] : [`most of it is ${error.largest}`],
      hint: temporary ? `a smaller batch needs less: try --set batch=${fitting}` : "make the model or the data smaller",
    });
  }
}

export function parseDevice(text: string): EngineOptions["device"] {
  if (text === "auto" || text === "gpu" || text === "cpu") return text;
  throw usage(`--device ${text}: it is auto, gpu or cpu`);
}
