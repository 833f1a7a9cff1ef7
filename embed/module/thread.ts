// A thread of a built module, in a page and in Node. It is bundled by itself, into a script beside the module.

import { serveWorker, type WorkerRequest } from "../../runtime/wasm/serve.ts";

// Node's thread has a port; the others are workers of the web.
const port =
  typeof document === "undefined" && globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
const serve = serveWorker((answer) => (port ? port.postMessage(answer) : postMessage(answer)));
if (port) port.on("message", serve);
else {
  addEventListener("message", (event) => void serve((event as MessageEvent<WorkerRequest>).data));
  // Memory cannot be shared with a script of another origin, such as a `data:` address.
  addEventListener("messageerror", () =>
    postMessage({ kind: "failed", error: "memory cannot be shared with a thread" }),
  );
}
