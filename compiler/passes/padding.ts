// padding: a contraction never reads outside its operands: where an index can leave an operand, the operand is padded with
// zeros first. (Placement then lets the producer write into the padded tensor, so that nothing is copied.)
//
//   contract(x[y + i - 1], w[i])        contract(pad(x)[y + i], w[i])

import type { Dim } from "../arithmetic/dim.ts";
import { isNumber } from "../arithmetic/dim.ts";
import { itemAt } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import type { ContractAttributes } from "../graph/build.ts";
import { contract, pad } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { sizeAlong } from "../graph/node.ts";
import type { Affine } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import { dense } from "../ops/phases.ts";
import { inBodies } from "./bodies.ts";
import { rewrite } from "./rewrite.ts";

export function padReads(results: readonly Node[]): Node[] {
  return paddedReads(inBodies(results, paddedReads));
}

function paddedReads(results: readonly Node[]): Node[] {
  return rewrite(results, (node, inputs) => {
    const { lowering } = opOf(node.op);
    if (lowering.class !== "contract") return undefined;
    const space = lowering.space(node);
    const [a, b] = [itemAt(inputs, 0), itemAt(inputs, 1)];
    const left = padOperand(a, 0, space);
    const right = padOperand(b, 1, space);
    if (left.node === a && right.node === b && a === node.inputs[0] && b === node.inputs[1]) return undefined;
    return contract(left.node, right.node, { ...space, a: left.index, b: right.index });
  });
}

function padOperand(x: Node, side: 0 | 1, space: ContractAttributes): { node: Node; index: readonly Affine[] } {
  let node = x;
  const index = side === 0 ? [...space.a] : [...space.b];
  for (const [d, i] of index.entries()) {
    const size = sizeAlong(x, d);
    if (!isNumber(size)) continue;
    const [low, high] = reach(space, side, d);
    const before = Math.max(0, -low);
    const after = Math.max(0, high - size + 1);
    if (before === 0 && after === 0) continue;
    node = pad(node, d - x.shape.length, before, after);
    index[d] = { ...i, offset: i.offset + before * i.div };
  }
  return { node, index };
}

/** Smallest and largest coordinate that any dense part of the space reads. */
function reach(space: ContractAttributes, side: 0 | 1, d: number): [number, number] {
  let [low, high] = [0, 0];
  for (const part of dense({ axes: space.axes, out: space.out, operands: [space.a, space.b], placed: new Map() })) {
    const sizes = new Map<string, Dim>(part.axes);
    const i = itemAt(itemAt(part.operands, side), d);
    let [l, h] = [i.offset, i.offset];
    if (part.axes.some(([, e]) => e === 0)) continue;
    for (const [n, c] of i.terms) {
      const extent = lookUp(sizes, n);
      if (!isNumber(extent)) continue;
      if (c > 0) h += c * (extent - 1);
      else l += c * (extent - 1);
    }
    low = Math.min(low, l);
    high = Math.max(high, h);
  }
  return [low, high];
}
