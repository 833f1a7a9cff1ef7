// In: a folder with the four idx files of MNIST (or Fashion-MNIST), or only one half of them. Out: images and labels.
// Invariant: file order is kept; images and labels are equally many and of one size.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { type Idx, readIdx } from "../../files/idx.ts";
import type { Column, Split } from "../dataset.ts";
import type { Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";

const CLASSES = 10;
type Half = "train" | "t10k";

/** Names under which a file is found: with `-` or `.` before `idx`, with or without `.gz`. */
function candidates(half: Half, kind: "images" | "labels"): string[] {
  const rank = kind === "images" ? 3 : 1;
  const names = [`${half}-${kind}-idx${rank}-ubyte`, `${half}-${kind}.idx${rank}-ubyte`];
  return names.flatMap((name) => [name, `${name}.gz`]);
}

function find(names: readonly string[], half: Half, kind: "images" | "labels"): string | undefined {
  return candidates(half, kind).find((name) => names.includes(name));
}

function labelColumn(values: Uint8Array, path: string): Column {
  const wrong = values.findIndex((value) => value >= CLASSES);
  if (wrong >= 0) {
    const message = `${path}: label ${wrong} is ${values[wrong]}, but labels are 0 to ${CLASSES - 1}`;
    throw new DataError("data/label-out-of-range", message);
  }
  const labels = Array.from({ length: CLASSES }, (_, digit) => String(digit));
  return { name: "label", shape: [], classes: CLASSES, labels, values: Int32Array.from(values) };
}

function imageColumn({ inner, values }: Idx): Column {
  return { name: "image", shape: [...inner, 1], values, byteUnit: 255 };
}

async function readHalf(files: FileReader, dir: string, imageName: string, labelName: string): Promise<Split> {
  const images = readIdx(await files.read(`${dir}/${imageName}`), `${dir}/${imageName}`, 3);
  const labels = readIdx(await files.read(`${dir}/${labelName}`), `${dir}/${labelName}`, 1);
  const { count } = images;
  if (count !== labels.count) {
    const message = `${dir}: ${imageName} has ${count} images, but ${labelName} has ${labels.count} labels`;
    throw new DataError("data/counts-differ", message);
  }
  const label = labelColumn(labels.values, `${dir}/${labelName}`);
  return { length: count, columns: [imageColumn(images), label] };
}

/** The names of a half's two files; undefined where neither is there. DataError `data/file-not-found` for one alone. */
function filesOf(dir: string, names: readonly string[], half: Half) {
  const image = find(names, half, "images");
  const label = find(names, half, "labels");
  if (image && label) return { image, label };
  if (!image && !label) return undefined;
  const missing = candidates(half, image ? "labels" : "images")[0];
  throw new DataError("data/file-not-found", `${dir} has ${image ?? label}, but no ${missing} or ${missing}.gz`);
}

async function findHalf(files: FileReader, dir: string, names: readonly string[], half: Half) {
  const found = filesOf(dir, names, half);
  return found && readHalf(files, dir, found.image, found.label);
}

function nothingThere(dir: string): DataError {
  const hint = "it should hold train-images-idx3-ubyte.gz and its labels";
  return new DataError("data/file-not-found", `${dir} has no MNIST files`, hint);
}

async function load(files: FileReader, dir: string, split: number): Promise<{ train: Split; heldout: Split }> {
  const names = await files.list(dir);
  const train = await findHalf(files, dir, names, "train");
  const test = await findHalf(files, dir, names, "t10k");
  if (train && test) {
    const [a, b] = [train, test].map(({ columns }) => columns.find(({ name }) => name === "image")?.shape.join());
    if (a === b) return { train, heldout: test };
    throw new DataError("data/counts-differ", `${dir}: training images are [${a}], but t10k images are [${b}]`);
  }
  const only = train ?? test;
  if (!only) throw nothingThere(dir);
  return splitRows(only.columns, only.length, cutAt(only.length, split, dir));
}

export const mnist: Source = {
  name: "mnist",
  documentation: "Handwritten digits in idx or idx.gz files: 60,000 to train and 10,000 held out, or one half, split.",
  parameters: [
    { name: "dir", kind: "path", documentation: "the folder with train-images-idx3-ubyte and its companions" },
    {
      name: "split",
      kind: "fraction",
      default: 0.8,
      documentation: "the share that trains, in file order, where only one half is there",
    },
  ],
  fields: [
    { name: "image", type: "[28, 28, 1]", documentation: "grey values from 0 to 1" },
    { name: "label", type: "class 10", documentation: "the digit" },
  ],
  generated: false,
  async glance(given, { files }) {
    const dir = given.path("dir");
    const names = await files.list(dir);
    if (!filesOf(dir, names, "train") && !filesOf(dir, names, "t10k")) throw nothingThere(dir);
    return [
      { name: "image", shape: [28, 28, 1] },
      { name: "label", shape: [], classes: CLASSES },
    ];
  },
  async load(given, { files }) {
    const parts = await load(files, given.path("dir"), given.number("split"));
    return { unit: "images", unitsPerExample: 1, ...parts };
  },
};
