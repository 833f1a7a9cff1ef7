// Plans for a GPU, apart from the rest of the compiler: a page fetches them when it has a GPU to train on. In: the entries of a training.
// Out: its plan.

import type { GpuTuning, WgslPlan } from "../runtime/plan.ts";
import { type DataSizes, dataBuffers } from "./compile.ts";
import { type SizeOn, sizeOn } from "./largestbatch.ts";
import { MemoryExceeded } from "./layout/budget.ts";
import type { Entry } from "./loops/entry.ts";
import type { Observer } from "./loops/stage.ts";
import { BASELINE, type GpuLimits, wgslTarget } from "./targets/wgsl/program.ts";

/** MemoryExceeded where the limits, those of an adapter, do not allow the plan. */
export function planWgsl(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  limits?: GpuLimits,
  observer?: Observer,
  measured?: GpuTuning,
): WgslPlan {
  return wgslTarget.plan({ entries, batch, data: dataBuffers(data) }, { limits, measured }, observer);
}

/** A plan for a device that is not known yet: within the limits that all have, where these allow one. */
export function planWgslAnywhere(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  observer?: Observer,
): WgslPlan {
  try {
    return planWgsl(entries, data, batch, BASELINE, observer);
  } catch (error) {
    if (!(error instanceof MemoryExceeded)) throw error;
    return planWgsl(entries, data, batch, undefined, observer);
  }
}

/** Bytes that a training takes of a GPU with these limits. */
export const sizeOnGpu = (limits: GpuLimits): SizeOn => sizeOn(wgslTarget, { limits });
