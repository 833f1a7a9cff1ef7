// The CPU engine's threads in Node, and the one V8 flag that widens vector pairs.

import { availableParallelism } from "node:os";
import v8 from "node:v8";
import { Worker } from "node:worker_threads";
import type { WorkerPort } from "../engine.ts";
import { portOfThread } from "./threadport.ts";

/** Pairs of 128-bit operations run as 256-bit ones from Node 23.5 on. Must be called before the first module is compiled. */
export function enableRevectorize(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 23 || (major === 23 && minor < 5)) return false;
  v8.setFlagsFromString("--experimental-wasm-revectorize");
  return true;
}

export const defaultThreads = (): number => Math.min(availableParallelism(), 8);

export function spawnWorker(): WorkerPort {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./worker.node.${extension}`, import.meta.url));
  const port = portOfThread(worker);
  // It is waited for until its first answer, whatever else is waited for meanwhile.
  worker.ref();
  return port;
}
