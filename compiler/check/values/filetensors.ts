// Tensors whose numbers stand in a file: `tensor("graph.npz", "adjacency")`. In: what a host reads. Out: states that nothing changes, which
// a training is given before its first step, and which are saved with its weights.
// Invariant: an array is one state, however often a program names it.

import type { Span } from "../../../grammar/syntax/span.ts";
import { broadcast, constant, make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import type { Learned } from "./instance.ts";

/** An array of a file, as far as a program has to know it. */
export interface FileArray {
  /** The file, from wherever it is named. */
  readonly file: string;
  /** Its name in the file; none of a file that is one array. */
  readonly name: string | undefined;
  readonly shape: readonly number[];
  /** The least and the largest, where all are whole numbers. */
  readonly whole: readonly [least: number, most: number] | undefined;
  /** Absent where a run has them, and the file is not at hand. */
  readonly values: Float32Array | undefined;
}

/** Why an array cannot be read, and which argument says so. */
export interface Unread {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly argument: "file" | "name";
}

/** The array called `name`, or the only one, of a file that is named from where another lies. */
export type ReadArray = (file: string, name: string | undefined, from: string) => FileArray | Unread;

export interface FileTensor extends Learned {
  readonly array: FileArray;
}

export class FileTensors {
  /** By their paths. */
  readonly all = new Map<string, FileTensor>();
  private readonly read: ReadArray;

  constructor(read: ReadArray = nothing) {
    this.read = read;
  }

  take(file: string, name: string | undefined, span: Span): FileTensor | Unread {
    const array = this.read(file, name, span.file);
    if ("message" in array) return array;
    for (let copy = 1; ; copy++) {
      const path = `file:${file}/${array.name ?? ""}${copy > 1 ? `~${copy}` : ""}`;
      const known = this.all.get(path);
      if (known && (known.array.file !== array.file || known.array.name !== array.name)) continue;
      const made = known ?? {
        path,
        node: stateOf(path, array),
        role: "state",
        fixed: true,
        start: zeros(array),
        span,
        array,
      };
      this.all.set(path, made);
      return made;
    }
  }
}

const stateOf = (name: string, { shape }: FileArray): Node =>
  make("parameter", [], { name, type: { shape, dtype: "f32" }, role: "state", batched: false });

const zeros = ({ shape }: FileArray): Node => broadcast(constant(0), shape);

const nothing: ReadArray = (file) => ({
  code: "data/file-not-found",
  message: `${file} cannot be read: this program has no folder`,
  argument: "file",
});
