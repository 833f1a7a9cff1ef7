// In: a picture and what a network wants of it. Out: its bytes, or numbers from 0 to 1, [height, width, channels], row by row.
// Invariant: the same picture gives the same bits for training and for prediction; one of the right size is not resampled, and one
// that is has whole bytes, as a file of its size would.

import type { Picture } from "./png.ts";

/** Luma of ITU-R BT.601. */
const [RED, GREEN, BLUE] = [0.299, 0.587, 0.114] as const;

/** Of each byte, what share of 255 it is. */
const SHARES = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Some points' channels as shares of 255, as they are, repeated, or weighed into one grey. */
function inChannels(bytes: Uint8Array, have: 1 | 3, want: 1 | 3): Float32Array {
  const values = new Float32Array((bytes.length / have) * want);
  if (have === want) for (let i = 0; i < values.length; i++) values[i] = SHARES[bytes[i]!]!;
  else if (want === 3) for (let i = 0; i < values.length; i++) values[i] = SHARES[bytes[Math.floor(i / 3)]!]!;
  else
    for (let i = 0; i < values.length; i++)
      values[i] = (RED * bytes[3 * i]! + GREEN * bytes[3 * i + 1]! + BLUE * bytes[3 * i + 2]!) / 255;
  return values;
}

interface Taps {
  readonly first: number;
  readonly weights: readonly number[];
}

/**
 * For each of `to` points, which of `from` points it is the weighted mean of: a triangle as wide as two points of the
 * coarser grid, so that enlarging is bilinear and reducing averages over the area.
 */
function taps(from: number, to: number): Taps[] {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.ceil(centre - reach));
    const last = Math.min(from - 1, Math.floor(centre + reach));
    const raw = Array.from({ length: last - first + 1 }, (_, k) => 1 - Math.abs(first + k - centre) / reach);
    const total = raw.reduce((a, b) => a + b, 0);
    return { first, weights: raw.map((weight) => weight / total) };
  });
}

/** The rows of a picture as `to` rows. Numbers of a large picture take four times its bytes: few of its rows are there at a time. */
function alongRows({ width, height, channels, bytes }: Picture, to: number, want: 1 | 3): Float32Array {
  const inner = width * want;
  const rowOf = (row: number): Float32Array =>
    inChannels(bytes.subarray(row * width * channels, (row + 1) * width * channels), channels, want);
  const made = new Float32Array(to * inner);
  if (height === to) {
    for (let row = 0; row < to; row++) made.set(rowOf(row), row * inner);
    return made;
  }
  const held = new Map<number, Float32Array>();
  for (const [i, { first, weights }] of taps(height, to).entries()) {
    for (const row of held.keys()) if (row < first) held.delete(row);
    const own = made.subarray(i * inner, (i + 1) * inner);
    for (const [t, weight] of weights.entries()) {
      const values = held.get(first + t) ?? rowOf(first + t);
      held.set(first + t, values);
      for (let k = 0; k < inner; k++) own[k]! += weight * values[k]!;
    }
  }
  return made;
}

/** Along the middle axis of [outer, from, inner]. */
function along(values: Float32Array, outer: number, from: number, to: number, inner: number): Float32Array {
  if (from === to) return values;
  const made = new Float32Array(outer * to * inner);
  for (const [i, { first, weights }] of taps(from, to).entries())
    for (const [t, weight] of weights.entries())
      for (let o = 0; o < outer; o++) {
        const [into, read] = [(o * to + i) * inner, (o * from + first + t) * inner];
        for (let k = 0; k < inner; k++) made[into + k]! += weight * values[read + k]!;
      }
  return made;
}

/** A picture brought to a size, stretched where its sides are in another proportion. */
export function pictureBytes(
  picture: Picture,
  [height, width]: readonly [number, number],
  channels: 1 | 3,
): Uint8Array {
  const isSame = picture.height === height && picture.width === width && picture.channels === channels;
  if (isSame) return picture.bytes;
  const rows = alongRows(picture, height, channels);
  return Uint8Array.from(along(rows, height, picture.width, width, channels), (value) => Math.round(255 * value));
}

/** The same as numbers from 0 to 1. */
export const pictureValues = (...given: Parameters<typeof pictureBytes>): Float32Array =>
  Float32Array.from(pictureBytes(...given), (byte) => byte / 255);
