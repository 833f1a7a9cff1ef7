// In: a folder of folders, one for each class. Out: the files in them, each with its class.
// Invariant: classes and files are taken in the order of their names; no file of the kind that lies in the folder of a class,
// however deep, is passed over.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import type { Column } from "../dataset.ts";

export interface Labelled {
  readonly path: string;
  readonly label: number;
}

export interface Found {
  readonly classes: readonly string[];
  readonly files: readonly Labelled[];
  readonly first: Labelled;
}

/** A kind of files that a source takes. */
export interface FileKind {
  readonly source: string;
  /** `picture`, `pictures` */
  readonly noun: string;
  readonly nouns: string;
  /** `.png, .jpg or .webp` */
  readonly endings: string;
  readonly isOne: (name: string) => boolean;
  /** Of the error where there are none. */
  readonly code: string;
}

/** The entries of a folder, without hidden files; undefined where the path is no folder. */
async function entries(files: FileReader, path: string): Promise<string[] | undefined> {
  try {
    return (await files.list(path)).filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    if (error instanceof DataError && error.code === "data/folder-not-found") return undefined;
    throw error;
  }
}

/** Folders in a class's folder may lie so deep; a link that leads back would have no end. */
const DEEPEST = 8;

const TRAIN = /^train(ing)?$/i;
const TEST = /^(te?st|testing|val(id(ation)?)?|held_?out|dev)$/i;

/** Folders that are called as the two parts of a data set. */
function partsIn(names: readonly string[]): readonly [string, string] | undefined {
  const [train, test] = [TRAIN, TEST].map((part) => names.find((name) => part.test(name)));
  return train !== undefined && test !== undefined ? [train, test] : undefined;
}

/** The files in the folder of a class, those of folders in it among them. */
async function filesOf(
  files: FileReader,
  path: string,
  names: readonly string[],
  kind: FileKind,
  parts: readonly [string, string] | undefined,
): Promise<string[]> {
  const found = await filesBelow(files, path, names, kind, 1);
  if (names.some(kind.isOne)) return found;
  if (found.length > 0) {
    const above = path.replace(/[\\/][^\\/]*$/, "");
    const [train, test] = (parts ?? []).map((name) => JSON.stringify(`${above}/${name}`));
    if (test !== undefined)
      throw new DataError(
        kind.code,
        `the folder ${path} has ${kind.nouns} in its folders only`,
        `${kind.source}(${train}, test=${test}) trains on one of these folders and holds the other out`,
      );
    const hint = `${kind.source}(${JSON.stringify(path)}) takes them for the classes; or put the ${kind.nouns} of one class into its folder`;
    throw new DataError(kind.code, `the folder ${path} has ${kind.nouns} in its folders only`, hint);
  }
  const hint = `each folder is a class: put its ${kind.nouns} there, or remove it`;
  throw new DataError(kind.code, `the folder ${path} has no ${kind.endings} files`, hint);
}

async function filesBelow(
  files: FileReader,
  path: string,
  names: readonly string[],
  kind: FileKind,
  depth: number,
): Promise<string[]> {
  if (depth > DEEPEST) {
    const message = `folders lie more than ${DEEPEST} deep in each other: ${path}`;
    throw new DataError(kind.code, message, "does a link among them lead back to a folder that holds it?");
  }
  const found: string[] = [];
  for (const name of names) {
    const at = `${path}/${name}`;
    const inside = kind.isOne(name) ? undefined : await entries(files, at);
    if (kind.isOne(name)) found.push(at);
    else if (inside) found.push(...(await filesBelow(files, at, inside, kind, depth + 1)));
  }
  return found;
}

/** Classes and their files. DataError `data/folder-not-found`, `data/no-classes`, and the kind's own where there are none. */
export async function findByClass(files: FileReader, dir: string, kind: FileKind): Promise<Found> {
  const names = (await files.list(dir)).filter((name) => !name.startsWith(".")).sort();
  const stray = names.find(kind.isOne);
  if (stray !== undefined) {
    const message = `the ${kind.noun} ${stray} lies in ${dir} itself, so that it has no class`;
    const table = kind.source === "images" ? `; or a table names the classes: \`images(..., table="labels.csv")\`` : "";
    throw new DataError("data/no-classes", message, `each class has a folder of its own: ${dir}/NAME/${stray}${table}`);
  }
  const [classes, all]: [string[], Labelled[]] = [[], []];
  for (const name of names) {
    const path = `${dir}/${name}`;
    const inside = await entries(files, path);
    if (!inside) continue;
    for (const each of await filesOf(files, path, inside, kind, partsIn(names)))
      all.push({ path: each, label: classes.length });
    classes.push(name);
  }
  const [first] = all;
  if (first) return { classes, files: all, first };
  throw new DataError(kind.code, `${dir} has no folders with ${kind.nouns}`, "each class has a folder of its own");
}

/** The class of each file. */
export function labelColumn(classes: readonly string[], chosen: readonly Labelled[]): Column {
  const values = Int32Array.from(chosen, ({ label }) => label);
  return { name: "label", shape: [], classes: classes.length, labels: classes, values };
}
