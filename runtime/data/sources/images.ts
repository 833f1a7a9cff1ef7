// In: a folder of folders, one for each class, with PNG, JPEG and WebP files, or a folder and a table of their names. Out: images of one size, upright, and their classes.
// Invariant: classes and files are taken in the order of their names, and the seed alone says what is held out; no picture
// that lies in the folder of a class, however deep, is passed over.

import type { FileReader } from "../../files/files.ts";
import { isPictureName, sizeOf } from "../../pictures/kind.ts";
import { readPicture } from "../../pictures/read.ts";
import { Random } from "../random.ts";
import { type Arguments, checkNumbers, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";
import { examineStream, isStreamed, STREAM_PARAMETERS, streamedDataset } from "../streamed.ts";
import { type FileKind, type Found, findByClass, type Labelled, labelColumn } from "./classfolders.ts";
import { findInTable } from "./filetable.ts";
import { bytesOfPicture, type PictureFacts, pictureRecords } from "./picturerecords.ts";

const PICTURES: FileKind = {
  source: "images",
  noun: "picture",
  nouns: "pictures",
  endings: ".png or .jpg",
  isOne: isPictureName,
  code: "data/no-pictures",
};

const find = (files: FileReader, given: Arguments): Promise<Found> =>
  given.text("table") === ""
    ? findByClass(files, given.path("dir"), PICTURES)
    : findInTable(files, given.path("table"), given.path("dir"), PICTURES);

const channelsOf = (given: Arguments): 1 | 3 => (given.flag("grey") ? 1 : 3);

/** [height, width] of all images: what was asked for, or the size of the first picture. */
async function commonSize(given: Arguments, files: FileReader, { first }: Found) {
  return given.optionalSize("size") ?? sizeOf(await files.read(first.path), first.path);
}

/** How every picture is read. */
async function factsOf(given: Arguments, files: FileReader, found: Found): Promise<PictureFacts> {
  const size = await commonSize(given, files, found);
  const like = given.optionalSize("size") === undefined ? found.first.path : undefined;
  return { size, channels: channelsOf(given), like };
}

/** Bytes are shares of the lightest. */
const BYTE_UNIT = 255 as const;

const shapeOf = ({ size, channels }: PictureFacts): readonly number[] => [...size, channels];

/** All numbers of the pictures, one after the other. */
async function readAll(given: Arguments, files: FileReader, facts: PictureFacts, chosen: readonly Labelled[]) {
  const width = widthOf(facts);
  checkNumbers(`the images of ${given.path("dir")}`, chosen.length * width, {
    hint: "stream=true reads them again in each epoch",
    bytes: 1,
  });
  const values = new Uint8Array(chosen.length * width);
  for (const [row, { path }] of chosen.entries())
    values.set(bytesOfPicture(await readPicture(await files.read(path), path), path, facts), row * width);
  return { name: "image", shape: shapeOf(facts), values, byteUnit: BYTE_UNIT };
}

const widthOf = (facts: PictureFacts): number => shapeOf(facts).reduce((a, b) => a * b, 1);

export const images: Source = {
  name: "images",
  documentation:
    "Pictures in PNG, JPEG and WebP files, in a folder for each class, which may hold folders of its own; they stand upright as cameras note it.",
  parameters: [
    { name: "dir", kind: "path", documentation: "the folder that holds the folders of the classes" },
    {
      name: "size",
      kind: "size",
      default: "first",
      documentation: "height and width that every picture is resampled to; else all must be as large as the first",
    },
    { name: "grey", kind: "flag", default: false, documentation: "one channel of grey instead of red, green and blue" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share of the shuffled pictures that trains" },
    {
      name: "n",
      kind: "count",
      default: "all",
      documentation: "at most so many of the shuffled pictures, training and held-out together",
    },
    {
      name: "table",
      kind: "word",
      default: "",
      documentation:
        "a CSV file of the pictures' names, which start from dir, and of their labels, in place of a folder for each class",
    },
    ...STREAM_PARAMETERS,
  ],
  fields: [
    { name: "image", type: "[H, W, 3]", documentation: "red, green and blue from 0 to 1, or [H, W, 1] of grey" },
    {
      name: "label",
      type: "class N",
      documentation: "the folder, or the label of the table; classes are sorted by name",
    },
  ],
  generated: false,
  examine: examineStream,
  async glance(given, { files }) {
    const found = await find(files, given);
    const size = await commonSize(given, files, found);
    return [
      { name: "image", shape: [...size, channelsOf(given)] },
      { name: "label", shape: [], classes: found.classes.length },
    ];
  },
  async load(given, around) {
    const { files, seed } = around;
    const found = await find(files, given);
    const chosen = new Random(seed).shuffle(found.files).slice(0, given.optionalNumber("n"));
    const cut = cutAt(chosen.length, given.number("split"), given.path("dir"));
    const facts = await factsOf(given, files, found);
    if (isStreamed(given, around, chosen.length * widthOf(facts))) {
      const { values: _, ...label } = labelColumn(found.classes, []);
      const records = pictureRecords(chosen, cut, given.path("dir"), facts, given.optionalNumber("buffer"));
      return streamedDataset(
        { unit: "images", unitsPerExample: 1 },
        [{ name: "image", shape: shapeOf(facts), byteUnit: BYTE_UNIT }, label],
        records,
      );
    }
    const columns = [await readAll(given, files, facts, chosen), labelColumn(found.classes, chosen)];
    return { unit: "images", unitsPerExample: 1, ...splitRows(columns, chosen.length, cut) };
  },
};
