// A worker of the CPU engine in Node.

import { parentPort } from "node:worker_threads";
import { serveWorker } from "./serve.ts";

parentPort?.on(
  "message",
  serveWorker((answer) => parentPort?.postMessage(answer)),
);
