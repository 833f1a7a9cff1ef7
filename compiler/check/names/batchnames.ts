// Shapes that begin with the batch, as other frameworks write them. In: a file. Out: a warning at each name of a size that says so.

import type { Expression, SourceFile } from "../../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../../grammar/syntax/span.ts";

/** Names that nobody gives to an axis of an example. */
const BATCH_NAMES: ReadonlySet<string> = new Set(
  "None batch Batch BATCH batch_size batchsize batchSize BatchSize BATCH_SIZE bs minibatch mini_batch".split(" "),
);

export function batchesInShapes({ definitions, text }: SourceFile): readonly Diagnostic[] {
  return definitions.flatMap((d) => {
    if (d.kind !== "model") return [];
    return d.parameters.flatMap(({ name, type }): Diagnostic[] => {
      const [first, ...others] = type?.dims ?? [];
      if (!first || !isBatch(first)) return [];
      const rest = others.map(({ span }) => text.slice(span.start, span.end)).join(", ");
      const written = text.slice(first.span.start, first.span.end);
      return [
        {
          code: "shapes/batch-in-shape",
          severity: "warning",
          message: `shapes are written without the batch, and '${written}' is the first axis of each example here`,
          span: first.span,
          hint: `write \`${name.text}: [${rest}]\``,
        },
      ];
    });
  });
}

const isBatch = (e: Expression): boolean => e.kind === "name" && BATCH_NAMES.has(e.name);
