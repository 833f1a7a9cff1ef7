// A program's graphs as boxes: the layers of a model, or every operation of it, with its gradients where they are wanted.

import { isNumber, showDim, showShape } from "../../compiler/arithmetic/dim.ts";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import type { LayerBox } from "../../compiler/check/program/layers.ts";
import { constant, make, sum } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import { takeGradients } from "../../compiler/passes/differentiate.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import type { GraphBox } from "./boxes.ts";

/** Where a span stands for the reader of a drawing; undefined in the library. */
export type PlaceOf = (span: Span) => { readonly file: string; readonly line: number } | undefined;

export function boxesOfLayers(layer: LayerBox, placeOf: PlaceOf): GraphBox {
  const [only] = layer.children;
  if (layer.children.length === 1 && only?.kind === "group") {
    // Frames around the same boxes are one.
    const inner = boxesOfLayers(only, placeOf);
    const outer = boxesOfLayers({ ...layer, children: [] }, placeOf);
    return { ...outer, title: `${outer.title} › ${inner.title}`, children: inner.children };
  }
  const place = placeOf(layer.span);
  const names = layer.names.length > 0 ? `${layer.names.join(", ")} = ` : "";
  return {
    id: layer.id,
    kind: layer.kind,
    title: layer.kind === "group" ? layer.title : `${names}${layer.title}`,
    notes: notesOf(layer),
    ...(place ? { place } : {}),
    children: layer.children.map((c) => boxesOfLayers(c, placeOf)),
    inputs: layer.inputs,
  };
}

function notesOf({ kind, names, output, params, isShared }: LayerBox): string[] {
  const notes = output === "" ? [] : [kind === "group" && names.length > 0 ? `${names.join(", ")}: ${output}` : output];
  const count = isNumber(params) ? params.toLocaleString("en") : showDim(params);
  if (params !== 0) notes.push(`${count} ${params === 1 ? "parameter" : "parameters"}`);
  if (isShared) notes.push("shared parameters");
  return notes;
}

/** So many operations in a row are a block of a drawing of more than a few such blocks. */
const BLOCK = 100;
const MOST_FLAT = 400;

/**
 * Every operation of some results, in blocks by the order in which they are computed where there are many. From block to block a
 * line stands for all values on that way, and the boxes name what they take from elsewhere: hundreds of lines beside one another
 * can be neither followed nor laid out in good time.
 */
export function boxesOfOperations(results: readonly Node[], placeOf: PlaceOf, forward = new Set<Node>()): GraphBox[] {
  const boxes = operationsOf(results, placeOf, forward);
  if (boxes.length <= MOST_FLAT) return boxes;
  const numbers = new Map(boxes.map((b, i) => [b.id, i]));
  const blockOf = (id: string): number => Math.floor(lookUp(numbers, id) / BLOCK);
  const isFar = (box: GraphBox, input: string): boolean => blockOf(box.id) !== blockOf(input);
  const far = new Set(boxes.flatMap((b) => b.inputs.filter((i) => isFar(b, i))));
  const named = (id: string): string => `operation ${lookUp(numbers, id) + 1}`;
  return Array.from({ length: Math.ceil(boxes.length / BLOCK) }, (_, i) => {
    const own = boxes.slice(i * BLOCK, (i + 1) * BLOCK);
    const sources = new Set(own.flatMap((b) => b.inputs.filter((input) => isFar(b, input)).map(blockOf)));
    const title = `operations ${i * BLOCK + 1} to ${i * BLOCK + own.length}`;
    const children = own.map((b) => {
      const from = b.inputs.filter((input) => isFar(b, input)).map((input) => `← ${named(input)}`);
      const notes = [...(far.has(b.id) ? [named(b.id)] : []), ...b.notes, ...from];
      return { ...b, notes, inputs: b.inputs.filter((input) => !isFar(b, input)) };
    });
    return { id: idOf(i), kind: "group", title, notes: [], children, inputs: [...sources].map(idOf) };
  });
}

const idOf = (block: number): string => `block${block}`;

/** Plain numbers and sizes are left out: they say how, not what. */
function operationsOf(results: readonly Node[], placeOf: PlaceOf, forward: ReadonlySet<Node>): GraphBox[] {
  const plain = new Set<Node>();
  const kept: Node[] = [];
  for (const node of topological(results)) {
    const isPlain = node.op !== "parameter" && node.op !== "random" && node.inputs.every((i) => plain.has(i));
    if (isPlain) plain.add(node);
    else kept.push(node);
  }
  const ids = new Map(kept.map((n, i) => [n, `op${i}`]));
  return [...ids].map(([n, id]) => {
    const place = n.span && placeOf(n.span);
    return {
      id,
      kind: kindOf(n, forward),
      title: n.op === "parameter" ? String(n.attributes.name) : n.op,
      notes: [showShape(n.shape)],
      ...(place ? { place } : {}),
      children: [],
      inputs: [...new Set(n.inputs)].flatMap((i) => ids.get(i) ?? []),
    };
  });
}

function kindOf(node: Node, forward: ReadonlySet<Node>): GraphBox["kind"] {
  const { role } = node.attributes;
  if (role === "field") return "input";
  if (role === "parameter") return "weight";
  if (role === "state") return "state";
  return forward.size === 0 || forward.has(node) ? "layer" : "backward";
}

/** The operations of a model and those of the derivatives of the sum of its results by each of its parameters. */
export function boxesOfGradients(results: readonly Node[], placeOf: PlaceOf): GraphBox[] {
  const learned = topological(results).filter((n) => n.op === "parameter" && n.attributes.role === "parameter");
  const totals = results.map((r) =>
    r.shape.length === 0
      ? r
      : sum(
          r,
          r.shape.map((_, i) => -1 - i),
        ),
  );
  const total = totals.reduce((a, b) => make("add", [a, b]), constant(0));
  // Together, since a loop whose gradient is taken saves more than it did.
  const all = takeGradients([...results, ...learned.map((p) => make("gradient", [total, p], {}))]);
  const forward = new Set(topological(all.slice(0, results.length)));
  return boxesOfOperations(all, placeOf, forward);
}
