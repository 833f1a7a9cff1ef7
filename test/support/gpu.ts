// WebGPU adapters for tests: SwiftShader, the software Vulkan driver that Debian's chromium brings; and Dawn's null backend, which
// needs no driver: it checks shaders and calls as any other, and computes nothing.

import { existsSync } from "node:fs";
import type { Found } from "../../runtime/webgpu/node.ts";
import { findAdapter } from "../../runtime/webgpu/node.ts";
import { pollPatiently } from "./patientpolls.ts";

const DRIVER = "/usr/lib/chromium/vk_swiftshader_icd.json";

pollPatiently();

/** Adapters of the software driver, one for each device; the reason where there are none. */
export async function softwareGpu(): Promise<{ again: () => Promise<Found> } | string> {
  if (process.env.VK_ICD_FILENAMES === undefined && existsSync(DRIVER)) process.env.VK_ICD_FILENAMES = DRIVER;
  const first = await findAdapter();
  if (typeof first === "string") {
    console.warn(`the GPU tests are skipped: ${first}`);
    return first;
  }
  return {
    again: async () => {
      const found = await findAdapter();
      if (typeof found === "string") throw new Error(found);
      return found;
    },
  };
}

export async function nullGpu(): Promise<Found> {
  const name = "webgpu";
  const { create } = (await import(name)) as { create: (flags: readonly string[]) => GPU };
  const instance = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
  const adapter = await instance.requestAdapter();
  if (!adapter) throw new Error("Dawn has no null backend");
  return { adapter, instance, name: "the null backend", software: false };
}

/** As `nullGpu`, with zeros in every buffer: numbers that nothing computes are then no remains of other memory. */
export async function zeroedNullGpu(): Promise<Found> {
  const found = await nullGpu();
  const { adapter } = found;
  const request = adapter.requestDevice.bind(adapter);
  adapter.requestDevice = async (descriptor) => {
    const device = await request(descriptor);
    const create = device.createBuffer.bind(device);
    device.createBuffer = (wanted) => {
      if (wanted.mappedAtCreation) return create(wanted);
      const buffer = create({ ...wanted, mappedAtCreation: true });
      new Uint8Array(buffer.getMappedRange()).fill(0);
      buffer.unmap();
      return buffer;
    };
    return device;
  };
  return found;
}
