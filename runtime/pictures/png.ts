// Pictures as PNG files (ISO/IEC 15948): 8 bits a channel, grey or RGB, no interlacing.

import { zlibSync } from "fflate";
import { crc32 } from "../files/crc32.ts";

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1: grey, 3: red, green and blue. */
  readonly channels: 1 | 3;
  /** Rows from the top, channels innermost. */
  readonly bytes: Uint8Array;
}

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

export function encodePng({ width, height, channels, bytes }: Picture): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, channels === 1 ? 0 : 2], 8);
  const row = width * channels;
  // Each row is led by the number of its filter: none.
  const lines = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) lines.set(bytes.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const chunks = [chunk("IHDR", header), chunk("IDAT", zlibSync(lines)), chunk("IEND", new Uint8Array())];
  return Uint8Array.from([...SIGNATURE, ...chunks.flatMap((c) => [...c])]);
}

/** Length, name, contents, and the checksum of the last two. */
function chunk(name: string, contents: Uint8Array): Uint8Array {
  const made = new Uint8Array(12 + contents.length);
  const view = new DataView(made.buffer);
  view.setUint32(0, contents.length);
  made.set(
    [...name].map((c) => c.charCodeAt(0)),
    4,
  );
  made.set(contents, 8);
  view.setUint32(8 + contents.length, crc32(made.subarray(4, 8 + contents.length)));
  return made;
}
