// A page's `Worker` in Node, as far as jax-js needs it to run on several threads: from the address of a blob, with messages both ways.

import { resolveObjectURL } from "node:buffer";
import { Worker as Thread } from "node:worker_threads";

const PRELUDE = `
const { parentPort } = require("node:worker_threads");
globalThis.self = globalThis;
globalThis.postMessage = (message) => parentPort.postMessage(message);
parentPort.on("message", (data) => self.onmessage({ data }));
`;

class PageWorker {
  onmessage = () => {};
  onerror = () => {};

  constructor(address) {
    this.thread = resolveObjectURL(String(address))
      .text()
      .then((source) => {
        const thread = new Thread(PRELUDE + source, { eval: true });
        thread.on("message", (data) => this.onmessage({ data }));
        thread.on("error", (error) => this.onerror(error));
        return thread;
      });
  }

  postMessage(message) {
    this.thread.then((thread) => thread.postMessage(message));
  }
}

/** Gives libraries written for pages `threads` workers. */
export function giveWorkers(threads) {
  globalThis.Worker = PageWorker;
  Object.defineProperty(globalThis.navigator, "hardwareConcurrency", { value: threads });
}
