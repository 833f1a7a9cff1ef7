// Streams of a training: how much of one is in memory, and what feeds it to an engine. In: a data set of records and what its
// training reads. Out: the plan of a ring, and the feed.

import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import type { CacheFile } from "../../runtime/data/recordcache.ts";
import type { Records } from "../../runtime/data/records.ts";
import type { Engine, WorkerPort } from "../../runtime/engine.ts";
import { decodeHere, decodeInWorkers, workersFor } from "../../runtime/stream/decoding.ts";
import type { RowFeed, SessionColumn } from "../../runtime/train/feed.ts";
import { Ring, type RingPlan } from "../../runtime/train/ring.ts";
import type { LoadedData } from "../data/dataset.ts";
import type { Host } from "../host.ts";

/** Bytes of one half where the program does not say how many examples it has: a buffer mixes what lies together in shards. */
const SINGLE_BYTES = 2 ** 23;
const SHARDED_BYTES = 2 ** 26;
/** Fewer steps than these are over before the next half is read. */
const FEWEST_STEPS = 4;

export interface Reading {
  /** Fields that any of its entries reads. */
  readonly used: ReadonlySet<string>;
  /** Rows that one step takes. */
  readonly stepRows: number;
  readonly seed: number;
}

/** The plan of the ring of a stream; undefined for data in memory. */
export function ringOf(dataset: Dataset, { used, stepRows, seed }: Reading): RingPlan | undefined {
  const { records } = dataset;
  if (!records) return undefined;
  const columns = dataset.train.columns.map((c) =>
    used.has(c.name) ? { name: c.name, width: widthOf(c) } : undefined,
  );
  const rowBytes = dataset.train.columns.reduce(
    (sum, c) => sum + (used.has(c.name) ? (c.byteUnit === undefined ? 4 : 1) * widthOf(c) : 0),
    0,
  );
  return { records, capacity: capacityOf(records, rowBytes, stepRows), stepRows, seed, columns };
}

const widthOf = ({ shape }: Column): number => shape.reduce((a, b) => a * b, 1);

/** Whole steps, as many rows as the program asks for or some bytes hold, and no more than there are. */
function capacityOf({ train, heldout, buffer }: Records, rowBytes: number, stepRows: number): number {
  const bytes = train.kind === "single" ? SINGLE_BYTES : SHARDED_BYTES;
  const wanted = buffer ?? Math.max(FEWEST_STEPS * stepRows, Math.floor(bytes / Math.max(1, rowBytes)));
  const most = Math.max(train.length, heldout.length);
  return stepRows * Math.max(1, Math.ceil(Math.min(wanted, most) / stepRows));
}

/** `pets is streamed: 8192 of 25000 images are in memory at a time` */
export function streamText({ name, dataset }: LoadedData, { capacity }: RingPlan): string {
  const count = dataset.train.length + dataset.heldout.length;
  return `${name} is streamed: ${Math.min(2 * capacity, count)} of ${count} ${dataset.unit} are in memory at a time`;
}

type StreamHost = Pick<Host, "files" | "decoders" | "version">;

/** Starts the workers of a stream, if it has one, while the engine of its training starts; `host` is to open its rows. */
export async function startWithWorkers<Started>(
  ring: RingPlan | undefined,
  { files, version, ...machine }: StreamHost,
  start: () => Promise<Started>,
): Promise<{ readonly started: Started; readonly host: StreamHost }> {
  const decoders = ring && (await machine.decoders?.());
  if (!decoders) return { started: await start(), host: { files, version } };
  const workers = Array.from({ length: workersFor(ring.records, decoders.count) }, () => decoders.spawn());
  const spawn = (): WorkerPort => workers.pop() ?? decoders.spawn();
  try {
    return { started: await start(), host: { files, version, decoders: async () => ({ ...decoders, spawn }) } };
  } catch (error) {
    for (const worker of workers) worker.end();
    throw error;
  }
}

/** The rows that a session is opened with: columns of data in memory, or a feed, which is to be ended. `cache`: where decoded records go. */
export async function rowsOf(
  engine: Engine,
  { ring, columns }: { readonly ring?: RingPlan; readonly columns: readonly SessionColumn[] },
  dataset: Dataset,
  host: StreamHost,
  cache?: CacheFile,
): Promise<readonly SessionColumn[] | RowFeed> {
  return ring ? openRing(engine, ring, dataset, host, cache) : columns;
}

/** A ring with what decodes for it. */
export async function openRing(
  engine: Engine,
  ring: RingPlan,
  { records }: Dataset,
  host: StreamHost,
  cache?: CacheFile,
): Promise<RowFeed> {
  if (!records) throw new Error("a ring is for records");
  const wanted = ring.columns.map((c) => c !== undefined);
  const decoders = await host.decoders?.();
  const facts = [host.version, records.decoder, records.context, records.digest, wanted];
  const begun = cache && decoders?.beginCache(cache, facts);
  const decoding = decoders
    ? decodeInWorkers(records, wanted, { ...decoders, cache: begun })
    : decodeHere(records, host.files, wanted);
  return new Ring(engine, ring, decoding);
}

export const endRows = (rows: readonly SessionColumn[] | RowFeed | undefined): void => {
  if (rows && "end" in rows) rows.end();
};
