// Pictures that are read while a training goes on. In: the names of their files with the classes. Out: what each gives a field, the
// same numbers whether it is read once or in each epoch.

import { DataError } from "../../files/dataerror.ts";
import type { Picture } from "../../pictures/png.ts";
import { readPicture } from "../../pictures/read.ts";
import { pictureBytes } from "../../pictures/values.ts";
import { fillRecord } from "../recordcache.ts";
import type { Decoder, Numbered, Records } from "../records.ts";
import { digestOf, singleParts } from "../streamed.ts";
import { type TargetPicture, type Targets, targetValues } from "./targets.ts";

/** How every picture of a data set is read. */
export interface PictureFacts {
  readonly size: readonly [number, number];
  readonly channels: 1 | 3;
  /** The picture whose size all must have; absent where they are resampled. */
  readonly like: string | undefined;
  readonly targets: Targets;
}

/** The bytes of a picture in the size that is asked for. DataError `data/picture-sizes`. */
function bytesOfPicture(
  picture: Picture,
  path: string,
  { size, channels, like }: Pick<PictureFacts, "size" | "channels" | "like">,
): Uint8Array {
  const own = [picture.height, picture.width];
  if (like !== undefined && own.join() !== size.join()) throw differs(path, own, like, size);
  return pictureBytes(picture, size, channels);
}

/** The error for a picture that is not as large as the first. */
export function differs(path: string, own: readonly number[], first: string, size: readonly number[]): DataError {
  const message = `${path} is ${own.join("x")}, but ${first} is ${size.join("x")} (height and width): all must be of one size`;
  return new DataError("data/picture-sizes", message, "size=64x64 brings all pictures to one size, here 64x64");
}

/** The first `cut` of the files train. */
export function pictureRecords(
  files: readonly TargetPicture[],
  cut: number,
  dir: string,
  facts: PictureFacts,
  buffer: number | undefined,
): Records {
  // No picture is read for the digest.
  const targetOf = ({ label, boxes }: TargetPicture) => (boxes ? boxes.map((b) => `${b.label} ${b.corners}`) : label);
  return {
    decoder: pictureDecoder.name,
    context: facts,
    ...singleParts(files, cut),
    buffer,
    digest: digestOf(files.map((f) => `${targetOf(f)} ${f.path.slice(dir.length)}`)),
  };
}

export const pictureDecoder: Decoder = {
  name: "pictures",
  open(context, files, wanted, open) {
    const facts = context as PictureFacts;
    const width = facts.size[0] * facts.size[1] * facts.channels;
    const isWanted = wanted?.[0] ?? true;
    const cache = isWanted ? open?.(width) : undefined;
    const decode = async (path: string): Promise<Uint8Array> =>
      bytesOfPicture(await readPicture(await files.read(path), path), path, facts);
    return async (task) => {
      const chosen = task as readonly Numbered<TargetPicture>[];
      const values = new Uint8Array(isWanted ? chosen.length * width : 0);
      for (const [i, { path, record }] of isWanted ? chosen.entries() : [])
        await fillRecord(cache, record, [path], values.subarray(i * width, (i + 1) * width), () => decode(path));
      return [values, ...targetValues(facts.targets, chosen)];
    };
  },
};
