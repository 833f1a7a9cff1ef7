// The engine that a run asks for, started on a plan: the CPU's, or the GPU's where one is there.

import type { DataSizes, Entry } from "../compiler/compile.ts";
import { planWasm, planWgsl } from "../compiler/compile.ts";
import { MemoryExceeded } from "../compiler/targets/wasm/program.ts";
import type { Engine } from "../runtime/engine.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import { failure, usage } from "./failure.ts";
import { worthSharing } from "./workload.ts";

export interface EngineOptions {
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads?: number | undefined;
  readonly revectorize: boolean;
  /** The largest batch whose plan one memory holds; 0 where there is none. */
  readonly largestBatch?: () => number;
}

export async function startEngine(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  options: EngineOptions,
): Promise<Engine> {
  const gpu = options.device === "cpu" ? undefined : await openGpu(options.device === "gpu", entries, data, batch);
  if (gpu) return gpu;
  const { defaultThreads, enableRevectorize, spawnWorker } = await import("../runtime/wasm/node.ts");
  const { WasmEngine } = await import("../runtime/wasm/engine.ts");
  const wide = options.revectorize && enableRevectorize();
  const threads = options.threads ?? (worthSharing(entries, batch) ? defaultThreads() : 1);
  const plan = planned(entries, data, batch, threads > 1, options.largestBatch);
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.device = wide ? "cpu:revec" : "cpu:relaxed";
  return engine;
}

/**
 * The GPU's engine. `asked`: the user wants a GPU, any that there is, and hears why there is none; otherwise a real one is
 * taken where it can run the plan, and a driver that computes on the processor is not.
 */
async function openGpu(
  asked: boolean,
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
): Promise<Engine | undefined> {
  const { findAdapter, startGpu } = await import("../runtime/webgpu/node.ts");
  const found = await findAdapter();
  if (typeof found === "string") {
    if (!asked) return undefined;
    throw failure("machine/no-gpu", `there is no GPU to use: ${found}`, { hint: "--device cpu runs everywhere" });
  }
  if (!asked && found.software) return undefined;
  const { GpuError } = await import("../runtime/webgpu/engine.ts");
  try {
    return await startGpu(found, planWgsl(entries, data, batch));
  } catch (error) {
    if (!(error instanceof GpuError)) throw error;
    if (!asked) return undefined;
    throw failure("limits/gpu", error.message, { hint: "try a smaller batch (--set batch=N) or --device cpu" });
  }
}

/** The plan; Failure with the size, what takes most of it and a batch that fits, where one memory cannot hold it. */
function planned(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  shared: boolean,
  largestBatch: () => number = () => 0,
): WasmPlan {
  try {
    return planWasm(entries, data, batch, shared);
  } catch (error) {
    if (!(error instanceof MemoryExceeded)) throw error;
    const { largest, span } = error;
    const fitting = largestBatch();
    throw failure("limits/memory", `this needs ${gibibytes(error.bytes)}, and one memory has at most 4 GiB`, {
      ...(span ? { span, detail: `most of it: ${gibibytes(4 * largest.size)} for the values of this line` } : {}),
      notes: span ? [] : [`most of it: ${gibibytes(4 * largest.size)} for ${largest.name}`],
      hint:
        fitting > 0
          ? `a batch of ${fitting} fits: \`--set batch=${fitting}\``
          : "no batch fits: make the model or the data smaller",
    });
  }
}

const gibibytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

export function parseDevice(text: string): EngineOptions["device"] {
  if (text === "auto" || text === "gpu" || text === "cpu") return text;
  throw usage(`--device ${text}: it is auto, gpu or cpu`);
}
