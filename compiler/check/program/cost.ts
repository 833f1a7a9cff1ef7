// The cost of a model: for each of its lines the learned numbers and multiply-adds that it adds, and the model's depth.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, mulDims, product } from "../../arithmetic/dim.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { contractWork } from "../../ops/contract.ts";
import { type Application, linesWithin, outputNode, outputText } from "../frame/application.ts";

export interface LayerMeasure {
  readonly name: string;
  readonly kind: string;
  readonly output: string;
  readonly params: Dim;
  readonly macs: Dim;
  readonly span: Span;
}

export interface ModelMeasure {
  readonly layers: readonly LayerMeasure[];
  readonly params: Dim;
  readonly trainable: Dim;
  readonly macs: Dim;
  /** Most weighted layers on a way from an input to the output. */
  readonly depth: number;
}

interface Body {
  readonly parameters: readonly Node[];
  readonly results: readonly Node[];
}

/** The lines of the body of `model`; `fixed` names the parameters that are never trained. */
export function measureModel(
  model: string,
  applications: readonly Application[],
  results: readonly Node[],
  fixed: ReadonlySet<string>,
): ModelMeasure {
  const seen = new Set<Node>();
  const layers = linesWithin(model, applications).flatMap((line) => {
    const node = outputNode(line);
    return node ? [layerOf(line, node, seen)] : [];
  });
  const order = topological(results);
  const params = order.filter(isWeight);
  const size = (n: Node): Dim => product(n.shape);
  return {
    layers,
    params: total(params.map(size)),
    trainable: total(params.filter((n) => !fixed.has(String(n.attributes.name))).map(size)),
    macs: total(order.map(workOf)),
    depth: weightedDepth(order),
  };
}

function layerOf(line: Application, node: Node, seen: Set<Node>): LayerMeasure {
  const added = reachedFrom([node], seen);
  for (const n of added) seen.add(n);
  return {
    name: line.instance?.path ?? line.name,
    kind: line.name,
    output: outputText(line),
    params: total(added.filter(isWeight).map((n) => product(n.shape))),
    macs: total(added.map(workOf)),
    span: line.span,
  };
}

export type LineWeight = Pick<LayerMeasure, "params" | "macs">;

/**
 * Costs that one line adds to the value above it each time that it is run, parts that it calls included. The lines stand in the order
 * in which they were run, and what stood above an earlier one is added by none that follows.
 */
export function lineWeights(lines: readonly Application[]): readonly LineWeight[] {
  const before = new Set<Node>();
  return lines.map((line) => {
    const { input } = line;
    const node = outputNode(line);
    if (input) for (const n of reachedFrom([input], before)) before.add(n);
    const added = node ? reachedFrom([node], before) : [];
    return { params: total(added.filter(isWeight).map((n) => product(n.shape))), macs: total(added.map(workOf)) };
  });
}

/** The nodes that values are made of, but for `known` ones and what these are made of: looking costs what is found. */
function reachedFrom(values: readonly Node[], known: ReadonlySet<Node>): readonly Node[] {
  const found = new Set<Node>();
  const waiting = [...values];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    if (known.has(node) || found.has(node)) continue;
    found.add(node);
    waiting.push(...node.inputs);
  }
  return [...found];
}

const total = (dims: readonly Dim[]): Dim => dims.reduce<Dim>(addDims, 0);

const isWeight = (n: Node): boolean => n.op === "parameter" && n.attributes.role === "parameter";

/** Multiply-adds of a node for one example; a loop's are those of its body, once for each step. */
function workOf(node: Node): Dim {
  if (node.op === "contract") return contractWork(node);
  const body = node.attributes.body as Body | undefined;
  if (!body) return 0;
  return mulDims(total(topological(body.results).map(workOf)), node.attributes.length as Dim);
}

function weightedDepth(order: readonly Node[]): number {
  const depth = new Map<Node, number>();
  let deepest = 0;
  for (const node of order) {
    const before = Math.max(0, ...node.inputs.map((i) => lookUp(depth, i)));
    const here = before + (isWeighted(node) ? 1 : 0);
    depth.set(node, here);
    deepest = Math.max(deepest, here);
  }
  return deepest;
}

/** A product or a lookup with a learned table, or a loop that has one. */
function isWeighted(node: Node): boolean {
  if (node.op === "contract" || node.op === "gather") return node.inputs.some(isTable);
  return node.op === "scan" && node.inputs.some((i) => isTable(i) && i.shape.length >= 2);
}

/** A learned tensor, looked at in any way. */
function isTable(node: Node): boolean {
  if (isWeight(node)) return true;
  const source = onlyOf(node.inputs);
  return (
    source !== undefined &&
    ["reshape", "transpose", "slice", "broadcast", "pad", "flip"].includes(node.op) &&
    isTable(source)
  );
}
