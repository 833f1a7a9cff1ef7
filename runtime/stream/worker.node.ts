// A worker that decodes records in Node: it gets its source once, then reads task by task.

import { parentPort } from "node:worker_threads";
import type { OpenCache } from "../data/recordcache.ts";
import type { RecordReader } from "../data/records.ts";
import { blockingFiles } from "../files/files.node.ts";
import { decoderCalled } from "./decoders.ts";
import { type DecoderAnswer, type DecoderRequest, writtenError } from "./decoding.ts";
import { openCache } from "./recordfile.node.ts";

let read: RecordReader | undefined;

async function answer(request: DecoderRequest): Promise<void> {
  if (request.kind === "open") {
    const { decoder, context, wanted, cache } = request;
    const open: OpenCache | undefined = cache && ((recordBytes) => openCache(cache, recordBytes));
    read = (await decoderCalled(decoder)).open(context, blockingFiles(), wanted, open);
    return;
  }
  const { id, task } = request;
  try {
    if (!read) throw new Error("a task came before what it belongs to");
    const columns = await read(task);
    post({ kind: "read", id, columns }, [...new Set(columns.map((c) => c.buffer as ArrayBuffer))]);
  } catch (error) {
    post({ kind: "wrong", id, error: writtenError(error) }, []);
  }
}

const post = (message: DecoderAnswer, moved: ArrayBuffer[]): void => parentPort?.postMessage(message, moved);

// One after the other: a shard that two tasks share is read once.
let last = Promise.resolve();
parentPort?.on("message", (request: DecoderRequest) => {
  last = last.then(() => answer(request));
});
