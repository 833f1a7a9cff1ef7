// In: tasks of a stream. Out: their records, decoded in workers or, where there are none, in this thread.
// Invariant: what is wrong with a file is the same DataError either way; a worker that ends fails its tasks.

import type { CacheFile } from "../data/recordcache.ts";
import type { DecodedRecords, Decoding, ReadingTask, Records, Wanted } from "../data/records.ts";
import type { StoredValues, WorkerPort } from "../engine.ts";
import { DataError } from "../files/dataerror.ts";
import type { FileReader } from "../files/files.ts";
import { decoderCalled } from "./decoders.ts";

export function decodeHere({ decoder, context }: Records, files: FileReader, wanted: Wanted): Decoding {
  const opened = decoderCalled(decoder).then((found) => found.open(context, files, wanted));
  // One after the other: each opens files.
  let last: Promise<unknown> = Promise.resolve();
  return {
    read(task) {
      const own = last.then(async () => (await opened)(task));
      last = own.catch(() => undefined);
      return own;
    },
    end: () => undefined,
  };
}

/** Requests to a worker, and its answers. */
export type DecoderRequest =
  | {
      readonly kind: "open";
      readonly decoder: string;
      readonly context: unknown;
      readonly wanted: Wanted;
      readonly cache: CacheFile | undefined;
    }
  | { readonly kind: "read"; readonly id: number; readonly task: ReadingTask };

export type DecoderAnswer =
  | { readonly kind: "read"; readonly id: number; readonly columns: readonly StoredValues[] }
  | { readonly kind: "wrong"; readonly id: number; readonly error: WrittenError }
  /** The worker has ended. */
  | { readonly kind: "failed"; readonly error: string };

/** An error as plain data. */
export interface WrittenError {
  readonly message: string;
  readonly code?: string;
  readonly hint?: string | undefined;
  readonly argument?: string | number | undefined;
}

export const writtenError = (error: unknown): WrittenError =>
  error instanceof DataError
    ? { message: error.message, code: error.code, hint: error.hint, argument: error.argument }
    : { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };

const asError = ({ message, code, hint, argument }: WrittenError): Error =>
  code === undefined ? new Error(message) : new DataError(code, message, hint, argument);

interface Waiting {
  readonly resolve: (columns: readonly StoredValues[]) => void;
  readonly reject: (error: Error) => void;
}

/** A worker with its tasks under way. */
class DecoderWorker {
  private readonly port: WorkerPort;
  private readonly waiting = new Map<number, Waiting>();
  private failed: Error | undefined;
  private next = 0;

  constructor(port: WorkerPort, { decoder, context }: DecodedRecords, wanted: Wanted, cache: CacheFile | undefined) {
    this.port = port;
    port.onMessage((message) => this.answered(message as DecoderAnswer));
    port.post({ kind: "open", decoder, context, wanted, cache } satisfies DecoderRequest);
  }

  get load(): number {
    return this.waiting.size;
  }

  read(task: ReadingTask): Promise<readonly StoredValues[]> {
    if (this.failed) return Promise.reject(this.failed);
    const id = this.next++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.port.post({ kind: "read", id, task } satisfies DecoderRequest);
    });
  }

  private answered(answer: DecoderAnswer): void {
    if (answer.kind === "failed") {
      this.failed = new Error(`what reads the data stopped: ${answer.error}`);
      for (const { reject } of this.waiting.values()) reject(this.failed);
      this.waiting.clear();
      return;
    }
    const found = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.kind === "read") found?.resolve(answer.columns);
    else found?.reject(asError(answer.error));
  }

  end(): void {
    this.port.end();
  }
}

/** Decoders of shards each keep one in memory, and numbers of tables are soon read. */
const MOST_OF_SHARDS = 2;

/** Workers that there may be, and where they keep what they have decoded. */
export interface DecoderPool {
  readonly count: number;
  readonly spawn: () => WorkerPort;
  readonly cache?: CacheFile | undefined;
}

/** How many of the workers that there may be records are read by. */
export const workersFor = ({ train }: Pick<Records, "train">, most: number): number =>
  train.kind === "single" ? most : Math.min(MOST_OF_SHARDS, most);

/** Shares tasks out among workers: each goes to the one that has fewest, those of shards to the one of the shard. */
export function decodeInWorkers(
  records: DecodedRecords,
  wanted: Wanted,
  { count: most, spawn, cache }: DecoderPool,
): Decoding {
  const count = workersFor(records, most);
  const workers = Array.from({ length: count }, () => new DecoderWorker(spawn(), records, wanted, cache));
  const least = (): DecoderWorker => workers.reduce((a, b) => (b.load < a.load ? b : a));
  const ofShard = (shard: number | undefined): DecoderWorker | undefined =>
    shard === undefined ? undefined : workers[shard % count];
  return {
    read: (task, shard) => (ofShard(shard) ?? least()).read(task),
    end() {
      for (const worker of workers) worker.end();
    },
  };
}
