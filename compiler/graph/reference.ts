// The reference interpreter: a graph's values in f64, by the ops' own references. Slow and plain; what all engines are compared with.

import type { Dim } from "../arithmetic/dim.ts";
import { extent } from "../arithmetic/dim.ts";
import { itemAt, zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { rowMajor } from "../arithmetic/strides.ts";
import { scanOf } from "./build.ts";
import type { Node } from "./node.ts";
import { operand, topological } from "./node.ts";
import { opOf } from "./table.ts";
import type { Tensor } from "./tensor.ts";
import { tensor } from "./tensor.ts";

/** Whether the values of some nodes follow from those of the leaves: nothing is learned, drawn, or of the batch. */
export function canInterpret(results: readonly Node[], leaves: ReadonlySet<Node>): boolean {
  return topological(results).every((node) => {
    if (leaves.has(node) || node.op === "pick") return true;
    if (node.op !== "scan") return opOf(node.op).reference !== undefined;
    const { body } = scanOf(node);
    return canInterpret(body.results, new Set(body.parameters));
  });
}

/**
 * Values of `results` where leaves have the given values and the batch the given size. `round` is done to every number on the
 * way: with `Math.fround` the result says what 32 bits can tell apart.
 */
export function interpret(
  results: readonly Node[],
  leaves: ReadonlyMap<Node, Tensor>,
  batch = 1,
  round?: (value: number) => number,
): Tensor[] {
  const values = new Map<Node, Tensor>(leaves);
  const scans = new Map<Node, Tensor[]>();
  const resolve = (dim: Dim): number => extent(dim, batch);
  for (const node of topological(results)) {
    if (values.has(node)) continue;
    const inputs = node.inputs.map((i) => lookUp(values, i));
    if (node.op === "scan") {
      scans.set(node, runScan(node, inputs, batch, round));
      values.set(node, tensor([]));
    } else if (node.op === "pick")
      values.set(node, itemAt(lookUp(scans, operand(node)), node.attributes.index as number));
    else {
      const { reference } = opOf(node.op);
      if (!reference) throw new Error(`${node.op} ${String(node.attributes.name ?? "")} has no value here`);
      const value = reference(inputs, node, { shape: node.shape.map(resolve), resolve });
      values.set(node, round ? { ...value, data: value.data.map(round) } : value);
    }
  }
  return results.map((r) => lookUp(values, r));
}

function runScan(node: Node, inputs: readonly Tensor[], batch: number, round?: (value: number) => number): Tensor[] {
  const { body, states, sequences, length, reverse, timeAxes } = scanOf(node);
  const steps = extent(length, batch);
  let current = inputs.slice(0, states);
  const turns: Tensor[][] = new Array(steps);
  for (let i = 0; i < steps; i++) {
    const t = reverse ? steps - 1 - i : i;
    const leaves = new Map<Node, Tensor>();
    for (const [k, [p, input]] of zip(body.parameters, inputs).entries()) {
      if (k < states) leaves.set(p, itemAt(current, k));
      else if (k < states + sequences) leaves.set(p, takeAlong(input, itemAt(timeAxes, k - states), t));
      else leaves.set(p, input);
    }
    const values = interpret(body.results, leaves, batch, round);
    current = values.slice(0, states);
    turns[t] = values.slice(states);
  }
  const stacked = timeAxes.slice(sequences).map((axis, k) => {
    const list = turns.map((outputs) => itemAt(outputs, k));
    return stackAlong(list, axis);
  });
  return [...current, ...stacked];
}

function takeAlong(x: Tensor, axis: number, at: number): Tensor {
  const shape = x.shape.filter((_, i) => i !== axis);
  const [inner, size] = [itemAt(rowMajor(x.shape), axis), itemAt(x.shape, axis)];
  const out = tensor(shape);
  const outer = out.data.length / inner;
  for (let o = 0; o < outer; o++) {
    const from = (o * size + at) * inner;
    out.data.set(x.data.subarray(from, from + inner), o * inner);
  }
  return out;
}

function stackAlong(list: readonly Tensor[], axis: number): Tensor {
  const first = itemAt(list, 0);
  const shape = [...first.shape.slice(0, axis), list.length, ...first.shape.slice(axis)];
  const out = tensor(shape);
  const inner = first.shape.slice(axis).reduce((a, b) => a * b, 1);
  const outer = first.data.length / inner;
  list.forEach((x, t) => {
    for (let o = 0; o < outer; o++)
      out.data.set(x.data.subarray(o * inner, (o + 1) * inner), (o * list.length + t) * inner);
  });
  return out;
}
