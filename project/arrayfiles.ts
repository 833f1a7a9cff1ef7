// Arrays of files that programs name, `tensor("graph.npz", "adjacency")`, as a host has them. In: a path as it is written, and where. Out:
// the array, or a message for the author of the program.
// Invariant: read at once, as imports are; no larger than a bound; what a run has saved of an array stands for a file that is not there.

import type { FileArray, Unread } from "../compiler/check/values/filetensors.ts";
import { crc32 } from "../runtime/files/crc32.ts";
import { DataError } from "../runtime/files/dataerror.ts";
import { didYouMean } from "../runtime/files/nearest.ts";
import { isNpy, type NpyArray, readNpy } from "../runtime/files/npy.ts";
import { readZip } from "../runtime/files/zip/read.ts";
import type { SavedArray } from "../runtime/train/checkpoint.ts";
import type { Host } from "./host.ts";

/** Bytes of a file, and numbers of an array. */
const [MOST_BYTES, MOST_NUMBERS] = [2 ** 28, 2 ** 25];
/** Names that a message lists. */
const LISTED = 12;

type Arrays = ReadonlyMap<string, NpyArray>;

export class ArrayFiles {
  private readonly host: Host;
  /** The file that was read last: an editor opens its program again and again. */
  private latest: { readonly key: string; readonly arrays: Arrays } | undefined;

  constructor(host: Host) {
    this.host = host;
  }

  /** `saved`: arrays of a run, whose numbers it has. */
  read(written: string, name: string | undefined, from: string, saved: readonly SavedArray[]): FileArray | Unread {
    const file = this.host.beside(from, written);
    let bytes: Uint8Array;
    try {
      bytes = this.host.read(file);
    } catch (error) {
      const known = saved.find((array) => array.file === file && array.name === name);
      return known ? { ...known, name, whole: known.whole, values: undefined } : this.missing(written, file, error);
    }
    try {
      return this.arrayIn(bytes, written, file, name);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      return { code: error.code, message: error.message, hint: error.hint, argument: "file" };
    }
  }

  private missing(written: string, file: string, error: unknown): Unread {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!this.host.hasFiles)
      return {
        code: "data/file-not-found",
        message: `${written} cannot be read here: a page has no files of its own`,
        hint: "`dnn` reads it beside the program, and trained models that are built bring its numbers along",
        argument: "file",
      };
    const isMissing = code === "ENOENT" || code === "ENOTDIR";
    return {
      code: "data/file-not-found",
      message: isMissing
        ? `there is no file ${file}`
        : `cannot read ${file}${code === "EISDIR" ? ": it is a folder" : ""}`,
      hint: "its path starts from the folder of the program",
      argument: "file",
    };
  }

  private arrayIn(bytes: Uint8Array, written: string, file: string, name: string | undefined): FileArray | Unread {
    if (bytes.length > MOST_BYTES) throw tooLarge(written, `${bytes.length} bytes`, `${MOST_BYTES} bytes`);
    const arrays = this.arraysIn(bytes, written);
    const names = [...arrays.keys()];
    const known = names.slice(0, LISTED).join(", ") + (names.length > LISTED ? ", ..." : "");
    if (name === undefined && arrays.size !== 1)
      return {
        code: "data/no-array",
        message: `${written} holds ${arrays.size} arrays, and none is named`,
        hint: `name one of ${known}: \`tensor("${written}", "${names[0] ?? "name"}")\``,
        argument: "name",
      };
    const array = isNpy(bytes) && name !== undefined ? undefined : arrays.get(name ?? names[0] ?? "");
    if (!array)
      return {
        code: "data/no-array",
        message: isNpy(bytes)
          ? `${written} is one array without a name, and ${JSON.stringify(name)} is asked for`
          : `${written} has no array ${JSON.stringify(name)}`,
        hint: isNpy(bytes)
          ? `write \`tensor("${written}")\``
          : (didYouMean(name ?? "", names) ?? `its arrays are ${known}`),
        argument: "name",
      };
    return { file, name, ...numbersOf(array, name === undefined ? written : `${written}: ${name}`) };
  }

  private arraysIn(bytes: Uint8Array, written: string): Arrays {
    const key = `${written} ${bytes.length} ${crc32(bytes)}`;
    if (this.latest?.key === key) return this.latest.arrays;
    const arrays = new Map<string, NpyArray>();
    if (isNpy(bytes)) arrays.set("", readNpy(bytes, written));
    else if (bytes[0] !== 0x50 || bytes[1] !== 0x4b)
      throw new DataError(
        "data/npy-header",
        `${written} is no file of arrays`,
        'save them with numpy.savez("graph.npz", adjacency=a)',
      );
    else
      for (const [entry, contents] of readZip(bytes, written, MOST_BYTES))
        if (entry.endsWith(".npy"))
          arrays.set(entry.slice(0, -".npy".length), readNpy(contents, `${written}: ${entry}`));
    this.latest = { key, arrays };
    return arrays;
  }
}

const tooLarge = (what: string, size: string, most: string): DataError =>
  new DataError(
    "data/too-large",
    `${what} has ${size}, more than the ${most} that a tensor of a program may have`,
    "numbers of examples belong into `data`",
  );

/** DataErrors where they are no numbers, too many, or not finite. */
function numbersOf({ kind, shape, values }: NpyArray, what: string): Pick<FileArray, "shape" | "whole" | "values"> {
  if (kind === "text")
    throw new DataError(
      "data/npy-dtype",
      `${what} holds texts, and a tensor has numbers`,
      "number them: numpy.unique(x, return_inverse=True)[1]",
    );
  if (values.length > MOST_NUMBERS) throw tooLarge(what, `${values.length} numbers`, `${MOST_NUMBERS} numbers`);
  if (values.length === 0)
    throw new DataError("data/empty-file", `${what} has no numbers: its shape is [${shape.join(", ")}]`);
  let [least, most, isWhole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  const numbers = Float32Array.from(values);
  for (const [at, value] of numbers.entries()) {
    if (!Number.isFinite(value))
      throw new DataError("data/not-finite", `${what}: element ${at} is ${values[at]}, not a finite 32-bit number`);
    [least, most] = [Math.min(least, value), Math.max(most, value)];
    isWhole &&= Number.isInteger(value);
  }
  return { shape, whole: isWhole ? [least, most] : undefined, values: numbers };
}
