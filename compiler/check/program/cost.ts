// The cost of a model: for each of its lines the learned numbers and multiply-adds that it adds, and the model's depth.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, mulDims, product, showShape } from "../../arithmetic/dim.ts";
import { onlyOf, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { contractWork } from "../../ops/contract.ts";
import { type Application, outputNode, outputText, partsWithin, tensorIn } from "../frame/application.ts";
import { itemsOf, type Value } from "../values/values.ts";

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

/** A value that a model has a name for, which a loss may read. */
export interface NamedValue {
  readonly name: string;
  readonly node: Node;
  readonly span: Span;
}

/** The names of a model's result; `placeOf` says where a value was named, and `span` stands for what it does not know. */
export function namedIn(result: Value, span: Span, placeOf?: (node: Node) => Span | undefined): readonly NamedValue[] {
  const fields = itemsOf(result).flatMap((v) => (v.kind === "tensor" ? [...(v.fields ?? [])] : []));
  return fields.flatMap(([name, field]) =>
    itemsOf(field)
      .flatMap(nodesOf)
      .map((node) => ({ name, node, span: placeOf?.(node) ?? span })),
  );
}

interface Body {
  readonly parameters: readonly Node[];
  readonly results: readonly Node[];
}

/** The layers and lines of the body of `model`; `fixed` names the parameters that are never trained. */
export function measureModel(
  model: string,
  applications: readonly Application[],
  results: readonly Node[],
  fixed: ReadonlySet<string>,
  named: readonly NamedValue[] = [],
): ModelMeasure {
  const order = topological([...results, ...named.map((v) => v.node)]);
  const params = order.filter(isWeight);
  const size = (n: Node): Dim => product(n.shape);
  return {
    layers: layersOf(partsWithin(model, applications), named, order),
    params: total(params.map(size)),
    trainable: total(params.filter((n) => !fixed.has(String(n.attributes.name))).map(size)),
    macs: total(order.map(workOf)),
    depth: weightedDepth(topological(results)),
  };
}

/** Rows whose costs add up to those of all nodes: each node counts where it is first come to. */
function layersOf(
  parts: readonly Application[],
  named: readonly NamedValue[],
  order: readonly Node[],
): readonly LayerMeasure[] {
  const outputs = parts.map((part) => itemsOf(part.output).flatMap(nodesOf));
  const elsewhere = dependingOnOthers(outputs.flat(), new Set(order));
  const left = new Set(order);
  const seen = new Set<Node>();
  const added = (nodes: readonly Node[]): readonly Node[] => {
    const reached = reachedFrom(nodes, seen);
    for (const n of reached) seen.add(n);
    return reached.filter((n) => left.delete(n));
  };
  const rows = zip(parts, outputs).flatMap(([part, nodes]) =>
    nodes.length === 0 || nodes.some((n) => elsewhere.has(n)) ? [] : [layerOf(part, added(nodes))],
  );
  // Values that a model only names, for a loss to read.
  const others = named.flatMap(({ name, node, span }) => {
    const cost = costOf(added([node]));
    const own = isWeight(node) ? String(node.attributes.name) : name;
    return isSomething(cost) ? [{ name: own, kind: name, output: showShape(node.shape), ...cost, span }] : [];
  });
  return [...rows, ...others];
}

const nodesOf = (value: Value): readonly Node[] => {
  const node = tensorIn(value);
  return node ? [node] : [];
};

/** The nodes that are made of parameters which are not among `known`: in the body of a loop, or nothing is made of them. */
function dependingOnOthers(values: readonly Node[], known: ReadonlySet<Node>): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const node of topological(values)) {
    const isOther = node.op === "parameter" && !known.has(node);
    if (isOther || node.inputs.some((i) => found.has(i))) found.add(node);
  }
  return found;
}

const layerOf = (part: Application, added: readonly Node[]): LayerMeasure => ({
  name: (part.callee && part.instance?.path) ?? part.name,
  kind: part.name,
  output: outputText(part),
  ...costOf(added),
  span: part.span,
});

const costOf = (nodes: readonly Node[]): LineWeight => ({
  params: total(nodes.filter(isWeight).map((n) => product(n.shape))),
  macs: total(nodes.map(workOf)),
});

const isSomething = ({ params, macs }: LineWeight): boolean => params !== 0 || macs !== 0;

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
    return costOf(node ? reachedFrom([node], before) : []);
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
