// In: the bytes of a picture file. Out: the picture, upright. The first bytes say whether it is PNG, JPEG or WebP.

import { kindOf } from "./kind.ts";
import { orientationOf, upright } from "./orientation.ts";
import type { Picture } from "./png.ts";
import { readPng } from "./readpng.ts";

/** Every way in which a file is no picture, or half of one, is a DataError. */
export async function readPicture(bytes: Uint8Array, path: string): Promise<Picture> {
  return upright(await readStored(bytes, path), orientationOf(bytes));
}

async function readStored(bytes: Uint8Array, path: string): Promise<Picture> {
  switch (kindOf(bytes, path)) {
    case "PNG":
      return readPng(bytes, path);
    case "JPEG": {
      const { readJpeg } = await import("./readjpeg.ts");
      return readJpeg(bytes, path);
    }
    case "WebP": {
      const { readWebp } = await import("./readwebp.ts");
      return readWebp(bytes, path);
    }
  }
}
