// The engine that a run asks for, started on a plan: the CPU's, or the GPU's where one is there; and another one in the place of a
// GPU's that fails while it trains.

import type { DataSizes, Entry } from "../compiler/compile.ts";
import { MemoryExceeded } from "../compiler/layout/budget.ts";
import type { Engine, WorkerPort } from "../runtime/engine.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import type { Reopen } from "../runtime/train/revival.ts";
import type { EngineOptions, Job } from "./engineoptions.ts";
import { asFailure, type Failure } from "./failure.ts";
import { isGpuError, onProcessor, openGpu, tuningOf } from "./gpu.ts";
import type { Cpu, Devices } from "./host.ts";
import type { Remember } from "./kept/remember.ts";
import { tooLarge } from "./memory.ts";
import { worthSharing } from "./workload.ts";

export type { EngineOptions } from "./engineoptions.ts";

export const startEngine = (
  devices: Devices,
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  options: EngineOptions,
): Promise<Engine> => startJob(devices, { entries, data, batch }, options);

async function startJob(devices: Devices, job: Job, options: EngineOptions): Promise<Engine> {
  if (options.device === "cpu") return startCpu(await devices.cpu(), job, options);
  const cpu = await devices.cpu();
  return (await openGpu(devices, job, options, threadsFor(job, cpu, options))) ?? startCpu(cpu, job, options);
}

/** An engine for a training, and what starts another one where its device fails. */
export interface LastingEngine {
  readonly engine: Engine;
  /** Undefined for an engine of the processor. */
  readonly reopen: Reopen | undefined;
}

export async function startLasting(devices: Devices, job: Job, options: EngineOptions): Promise<LastingEngine> {
  const engine = await startJob(devices, job, options);
  // A device that is started again has the kernels that the training was begun with.
  const again = { ...options, tuning: tuningOf(engine) ?? ("usual" as const) };
  return { engine, reopen: engine.device.startsWith("gpu:") ? reopening(devices, job, again) : undefined };
}

/** A GPU may fail so often without that the training comes further. */
const MOST_FAILURES = 3;

/** Starts the GPU again, and where that does not help the processor, unless the GPU was asked for. */
function reopening(devices: Devices, job: Job, options: EngineOptions): Reopen {
  let [failures, held] = [0, -1];
  return async (error, steps) => {
    failures = steps.held > held ? 1 : failures + 1;
    held = steps.held;
    const goesOn = `the training goes on from step ${held}, whose weights are in memory`;
    let last = error;
    // A GPU that has no room has none the next time.
    if (failures < MOST_FAILURES && isGpuError(error) && error.code !== "limits/gpu")
      try {
        const engine = await openGpu(devices, job, { ...options, device: "gpu" }, 1);
        if (!engine) throw new Error("a GPU that is asked for is taken or refused");
        options.note?.(`${error.message}; it was started again, and ${goesOn}`);
        return engine;
      } catch (again) {
        const failed = asFailure(again);
        if (!failed) throw again;
        last = failed;
      }
    if (options.device === "gpu") throw await lastError(error, last, failures);
    const said = asFailure(last)?.diagnostics[0];
    if (said) options.warn?.(onProcessor({ ...said, notes: [...(said.notes ?? []), goesOn] }));
    return startCpu(await devices.cpu(), job, options);
  };
}

/** The one error of a GPU that failed, was started again and failed. */
async function lastError(first: Error, last: Error | Failure, failures: number): Promise<Error> {
  const { GpuError } = await import("../runtime/webgpu/device.ts");
  const code = isGpuError(first) ? first.code : "machine/gpu-failed";
  if (last !== first) return new GpuError(`${first.message}, and it cannot be started again: ${last.message}`, code);
  if (failures < MOST_FAILURES) return first;
  return new GpuError(`${first.message}, ${failures} times without that the training came further`, code);
}

async function startCpu(cpu: Cpu, job: Job, options: EngineOptions): Promise<Engine> {
  const { WasmEngine } = await import("../runtime/wasm/engine.ts");
  // A flag of V8, which threads that are started later see.
  const wide = options.revectorize && cpu.enableWideVectors();
  const threads = threadsFor(job, cpu, options);
  // They begin while the plan is made or read.
  const { spawnWorker } = cpu;
  const workers = threads > 1 && spawnWorker ? Array.from({ length: threads }, () => spawnWorker()) : [];
  try {
    const plan = await planned(job, threads > 1, options, cpu.remember);
    performance.mark("plan");
    const spawn = spawnWorker && ((): WorkerPort => workers.shift() ?? spawnWorker());
    const engine = await WasmEngine.start(plan, threads, spawn);
    engine.device = wide ? "cpu:revec" : "cpu:relaxed";
    return engine;
  } catch (error) {
    for (const worker of workers) worker.end();
    throw error;
  }
}

const threadsFor = (job: Job, cpu: Cpu, { threads }: EngineOptions): number =>
  threads ?? ((job.isWorthSharing ?? worthSharing(job.entries, job.batch)) ? cpu.threads : 1);

/** The plan; Failure with the size, what takes most of it and a batch that fits, where one memory cannot hold it. */
async function planned(
  job: Job,
  shared: boolean,
  { largestBatch, applications = [] }: EngineOptions,
  remember: Remember = (_subject, _inputs, compute) => Promise.resolve(compute()),
): Promise<WasmPlan> {
  const { data, batch } = job;
  try {
    return await remember("plan", [job.origin ?? job.entries, data, batch, shared], async () =>
      (await import("../compiler/compilewasm.ts")).planWasm(job.entries, data, batch, shared),
    );
  } catch (error) {
    if (!(error instanceof MemoryExceeded)) throw error;
    throw tooLarge("limits/memory", error, { batch, fitting: (await largestBatch?.()) ?? 0, applications });
  }
}
