// Settings that a training on streamed data cannot have. In: its lines. Out: a mistake, or none.

import type { TrainDefinition } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";

/** `carry` reads a stretch of its own for each row of the batch, all at once: the ends of a stream are far from each other. */
export function carriedStream({ body }: TrainDefinition, data: string): Diagnostic | undefined {
  const line = body.find((s) => s.kind === "line" && s.value.kind === "name" && s.value.name === "carry");
  if (!line) return undefined;
  return {
    code: "data/streamed",
    severity: "error",
    span: line.span,
    message: `\`carry\` needs all examples in memory, and '${data}' is streamed`,
    hint: "write stream=false where the data is declared, or leave the line out",
  };
}
