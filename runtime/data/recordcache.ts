// Decoded records that are kept on a disk, so that each is decoded once: the interface of such a cache, without its file
// (`runtime/stream/recordfile.node.ts`). Invariant: a record is given back only for a source that looks as it did when it was decoded,
// so that a change of the source is noticed as without a cache.

/**
 * Numbers by which a file that was written to is known without being read: its size, its times and its place on the disk; of two
 * files, those of both. */
export type Stamp = readonly number[];

/** Records of one size, by their numbers. */
export interface RecordCache {
  /** Undefined where there is no such file, or where it is so new that a change might not show. */
  stampOf(path: string): Stamp | undefined;
  /** Fills `into` with a record of a source that looked so; false where there is none. */
  read(record: number, stamp: Stamp, into: Uint8Array): boolean;
  /** Keeps a record, unless it cannot be written. */
  write(record: number, stamp: Stamp, bytes: Uint8Array): void;
}

/** Where the file is, and how many bytes it may have: plain data, for workers. */
export interface CacheFile {
  readonly path: string;
  readonly mostBytes: number;
}

/** A cache for records of so many bytes; undefined where there is none. */
export type OpenCache = (recordBytes: number) => RecordCache | undefined;

/** Puts the bytes of a record into their place: from the cache, or decoded from its sources, and kept. */
export async function fillRecord(
  cache: RecordCache | undefined,
  record: number,
  sources: readonly string[],
  into: Uint8Array,
  decode: () => Promise<Uint8Array>,
): Promise<void> {
  const stamps = cache ? sources.map((path) => cache.stampOf(path)) : [];
  const stamp = stamps.some((each) => each === undefined) ? undefined : stamps.flatMap((each) => each ?? []);
  if (stamp && cache?.read(record, stamp, into)) return;
  into.set(await decode());
  if (stamp) cache?.write(record, stamp, into);
}
