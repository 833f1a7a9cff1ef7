// The port of a thread of Node: how an engine talks to one of its threads. An idle thread keeps no process alive.

import type { WorkerPort } from "../engine.ts";

/** The part of Node's `Worker` that is needed: nothing here is imported from Node, so that a page may take this file along. */
interface Thread {
  ref(): void;
  unref(): void;
  postMessage(message: unknown): void;
  on(event: "message" | "error" | "exit", listener: (value: unknown) => void): unknown;
  terminate(): unknown;
}

export const isThread = (worker: object): worker is Thread => "unref" in worker && "on" in worker;

export function portOfThread(worker: Thread): WorkerPort {
  worker.unref();
  let isEnded = false;
  let failed: unknown;
  let tell = (failure: unknown): void => {
    failed ??= failure;
  };
  worker.on("error", (e) => tell({ kind: "failed", error: String(e) }));
  worker.on("exit", (code) => {
    if (!isEnded) tell({ kind: "failed", error: `one of its threads ended with code ${code}` });
  });
  return {
    post: (message) => {
      worker.ref();
      worker.postMessage(message);
    },
    onMessage: (listener) => {
      worker.on("message", (m) => {
        worker.unref();
        listener(m);
      });
      tell = listener;
      if (failed !== undefined) listener(failed);
    },
    end: () => {
      isEnded = true;
      void worker.terminate();
    },
  };
}
