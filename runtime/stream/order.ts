// In: a part of a stream, how many of its records one chunk holds, and by what they are shuffled. Out: for each chunk what is to
// be read, and in which order its records are taken.
// Invariant: chunk k is a function of the part, the seed, the epoch and k alone, so that a training goes on anywhere in an epoch;
// each record is in one chunk, and every chunk but the last is full. Records that lie by themselves, and shards that one chunk
// holds all of, are taken in the order in which a training in memory takes them.

import { Random } from "../data/random.ts";
import type { ReadingTask, RecordPart, ShardedRecords, SingleRecords } from "../data/records.ts";

/** Keeps the streams that order epochs apart from those that make data. */
export const ORDER_STREAM = 0x0e90c000;
const SHARD_STREAM = 0x5aa4d000;

export interface Shuffle {
  readonly seed: number;
  readonly epoch: number;
}

export interface OrderedTask {
  readonly task: ReadingTask;
  readonly count: number;
  /** Tasks of one shard cost less where one decoder reads them one after the other. */
  readonly shard?: number;
}

export interface Chunk {
  readonly count: number;
  /** Their records, one after the other, are those of the chunk. */
  readonly tasks: readonly OrderedTask[];
  /** Record `order[i]` of the chunk is taken as number i; undefined where they are read in their order. */
  readonly order: Int32Array | undefined;
}

export interface ChunkOrder {
  readonly chunks: number;
  chunk(index: number): Chunk;
}

/** Records that lie by themselves and are read by one task: enough to be worth a message, few enough to be shared out. */
const TOGETHER = 16;

export function chunksOf(part: RecordPart, capacity: number, shuffle: Shuffle | undefined): ChunkOrder {
  return part.kind === "single" ? ofSingle(part, capacity, shuffle) : ofShards(part, capacity, shuffle);
}

function ofSingle(part: SingleRecords, capacity: number, shuffle: Shuffle | undefined): ChunkOrder {
  const { length } = part;
  const order = shuffle
    ? new Random(shuffle.seed, ORDER_STREAM + shuffle.epoch).shuffle(length)
    : Int32Array.from({ length }, (_, i) => i);
  return {
    chunks: Math.ceil(length / capacity),
    chunk(index) {
      const rows = order.subarray(index * capacity, (index + 1) * capacity);
      const tasks = Array.from({ length: Math.ceil(rows.length / TOGETHER) }, (_, i) => {
        const some = rows.subarray(i * TOGETHER, (i + 1) * TOGETHER);
        return { task: Array.from(some, (row) => part.item(row)), count: some.length };
      });
      return { count: rows.length, tasks, order: undefined };
    },
  };
}

function ofShards(part: ShardedRecords, capacity: number, shuffle: Shuffle | undefined): ChunkOrder {
  const { length, sizes } = part;
  const chunks = Math.ceil(length / capacity);
  const isMixed = shuffle !== undefined && chunks > 1;
  const shards = isMixed
    ? new Random(shuffle.seed, SHARD_STREAM + shuffle.epoch).shuffle(sizes.length)
    : Int32Array.from({ length: sizes.length }, (_, i) => i);
  const countOf = (index: number): number => Math.min(capacity, length - index * capacity);
  const permutations = shuffle && permutationsOf(shuffle, countOf);
  return {
    chunks,
    chunk: (index) => ({
      count: countOf(index),
      tasks: [...pieces(part, shards, index * capacity, index * capacity + countOf(index))],
      order: permutations?.(index),
    }),
  };
}

/** Parts of shards that records `from` to `to` of all shards, one after the other, lie in. */
function* pieces({ sizes, task }: ShardedRecords, shards: Int32Array, from: number, to: number) {
  let start = 0;
  for (const shard of shards) {
    const size = sizes[shard] ?? 0;
    const [first, last] = [Math.max(from - start, 0), Math.min(to - start, size)];
    if (first < last) yield { task: task(shard, first, last), count: last - first, shard };
    start += size;
    if (start >= to) return;
  }
}

/** The order in each chunk, by one generator for the epoch: those of chunks before it are drawn, too. */
function permutationsOf({ seed, epoch }: Shuffle, countOf: (index: number) => number): (index: number) => Int32Array {
  let [random, drawn] = [new Random(seed, ORDER_STREAM + epoch), 0];
  return (index) => {
    if (index < drawn) [random, drawn] = [new Random(seed, ORDER_STREAM + epoch), 0];
    for (; drawn < index; drawn++) random.shuffle(countOf(drawn));
    drawn++;
    return random.shuffle(countOf(index));
  };
}
