// A worker of the CPU engine in Node: instantiates the module on the shared memory and runs what it is asked to.

import { parentPort } from "node:worker_threads";
import type { Instance } from "./engine.ts";
import { instantiate } from "./engine.ts";

interface Message {
  readonly kind: "start" | "run";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
  readonly start: number;
  readonly end: number;
  readonly steps: number;
}

let instance: Instance | undefined;
let place = { thread: 0, threads: 1 };

parentPort?.on("message", async (m: Message) => {
  try {
    if (m.kind === "start") {
      place = { thread: m.thread, threads: m.threads };
      instance = await instantiate(m.module, m.memory);
      parentPort?.postMessage({ kind: "ready" });
    } else {
      instance?.run(m.start, m.end, m.steps, place.thread, place.threads);
      parentPort?.postMessage({ kind: "done" });
    }
  } catch (error) {
    parentPort?.postMessage({ kind: "failed", error: String(error) });
  }
});
