// Workers that decode records in Node.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { WorkerPort } from "../engine.ts";

/** Each has its own memory. */
const MOST = 8;

/** Half of the processors, which the threads of an engine share with them. */
export const decoderCount = (): number => Math.min(MOST, Math.max(1, Math.floor(availableParallelism() / 2)));

/** All of them, where nothing else is computed. */
export const mostDecoders = (): number => Math.min(MOST, availableParallelism());

/** A worker keeps the process alive while it has been asked something. */
export function spawnDecoder(): WorkerPort {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./worker.node.${extension}`, import.meta.url));
  worker.unref();
  let [asked, isEnded] = [0, false];
  return {
    post(message) {
      if ((message as { kind: string }).kind === "read" && asked++ === 0) worker.ref();
      worker.postMessage(message);
    },
    onMessage(listener) {
      worker.on("message", (answer) => {
        if (--asked === 0) worker.unref();
        listener(answer);
      });
      worker.on("error", (e) => listener({ kind: "failed", error: String(e) }));
      worker.on("exit", (code) => {
        if (!isEnded) listener({ kind: "failed", error: `it ended with code ${code}` });
      });
    },
    end() {
      isEnded = true;
      void worker.terminate();
    },
  };
}
