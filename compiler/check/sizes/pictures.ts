// Pictures by their shapes. In: a shape, or a value. Out: whether it is that of a picture, with its depth last as here or first as
// in other frameworks, and what to write in the place of the latter.

import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showShape } from "../../arithmetic/dim.ts";
import { type Node, topological } from "../../graph/node.ts";

/** Depths of pictures as files have them: grey, colours, colours with opacity. */
const DEPTHS: ReadonlySet<Dim> = new Set([1, 3, 4]);
/** Fewer rows or columns than this are hardly a picture. */
const FEWEST = 8;

const isSide = (size: Dim | undefined): boolean => size !== undefined && (!isNumber(size) || size >= FEWEST);

/** `[28, 28, 1]` */
export const isPicture = ([height, width, depth, ...more]: readonly Dim[]): boolean =>
  more.length === 0 && depth !== undefined && DEPTHS.has(depth) && isSide(height) && isSide(width);

/** `[3, 32, 32]`, but not one row of many places as in `[1, 100, 64]`. */
export const isTurnedPicture = ([depth, height, width, ...more]: readonly Dim[]): boolean =>
  isPicture([height ?? 1, width ?? 1, depth ?? 0, ...more]) && (depth !== 1 || height === width);

/** Finds the input or field with its depth first that a value is made from. */
export const turnedPictureBelow = (x: Node): Node | undefined =>
  topological([x]).find((n) => n.op === "parameter" && n.attributes.role === "field" && isTurnedPicture(n.shape));

/** Says what to write for such a picture. */
export function turnBack({ shape: [depth = 1, ...sides], attributes }: Node): string {
  const name = String(attributes.name);
  const inData = `data d = ... { ${name} = transpose(${name}, [1, 2, 0]) }`;
  return `depth stands last in a shape: declare \`${name}: ${showShape([...sides, depth])}\`; where the data has its depth first, turn it there: \`${inData}\``;
}
