// In: a folder of pictures, and one of masks, which may be the same. Out: each picture with its mask, by their names; endings may differ.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { ANY_PICTURE_ENDING, isPictureName } from "../../pictures/kind.ts";
import type { Pair } from "./masks.ts";

/** Endings of the names of masks, behind those of their pictures, where they are not called alike. */
const MARKS = ["_mask", "-mask", "_seg", "_segmentation", "_label", "_gt", "_L"];

const stemOf = (name: string): string => name.replace(/\.\w+$/, "");

/** The picture that a mask is of, among those of these names; undefined where there is none. */
function pictureOf(mask: string, stems: ReadonlySet<string>): string | undefined {
  const stem = stemOf(mask);
  if (stems.has(stem)) return stem;
  return MARKS.filter((mark) => stem.endsWith(mark))
    .map((mark) => stem.slice(0, -mark.length))
    .find((name) => stems.has(name));
}

async function picturesIn(files: FileReader, dir: string): Promise<readonly string[]> {
  const names = (await files.list(dir)).filter((name) => !name.startsWith(".") && isPictureName(name)).sort();
  if (names.length > 0) return names;
  throw wrong(`the folder ${dir} has no ${ANY_PICTURE_ENDING} files`, "name the folder that has them");
}

/** In one folder a mask is what has the name of another picture there with a mark behind it. */
function apart(names: readonly string[]): { readonly pictures: readonly string[]; readonly masks: readonly string[] } {
  const stems = new Set(names.map(stemOf));
  const isMask = (name: string): boolean => {
    const others = new Set(stems);
    others.delete(stemOf(name));
    return pictureOf(name, others) !== undefined;
  };
  return { pictures: names.filter((name) => !isMask(name)), masks: names.filter(isMask) };
}

/** DataErrors `data/no-pictures` where a picture or a mask is alone, or a picture has two masks. */
export async function findPairs(files: FileReader, dir: string, maskDir: string): Promise<readonly Pair[]> {
  const all = await picturesIn(files, dir);
  const { pictures, masks } = dir === maskDir ? apart(all) : { pictures: all, masks: await picturesIn(files, maskDir) };
  const stems = new Set(pictures.map(stemOf));
  const maskOf = new Map<string, string>();
  for (const mask of masks) {
    const name = pictureOf(mask, stems);
    if (name === undefined)
      throw wrong(
        `the mask ${maskDir}/${mask} has no picture in ${dir}`,
        "remove it, or put the picture of its name there",
      );
    const other = maskOf.get(name);
    if (other !== undefined)
      throw wrong(`${maskDir}/${other} and ${maskDir}/${mask} are masks of one picture`, "leave one of them there");
    maskOf.set(name, mask);
  }
  return pictures.map((picture) => {
    const stem = stemOf(picture);
    const mask = maskOf.get(stem);
    if (mask !== undefined) return { picture: `${dir}/${picture}`, mask: `${maskDir}/${mask}` };
    const named = dir === maskDir ? "" : `${maskDir}/${stem}.png or `;
    throw wrong(
      `the picture ${dir}/${picture} has no mask in ${maskDir}`,
      `a mask is called like its picture: ${named}${maskDir}/${stem}${MARKS[0]}.png`,
    );
  });
}

const wrong = (message: string, hint: string): DataError => new DataError("data/no-pictures", message, hint);
