// Records: examples that are read from their files when a training comes to them. What a source says of them without their values,
// and what reads them, in this thread or in workers.

import type { StoredValues } from "../engine.ts";
import type { FileReader } from "../files/files.ts";
import type { OpenCache } from "./recordcache.ts";

/** Some records that a decoder reads together: plain data, which a worker can be sent. */
export type ReadingTask = unknown;

/** Records that lie each by itself, so that any of them may be read after any other. A task is a list of what stands for each. */
export interface SingleRecords {
  readonly kind: "single";
  readonly length: number;
  item(row: number): unknown;
}

/** Records that are read a shard at a time: groups of rows of a file. */
export interface ShardedRecords {
  readonly kind: "sharded";
  readonly length: number;
  /** Records of each shard, in the order of the file. */
  readonly sizes: Int32Array;
  /** Records `from` to `to` of a shard. */
  task(shard: number, from: number, to: number): ReadingTask;
}

/** A record that lies by itself, as its decoder is sent it, with its number among those of both parts, as its source has them. */
export type Numbered<Item> = Item & { readonly record: number };

export type RecordPart = SingleRecords | ShardedRecords;

export interface Records {
  /** The name of the decoder that reads them, and what it must know before its first task: plain data. */
  readonly decoder: string;
  readonly context: unknown;
  readonly train: RecordPart;
  readonly heldout: RecordPart;
  /** Records that are held in memory and shuffled together, as the program asks. */
  readonly buffer: number | undefined;
  /** Changes where any record does. */
  readonly digest: string;
}

/** A decoder at work, in this thread or in workers. */
export interface Decoding {
  /** `shard`: tasks of one shard are best read by one decoder. */
  read(task: ReadingTask, shard?: number): Promise<readonly StoredValues[]>;
  end(): void;
}

/** The facts of records that workers are started for. */
export type DecodedRecords = Pick<Records, "decoder" | "context" | "train">;

/** Workers for a source that reads everything into memory. */
export interface LoadingWorkers {
  /** Milliseconds that it reads by itself before it starts them. */
  readonly patience: number;
  readonly start: (records: DecodedRecords) => Promise<Decoding>;
}

export interface Decoder {
  /** As `Records.decoder` has it. */
  readonly name: string;
  /** Ready for tasks; a DataError of what it reads names the file. `cache`: keeps what has been decoded. */
  open(context: unknown, files: FileReader, wanted: Wanted, cache?: OpenCache): RecordReader;
}

/** Whether the column of this place is read; the values of others may be missing. */
export type Wanted = readonly boolean[] | undefined;

/** The values of the records of a task, for each column in order. */
export type RecordReader = (task: ReadingTask) => Promise<readonly StoredValues[]>;
