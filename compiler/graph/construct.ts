// A node by its op's record: the type by its rule, local simplification, interning, and the place in the program that asked for it.
// Sequences that differ in length are not handled here but by `make`.

import type { Span } from "../../grammar/syntax/span.ts";
import type { Attributes, Node } from "./node.ts";
import { intern } from "./node.ts";
import { opOf } from "./table.ts";

let currentSpan: Span | undefined;

/** Nodes made inside `body` carry this span; what the library writes carries the span of the program's call of it. */
export function at<T>(span: Span | undefined, body: () => T): T {
  const before = currentSpan;
  const inLibrary = span?.file.startsWith("stdlib/") && before !== undefined;
  if (!inLibrary) currentSpan = span ?? before;
  try {
    return body();
  } finally {
    currentSpan = before;
  }
}

export function construct(op: string, inputs: readonly Node[], attributes: Attributes = {}): Node {
  const record = opOf(op);
  const node = intern(op, inputs, attributes, record.type(inputs, attributes), currentSpan);
  return record.simplify?.(node) ?? node;
}
