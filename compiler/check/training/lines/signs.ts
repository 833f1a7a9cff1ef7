// Directions of what an objective is made of. In: a value that is minimised. Out: of each value in it that it grows or falls with in a
// straight line, which of both. Beyond anything else, such as a product with a value, nothing is said.

import type { Node } from "../../../graph/node.ts";

/** Ops that keep the direction of their one value. */
const KEEPING: ReadonlySet<string> = new Set([
  "sum",
  "mean",
  "over_batch",
  "reshape",
  "broadcast",
  "slice",
  "anchor",
  "transpose",
  "cast",
]);

/** 1 for what the objective grows with, -1 for what it falls with; through products only where `isWeight` says it of a factor. */
export function signsOf(objective: Node, isWeight: (n: Node) => boolean = isConstant): ReadonlyMap<Node, 1 | -1> {
  const signs = new Map<Node, 1 | -1>();
  const todo: [Node, 1 | -1][] = [[objective, 1]];
  for (let next = todo.pop(); next; next = todo.pop()) {
    const [node, sign] = next;
    if (signs.has(node)) continue;
    signs.set(node, sign);
    for (const [part, turned] of partsOf(node, isWeight)) todo.push([part, turned ? (-sign as 1 | -1) : sign]);
  }
  return signs;
}

type Part = readonly [part: Node, isTurned: boolean];

function partsOf({ op, inputs }: Node, isWeight: (n: Node) => boolean): readonly Part[] {
  const [a, b, c] = inputs;
  if (!a) return [];
  if (KEEPING.has(op)) return [[a, false]];
  if (op === "neg") return [[a, true]];
  if (!b) return [];
  if (op === "add")
    return [
      [a, false],
      [b, false],
    ];
  if (op === "sub")
    return [
      [a, false],
      [b, true],
    ];
  if (op === "div") return b.op === "extent" || isConstant(b) ? [[a, isNegative(b)]] : [];
  // Choices weigh by 1 and 0.
  if (isWeight !== isConstant && op === "gather") return [[a, false]];
  if (isWeight !== isConstant && op === "select" && c) return [b, c].map((part) => [part, false] as const);
  if (op !== "mul") return [];
  if (!isConstant(a) && !isConstant(b)) return isWeight(a) ? [[b, false]] : isWeight(b) ? [[a, false]] : [];
  return isConstant(a) ? [[b, isNegative(a)]] : isConstant(b) ? [[a, isNegative(b)]] : [];
}

const isConstant = ({ op }: Node): boolean => op === "constant";
const isNegative = ({ op, attributes }: Node): boolean => op === "constant" && Number(attributes.value) < 0;
