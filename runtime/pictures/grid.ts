// Many small pictures as one, in rows, with a margin between them.

import type { Picture } from "./png.ts";

const MARGIN = 2;
const PAPER = 64;

/** `values`: pictures of [height, width, channels] one after the other, 0 black and 1 white; what is outside is cut. */
export function pictureGrid(
  values: ArrayLike<number>,
  shape: readonly [height: number, width: number, channels: 1 | 3],
  rows: number,
  columns: number,
): Picture {
  const [height, width, channels] = shape;
  const full = { width: columns * (width + MARGIN) + MARGIN, height: rows * (height + MARGIN) + MARGIN };
  const bytes = new Uint8Array(full.width * full.height * channels).fill(PAPER);
  for (let n = 0; n < rows * columns; n++) {
    const top = Math.floor(n / columns) * (height + MARGIN) + MARGIN;
    const left = (n % columns) * (width + MARGIN) + MARGIN;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width * channels; x++) {
        const value = values[(n * height + y) * width * channels + x]!;
        bytes[((top + y) * full.width + left) * channels + x] = Math.round(255 * Math.min(1, Math.max(0, value)));
      }
  }
  return { ...full, channels, bytes };
}
