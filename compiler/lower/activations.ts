// Which values of a graph are activations or gradients of these: what may be kept in 16 bits between two kernels, since there is much
// of it and its last places count for little. All else keeps 32 bits: parameters, their gradients and optimizers' states, in which
// small changes add up; sums over rows (statistics of norms and softmaxes, losses), from which other numbers are taken and which are
// few; and values computed from the data alone, which may be whole numbers above 2^11 and must stay exact.

import { extent, isNumber } from "../arithmetic/dim.ts";
import type { Node } from "../graph/node.ts";
import { operand, remembered } from "../graph/node.ts";
import { plainAxis } from "../graph/op.ts";
import { classOf, isReshape, spaceOf, viewOf } from "./views.ts";

/** A sum over parts of reshaped axes with fewer terms is a pooling, whose results are activations. */
const FEWEST_TERMS = 16;

/** Whether a value of a graph with its batch holds activations or their gradients: several numbers for each example. */
export function isActivation(node: Node): boolean {
  if (node.dtype !== "f32" || !hasBatch(node) || numbersOf(node) === 1) return false;
  return isLearned(node) && !isStatistic(node);
}

const hasBatch = ({ shape }: Node): boolean => shape.some((d) => !isNumber(d));

const numbersOf = ({ shape }: Node): number => shape.reduce<number>((n, d) => n * extent(d, 1), 1);

const learned = new WeakMap<Node, boolean>();

/** Whether parameters, or values around a loop, have a part in it: what is made of the data alone has none. */
const isLearned = (node: Node): boolean =>
  remembered(learned, node, (n) =>
    classOf(n) === "leaf" ? n.attributes.role !== "field" : n.inputs.some((i) => learned.get(i)),
  );

const statistics = new WeakMap<Node, boolean>();

/** Whether a value with the batch is a sum over rows, or made of such sums alone. */
const isStatistic = (node: Node): boolean =>
  remembered(statistics, node, (n) => {
    const kind = classOf(n);
    if (kind === "reduce") return !isPooling(n);
    if (kind === "contract") return isWeightedSum(n);
    if (!["map", "view", "same"].includes(kind)) return false;
    const ofRows = n.inputs.filter(hasBatch);
    return ofRows.length > 0 && ofRows.every((i) => statistics.get(i));
  });

function isPooling(node: Node): boolean {
  const terms = numbersOf(operand(node)) / numbersOf(node);
  let input = operand(node);
  for (let isCut = false; classOf(input) === "view"; input = operand(input)) {
    isCut ||= isReshape(input);
    if (isWindow(input) || (isCut && terms < FEWEST_TERMS)) return true;
  }
  return false;
}

/** A view that reads places beside each other more than once, or at a distance. */
function isWindow(node: Node): boolean {
  const view = viewOf(node);
  return view.kind === "affine" && view.index.some((i) => i.terms.length > 1);
}

/** A sum of products of which one operand has all axes of the result: the other weighs its terms. A matrix product is none. */
function isWeightedSum(node: Node): boolean {
  const { out, axes, operands } = spaceOf(node);
  if (axes.length === out.length) return false;
  const plain = operands.map((index) => index.map(plainAxis));
  if (plain.some((index) => index.includes(undefined))) return false;
  const sizes = new Map(axes);
  return plain.some((index) => out.every((name) => sizes.get(name) === 1 || index.includes(name)));
}
