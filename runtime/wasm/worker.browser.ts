// A worker of the CPU engine in a page.

import type { WorkerRequest } from "./serve.ts";
import { serveWorker } from "./serve.ts";

const serve = serveWorker((answer) => postMessage(answer));
addEventListener("message", (event) => void serve((event as MessageEvent<WorkerRequest>).data));
