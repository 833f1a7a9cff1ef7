// In: the bytes of a PNG file (ISO/IEC 15948), any of its colour types, depths and orders. Out: 8 bits a channel, grey or RGB.
// Invariant: every check sum agrees, the rows are all there, and nothing beyond them is unpacked. Transparency is left out.

import { crc32 } from "../files/crc32.ts";
import { DataError } from "../files/dataerror.ts";
import { type Misfit, unzlib } from "../files/unzlib.ts";
import { AGAIN, storedSize } from "./kind.ts";
import type { Picture } from "./png.ts";

interface Header {
  readonly height: number;
  readonly width: number;
  /** Bits of a sample. */
  readonly depth: number;
  /** Samples of a point. */
  readonly samples: number;
  readonly palette: boolean;
  readonly interlaced: boolean;
}

interface Chunk {
  readonly name: string;
  readonly contents: Uint8Array;
}

const corrupt = (path: string, why: string): DataError =>
  new DataError("data/corrupt-picture", `${path} is a damaged PNG file: ${why}`, AGAIN);

function* chunksOf(bytes: Uint8Array, path: string): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 8; ; ) {
    const end = at + 12 + (at + 4 <= bytes.length ? view.getUint32(at) : 0);
    if (end > bytes.length) throw new DataError("data/truncated", `${path} ends before its picture does`, AGAIN);
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (crc32(bytes.subarray(at + 4, end - 4)) !== view.getUint32(end - 4))
      throw corrupt(path, `the check sum of its part ${JSON.stringify(name)} does not agree`);
    yield { name, contents: bytes.subarray(at + 8, end - 4) };
    if (name === "IEND") return;
    at = end;
  }
}

/** Samples of a point and the depths that go with them, by colour type. */
const COLOURS: Readonly<Record<number, { samples: number; depths: readonly number[] }>> = {
  0: { samples: 1, depths: [1, 2, 4, 8, 16] },
  2: { samples: 3, depths: [8, 16] },
  3: { samples: 1, depths: [1, 2, 4, 8] },
  4: { samples: 2, depths: [8, 16] },
  6: { samples: 4, depths: [8, 16] },
};
const PALETTE = 3;

function headerOf(bytes: Uint8Array, chunks: readonly Chunk[], path: string): Header {
  const [height, width] = storedSize(bytes, path);
  const [first] = chunks;
  if (first?.name !== "IHDR" || first.contents.length !== 13) throw corrupt(path, "it does not begin with its header");
  const [depth = 0, colour = 0, packing = 0, filters = 0, order = 0] = first.contents.subarray(8);
  const known = COLOURS[colour];
  if (!known?.depths.includes(depth) || packing !== 0 || filters !== 0 || order > 1)
    throw corrupt(path, `its header says colour type ${colour} with ${depth} bits`);
  return { height, width, depth, samples: known.samples, palette: colour === PALETTE, interlaced: order === 1 };
}

// ---------------------------------------------------------------- rows

/** Points of the picture that are stored one after the other: from (x, y), every dx-th of every dy-th row. */
interface Pass {
  readonly x: number;
  readonly y: number;
  readonly dx: number;
  readonly dy: number;
}

const pass = (x: number, y: number, dx: number, dy: number): Pass => ({ x, y, dx, dy });
const WHOLE = [pass(0, 0, 1, 1)];
const ADAM7 = [
  pass(0, 0, 8, 8),
  pass(4, 0, 8, 8),
  pass(0, 4, 4, 8),
  pass(2, 0, 4, 4),
  pass(0, 2, 2, 4),
  pass(1, 0, 2, 2),
  pass(0, 1, 1, 2),
];

interface Rows extends Pass {
  readonly columns: number;
  readonly rows: number;
  /** Bytes of a row, without the filter's number before it. */
  readonly bytes: number;
}

function layout({ height, width, depth, samples, interlaced }: Header): Rows[] {
  const parts = (interlaced ? ADAM7 : WHOLE).map((p): Rows => {
    const columns = Math.ceil((width - p.x) / p.dx);
    return { ...p, columns, rows: Math.ceil((height - p.y) / p.dy), bytes: Math.ceil((columns * samples * depth) / 8) };
  });
  return parts.filter((p) => p.columns > 0 && p.rows > 0);
}

const MISFITS: Readonly<Record<Misfit, string>> = {
  fewer: "it holds fewer rows than its header says",
  more: "it holds more than its header says",
  damaged: "its data cannot be unpacked",
};

/** Exactly `length` bytes out of the chunks of data. */
function unpack(parts: readonly Uint8Array[], length: number, path: string): Uint8Array {
  const found = unzlib(parts, length);
  if (typeof found === "string") throw corrupt(path, MISFITS[found]);
  return found;
}

/** Adds what a filter predicts to a row, in place; `above` is the row before it, or zeros, `step` the bytes of a point. */
type Filter = (row: Uint8Array, above: Uint8Array, step: number) => void;

/** Predictors: nothing, the left byte, the upper one, their mean, the likeliest of three. */
const FILTERS: readonly Filter[] = [
  () => undefined,
  (row, _, step) => {
    for (let i = step; i < row.length; i++) row[i]! += row[i - step]!;
  },
  (row, above) => {
    for (let i = 0; i < row.length; i++) row[i]! += above[i]!;
  },
  (row, above, step) => {
    for (let i = 0; i < row.length; i++) row[i]! += ((i < step ? 0 : row[i - step]!) + above[i]!) >> 1;
  },
  (row, above, step) => {
    // Without a left neighbour, the upper one is the likeliest.
    for (let i = 0; i < step && i < row.length; i++) row[i]! += above[i]!;
    for (let i = step; i < row.length; i++) row[i]! += likeliest(row[i - step]!, above[i]!, above[i - step]!);
  },
];

/** The neighbour that is nearest to left + up - corner. */
function likeliest(left: number, up: number, corner: number): number {
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

/** Sample `index` of a row in 8 bits: the upper half of 16, fewer spread over the range, places in a palette as they are. */
function sampleAt(row: Uint8Array, index: number, { depth, palette }: Header): number {
  if (depth === 8) return row[index]!;
  if (depth === 16) return row[2 * index]!;
  const bit = index * depth;
  const most = 2 ** depth - 1;
  const value = (row[bit >> 3]! >> (8 - depth - (bit & 7))) & most;
  return palette ? value : (value * 255) / most;
}

/** All samples, row by row from the top. */
function samplesOf(header: Header, parts: readonly Uint8Array[], path: string): Uint8Array {
  const { height, width, depth, samples } = header;
  const passes = layout(header);
  const raw = unpack(
    parts,
    passes.reduce((sum, p) => sum + p.rows * (p.bytes + 1), 0),
    path,
  );
  const found = new Uint8Array(height * width * samples);
  const step = Math.max(1, (samples * depth) >> 3);
  let at = 0;
  for (const p of passes) {
    let above: Uint8Array = new Uint8Array(p.bytes);
    for (let y = 0; y < p.rows; y++, at += p.bytes + 1) {
      const row = raw.subarray(at + 1, at + 1 + p.bytes);
      const filter = FILTERS[raw[at]!];
      if (!filter) throw corrupt(path, `there is no filter ${raw[at]}`);
      filter(row, above, step);
      above = row;
      const line = (p.y + y * p.dy) * width * samples;
      if (depth === 8 && p.dx === 1) found.set(row, line);
      else place(row, header, p, found, line);
    }
  }
  return found;
}

/** Puts the samples of a row where its pass has them, in the line of the picture that begins at `line`. */
function place(row: Uint8Array, header: Header, { columns, x: first, dx }: Rows, found: Uint8Array, line: number) {
  const { samples } = header;
  for (let x = 0; x < columns; x++)
    for (let k = 0; k < samples; k++)
      found[line + (first + x * dx) * samples + k] = sampleAt(row, x * samples + k, header);
}

// ---------------------------------------------------------------- colours

function coloured(places: Uint8Array, palette: Uint8Array, path: string): Uint8Array {
  const bytes = new Uint8Array(3 * places.length);
  for (const [i, place] of places.entries()) {
    if (3 * place >= palette.length) throw corrupt(path, `colour ${place} is not in its palette`);
    bytes.set(palette.subarray(3 * place, 3 * place + 3), 3 * i);
  }
  return bytes;
}

/** The first `channels` samples of each point. */
function withoutAlpha(found: Uint8Array, samples: number, channels: number): Uint8Array {
  if (samples === channels) return found;
  const bytes = new Uint8Array((found.length / samples) * channels);
  for (let i = 0; i < bytes.length; i++) bytes[i] = found[Math.floor(i / channels) * samples + (i % channels)]!;
  return bytes;
}

/** DataError `data/truncated`, `data/corrupt-picture`, `data/too-large`, and those of a file that is no PNG. */
export function readPng(bytes: Uint8Array, path: string): Picture {
  const chunks = [...chunksOf(bytes, path)];
  const header = headerOf(bytes, chunks, path);
  const { width, height, samples } = header;
  const parts = chunks.filter(({ name }) => name === "IDAT").map(({ contents }) => contents);
  const found = samplesOf(header, parts, path);
  if (header.palette) {
    const palette = chunks.find(({ name }) => name === "PLTE")?.contents ?? new Uint8Array();
    return { width, height, channels: 3, bytes: coloured(found, palette, path) };
  }
  const channels = samples < 3 ? 1 : 3;
  return { width, height, channels, bytes: withoutAlpha(found, samples, channels) };
}
