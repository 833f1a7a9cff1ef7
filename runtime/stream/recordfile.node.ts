// A file of decoded records, each at a place of its own, with how its source looked and a check sum. Workers of one training, and a
// training that goes on, write into it without asking each other: equal records are equal bytes.
// Invariant: a record that is half written, of another source or damaged is none; a disk that is full or broken is no error.

import { createHash } from "node:crypto";
import { closeSync, ftruncateSync, openSync, readSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { CacheFile, RecordCache, Stamp } from "../data/recordcache.ts";
import { crc32 } from "../files/crc32.ts";

/** The beginning of the file says what its records are. */
const HEADER_BYTES = 128;

function headerOf(facts: unknown): Buffer {
  const digest = createHash("sha256").update(JSON.stringify(facts)).digest("hex");
  return Buffer.from(`records of dnn, 1 ${digest}\n`.padEnd(HEADER_BYTES));
}

/**
 * Takes up the file of records of which all these facts hold, or begins it, within `mostBytes` and half of what the disk has free;
 * undefined where that fails.
 */
export function beginCache({ path, mostBytes }: CacheFile, facts: unknown): CacheFile | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "a+");
    closeSync(file);
    file = openSync(path, "r+");
    const [header, found] = [headerOf(facts), Buffer.alloc(HEADER_BYTES)];
    if (readSync(file, found, 0, HEADER_BYTES, 0) < HEADER_BYTES || !found.equals(header)) {
      ftruncateSync(file);
      writeSync(file, header, 0, HEADER_BYTES, 0);
    }
    const { bavail, bsize } = statfsSync(dirname(path));
    const own = statSync(path).blocks * 512;
    return { path, mostBytes: Math.min(mostBytes, own + (bavail * bsize) / 2) };
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Times of files are kept in steps, of two seconds at most: one that is older has changed since if it is written to. */
const STEP_MILLISECONDS = 2000;

function stampOf(path: string): Stamp | undefined {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts?.isFile() || Date.now() - facts.mtimeMs < STEP_MILLISECONDS) return undefined;
  return [facts.size, facts.mtimeMs, facts.ctimeMs, facts.ino];
}

/** Behind each record: its stamp, of one or two sources, and its check sum. */
const STAMP_NUMBERS = 8;
const SUM_AT = 8 * STAMP_NUMBERS;
const TAIL_BYTES = SUM_AT + 8;

/** Opens the file for records of so many bytes. */
export function openCache({ path, mostBytes }: CacheFile, recordBytes: number): RecordCache | undefined {
  let file: number;
  try {
    file = openSync(path, "r+");
  } catch {
    return undefined;
  }
  return new RecordFile(file, recordBytes, mostBytes);
}

class RecordFile implements RecordCache {
  readonly stampOf = safely(stampOf);
  private readonly file: number;
  private readonly most: number;
  private readonly bytes: Uint8Array;
  private readonly tail: DataView;
  private isFull = false;

  constructor(file: number, recordBytes: number, mostBytes: number) {
    this.file = file;
    this.bytes = new Uint8Array(recordBytes + TAIL_BYTES);
    this.tail = new DataView(this.bytes.buffer, recordBytes);
    this.most = Math.floor((mostBytes - HEADER_BYTES) / this.bytes.length);
  }

  private placeOf = (record: number): number => HEADER_BYTES + record * this.bytes.length;

  private get sum(): number {
    return crc32(this.bytes.subarray(0, this.bytes.length - TAIL_BYTES + SUM_AT));
  }

  read(record: number, stamp: Stamp, into: Uint8Array): boolean {
    if (record >= this.most) return false;
    const { bytes, tail } = this;
    try {
      if (readSync(this.file, bytes, 0, bytes.length, this.placeOf(record)) < bytes.length) return false;
    } catch {
      return false;
    }
    if (!stamp.every((number, i) => tail.getFloat64(8 * i) === number) || tail.getUint32(SUM_AT) !== this.sum)
      return false;
    into.set(bytes.subarray(0, into.length));
    return true;
  }

  write(record: number, stamp: Stamp, own: Uint8Array): void {
    if (record >= this.most || this.isFull) return;
    const { bytes, tail } = this;
    bytes.fill(0, own.length);
    bytes.set(own);
    for (const [i, number] of stamp.entries()) tail.setFloat64(8 * i, number);
    tail.setUint32(SUM_AT, this.sum);
    try {
      this.isFull = writeSync(this.file, bytes, 0, bytes.length, this.placeOf(record)) < bytes.length;
    } catch {
      this.isFull = true;
    }
  }
}

/** Undefined where a file cannot be looked at: reading it says why. */
const safely =
  <Result>(look: (path: string) => Result) =>
  (path: string): Result | undefined => {
    try {
      return look(path);
    } catch {
      return undefined;
    }
  };
