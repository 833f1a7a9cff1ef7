// The outline of a training's lowered steps, which is all that a start has to know of them before there is an engine, and the origin of these
// steps, which names them without lowering them: where both their outline and their plan were kept, nothing is lowered.

import type { Training } from "../../compiler/check/training/lines/types.ts";
import type { Entry } from "../../compiler/compile.ts";
import { type Attribute, isGraph, type Node, topological } from "../../compiler/graph/node.ts";
import { plainText } from "../kept/plaintext.ts";
import { worthSharing } from "../workload.ts";

export interface Outline {
  /** Fields that any entry reads, after the passes. */
  readonly fields: readonly string[];
  /** Batches that one step takes: parts of it that read fields. */
  readonly batches: number;
  /** Whether its steps are large enough for several threads. */
  readonly isWorthSharing: boolean;
}

export function outlineOf(entries: readonly Entry[], batch: number): Outline {
  const steps = entries.flatMap((e) => (e.name === "train" ? e.parts : []));
  return {
    fields: [...new Set(entries.flatMap((e) => e.parts.flatMap((p) => p.fields)))],
    batches: steps.filter((p) => p.fields.length > 0).length,
    isWorthSharing: worthSharing(entries, batch),
  };
}

/**
 * A text of all that `compileTraining` makes entries of: the graphs of a training, with their nodes in the order in which they were
 * made. It is the same for the same training, however many nodes were made before.
 */
export function originOf(training: Training): string {
  const { batch, precision, learned, evaluate, averages } = training;
  const steps = [...training.measures, ...training.steps, evaluate];
  const results = steps.flatMap((s) => s.results.map((r) => r.node));
  const nodes = withBodies([...results, ...learned.map((l) => l.start), ...[...averages].flat()]);
  const places = new Map(nodes.map((node, i) => [node, i]));
  const placeOf = (node: Node): number => {
    const place = places.get(node);
    if (place === undefined) throw new Error(`${node.op} is part of a training but not of its graphs`);
    return place;
  };
  const withPlaces = (value: Attribute): unknown => {
    if (typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(withPlaces);
    if (isGraph(value)) return { parameters: value.parameters.map(placeOf), results: value.results.map(placeOf) };
    return Object.entries(value).map(([key, part]) => [key, withPlaces(part)]);
  };
  return plainText({
    batch,
    precision,
    nodes: nodes.map((n) => [n.op, n.inputs.map(placeOf), withPlaces(n.attributes), n.shape, n.dtype, n.span]),
    learned: learned.map((l) => [l.path, placeOf(l.start)]),
    steps: steps.map((s) => ({ ...s, results: s.results.map((r) => ({ ...r, node: placeOf(r.node) })) })),
    measures: training.measures.length,
    averages: [...averages].map((pair) => pair.map(placeOf)),
  });
}

/** All nodes that some need, those of bodies included, in the order in which they were made. */
function withBodies(roots: readonly Node[]): Node[] {
  const found = new Set<Node>();
  const open = [roots];
  for (let next = open.pop(); next; next = open.pop())
    for (const node of topological(next)) {
      if (found.has(node)) continue;
      found.add(node);
      for (const body of Object.values(node.attributes).filter(isGraph))
        open.push([...body.parameters, ...body.results]);
    }
  return [...found].sort((a, b) => a.id - b.id);
}
