// Arguments of the library's definitions that stand in the wrong place: a layer that was to be the next line, a value in the
// parentheses of a layer's sizes, a size for a function that has none. In: what is called and what it is given. Out: mistakes.

import type { Span } from "../../grammar/span.ts";
import { mistake } from "./mistakes.ts";
import { type Callable, describe, type Resolved, type Value } from "./values.ts";

/** Parameters that take layers. */
const TAKES_LAYERS: ReadonlySet<string> = new Set(["body", "skip", "net"]);

/** `dense 64 relu`, or `layernorm(x)`: a layer of the library is given its sizes, and applied afterwards. */
export function refuseMisplaced({ name, parameters }: Callable, { positional, spans }: Resolved, call: Span): void {
  if (!name.span.file.startsWith("stdlib/") || parameters.some((p) => TAKES_LAYERS.has(p.name.text))) return;
  const needed = parameters.filter((p) => !p.default).map((p) => p.name.text);
  for (const [i, value] of positional.entries()) {
    const span = spans?.positional[i] ?? call;
    const layer = layerName(value);
    if (layer !== undefined)
      throw mistake(
        "types/not-a-number",
        span,
        `\`${name.text}\` takes numbers and flags, and this is ${describe(value)}`,
        {
          hint: `a layer is a line of its own: write a new line or \`;\` before \`${layer}\``,
        },
      );
    if (value.kind === "tensor" && value.node.shape.length > 0)
      throw mistake(
        "types/not-a-number",
        span,
        `\`${name.text}\` takes numbers and flags here, and this is ${describe(value)}`,
        {
          hint: `a layer is made before it is applied: \`${name.text}(${needed.join(", ")})(x)\`${needed.length > 0 ? "; sizes of a tensor are `depth(x)` and `shape(x)[0]`" : ""}`,
        },
      );
  }
}

function layerName(value: Value): string | undefined {
  if (value.kind === "builtin" || value.kind === "layer") return value.name;
  return value.kind === "definition" && value.definition.kind !== "model" ? value.definition.name.text : undefined;
}

/** `softmax(10)`: elsewhere softmax is given how many there are. */
export function refuseNumber({ name, parameters }: Callable, given: ReadonlyMap<string, Value>, span: Span): void {
  if (!name.span.file.startsWith("stdlib/") || !/^(log_)?softmax$/.test(name.text)) return;
  const value = given.get(parameters[0]!.name.text);
  if (!value || value.kind === "tensor" || value.kind === "unknown") return;
  if (value.kind === "list" && !value.isSize && value.items.length > 0) return;
  throw mistake("types/not-a-tensor", span, `\`${name.text}\` takes a tensor, and this is ${describe(value)}`, {
    hint: `how many scores there are is known: a line \`${name.text}\` takes the value above it`,
  });
}
