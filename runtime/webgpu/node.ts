// WebGPU outside of pages: that of the runtime where it has one, as Deno does, and in Node the optional package `webgpu` (Dawn),
// imported only when a GPU is asked for or looked for.

import { existsSync, readdirSync } from "node:fs";
import type { WgslPlan } from "../plan.ts";
import { adapterName, GpuError, isSoftware, openDevice } from "./device.ts";
import { WebGpuEngine } from "./engine.ts";

interface Dawn {
  readonly create: (flags: readonly string[]) => GPU;
}

/** An adapter, and what must stay referenced for as long as anything of it is used. */
export interface Found {
  readonly adapter: GPUAdapter;
  readonly instance: GPU;
  readonly name: string;
  /** A driver that computes on the processor. */
  readonly software: boolean;
}

/** A setting of Dawn: it has products of matrices only where features are allowed that are not finished. */
const MATRICES = "allow_unsafe_apis";
/** Kernels stay within their buffers by construction, so no clamping of indices and no clearing of workgroup memory. */
const UNGUARDED = "disable_robustness,disable_workgroup_init,disable_polyfills_on_integer_div_and_mod";

const flagsFor = ({ isGuarded = false }: Wanted): string[] => [
  `enable-dawn-features=${[MATRICES, ...(isGuarded ? [] : [UNGUARDED])].join(",")}`,
];

export interface Wanted {
  /** Indices are clamped and memory is cleared, as in pages: slower, and the same bits. */
  readonly isGuarded?: boolean;
}

/** Where the Vulkan loader looks for drivers on Linux (its document "Driver Discovery"). */
function hasVulkanDriver(): boolean {
  const { VK_ICD_FILENAMES, VK_DRIVER_FILES, VK_ADD_DRIVER_FILES, XDG_DATA_DIRS, XDG_DATA_HOME, HOME } = process.env;
  if (VK_ICD_FILENAMES || VK_DRIVER_FILES || VK_ADD_DRIVER_FILES) return true;
  const shares = (XDG_DATA_DIRS || "/usr/local/share:/usr/share").split(":");
  const homes = [XDG_DATA_HOME, HOME && `${HOME}/.local/share`].filter((h) => h !== undefined);
  const folders = ["/etc", "/usr/local/etc", ...shares, ...homes].map((base) => `${base}/vulkan/icd.d`);
  return folders.some((folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith(".json")));
}

/** The reason in words where there is no adapter. */
export async function findAdapter(wanted: Wanted = {}): Promise<Found | string> {
  if (globalThis.navigator?.gpu) return adapterOf(() => navigator.gpu);
  // Dawn would complain on stderr, past us, and take its time.
  if (process.platform === "linux" && !hasVulkanDriver()) return "no driver for Vulkan is installed";
  const name = "webgpu";
  const dawn = (await import(name).catch(() => undefined)) as Dawn | undefined;
  if (!dawn) return "the optional package webgpu is not installed";
  return adapterOf(() => dawn.create(flagsFor(wanted)));
}

async function adapterOf(open: () => GPU): Promise<Found | string> {
  try {
    const instance = open();
    const adapter = await instance.requestAdapter({ powerPreference: "high-performance" });
    if (!adapter) return "no adapter was found (a driver for Vulkan, Metal or D3D12 is needed)";
    return { adapter, instance, name: adapterName(adapter), software: isSoftware(adapter) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The adapter once more: each gives one device. */
export async function anotherOf(found: Found): Promise<Found> {
  const adapter = await found.instance.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new GpuError(`${found.name} is not there any more`);
  return { ...found, adapter };
}

/** GpuError where the device cannot run the plan. */
export async function startGpu(found: Found, plan: WgslPlan): Promise<WebGpuEngine> {
  return WebGpuEngine.start(await openDevice(found.adapter, found.name, plan), plan, found.name, found);
}
