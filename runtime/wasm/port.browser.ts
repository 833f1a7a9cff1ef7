// The port of a web worker: how an engine in a page talks to one of its threads.

import type { WorkerPort } from "../engine.ts";

export const portOf = (worker: Worker): WorkerPort => ({
  post: (message) => worker.postMessage(message),
  onMessage: (listener) => {
    worker.addEventListener("message", (event) => listener(event.data));
    worker.addEventListener("error", (event) =>
      listener({ kind: "failed", error: event.message || "a thread could not be started" }),
    );
  },
  end: () => worker.terminate(),
});
