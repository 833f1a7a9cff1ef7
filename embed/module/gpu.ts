// The GPU in a built module: a plan becomes an engine, or it is said why there is none. It is bundled by itself, and stands only in
// modules that have kernels for a GPU.

import type { Engine } from "../../runtime/engine.ts";
import type { WgslPlan } from "../../runtime/plan.ts";
import { adapterName, GpuError, isSoftware, openDevice } from "../../runtime/webgpu/device.ts";
import { WebGpuEngine } from "../../runtime/webgpu/engine.ts";

/** `isAsked`: any adapter will do; otherwise one that computes on the processor is none. A sentence says why there is no engine. */
export type StartOnGpu = (
  plan: WgslPlan,
  isAsked: boolean,
  gpu: Pick<GPU, "requestAdapter"> | undefined,
) => Promise<Engine | string>;

export const startOnGpu: StartOnGpu = async (plan, isAsked, gpu = globalThis.navigator?.gpu) => {
  if (!gpu) return "WebGPU is not available here";
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return "there is no adapter";
    const name = adapterName(adapter);
    if (!isAsked && isSoftware(adapter)) return `${name} computes on the processor`;
    return await WebGpuEngine.start(await openDevice(adapter, name, plan), plan, name, gpu);
  } catch (error) {
    if (error instanceof GpuError) return error.message;
    throw error;
  }
};
