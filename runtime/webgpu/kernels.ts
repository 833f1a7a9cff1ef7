// Kernels of a plan as pipelines of a device. In: WGSL modules with what they bind. Out: a pipeline and a layout for each, equal
// layouts once, so that what is bound may stay bound from one pipeline to the next.

import type { WgslKernel, WgslPlan } from "../plan.ts";
import { BINDING } from "../plan.ts";
import { GpuError, messageOf } from "./device.ts";
import { withScopes } from "./scopes.ts";

export interface Compiled {
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** GpuError with the kernel, the adapter and the compiler's words where there can be no pipeline. */
export async function compileKernels(gpu: GPUDevice, plan: WgslPlan, name: string): Promise<readonly Compiled[]> {
  const layouts = layoutsOf(gpu, plan.kernels);
  const compile = async (k: WgslKernel, i: number): Promise<Compiled> => {
    const layout = layouts[i]!;
    // A module that is wrong is an error of the device too, which would be reported a second time.
    const { made: module, errors } = withScopes(gpu, () => gpu.createShaderModule({ label: k.name, code: k.code }));
    const bindings = gpu.createPipelineLayout({ bindGroupLayouts: [layout] });
    const compute = { module, entryPoint: "main" };
    try {
      return { layout, pipeline: await gpu.createComputePipelineAsync({ label: k.name, layout: bindings, compute }) };
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const said = messages.find((m) => m.type === "error");
      const { full, wrong } = await errors;
      const why = said ? `line ${said.lineNum} of it: ${said.message}` : ((full ?? wrong)?.message ?? messageOf(error));
      throw new GpuError(`kernel ${k.name} does not compile on ${name}: ${why}`, "machine/gpu-failed", {
        kernel: k.name,
      });
    }
  };
  const compiling = plan.kernels.map(compile);
  // A device must not go while some are still being compiled.
  await Promise.allSettled(compiling);
  return Promise.all(compiling);
}

function layoutsOf(gpu: GPUDevice, kernels: readonly WgslKernel[]): GPUBindGroupLayout[] {
  const made = new Map<string, GPUBindGroupLayout>();
  return kernels.map((kernel) => {
    const entries = bindingsOf(kernel);
    const key = JSON.stringify(entries);
    const layout = made.get(key) ?? gpu.createBindGroupLayout({ entries });
    made.set(key, layout);
    return layout;
  });
}

const COMPUTE = 4;

function bindingsOf(kernel: WgslKernel): GPUBindGroupLayoutEntry[] {
  const storage = (access: "read" | "write"): GPUBufferBindingLayout => ({
    type: access === "write" ? "storage" : "read-only-storage",
  });
  const bound = (binding: number, buffer: GPUBufferBindingLayout) => ({ binding, visibility: COMPUTE, buffer });
  const entries = [bound(BINDING.offsets, { type: "uniform" })];
  if (kernel.step !== "none") entries.push(bound(BINDING.step, storage(kernel.step)));
  if (kernel.time) entries.push(bound(BINDING.time, { type: "uniform", hasDynamicOffset: true, minBindingSize: 16 }));
  kernel.arenas.forEach((a, i) => {
    entries.push(bound(BINDING.arenas + i, storage(a.access)));
  });
  return entries;
}
