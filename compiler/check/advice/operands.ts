// Hints for operands whose shapes do not fit. In: the operator and its operands. Out: a hint.

import { type Dim, showShape } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";

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
