// In: a folder of folders, one for each class, and what of it is held out: a share, or another such folder. Out: the files that
// train in an order by the seed, and behind them those that are held out. Invariant: a class has the same number in both parts.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { Random } from "../random.ts";
import type { Arguments, Parameter } from "../source.ts";
import { cutAt } from "../split.ts";
import { type FileKind, findByClass, type Labelled } from "./classfolders.ts";

export const TEST_PARAMETER: Parameter = {
  name: "test",
  kind: "word",
  default: "",
  documentation: "another folder with a folder for each class, which is held out in place of a share",
};

/** Files by their classes; the first `cut` train. */
export interface Divided {
  readonly classes: readonly string[];
  readonly chosen: readonly Labelled[];
  readonly cut: number;
}

/** DataErrors of `findByClass`, and `data/bad-argument` for a class that nothing trains on. */
export async function dividedByClass(
  files: FileReader,
  given: Arguments,
  seed: number,
  kind: FileKind,
  most?: number,
): Promise<Divided> {
  const dir = given.path("dir");
  const { classes, files: all } = await findByClass(files, dir, kind);
  const train = new Random(seed).shuffle(all).slice(0, most);
  if (given.text("test") === "")
    return { classes, chosen: train, cut: cutAt(train.length, given.number("split"), dir) };
  const other = given.path("test");
  const found = await findByClass(files, other, kind);
  const places = found.classes.map((name) => classes.indexOf(name));
  const unknown = found.classes[places.indexOf(-1)];
  if (unknown !== undefined) {
    const message = `${other} has a folder ${unknown}, and ${dir} has no such class`;
    throw new DataError("data/bad-argument", message, `the classes are ${classes.join(", ")}`, "test");
  }
  const heldout = found.files.map(({ path, label }) => ({ path, label: places[label] ?? 0 }));
  return { classes, chosen: [...train, ...heldout], cut: train.length };
}
