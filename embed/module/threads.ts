// Threads in a built module: a plan becomes an engine on threads, or it is said why there is none. It is bundled by itself, and stands only
// in modules that were built for threads.

import type { WorkerPort } from "../../runtime/engine.ts";
import type { WasmPlan } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { portOf } from "../../runtime/wasm/port.browser.ts";
import { isThread, portOfThread } from "../../runtime/wasm/threadport.ts";
import { messageOf } from "../../runtime/webgpu/device.ts";

/** `threads`: as many as were asked for. A sentence says why there is no engine; where one thread is what is wanted there is none either. */
export type StartOnThreads = (
  plan: () => WasmPlan,
  threads: number | undefined,
  isWorth: boolean,
  startThread: () => Worker,
) => Promise<WasmEngine | string | undefined>;

/** Threads beyond which models of a page's size wait for each other longer than they gain. */
const MOST_THREADS = 8;

export const startOnThreads: StartOnThreads = async (plan, threads, isWorth, startThread) => {
  const count = threads ?? (isWorth ? Math.min(navigator.hardwareConcurrency, MOST_THREADS) : 1);
  if (count <= 1) return undefined;
  // Of all places only pages and their workers may be forbidden to share memory, and they say so.
  if (globalThis.crossOriginIsolated === false && !("process" in globalThis))
    return "the page is not isolated from other origins";
  try {
    return await WasmEngine.start(plan(), count, () => portOfEither(startThread()));
  } catch (error) {
    return messageOf(error);
  }
};

/** Threads of Node have listeners of their own kind. */
const portOfEither = (worker: Worker): WorkerPort => (isThread(worker) ? portOfThread(worker) : portOf(worker));
