// The entry for pages: opens what `dnn build` wrote, on the GPU or on the processor, and trains it with a session. No
// dependencies and nothing of Node: the files can be served as they are.

import type { Engine, Numbers, WorkerPort } from "./engine.ts";
import type { WasmPlan, WgslPlan } from "./plan.ts";
import type { SessionPlan } from "./train/session.ts";
import { WasmEngine } from "./wasm/engine.ts";
import { portOf } from "./wasm/port.browser.ts";
import { adapterName, openDevice } from "./webgpu/device.ts";
import { WebGpuEngine } from "./webgpu/engine.ts";

export type { Engine, Numbers } from "./engine.ts";
export type { SessionEvent } from "./train/events.ts";
export type { SessionColumn } from "./train/feed.ts";
export type { Reopen } from "./train/revival.ts";
export { Session, type SessionPlan } from "./train/session.ts";
export { GpuError } from "./webgpu/device.ts";

/** A training as `dnn build` writes it beside its plan: the session's settings and the columns that it wants. */
export interface BuiltTraining {
  readonly name: string;
  readonly session: SessionPlan;
  readonly columns: readonly { readonly name: string; readonly size: number; readonly dtype: "f32" | "i32" }[];
}

/** `folder` is the address of what `dnn build` wrote, with or without a slash at its end. */
export async function openTraining(folder: string | URL): Promise<BuiltTraining> {
  const { constants, ...training } = (await (await fetchFrom(folder, "training.json")).json()) as WrittenTraining;
  return { ...training, session: { ...training.session, constants: new Map(constants.map(numbersOf)) } };
}

/** A training as its file holds it: numbers that are no JSON, such as infinity, stand as bytes in base64. */
export interface WrittenTraining extends BuiltTraining {
  readonly constants: readonly WrittenNumbers[];
}

export interface WrittenNumbers {
  readonly name: string;
  readonly dtype: "f32" | "i32";
  readonly base64: string;
}

function numbersOf({ name, dtype, base64 }: WrittenNumbers): [string, Numbers] {
  const { buffer } = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  return [name, dtype === "i32" ? new Int32Array(buffer) : new Float32Array(buffer)];
}

/** The engine of a plan built with `--target wgsl`; undefined where the page has no WebGPU. GpuError where it cannot run the plan. */
export async function openGpu(folder: string | URL): Promise<Engine | undefined> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return undefined;
  const plan = (await (await fetchFrom(folder, "plan.json")).json()) as WgslPlan;
  const name = adapterName(adapter);
  return WebGpuEngine.start(await openDevice(adapter, name, plan), plan, name);
}

/**
 * The engine of a plan built with `--target wasm`. Threads need a page that is isolated from other origins (headers
 * Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp); elsewhere there is one.
 */
export async function openCpu(folder: string | URL, threads = navigator.hardwareConcurrency): Promise<Engine> {
  const shared = globalThis.crossOriginIsolated && threads > 1;
  const file = shared ? "module.wasm" : "module.single.wasm";
  const [facts, module, records] = await Promise.all([
    fetchFrom(folder, "plan.json").then((r) => r.json() as Promise<Omit<WasmPlan, "module" | "records">>),
    fetchFrom(folder, file).then(bytesOf),
    fetchFrom(folder, "records.bin").then(bytesOf),
  ]);
  const plan: WasmPlan = { ...facts, module, records, shared };
  return WasmEngine.start(plan, Math.min(threads, 8), shared ? spawnWorker : undefined);
}

const bytesOf = async (response: Response): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await response.arrayBuffer());

async function fetchFrom(folder: string | URL, name: string): Promise<Response> {
  const base = String(folder).replace(/\/?$/, "/");
  const response = await fetch(new URL(name, new URL(base, location.href)));
  if (!response.ok) throw new Error(`${name} cannot be loaded from ${base}: ${response.status} ${response.statusText}`);
  return response;
}

function spawnWorker(): WorkerPort {
  // Bundlers find the worker by these very words: a literal path, beside this file once it is built.
  return portOf(new Worker(new URL("./wasm/worker.browser.js", import.meta.url), { type: "module" }));
}
