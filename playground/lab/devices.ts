// Devices of a page: threads of WebAssembly where the page is isolated from other origins, and WebGPU where the browser has it.

import type { Cpu, Devices, Gpu } from "../../project/host.ts";
import type { WorkerPort } from "../../runtime/engine.ts";
import { portOf } from "../../runtime/wasm/port.browser.ts";
import { adapterName, isSoftware, limitsOf, openDevice } from "../../runtime/webgpu/device.ts";

/** More threads wait for each other longer than they help, with models of a page's size. */
const MOST_THREADS = 8;

export const pageDevices: Devices = { cpu: async () => cpu(), findGpu };

function cpu(): Cpu {
  const threads = globalThis.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
  return { enableWideVectors: () => false, threads, spawnWorker: threads > 1 ? spawnThread : undefined };
}

const spawnThread = (): WorkerPort => portOf(new Worker(new URL("./thread.js", import.meta.url), { type: "module" }));

async function findGpu(): Promise<Gpu | string> {
  if (!navigator.gpu) return "this browser has no WebGPU";
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  if (!adapter) return "this browser found no GPU";
  const name = adapterName(adapter);
  return {
    name,
    software: isSoftware(adapter),
    limits: limitsOf(adapter),
    async start(plan) {
      const { WebGpuEngine } = await import("../../runtime/webgpu/engine.ts");
      return WebGpuEngine.start(await openDevice(adapter, name, plan), plan, name);
    },
  };
}
