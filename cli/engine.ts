// The engine that a run asks for, started on a plan: the CPU's, or the GPU's where one is there.

import type { DataSizes, Entry } from "../compiler/compile.ts";
import { planWasm } from "../compiler/compile.ts";
import { extent } from "../compiler/graph/dim.ts";
import type { Step } from "../compiler/kernel/lower.ts";
import type { Engine } from "../runtime/engine.ts";
import type { WasmPlan } from "../runtime/plan.ts";
import { failure, usage } from "./failure.ts";

export interface EngineOptions {
  readonly device: "auto" | "gpu" | "cpu";
  readonly threads?: number | undefined;
  readonly revectorize: boolean;
}

/** What a GPU engine's module offers, where it is part of this build. */
interface GpuModule {
  readonly startGpu: (entries: readonly Entry[], data: DataSizes, batch: number) => Promise<Engine | undefined>;
}

/** One memory of 64 KiB pages, at most 4 GiB. */
const MOST_PAGES = 65536;

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
  const plan = planWasm(entries, data, batch, threads > 1);
  checkMemory(plan, batch);
  const engine = await WasmEngine.start(plan, threads, threads > 1 ? spawnWorker : undefined);
  engine.device = wide ? "cpu:revec" : "cpu:relaxed";
  return engine;
}

/**
 * Threads meet after every kernel, which takes as long as some ten thousand steps of a loop: with less to share than
 * that, one thread is faster. Results do not depend on it.
 */
const WORTH = 32768;

function worthSharing(entries: readonly Entry[], batch: number): boolean {
  const busiest = entries
    .filter((e) => e.name !== "initialise")
    .map((e) => {
      const loads = e.parts.map((p) => loadOf(p.lowered.steps, batch));
      const points = loads.reduce((n, l) => n + l.points, 0);
      return (
        points /
        Math.max(
          1,
          loads.reduce((n, l) => n + l.kernels, 0),
        )
      );
    });
  return Math.max(0, ...busiest) >= WORTH;
}

/** Points of all loops of a step, and how often threads meet. */
function loadOf(steps: readonly Step[], batch: number): { points: number; kernels: number } {
  const load = { points: 0, kernels: 0 };
  for (const step of steps) {
    if (step.kind === "loop") {
      const inner = loadOf(step.body, batch);
      load.points += inner.points * step.length;
      // Threads split the rows of a loop and meet once at its end.
      load.kernels += 1;
    } else {
      const axes = [...step.nest.loops, ...step.nest.reduces];
      load.points += axes.reduce((n, a) => n * extent(a.extent, batch), 1);
      load.kernels += 1;
    }
  }
  return load;
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

function checkMemory(plan: WasmPlan, batch: number): void {
  if (plan.pages <= MOST_PAGES) return;
  const gib = (plan.pages / 16384).toFixed(1);
  const fitting = Math.floor((batch * MOST_PAGES) / plan.pages);
  throw failure("limits/memory", `this training needs ${gib} GiB, and one memory has at most 4`, {
    hint:
      fitting >= 1 ? `a batch of about ${fitting} fits: --set batch=${fitting}` : "make the model or the data smaller",
  });
}

export function parseDevice(text: string): EngineOptions["device"] {
  if (text === "auto" || text === "gpu" || text === "cpu") return text;
  throw usage(`--device ${text}: it is auto, gpu or cpu`);
}
