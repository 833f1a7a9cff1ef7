// In: a folder with the six files of the binary version of CIFAR-10, or only one half of them. Out: images and labels.
// Invariant: file order is kept; planes become channels. Format: https://www.cs.toronto.edu/~kriz/cifar.html, binary version.

import { DataError } from "../../files/dataerror.ts";
import { refuseWebPage } from "../../files/decode.ts";
import type { FileReader } from "../../files/files.ts";
import type { Column, Split } from "../dataset.ts";
import { checkNumbers, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";

const LABELS = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const SIDE = 32;
const PLANE = SIDE * SIDE;
const WIDTH = 3 * PLANE;
/** A label, then the planes of red, green and blue. */
const RECORD = 1 + WIDTH;
/** CIFAR-100 has two labels. */
const RECORD_OF_100 = RECORD + 1;

const TRAIN = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`);
const TEST = ["test_batch.bin"];
/** The folder that the archive unpacks to. */
const INNER = "cifar-10-batches-bin";

/** How many records the file has. */
function recordsIn(bytes: Uint8Array, path: string): number {
  refuseWebPage(bytes, path, "a CIFAR-10 batch");
  if (bytes.length % RECORD === 0) return bytes.length / RECORD;
  if (bytes.length % RECORD_OF_100 === 0) {
    const message = `${path} has records of ${RECORD_OF_100} bytes, but those of CIFAR-10 have ${RECORD}`;
    throw new DataError("data/record-size", message, "this looks like CIFAR-100, whose records have two labels");
  }
  const message = `${path} ends inside a record: ${bytes.length} bytes are ${Math.floor(bytes.length / RECORD)} records of ${RECORD} and ${bytes.length % RECORD} more`;
  throw new DataError("data/truncated", message, "unpack or download the file again");
}

function labelOf(bytes: Uint8Array, record: number, path: string): number {
  const label = bytes[record * RECORD];
  if (label !== undefined && label < LABELS.length) return label;
  const message = `${path}: label ${record} is ${label}, but labels are 0 to ${LABELS.length - 1}`;
  throw new DataError("data/label-out-of-range", message);
}

/** Red, green and blue of each point side by side. */
function putImage(bytes: Uint8Array, record: number, values: Uint8Array, row: number): void {
  const from = record * RECORD + 1;
  for (let point = 0; point < PLANE; point++)
    for (let k = 0; k < 3; k++) values[row * WIDTH + point * 3 + k] = bytes[from + k * PLANE + point] ?? 0;
}

interface Batch {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly records: number;
}

/** The first `most` examples of the files, of which no more are read than that takes. */
async function readHalf(files: FileReader, dir: string, names: readonly string[], most: number): Promise<Split> {
  const batches: Batch[] = [];
  let length = 0;
  for (const name of names) {
    if (length >= most) break;
    const path = `${dir}/${name}`;
    const bytes = await files.read(path);
    const records = Math.min(recordsIn(bytes, path), most - length);
    batches.push({ path, bytes, records });
    length += records;
  }
  checkNumbers(`the images of ${dir}`, length * WIDTH, { bytes: 1 });
  const images = new Uint8Array(length * WIDTH);
  const labels = new Int32Array(length);
  let row = 0;
  for (const { path, bytes, records } of batches)
    for (let record = 0; record < records; record++, row++) {
      labels[row] = labelOf(bytes, record, path);
      putImage(bytes, record, images, row);
    }
  return { length, columns: columns(images, labels) };
}

function columns(images: Uint8Array, labels: Int32Array): Column[] {
  return [
    { name: "image", shape: [SIDE, SIDE, 3], values: images, byteUnit: 255 },
    { name: "label", shape: [], classes: LABELS.length, labels: LABELS, values: labels },
  ];
}

/** The files of one half that are there: all of them or none. */
function present(names: readonly string[], wanted: readonly string[], dir: string): readonly string[] {
  const found = wanted.filter((name) => names.includes(name));
  if (found.length === 0 || found.length === wanted.length) return found;
  const missing = wanted.find((name) => !names.includes(name));
  throw new DataError("data/file-not-found", `${dir} has ${found[0]}, but no ${missing}`);
}

function nothingThere(dir: string, names: readonly string[]): DataError {
  const pickled = names.includes("data_batch_1") || names.includes("cifar-10-batches-py");
  const hint = pickled
    ? "these are the files for Python: download the binary version"
    : `it should hold ${TRAIN[0]} to ${TRAIN[4]} and ${TEST[0]}, as the binary version has them`;
  return new DataError("data/file-not-found", `${dir} has no CIFAR-10 files`, hint);
}

/** Where the files lie, and which of each half are there. DataErrors of `present` and `nothingThere`. */
async function find(files: FileReader, given: string) {
  const outer = await files.list(given);
  const dir = outer.includes(INNER) ? `${given}/${INNER}` : given;
  const names = dir === given ? outer : await files.list(dir);
  const [train, test] = [present(names, TRAIN, dir), present(names, TEST, dir)];
  if (train.length + test.length === 0) throw nothingThere(dir, names);
  return { dir, train, test };
}

async function load(files: FileReader, given: string, split: number, most: number) {
  const { dir, train, test } = await find(files, given);
  if (train.length > 0 && test.length > 0)
    return { train: await readHalf(files, dir, train, most), heldout: await readHalf(files, dir, test, most) };
  const all = await readHalf(files, dir, [...train, ...test], most);
  return splitRows(all.columns, all.length, cutAt(all.length, split, dir));
}

export const cifar10: Source = {
  name: "cifar10",
  documentation: "Small photographs of ten kinds of things, binary version: 50,000 to train and 10,000 held out.",
  parameters: [
    { name: "dir", kind: "path", documentation: `the folder with data_batch_1.bin and its companions, or ${INNER}` },
    {
      name: "split",
      kind: "fraction",
      default: 0.8,
      documentation: "the share that trains, in file order, where only one half is there",
    },
    {
      name: "n",
      kind: "count",
      default: "all",
      documentation: "at most so many images to train on, and as many to hold out: the first of the files",
    },
  ],
  fields: [
    { name: "image", type: "[32, 32, 3]", documentation: "red, green and blue from 0 to 1" },
    { name: "label", type: "class 10", documentation: "airplane, automobile, bird, ..., truck" },
  ],
  generated: false,
  async glance(given, { files }) {
    await find(files, given.path("dir"));
    return [
      { name: "image", shape: [SIDE, SIDE, 3] },
      { name: "label", shape: [], classes: LABELS.length },
    ];
  },
  async load(given, { files }) {
    const most = given.optionalNumber("n") ?? Number.POSITIVE_INFINITY;
    return {
      unit: "images",
      unitsPerExample: 1,
      ...(await load(files, given.path("dir"), given.number("split"), most)),
    };
  },
};
