// Runs a worker of the CPU engine, in Node or in a page: instantiates the module on the shared memory, then runs what
// it is asked to.

import { type Instance, instantiate } from "./memory.ts";

export interface WorkerRequest {
  readonly kind: "start" | "run";
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly threads: number;
  readonly start: number;
  readonly end: number;
  readonly steps: number;
}

/** A listener for the worker's messages that answers through `post`. */
export function serveWorker(post: (answer: unknown) => void): (m: WorkerRequest) => Promise<void> {
  let instance: Instance | undefined;
  let place = { thread: 0, threads: 1 };
  return async (m) => {
    try {
      if (m.kind === "start") {
        place = { thread: m.thread, threads: m.threads };
        instance = await instantiate(m.module, m.memory);
        post({ kind: "ready" });
      } else {
        instance?.run(m.start, m.end, m.steps, place.thread, place.threads);
        post({ kind: "done" });
      }
    } catch (error) {
      post({ kind: "failed", error: String(error) });
    }
  };
}
