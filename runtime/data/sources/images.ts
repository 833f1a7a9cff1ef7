// In: a folder of folders, one for each class, with PNG, JPEG and WebP files, or a folder and a table of their names. Out: images of one size, upright, and their classes.
// Invariant: classes and files are taken in the order of their names, and the seed alone says what is held out; no picture
// that lies in the folder of a class, however deep, is passed over.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { ANY_PICTURE_ENDING, isPictureName, sizeOf } from "../../pictures/kind.ts";
import { type FileKind, findByClass } from "../filelists/classfolders.ts";
import { dividedByClass, TEST_PARAMETER } from "../filelists/divided.ts";
import { labelledFiles, readFileTable } from "../filelists/filetable.ts";
import { BOX_COLUMNS, boxColumnsOf } from "../pictures/boxcolumns.ts";
import { type BoxedFiles, boxesByFile, boxesOf } from "../pictures/boxes.ts";
import { differs, type PictureFacts, pictureDecoder, pictureRecords } from "../pictures/records.ts";
import { type TargetPicture, type Targets, targetColumns, unreadTargets } from "../pictures/targets.ts";
import { Random } from "../random.ts";
import { readRecords } from "../readrecords.ts";
import type { Records } from "../records.ts";
import { type Arguments, checkNumbers, type Source, type Surroundings } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";
import { examineStream, isStreamed, STREAM_PARAMETERS, streamedDataset } from "../streamed.ts";

const PICTURES: FileKind = {
  source: "images",
  noun: "picture",
  nouns: "pictures",
  endings: ANY_PICTURE_ENDING,
  isOne: isPictureName,
  code: "data/no-pictures",
};

/** The pictures of a source, and what they are to be recognised as; of boxes, as they are written. */
interface FoundPictures {
  readonly files: readonly TargetPicture[];
  readonly first: string;
  readonly targets: Targets;
  readonly boxed?: BoxedFiles;
}

async function find(files: FileReader, given: Arguments): Promise<FoundPictures> {
  const dir = given.path("dir");
  if (given.text("table") === "") {
    const { classes, files: found, first } = await findByClass(files, dir, PICTURES);
    return { files: found, first: first.path, targets: { classes } };
  }
  const table = await readFileTable(files, given.path("table"), dir, PICTURES);
  const columns = boxColumnsOf(table.header);
  if (columns) return boxedPictures(boxesByFile(table, columns), given);
  if (given.optionalNumber("boxes") !== undefined) {
    const message = `${table.path} has no columns of boxes; its columns are ${table.header.join(", ")}`;
    throw new DataError("data/bad-argument", message, `boxes are columns called ${BOX_COLUMNS}`, "boxes");
  }
  const { classes, files: found, first } = labelledFiles(table);
  return { files: found, first: first.path, targets: { classes } };
}

/** Fields for as many boxes as the program asks for, else for all; one is no list. */
function boxedPictures(boxed: BoxedFiles, given: Arguments): FoundPictures {
  const counts = [...boxed.files.values()].map((rows) => rows.length);
  const asked = given.optionalNumber("boxes");
  const most = asked ?? counts.reduce((a, b) => Math.max(a, b), 0);
  const [more, none] = [counts.filter((n) => n > most).length, counts.filter((n) => n === 0).length];
  const [path] = [...boxed.files].find(([, rows]) => rows.length === 0) ?? [];
  if (asked === 1 && path !== undefined)
    throw new DataError(
      "data/bad-box",
      `${boxed.table.path}: the picture ${path} has no box, and boxes=1 takes one of each picture`,
      "leave its row out, or leave out boxes=1: then each picture has as many as it has",
      "boxes",
    );
  const notes = [
    `left, top, right and bottom as shares of the picture${boxed.inShares ? "" : ", points in the table"}`,
    ...(more > 0 ? [`${more} of ${counts.length} pictures have more than ${most}, of which the first are taken`] : []),
    ...(none > 0 ? [`${none} of ${counts.length} pictures have none`] : []),
  ];
  const name = asked === 1 ? "box" : "boxes";
  const targets = {
    classes: boxed.classes,
    boxes: asked === 1 ? ("one" as const) : most,
    note: `${name}: ${notes.join("; ")}`,
  };
  const files = [...boxed.files.keys()].map((each) => ({ path: each, label: 0 }));
  return { files, first: files[0]?.path ?? "", targets, boxed };
}

/** Of a table, a share of its pictures is held out; of folders, that or those of another folder. */
async function divided(
  given: Arguments,
  files: FileReader,
  seed: number,
  found: FoundPictures,
): Promise<{ readonly chosen: readonly TargetPicture[]; readonly cut: number }> {
  const most = given.optionalNumber("n");
  if (given.text("table") === "") return dividedByClass(files, given, seed, PICTURES, most);
  const chosen = new Random(seed).shuffle(found.files).slice(0, most);
  return { chosen, cut: cutAt(chosen.length, given.number("split"), given.path("dir")) };
}

/** Pictures with their boxes as shares. DataErrors of `boxesOf`. */
async function withBoxes(
  chosen: readonly TargetPicture[],
  { boxed, targets }: FoundPictures,
  files: FileReader,
): Promise<readonly TargetPicture[]> {
  if (!boxed) return chosen;
  const most = targets.boxes === "one" ? 1 : targets.boxes;
  const all: TargetPicture[] = [];
  for (const picture of chosen)
    all.push({ ...picture, boxes: (await boxesOf(boxed, picture.path, files)).slice(0, most) });
  return all;
}

const channelsOf = (given: Arguments): 1 | 3 => (given.flag("grey") ? 1 : 3);

/** [height, width] of all images: what was asked for, or the size of the first picture. */
async function commonSize(given: Arguments, files: FileReader, { first }: FoundPictures) {
  return given.optionalSize("size") ?? sizeOf(await files.read(first), first);
}

/** How many pictures are looked at before a training reads all of them. */
const GLANCED = 32;

/** DataError `data/picture-sizes` where some of the pictures, spread over all, differ in size. */
async function compareSizes(files: FileReader, { files: all, first }: FoundPictures, size: readonly [number, number]) {
  const every = Math.ceil(all.length / GLANCED);
  for (const { path } of all.filter((_, i) => i % every === 0)) {
    const own = await knownSize(files, path);
    if (own && own.join() !== size.join()) throw differs(path, own, first, size);
  }
}

/** Undefined of a file that is damaged, which is said where it is decoded. */
async function knownSize(files: FileReader, path: string) {
  try {
    return sizeOf(await files.read(path), path);
  } catch (error) {
    if (error instanceof DataError) return undefined;
    throw error;
  }
}

/** How every picture is read. */
async function factsOf(given: Arguments, files: FileReader, found: FoundPictures): Promise<PictureFacts> {
  const size = await commonSize(given, files, found);
  const like = given.optionalSize("size") === undefined ? found.first : undefined;
  return { size, channels: channelsOf(given), like, targets: found.targets };
}

/** Bytes are shares of the lightest. */
const BYTE_UNIT = 255 as const;

const shapeOf = ({ size, channels }: PictureFacts): readonly number[] => [...size, channels];

/** All numbers of the pictures, one after the other. */
async function readAll(given: Arguments, around: Surroundings, facts: PictureFacts, records: Records) {
  const [width, count] = [widthOf(facts), records.train.length + records.heldout.length];
  checkNumbers(`the images of ${given.path("dir")}`, count * width, {
    hint: "stream=true reads them again in each epoch",
    bytes: 1,
  });
  const values = new Uint8Array(count * width);
  await readRecords(records, pictureDecoder, around, ([pictures], from) => {
    if (pictures) values.set(pictures, from * width);
  });
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
        "a CSV file of the pictures' names, which start from dir, with their labels or a row for each box in them, in place of a folder for each class",
    },
    {
      name: "boxes",
      kind: "count",
      default: "all",
      documentation:
        "of a table with boxes: so many of each picture, the first where it has more; 1 gives box and label, which are no lists",
    },
    ...STREAM_PARAMETERS,
    TEST_PARAMETER,
  ],
  fields: [
    { name: "image", type: "[H, W, 3]", documentation: "red, green and blue from 0 to 1, or [H, W, 1] of grey" },
    {
      name: "label",
      type: "class N",
      documentation: "the folder, or the label of the table; classes are sorted by name",
    },
    {
      name: "boxes",
      type: "[N, 4]",
      documentation:
        "of a table with boxes, in place of label: left, top, right and bottom as shares of the picture, as many as it has; with boxes=1 box: [4]",
    },
    { name: "labels", type: "[N] of K", documentation: "the class of each box, where the table has classes" },
  ],
  generated: false,
  examine(given) {
    examineStream(given);
    if (given.text("test") !== "" && given.text("table") !== "")
      throw new DataError(
        "data/bad-argument",
        "images: a table's pictures are divided by a share",
        "leave test out, or leave table out where both folders have a folder for each class",
        "test",
      );
    if (given.optionalNumber("boxes") === undefined || given.text("table") !== "") return;
    throw new DataError(
      "data/bad-argument",
      "images: boxes are those of a table, and there is none",
      'name it: table="boxes.csv"',
      "boxes",
    );
  },
  async glance(given, { files }) {
    const found = await find(files, given);
    const size = await commonSize(given, files, found);
    if (given.optionalSize("size") === undefined) await compareSizes(files, found, size);
    return [
      { name: "image", shape: [...size, channelsOf(given)] },
      ...unreadTargets(found.targets).map(({ name, shape, classes }) => ({
        name,
        shape,
        ...(classes === undefined ? {} : { classes }),
      })),
    ];
  },
  async load(given, around) {
    const { files, seed } = around;
    const found = await find(files, given);
    const { chosen: shuffled, cut } = await divided(given, files, seed, found);
    const facts = await factsOf(given, files, found);
    const chosen = await withBoxes(shuffled, found, files);
    const records = pictureRecords(chosen, cut, given.path("dir"), facts, given.optionalNumber("buffer"));
    if (isStreamed(given, around, chosen.length * widthOf(facts)))
      return streamedDataset(
        { unit: "images", unitsPerExample: 1 },
        [{ name: "image", shape: shapeOf(facts), byteUnit: BYTE_UNIT }, ...unreadTargets(found.targets)],
        records,
      );
    const columns = [await readAll(given, around, facts, records), ...targetColumns(found.targets, chosen)];
    return { unit: "images", unitsPerExample: 1, ...splitRows(columns, chosen.length, cut) };
  },
};
