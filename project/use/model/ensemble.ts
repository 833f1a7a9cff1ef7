// Several trained copies of one model as one: each copy reads its own weights, and their outputs are averaged.

import { add, constant, div, make } from "../../../compiler/graph/build.ts";
import type { Node } from "../../../compiler/graph/node.ts";
import { rewrite } from "../../../compiler/passes/rewrite.ts";

/** The suffix of the weights of copy number k; the first keeps the plain names. */
export const suffixOf = (copy: number): string => (copy === 0 ? "" : `@${copy}`);

/** The graph with the mean of `copies` evaluations in place of each of `outputs`. */
export function averaged(results: readonly Node[], outputs: readonly Node[], copies: number): Node[] {
  if (copies === 1) return [...results];
  const means = new Map(
    outputs.map((output) => {
      const all = Array.from({ length: copies }, (_, k) => copyOf(output, suffixOf(k)));
      return [
        output,
        div(
          all.reduce((a, b) => add(a, b)),
          constant(copies),
        ),
      ] as const;
    }),
  );
  return rewrite(results, (node) => means.get(node));
}

/** The same computation on weights and states of other names. */
function copyOf(output: Node, suffix: string): Node {
  if (suffix === "") return output;
  const [copy] = rewrite([output], (node) => {
    const { role, name } = node.attributes;
    if (node.op !== "parameter" || (role !== "parameter" && role !== "state")) return undefined;
    return make("parameter", [], { ...node.attributes, name: `${name}${suffix}` });
  });
  return copy;
}
