// Opens a device of an adapter, says what an adapter is, and has the error of one that cannot run a plan or was lost.

import type { WgslPlan } from "../plan.ts";

/** A device that cannot run a plan, or that was lost. */
export class GpuError extends Error {
  override readonly name = "GpuError";
  readonly code: "limits/gpu" | "machine/gpu-failed";
  readonly hint: string;
  /** The kernel or buffer of the plan that it is about: who has the program knows its line. */
  readonly of: { readonly kernel: string } | { readonly buffer: string } | undefined;

  constructor(message: string, code: GpuError["code"] = "machine/gpu-failed", of?: GpuError["of"]) {
    super(message);
    this.code = code;
    this.of = of;
    const smaller = code === "limits/gpu" ? "try a smaller batch (--set batch=N), or" : "run it on the processor:";
    this.hint = `${smaller} --device cpu`;
  }
}

/** The name that an adapter gives itself. */
export function adapterName({ info }: GPUAdapter): string {
  const { vendor, architecture, description, device } = info;
  return description || [vendor, architecture || device].filter((part) => part !== "").join(" ") || "unknown";
}

/** Whether a driver computes on the processor: slower than an engine made for it. */
export function isSoftware({ info }: GPUAdapter): boolean {
  const { vendor, architecture, description, isFallbackAdapter } = info;
  return isFallbackAdapter || /swiftshader|llvmpipe|lavapipe/i.test(`${vendor} ${architecture} ${description}`);
}

/** Limits that a plan is made for: those on buffers, whether shaders may have numbers of 16 bits, and how many
 * threads at least are a subgroup. */
export function limitsOf({ limits, features, info }: GPUAdapter): {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
  readonly maxStorageBuffersPerShaderStage: number;
  readonly hasHalves: boolean;
  readonly subgroup: number;
} {
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = limits;
  const hasHalves = features.has("shader-f16");
  const subgroup = features.has("subgroups") ? (info.subgroupMinSize ?? 0) : 0;
  return { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage, hasHalves, subgroup };
}

/** Features that are used where they are there; everything runs without them. */
const FEATURES = ["subgroups", "timestamp-query"] as const satisfies readonly GPUFeatureName[];

/** Facts of an adapter that kernels and their speed depend on. */
export interface DeviceRecord {
  readonly name: string;
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Drivers name themselves and their version in it. */
  readonly description: string;
  readonly isSoftware: boolean;
  readonly features: readonly string[];
  /** Threads that run in step, where the adapter says so. */
  readonly subgroups?: readonly [least: number, most: number];
  readonly limits: Readonly<Record<(typeof LIMITS)[number], number>>;
}

const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

export function recordOf(adapter: GPUAdapter): DeviceRecord {
  const { vendor, architecture, device, description, subgroupMinSize, subgroupMaxSize } = adapter.info;
  return {
    name: adapterName(adapter),
    ...{ vendor, architecture, device, description },
    isSoftware: isSoftware(adapter),
    features: FEATURES.filter((f) => adapter.features.has(f)),
    ...(adapter.features.has("subgroups") ? { subgroups: [subgroupMinSize, subgroupMaxSize] as const } : {}),
    limits: Object.fromEntries(LIMITS.map((l) => [l, adapter.limits[l]])) as DeviceRecord["limits"],
  };
}

/** A device with all that the adapter has of what large plans need, and the features of this one. GpuError where it gives none. */
export async function openDevice(
  adapter: GPUAdapter,
  name: string,
  { features = [] }: Pick<WgslPlan, "features"> = {},
): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = adapter.limits;
  const common = FEATURES.filter((f) => adapter.features.has(f));
  try {
    return await adapter.requestDevice({
      // The language's types have no experimental ones.
      requiredFeatures: [...new Set([...common, ...features])] as GPUFeatureName[],
      requiredLimits: { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage },
    });
  } catch (error) {
    throw new GpuError(`${name} cannot be opened: ${messageOf(error)}`);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
