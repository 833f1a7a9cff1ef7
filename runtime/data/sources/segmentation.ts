// In: a folder of pictures, and one of masks that are called after them. Out: the pictures, and of each point the class that its mask
// colours it with. Invariant: classes are the colours of all masks in their order; a mask is as large as its picture.

import type { StoredValues } from "../../engine.ts";
import { sizeOf } from "../../pictures/kind.ts";
import { findPairs } from "../pictures/maskpairs.ts";
import { Colours, colourName, type Pair, type PairFacts, pairDecoder, pairRecords } from "../pictures/masks.ts";
import { Random } from "../random.ts";
import { readRecords, TOGETHER } from "../readrecords.ts";
import { checkNumbers, type Source, type Surroundings } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";
import { examineStream, isStreamed, STREAM_PARAMETERS, streamedDataset } from "../streamed.ts";

/** Pairs whose masks are looked through for their colours. */
const uncoloured = (pairs: readonly Pair[], facts: PairFacts, isMaskOnly: boolean) =>
  pairRecords(pairs, pairs.length, { ...facts, isMaskOnly }, undefined);

/** The colours of all masks, each of which is read once. */
async function coloursOf(pairs: readonly Pair[], facts: PairFacts, around: Surroundings): Promise<readonly number[]> {
  const colours = new Colours();
  await readRecords(uncoloured(pairs, facts, true), pairDecoder, around, ([_, masks], from) =>
    placeMasks(colours, masks, pairs, from),
  );
  return colours.sorted();
}

/** Colours of masks become their places; `from` is the number of the first of their pairs. */
function placeMasks(colours: Colours, masks: StoredValues | undefined, pairs: readonly Pair[], from: number): void {
  if (!(masks instanceof Int32Array)) return;
  const own = pairs.slice(from, from + TOGETHER);
  const points = masks.length / own.length;
  for (const [i, { mask }] of own.entries()) colours.place(masks.subarray(i * points, (i + 1) * points), mask);
}

/** Fields of the pictures and of the masks, without their values. */
function columnsOf({ size, channels }: PairFacts, colours: readonly number[]) {
  const labels = colours.map(colourName);
  return {
    image: { name: "image", shape: [...size, channels], byteUnit: 255 as const },
    mask: { name: "mask", shape: [...size], classes: labels.length, labels },
  };
}

async function readAll(pairs: readonly Pair[], facts: PairFacts, around: Surroundings) {
  const points = facts.size[0] * facts.size[1];
  const image = new Uint8Array(pairs.length * points * facts.channels);
  const mask = new Int32Array(pairs.length * points);
  const colours = new Colours();
  await readRecords(uncoloured(pairs, facts, false), pairDecoder, around, ([pictures, masks], from) => {
    placeMasks(colours, masks, pairs, from);
    if (pictures) image.set(pictures, from * points * facts.channels);
    if (masks) mask.set(masks, from * points);
  });
  colours.settle(mask);
  const columns = columnsOf(facts, colours.sorted());
  return [
    { ...columns.image, values: image },
    { ...columns.mask, values: mask },
  ];
}

export const segmentation: Source = {
  name: "segmentation",
  documentation:
    "Pictures with a mask each, a picture of the same name, or with _mask behind it, that colours each point with its class.",
  parameters: [
    { name: "pictures", kind: "path", documentation: "the folder of the pictures, PNG, JPEG or WebP files" },
    {
      name: "masks",
      kind: "path",
      documentation:
        "the folder of the masks, called like the pictures; the same folder where they are called 1_mask.png",
    },
    {
      name: "size",
      kind: "size",
      default: "first",
      documentation:
        "height and width that every picture is resampled to, masks to their nearest points; else all must be as large as the first",
    },
    { name: "grey", kind: "flag", default: false, documentation: "one channel of grey instead of red, green and blue" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled pictures that trains" },
    ...STREAM_PARAMETERS,
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
  examine: examineStream,
  async load(given, around) {
    const { files, seed } = around;
    const dir = given.path("pictures");
    const pairs = await findPairs(files, dir, given.path("masks"));
    const first = pairs[0]?.picture ?? dir;
    const asked = given.optionalSize("size");
    const size = asked ?? sizeOf(await files.read(first), first);
    const facts: PairFacts = { size, channels: given.flag("grey") ? 1 : 3, like: asked ? undefined : first };
    const numbers = pairs.length * size[0] * size[1];
    const chosen = new Random(seed).shuffle(pairs);
    const cut = cutAt(chosen.length, given.number("split"), dir);
    const rows = { unit: "images", unitsPerExample: 1 };
    if (isStreamed(given, around, numbers * (facts.channels + 4))) {
      const colours = await coloursOf(chosen, facts, around);
      const { image, mask } = columnsOf(facts, colours);
      const records = pairRecords(chosen, cut, { ...facts, colours }, given.optionalNumber("buffer"));
      return streamedDataset(rows, [image, mask], records);
    }
    const hint = "stream=true reads them again in each epoch";
    checkNumbers(`the pictures of ${dir}`, numbers * facts.channels, { hint, bytes: 1 });
    checkNumbers(`the masks of ${given.path("masks")}`, numbers, { hint });
    return { ...rows, ...splitRows(await readAll(chosen, facts, around), chosen.length, cut) };
  },
};
