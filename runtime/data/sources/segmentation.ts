// In: a folder of pictures, and one of masks that are called like them. Out: the pictures, and of each point the class that its mask
// colours it with. Invariant: classes are the colours of all masks in their order; a mask is as large as its picture.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { ANY_PICTURE_ENDING, isPictureName, sizeOf } from "../../pictures/kind.ts";
import type { Picture } from "../../pictures/png.ts";
import { readPicture } from "../../pictures/read.ts";
import { pictureBytes } from "../../pictures/values.ts";
import { Random } from "../random.ts";
import { checkNumbers, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";

interface Pair {
  readonly picture: string;
  readonly mask: string;
}

const stemOf = (name: string): string => name.replace(/\.\w+$/, "");

async function picturesIn(files: FileReader, dir: string): Promise<readonly string[]> {
  const names = (await files.list(dir)).filter((name) => !name.startsWith(".") && isPictureName(name)).sort();
  if (names.length > 0) return names;
  throw new DataError(
    "data/no-pictures",
    `the folder ${dir} has no ${ANY_PICTURE_ENDING} files`,
    "name the folder that has them",
  );
}

/** Each picture with the mask of its name; endings may differ. DataError `data/no-pictures` where one is alone. */
async function findPairs(files: FileReader, dir: string, maskDir: string): Promise<readonly Pair[]> {
  const [pictures, masks] = [await picturesIn(files, dir), await picturesIn(files, maskDir)];
  const maskOf = new Map(masks.map((name) => [stemOf(name), name]));
  const pairs = pictures.map((name) => {
    const mask = maskOf.get(stemOf(name));
    if (mask !== undefined) return { picture: `${dir}/${name}`, mask: `${maskDir}/${mask}` };
    const message = `the picture ${dir}/${name} has no mask in ${maskDir}`;
    throw new DataError(
      "data/no-pictures",
      message,
      `a mask is called like its picture: ${maskDir}/${stemOf(name)}.png`,
    );
  });
  const known = new Set(pictures.map(stemOf));
  const alone = masks.find((name) => !known.has(stemOf(name)));
  if (alone === undefined) return pairs;
  const message = `the mask ${maskDir}/${alone} has no picture in ${dir}`;
  throw new DataError("data/no-pictures", message, "remove it, or put the picture of its name there");
}

/** Most colours of all masks. */
const MOST_CLASSES = 256;

/** The colours of masks as they are met, and in the order of their numbers in the end. */
class Colours {
  readonly #places = new Map<number, number>();

  placeOf(colour: number, path: string): number {
    const known = this.#places.get(colour);
    if (known !== undefined) return known;
    if (this.#places.size === MOST_CLASSES) {
      const message = `the masks have more than ${MOST_CLASSES} colours, the last of them in ${path}`;
      throw new DataError(
        "data/too-large",
        message,
        "each class has one colour: save masks as PNG, which keeps colours as they are",
      );
    }
    this.#places.set(colour, this.#places.size);
    return this.#places.size - 1;
  }

  /** Names of the classes; `values` become their places. */
  settle(values: Int32Array): readonly string[] {
    const met = [...this.#places.keys()];
    const sorted = met.toSorted((a, b) => a - b);
    const places = met.map((colour) => sorted.indexOf(colour));
    for (let i = 0; i < values.length; i++) values[i] = places[values[i]!]!;
    return sorted.map(colourName);
  }
}

const isGrey = (colour: number): boolean => colour % 0x010101 === 0;

/** `255` of grey, `#ff8000` of others. */
const colourName = (colour: number): string =>
  isGrey(colour) ? String(colour & 255) : `#${colour.toString(16).padStart(6, "0")}`;

/** The nearest points of a mask in a size, as places of their colours. */
function readMask(
  { width, height, channels, bytes }: Picture,
  size: readonly [number, number],
  colours: Colours,
  path: string,
) {
  const [h, w] = size;
  const places = new Int32Array(h * w);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const at = (Math.floor(((y + 0.5) * height) / h) * width + Math.floor(((x + 0.5) * width) / w)) * channels;
      const [r, g, b] =
        channels === 1 ? [bytes[at]!, bytes[at]!, bytes[at]!] : [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
      places[y * w + x] = colours.placeOf(r * 65536 + g * 256 + b, path);
    }
  return places;
}

export const segmentation: Source = {
  name: "segmentation",
  documentation:
    "Pictures with a mask each, a picture of the same name in another folder that colours each point with its class.",
  parameters: [
    { name: "pictures", kind: "path", documentation: "the folder of the pictures, PNG, JPEG or WebP files" },
    { name: "masks", kind: "path", documentation: "the folder of the masks, called like the pictures" },
    {
      name: "size",
      kind: "size",
      default: "first",
      documentation:
        "height and width that every picture is resampled to, masks to their nearest points; else all must be as large as the first",
    },
    { name: "grey", kind: "flag", default: false, documentation: "one channel of grey instead of red, green and blue" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled pictures that trains" },
  ],
  fields: [
    { name: "image", type: "[H, W, 3]", documentation: "red, green and blue from 0 to 1, or [H, W, 1] of grey" },
    {
      name: "mask",
      type: "[H, W] of K",
      documentation: "the class of each point; classes are the colours of the masks in their order",
    },
  ],
  generated: false,
  async load(given, { files, seed, progress }) {
    const dir = given.path("pictures");
    const pairs = await findPairs(files, dir, given.path("masks"));
    const first = pairs[0]!.picture;
    const asked = given.optionalSize("size");
    const size = asked ?? sizeOf(await files.read(first), first);
    const channels = given.flag("grey") ? 1 : 3;
    const points = size[0] * size[1];
    checkNumbers(`the pictures of ${dir}`, pairs.length * points * channels, { bytes: 1 });
    const image = new Uint8Array(pairs.length * points * channels);
    const mask = new Int32Array(pairs.length * points);
    const chosen = new Random(seed).shuffle(pairs);
    const colours = new Colours();
    for (const [row, pair] of chosen.entries()) {
      const picture = await readPicture(await files.read(pair.picture), pair.picture);
      const own = await readPicture(await files.read(pair.mask), pair.mask);
      checkSizes(picture, own, pair, asked ? undefined : { size, first });
      image.set(pictureBytes(picture, size, channels), row * points * channels);
      mask.set(readMask(own, size, colours, pair.mask), row * points);
      progress?.((row + 1) / chosen.length);
    }
    const labels = colours.settle(mask);
    const columns = [
      { name: "image", shape: [...size, channels], values: image, byteUnit: 255 as const },
      { name: "mask", shape: [...size], classes: labels.length, labels, values: mask },
    ];
    const cut = cutAt(chosen.length, given.number("split"), dir);
    return { unit: "images", unitsPerExample: 1, ...splitRows(columns, chosen.length, cut) };
  },
};

const sizeText = ({ height, width }: Picture): string => `${height}x${width}`;

/** DataError `data/picture-sizes`. */
function checkSizes(
  picture: Picture,
  mask: Picture,
  pair: Pair,
  all: { readonly size: readonly [number, number]; readonly first: string } | undefined,
): void {
  if (sizeText(picture) !== sizeText(mask)) {
    const message = `${pair.mask} is ${sizeText(mask)}, but its picture ${pair.picture} is ${sizeText(picture)} (height and width)`;
    throw new DataError("data/picture-sizes", message, "a mask has a point for each point of its picture");
  }
  if (!all || sizeText(picture) === all.size.join("x")) return;
  const message = `${pair.picture} is ${sizeText(picture)}, but ${all.first} is ${all.size.join("x")} (height and width): all must be of one size`;
  throw new DataError("data/picture-sizes", message, "size=64x64 brings all pictures to one size, here 64x64");
}
