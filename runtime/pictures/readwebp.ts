// In: the bytes of a WebP file, lossy or lossless. Out: its picture in RGB, turned as it was stored; opacity is left out.
// Invariant: the decoder is an optional package, loaded with the first such picture.

import { DataError } from "../files/dataerror.ts";
import { Codec, type Heap } from "./codec.ts";
import { viewOf } from "./jpegsegments.ts";
import { AGAIN, storedSize } from "./kind.ts";
import type { Picture } from "./png.ts";

/** The functions of libwebp. */
interface LibWebp extends Heap {
  /** The address of the points, 4 bytes each; 0 where it fails. */
  WebPDecodeRGBA(from: number, length: number, width: number, height: number): number;
}

const codec = new Codec<LibWebp>("@cwasm/webp/webp.wasm");

/** DataError `data/not-a-picture` where the decoder is not installed, `data/truncated`, `data/corrupt-picture`. */
export async function readWebp(bytes: Uint8Array, path: string): Promise<Picture> {
  const [height, width] = storedSize(bytes, path);
  if (viewOf(bytes).getUint32(4, true) + 8 > bytes.length)
    throw new DataError("data/truncated", `${path} ends before its picture does`, AGAIN);
  const found = await decode(bytes, [height, width], path);
  if (found) return { width, height, channels: 3, bytes: found };
  throw new DataError("data/corrupt-picture", `${path} is a damaged WebP file: its data cannot be decoded`, AGAIN);
}

async function decode(
  bytes: Uint8Array,
  [height, width]: readonly [number, number],
  path: string,
): Promise<Uint8Array | undefined> {
  try {
    return await codec.use(bytes, (library, from) => {
      const sizes = library.malloc(8);
      const to = library.WebPDecodeRGBA(from, bytes.length, sizes, sizes + 4);
      if (to === 0) return undefined;
      const view = new DataView(library.memory.buffer);
      const isSame = view.getUint32(sizes, true) === width && view.getUint32(sizes + 4, true) === height;
      const found = isSame ? colours(new Uint8Array(library.memory.buffer, to, 4 * width * height)) : undefined;
      library.free(sizes);
      library.free(to);
      return found;
    });
  } catch {
    const message = `${path} is a WebP file, and reading it needs the package @cwasm/webp, which is not installed`;
    throw new DataError("data/not-a-picture", message, "npm install @cwasm/webp, or save the picture as PNG");
  }
}

/** Red, green and blue of each point. */
function colours(points: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((points.length / 4) * 3);
  for (let i = 0; i < bytes.length; i++) bytes[i] = points[4 * Math.floor(i / 3) + (i % 3)] ?? 0;
  return bytes;
}
