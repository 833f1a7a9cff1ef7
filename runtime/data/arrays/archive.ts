// In: a .npz file. Out: its arrays as a data set, in memory or row by row.
// Invariant: rows of all fields stay together through the seeded shuffle; every value is finite. Where the archive has a held-out
// part of its own (x_train and x_test), that is held out, and nothing is shuffled.

import { DataError } from "../../files/dataerror.ts";
import { refuseWebPage } from "../../files/decode.ts";
import { isNpy, type NpyArray, readNpy } from "../../files/npy.ts";
import { readDirectory } from "../../files/zip/directory.ts";
import { readZip, ZIP_LIMIT } from "../../files/zip/read.ts";
import type { Column, Dataset } from "../dataset.ts";
import type { Arguments, Surroundings } from "../source.ts";
import { shuffledSplit, splitRows } from "../split.ts";
import { isStreamed } from "../streamed.ts";
import { openArrays, streamArrays } from "./arraystream.ts";
import { type Declared, declaredClasses, fieldsOf, withoutPadding } from "./fields.ts";
import { asLengths, joined, type LaidOut, layOut, remarksOn } from "./layout.ts";

type Arrays = ReadonlyMap<string, NpyArray>;

/** More numbers are not kept twice. */
const TWICE = 2 ** 26;

function readArrays(bytes: Uint8Array, path: string): Arrays {
  const arrays = new Map<string, NpyArray>();
  for (const [file, contents] of readZip(bytes, path)) {
    if (!file.endsWith(".npy")) throw new DataError("data/npy-header", `${path} holds ${file}, which is not an array`);
    arrays.set(file.slice(0, -".npy".length), readNpy(contents, `${path}: ${file}`));
  }
  if (arrays.size === 0) throw new DataError("data/empty-file", `${path} holds no arrays`);
  return arrays;
}

/** The fields of an array, and of the one behind it. */
function columnsOf(laid: LaidOut, wholes: (name: string) => NpyArray, path: string): Column[] {
  const { facts, padding, lengths: own } = laid;
  const array = wholes(facts.written);
  if (padding !== undefined) {
    const cut = withoutPadding(array, padding, facts.where);
    return fieldsOf(facts, cut.array, cut.lengths);
  }
  return fieldsOf(facts, array, own === undefined ? undefined : asLengths(wholes(own).values, own, laid, path));
}

/** Arrays by their names as fields, whatever they were read from. */
export function arraysDataset(
  arrays: Arrays,
  path: string,
  split: number,
  seed: number,
  declared: Declared = { classes: new Map(), padding: undefined },
): Dataset {
  const shapes = new Map(
    [...arrays].map(([name, { kind, shape, values }]) => [
      name,
      { kind, shape, isBytes: values instanceof Uint8Array },
    ]),
  );
  const layout = layOut(shapes, path, { split, declared, isTwice: (numbers) => numbers <= TWICE });
  const { count, cut } = layout;
  const wholes = new Map(
    layout.arrays.map(({ facts, members }) => {
      const [first, second] = members.map((name) => arrays.get(name));
      return [facts.written, first && second ? joined(first, second) : first];
    }),
  );
  const whole = (name: string): NpyArray => {
    const found = wholes.get(name);
    if (!found) throw new Error(`the archive has no array ${name}`);
    return found;
  };
  const columns = layout.arrays.flatMap((laid) => columnsOf(laid, whole, path));
  const rows = { unit: "rows", unitsPerExample: 1 };
  if (layout.isParted) return { ...rows, ...splitRows(columns, count, cut) };
  return { ...rows, remarks: remarksOn(columns, layout, path), ...shuffledSplit(columns, count, cut, seed) };
}

/** The data set of a declaration of `npz`. */
export async function loadArchive(given: Arguments, around: Surroundings): Promise<Dataset> {
  const { files, seed } = around;
  const [path, split] = [given.path("file"), given.number("split")];
  const head = await files.readPart(path, 0, HEAD_BYTES);
  refuseWebPage(head, path, "a .npz file");
  if (isNpy(head)) throw loneArray(path);
  const declared = { classes: declaredClasses(given.names("classes")), padding: given.optionalNumber("padding") };
  const directory = await readDirectory(files, path);
  const bytes = directory.entries.reduce((sum, { size }) => sum + size, 0);
  if (isStreamed(given, around, bytes)) {
    const request = { path, directory, split, declared, buffer: given.optionalNumber("buffer") };
    const opened = await openArrays(request, around);
    if ("arrays" in opened) return streamArrays(opened.arrays, request, around);
    if (given.optionalFlag("stream") === true) throw opened.whole;
    if (bytes > ZIP_LIMIT) throw tooLarge(path, bytes, opened.whole);
  }
  return arraysDataset(readArrays(await files.read(path), path), path, split, seed, declared);
}

function tooLarge(path: string, bytes: number, { message, hint }: DataError): DataError {
  const unpacked = `${path} unpacks to ${bytes} bytes, more than the ${ZIP_LIMIT} that are read into memory`;
  return new DataError("data/too-large", `${unpacked}, and is not streamed: ${message}`, hint);
}

/** Enough to tell an archive from an array alone, and from a page. */
const HEAD_BYTES = 512;

function loneArray(path: string): DataError {
  const hint = `save the arrays together: numpy.savez("data.npz", x=x, label=label)`;
  return new DataError("data/npy-header", `${path} is one array without a name, and a .npz file was expected`, hint);
}
