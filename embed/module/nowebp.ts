// In place of `readwebp.ts` in built modules: they bring no decoder of WebP files.

import { DataError } from "../../runtime/files/dataerror.ts";
import type { readWebp as Original } from "../../runtime/pictures/readwebp.ts";

export const readWebp: typeof Original = async (_, path) => {
  throw new DataError(
    "data/not-a-picture",
    `${path} is a WebP file, which is not read here`,
    "hand over PNG or JPEG, or its pixels",
  );
};
