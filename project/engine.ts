// The engine that a run asks for, started on a plan: the CPU's, or the GPU's where one is there.

import type { Application } from "../compiler/check/frame/application.ts";
import type { DataSizes, Entry, GpuLimits } from "../compiler/compile.ts";
import { MemoryExceeded, planWasm, planWgsl } from "../compiler/compile.ts";
import type { Engine } from "../runtime/engine.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import { failure } from "./failure.ts";
import type { Devices } from "./host.ts";
import { tooLarge } from "./memory.ts";
import { worthSharing } from "./workload.ts";

export interface EngineOptions {
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads?: number | undefined;
  readonly revectorize: boolean;
  /** The largest batch whose plan one memory holds, or a GPU with these limits; 0 where there is none. */
  readonly largestBatch?: (limits?: GpuLimits) => number;
  /** Applications of the training: they say from where the program came to a line that needs too much. */
  readonly applications?: readonly Application[];
}

export async function startEngine(
  devices: Devices,
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  options: EngineOptions,
): Promise<Engine> {
  const gpu = options.device === "cpu" ? undefined : await openGpu(devices, options, entries, data, batch);
  if (gpu) return gpu;
  const cpu = await devices.cpu();
  const { WasmEngine } = await import("../runtime/wasm/engine.ts");
  const wide = options.revectorize && cpu.enableWideVectors();
  const threads = options.threads ?? (worthSharing(entries, batch) ? cpu.threads : 1);
  const plan = planned(entries, data, batch, threads > 1, options);
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? cpu.spawnWorker : undefined);
  engine.device = wide ? "cpu:revec" : "cpu:relaxed";
  return engine;
}

/**
 * The GPU's engine. Where the user asks for a GPU, any is taken, and it is said why there is none; otherwise a real one is
 * taken where it can run the plan, and a driver that computes on the processor is not.
 */
async function openGpu(
  devices: Devices,
  { device, largestBatch, applications = [] }: EngineOptions,
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
): Promise<Engine | undefined> {
  const asked = device === "gpu";
  const found = await devices.findGpu();
  if (typeof found === "string") {
    if (!asked) return undefined;
    throw noGpu(found);
  }
  if (!asked && found.software) return undefined;
  const { GpuError } = await import("../runtime/webgpu/device.ts");
  const { limits } = found;
  try {
    return await found.start(planWgsl(entries, data, batch, limits));
  } catch (error) {
    if (!asked && (error instanceof GpuError || error instanceof MemoryExceeded)) return undefined;
    if (error instanceof MemoryExceeded)
      throw tooLarge("limits/gpu", error, {
        batch,
        fitting: largestBatch?.(limits) ?? 0,
        otherwise: "--device cpu",
        applications,
      });
    if (!(error instanceof GpuError)) throw error;
    throw failure(error.code, error.message, { hint: error.hint });
  }
}

export const noGpu = (reason: string): Error =>
  failure("machine/no-gpu", `there is no GPU to use: ${reason}`, { hint: "--device cpu runs everywhere" });

/** The plan; Failure with the size, what takes most of it and a batch that fits, where one memory cannot hold it. */
function planned(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  shared: boolean,
  { largestBatch, applications = [] }: EngineOptions,
): WasmPlan {
  try {
    return planWasm(entries, data, batch, shared);
  } catch (error) {
    if (!(error instanceof MemoryExceeded)) throw error;
    throw tooLarge("limits/memory", error, { batch, fitting: largestBatch?.() ?? 0, applications });
  }
}
