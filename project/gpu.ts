// A plan on the GPU of a machine, where one is there and worth it. In: entries, and which device was asked for. Out: an engine, or
// none where the processor is to be taken; it is said why. Errors of a GPU get the line of the program that their kernel or buffer is for.

import type { Entry } from "../compiler/compile.ts";
import { MemoryExceeded } from "../compiler/compile.ts";
import type { SizeOn } from "../compiler/largestbatch.ts";
import { placeOf } from "../compiler/layout/budget.ts";
import type { Work } from "../compiler/loops/stage.ts";
import type { Diagnostic, Span } from "../grammar/syntax/span.ts";
import type { Engine } from "../runtime/engine.ts";
import type { GpuTuning, WasmPlan, WgslPlan } from "../runtime/plan.ts";
import type { CheckpointFacts } from "../runtime/train/checkpoint.ts";
import type { GpuError } from "../runtime/webgpu/device.ts";
import type { EngineOptions, Job } from "./engineoptions.ts";
import { expectedTimes, leftAloneText } from "./expected.ts";
import { type Failure, failure } from "./failure.ts";
import type { Devices } from "./host.ts";
import { tooLarge } from "./memory.ts";

export type GpuOptions = Pick<
  EngineOptions,
  "device" | "largestBatch" | "applications" | "runs" | "note" | "warn" | "tuning"
>;

/**
 * The GPU's engine. Where the user asks for a GPU, any is taken, and it is said why there is none; otherwise a real one is
 * taken where it can run the plan sooner than `threads` of the processor, and a driver that computes on the processor is not.
 */
export async function openGpu(
  devices: Devices,
  job: Job,
  options: GpuOptions,
  threads: number,
): Promise<Engine | undefined> {
  const asked = options.device === "gpu";
  const found = await devices.findGpu();
  if (typeof found === "string") {
    if (!asked) return undefined;
    throw noGpu(found);
  }
  if (!asked && found.software) return undefined;
  const { planWgsl, sizeOnGpu } = await import("../compiler/compilewgsl.ts");
  const { entries, data, batch } = job;
  const works = new Map<string, readonly Work[]>();
  try {
    const observer = { works: (entry: string, own: readonly Work[]) => void works.set(entry, own) };
    const planFor = (tuning: GpuTuning | undefined): WgslPlan =>
      planWgsl(entries, data, batch, found.limits, observer, tuning);
    const given = options.tuning === "usual" ? undefined : options.tuning;
    const plan = planFor(given);
    const times = expectedTimes(plan, works, threads, options.runs);
    if (!asked && times.processor <= times.gpu) {
      options.note?.(leftAloneText(found.name, times));
      return undefined;
    }
    // A device is measured once it is taken.
    const measured = options.tuning === undefined ? await found.tuned?.(options.note) : undefined;
    return await found.start(measured ? planFor(measured) : plan);
  } catch (error) {
    const failed = await asGpuFailure(error, job, works, options, sizeOnGpu(found.limits));
    if (asked) throw failed;
    const [first] = failed.diagnostics;
    if (first) options.warn?.(onProcessor(first));
    return undefined;
  }
}

/** The failure of a GPU as a warning of a command that goes on without it. */
export const onProcessor = ({ code, message, span, detail, notes = [] }: Diagnostic): Diagnostic => ({
  code,
  severity: "warning",
  message,
  ...(span ? { span } : {}),
  ...(detail === undefined ? {} : { detail }),
  notes: [...notes, "it runs on the processor instead"],
});

export const noGpu = (reason: string): Error =>
  failure("machine/no-gpu", `there is no GPU to use: ${reason}`, { hint: "--device cpu runs everywhere" });

async function asGpuFailure(
  error: unknown,
  { entries, batch }: Job,
  works: ReadonlyMap<string, readonly Work[]>,
  { largestBatch, applications = [] }: GpuOptions,
  device: SizeOn,
): Promise<Failure> {
  if (error instanceof MemoryExceeded)
    return tooLarge("limits/gpu", error, {
      batch,
      fitting: (await largestBatch?.(device)) ?? 0,
      otherwise: "--device cpu",
      applications,
    });
  if (!isGpuError(error)) throw error;
  const span = error.of && spanOf(error.of, entries, works);
  const detail =
    error.of && "kernel" in error.of ? "the kernel is for this line" : "its largest values are of this line";
  return failure(error.code, error.message, { hint: error.hint, ...(span ? { span, detail } : {}) });
}

export const isGpuError = (error: unknown): error is GpuError => error instanceof Error && error.name === "GpuError";

/** The line of the program that a kernel or buffer is for. */
function spanOf(
  of: NonNullable<GpuError["of"]>,
  entries: readonly Entry[],
  works: ReadonlyMap<string, readonly Work[]>,
): Span | undefined {
  if ("buffer" in of) return placeOf(of.buffer, entries);
  const all = [...works.values()].flat();
  return all.find((w) => w.name === of.kernel && w.span)?.span;
}

/** The measured figures by which an engine's plan was made. */
export const tuningOf = (engine: Engine & { readonly plan?: WasmPlan | WgslPlan }): GpuTuning | undefined =>
  engine.plan && "tuning" in engine.plan ? engine.plan.tuning : undefined;

/** The tuning of a run that goes on: the figures that were saved with it; where it ran on a GPU without such, the usual ones. */
export const tuningToKeep = ({ device, tuning }: Pick<CheckpointFacts, "device" | "tuning">): EngineOptions["tuning"] =>
  tuning ?? (device?.startsWith("gpu") ? "usual" : undefined);
