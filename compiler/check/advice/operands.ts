// Hints for operands whose shapes do not fit, and for a shortcut that is repeated. In: the operator and its operands. Out: a hint.

import { type Dim, showDim, showShape } from "../../arithmetic/dim.ts";
import { type Node, topological } from "../../graph/node.ts";
import type { Warning } from "../frame/frame.ts";

/** A value, and how the program writes it; empty where that is not at hand. */
interface Operand {
  readonly text: string;
  readonly node: Node;
}

export function whatWouldFit(operator: string, left: Operand, right: Operand): string {
  const [x, y] = [left.node.shape, right.node.shape];
  if (operator === "*" && isMatrixProduct(x, y))
    return `\`*\` multiplies number by number; the product of matrices is \`${left.text || "a"} @ ${right.text || "b"}\``;
  const either = `${like(y, x)} on the right or ${like(x, y)} on the left would fit`;
  return `${either}: axes are compared from the last to the first, and must be equal or 1`;
}

/** Whether a product of matrices would fit where one of numbers does not. */
const isMatrixProduct = (x: readonly Dim[], y: readonly Dim[]): boolean =>
  x.length > 0 && y.length > 1 && x.at(-1) === y.at(-2);

/** A shape with the axes of another, where it has any but 1. */
const like = (own: readonly Dim[], other: readonly Dim[]): string =>
  showShape(own.map((d, i) => (d === 1 ? d : (other.at(i - own.length) ?? d))));

/** Warns of a shortcut around layers that has one channel where they give several: it is added to each of them. */
export function repeatedShortcut(operator: string, left: Operand, right: Operand): Warning | undefined {
  if (operator !== "+") return undefined;
  const [one, many] = left.node.shape.at(-1) === 1 ? [left, right] : [right, left];
  const [own, other] = [one.node.shape, many.node.shape];
  const depth = other.at(-1);
  const isShortcut =
    own.length > 1 &&
    own.at(-1) === 1 &&
    depth !== undefined &&
    depth !== 1 &&
    own.slice(0, -1).some((d) => d !== 1) &&
    own.slice(0, -1).join() === other.slice(0, -1).join();
  if (!isShortcut || !topological([many.node]).includes(one.node)) return undefined;
  const text = one.text || "the shortcut";
  return {
    code: "shapes/repeated",
    message: `'${text}' has one channel, ${showShape(own)}, and is added to each of ${showDim(depth)} channels`,
    hint: `a shortcut has as many channels as what it goes around: a layer gives them, as in \`conv(1x1, ${showDim(depth)})(${one.text || "skip"})\``,
  };
}
