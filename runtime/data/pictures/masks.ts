// Masks: pictures that colour each point of another picture with its class. In: pairs of a picture and its mask. Out: the points of
// both, in one size. Invariant: classes are the colours of all masks in their order; a mask is as large as its picture; both are the
// same whether they are read once or in each epoch.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import type { Picture } from "../../pictures/png.ts";
import { readPicture } from "../../pictures/read.ts";
import { pictureBytes } from "../../pictures/values.ts";
import { memoryOf } from "../numbers.ts";
import { fillRecord } from "../recordcache.ts";
import type { Decoder, Numbered, RecordReader, Records } from "../records.ts";
import { digestOf, singleParts } from "../streamed.ts";
import { changed } from "../tables/shards.ts";
import { headSize } from "./headsize.ts";

export interface Pair {
  readonly picture: string;
  readonly mask: string;
}

/** How every pair of a data set is read: plain data. */
export interface PairFacts {
  readonly size: readonly [number, number];
  readonly channels: 1 | 3;
  /** The picture whose size all must have; absent where they are resampled. */
  readonly like: string | undefined;
}

/** Most colours of all masks. */
const MOST_CLASSES = 256;

/** The colours of masks as they are met, and in the order of their numbers in the end. */
export class Colours {
  readonly #places = new Map<number, number>();

  private placeOf(colour: number, path: string): number {
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

  sorted(): readonly number[] {
    return [...this.#places.keys()].sort((a, b) => a - b);
  }

  /** Places as they were met become those in the order of the colours. */
  settle(values: Int32Array): void {
    const sorted = this.sorted();
    const places = [...this.#places.keys()].map((colour) => sorted.indexOf(colour));
    for (let i = 0; i < values.length; i++) values[i] = places[values[i]!]!;
  }

  /** Colours of a mask become their places. */
  place(colours: Int32Array, path: string): void {
    let [last, place] = [-1, -1];
    for (let i = 0; i < colours.length; i++) {
      const colour = colours[i]!;
      // Neighbours are mostly of one colour.
      if (colour !== last) [last, place] = [colour, this.placeOf(colour, path)];
      colours[i] = place;
    }
  }
}

const isGrey = (colour: number): boolean => colour % 0x010101 === 0;

/** `255` of grey, `#ff8000` of others. */
export const colourName = (colour: number): string =>
  isGrey(colour) ? String(colour & 255) : `#${colour.toString(16).padStart(6, "0")}`;

/** The nearest points of a mask in a size, as places of their colours. */
function pointsOf(
  { width, height, channels, bytes }: Picture,
  [h, w]: readonly [number, number],
  placeOf: (colour: number) => number,
): Int32Array {
  const places = new Int32Array(h * w);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) {
      const at = (Math.floor(((y + 0.5) * height) / h) * width + Math.floor(((x + 0.5) * width) / w)) * channels;
      const [r, g, b] =
        channels === 1 ? [bytes[at]!, bytes[at]!, bytes[at]!] : [bytes[at]!, bytes[at + 1]!, bytes[at + 2]!];
      places[y * w + x] = placeOf(r * 65536 + g * 256 + b);
    }
  return places;
}

/** The colours of the points of a mask, whose picture is not decoded. DataErrors of the mask's file, `data/picture-sizes`. */
async function readMask(files: FileReader, pair: Pair, facts: PairFacts): Promise<Int32Array> {
  const mask = await readPicture(await files.read(pair.mask), pair.mask);
  const [height, width] = await headSize(files, pair.picture);
  checkSizes({ height, width }, mask, pair, facts);
  return pointsOf(mask, facts.size, (colour) => colour);
}

/** A picture and its mask in one size. DataErrors of their files, `data/picture-sizes`. */
async function readPair(
  files: FileReader,
  pair: Pair,
  facts: PairFacts,
  placeOf: (colour: number) => number,
): Promise<{ picture: Uint8Array; mask: Int32Array }> {
  const picture = await readPicture(await files.read(pair.picture), pair.picture);
  const mask = await readPicture(await files.read(pair.mask), pair.mask);
  checkSizes(picture, mask, pair, facts);
  return { picture: pictureBytes(picture, facts.size, facts.channels), mask: pointsOf(mask, facts.size, placeOf) };
}

type Sides = Pick<Picture, "height" | "width">;

const sizeText = ({ height, width }: Sides): string => `${height}x${width}`;

function checkSizes(picture: Sides, mask: Sides, pair: Pair, { size, like }: PairFacts): void {
  if (sizeText(picture) !== sizeText(mask)) {
    const message = `${pair.mask} is ${sizeText(mask)}, but its picture ${pair.picture} is ${sizeText(picture)} (height and width)`;
    throw new DataError("data/picture-sizes", message, "a mask has a point for each point of its picture");
  }
  if (like === undefined || sizeText(picture) === size.join("x")) return;
  const message = `${pair.picture} is ${sizeText(picture)}, but ${like} is ${size.join("x")} (height and width): all must be of one size`;
  throw new DataError("data/picture-sizes", message, "size=64x64 brings all pictures to one size, here 64x64");
}

// ---------------------------------------------------------------- streams

interface Context extends PairFacts {
  /** Those of all masks, in their order; absent where they are still looked for: points of masks are then colours. */
  readonly colours?: readonly number[];
  /** Whether no picture is decoded. */
  readonly isMaskOnly?: boolean;
}

/** The first `cut` of the pairs train. */
export const pairRecords = (
  pairs: readonly Pair[],
  cut: number,
  context: Context,
  buffer: number | undefined,
): Records => ({
  decoder: pairDecoder.name,
  context,
  ...singleParts(pairs, cut),
  buffer,
  digest: digestOf([(context.colours ?? []).join(" "), ...pairs.map(({ picture }) => picture.replace(/^.*[/\\]/, ""))]),
});

/** DataError `data/changed` where a mask has a colour that none had when the data was first looked at. */
export const pairDecoder: Decoder = {
  name: "masks",
  open(given, files, _, open) {
    const context = given as Context;
    const [height, width] = context.size;
    if (!context.colours) return colourReader(files, context);
    const places = new Map(context.colours.map((colour, place) => [colour, place]));
    const points = height * width;
    // A record is the picture and its mask, one behind the other.
    const pair = new Uint8Array(points * context.channels + 4 * points);
    const [picture, mask] = [pair.subarray(0, points * context.channels), pair.subarray(points * context.channels)];
    const cache = open?.(pair.length);
    const decode = async (each: Pair): Promise<Uint8Array> => {
      const found = await readPair(files, each, context, (colour) => {
        const place = places.get(colour);
        if (place === undefined)
          throw changed(each.mask, `it has the colour ${colourName(colour)}, and no mask had it`);
        return place;
      });
      picture.set(found.picture);
      mask.set(memoryOf(found.mask));
      return pair;
    };
    return async (task) => {
      const pairs = task as readonly Numbered<Pair>[];
      const pictures = new Uint8Array(pairs.length * picture.length);
      const masks = new Int32Array(pairs.length * points);
      const bytes = memoryOf(masks);
      for (const [i, each] of pairs.entries()) {
        await fillRecord(cache, each.record, [each.picture, each.mask], pair, () => decode(each));
        pictures.set(picture, i * picture.length);
        bytes.set(mask, i * mask.length);
      }
      return [pictures, masks];
    };
  },
};

/** Pictures, and masks as the colours of their points. */
const colourReader =
  (files: FileReader, context: Context): RecordReader =>
  async (task) => {
    const pairs = task as readonly Pair[];
    const [height, width] = context.size;
    const points = height * width;
    const bytes = context.isMaskOnly ? 0 : points * context.channels;
    const pictures = new Uint8Array(pairs.length * bytes);
    const masks = new Int32Array(pairs.length * points);
    for (const [i, pair] of pairs.entries()) {
      if (context.isMaskOnly) masks.set(await readMask(files, pair, context), i * points);
      else {
        const { picture, mask } = await readPair(files, pair, context, (colour) => colour);
        pictures.set(picture, i * bytes);
        masks.set(mask, i * points);
      }
    }
    return [pictures, masks];
  };
