// Arguments that stand in the wrong place: a layer that was to be the next line, a value in the
// parentheses of a layer's sizes, a size for a function that has none. In: what is called and what it is given. Out: mistakes.

import { takesNumbersOnly } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { definitionHasRole } from "../frame/roles.ts";
import { Consequence, mistake } from "../values/mistakes.ts";
import { type Callable, calledHint, describe, type Resolved, type Value } from "../values/values.ts";

/** `dense 64 relu`, or `layernorm(x)`: a layer is given its sizes, and applied afterwards. */
export function refuseMisplaced(
  { name, parameters }: Callable,
  { positional, named, spans }: Resolved,
  call: Span,
): void {
  if (!takesNumbersOnly(parameters)) return;
  if ([...positional, ...named.values()].some(couldNotBeRead)) throw new Consequence();
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
    const others = positional.flatMap((v) => (v.kind === "number" && isNumber(v.value) ? [String(v.value)] : []));
    if (value.kind === "tensor" && value.node.shape.length > 0 && name.text === "attention" && positional.length > 1)
      throw mistake(
        "types/not-a-number",
        span,
        `\`attention\` takes numbers and flags here, and this is ${describe(value)}`,
        {
          hint: "a line `attention 4` attends with four heads from the value above it to itself; from one value to others it is `attend(q, k, v)`",
        },
      );
    if (value.kind === "tensor" && value.node.shape.length > 0)
      throw mistake(
        "types/not-a-number",
        span,
        `\`${name.text}\` takes numbers and flags here, and this is ${describe(value)}`,
        {
          hint: `a layer is made before it is applied: \`${name.text}(${(others.length > 0 ? others : needed).join(", ")})(x)\`${needed.length > 0 ? "; sizes of a tensor are `depth(x)` and `shape(x)[0]`" : ""}`,
        },
      );
  }
}

/** `dense({ units: 64 })`: braces whose lines are none, which was said of them. */
const couldNotBeRead = (value: Value): boolean =>
  value.kind === "layer" &&
  value.definition.kind === "literal" &&
  value.definition.block.body.some((s) => s.kind === "bad-statement");

/** `bidirectional 64`: what is neither a layer nor a function in the place of one. */
export function refuseNoLayer(
  { name, parameters, tags }: Callable,
  given: ReadonlyMap<string, Value>,
  spans: ReadonlyMap<string, Span>,
  call: Span,
): void {
  const example = tags?.["takes-layer"]?.text;
  if (example === undefined) return;
  for (const { name: parameter } of parameters) {
    const value = given.get(parameter.text);
    if (!value || !NO_LAYERS.has(value.kind)) continue;
    const message = `'${parameter.text}' of \`${name.text}\` is a layer or a block, and this is ${describe(value)}`;
    throw mistake("types/not-a-layer", spans.get(parameter.text) ?? call, message, {
      hint: `write for example ${example}`,
    });
  }
}

const NO_LAYERS: ReadonlySet<string> = new Set("number string boolean list tensor none".split(" "));

function layerName(value: Value): string | undefined {
  if (value.kind === "builtin" || value.kind === "layer") return value.name;
  return value.kind === "definition" && value.definition.kind !== "model" ? value.definition.name.text : undefined;
}

/** `adam(net, 0.001)`: elsewhere an optimizer is given what it trains. */
export function refuseTrained(optimizer: string, { positional, spans }: Resolved, call: Span): void {
  for (const [i, value] of positional.entries()) {
    if (value.kind !== "definition" && value.kind !== "layer") continue;
    if (couldNotBeRead(value)) throw new Consequence();
    const message = `\`${optimizer}\` takes numbers and flags, and this is ${describe(value)}`;
    throw mistake("types/not-a-number", spans?.positional[i] ?? call, message, {
      hint: `leave it out: what is trained is what the loss calls, as in \`optimizer ${optimizer} lr=1e-3\``,
    });
  }
}

/** `softmax(10)`: elsewhere softmax is given how many there are, or, as in `softmax(x, where=1)`, an axis. */
export function refuseNumber(
  definition: Callable,
  given: ReadonlyMap<string, Value>,
  spans: ReadonlyMap<string, Span>,
  call: Span,
): void {
  const { name, parameters } = definition;
  if (!definitionHasRole(definition, "softmax", "log_softmax")) return;
  const refuse = (parameter: string, message: string, hint: string): void => {
    throw mistake("types/not-a-tensor", spans.get(parameter) ?? call, message, { hint });
  };
  const first = itemAt(parameters, 0).name.text;
  const [value, where] = [given.get(first), given.get("where")];
  if (where && /^(number|string)$/.test(where.kind))
    refuse(
      "where",
      `'where' of \`${name.text}\` is a condition on places, and this is ${describe(where)}`,
      `write for example \`where=${spans.get(first) ? "x" : "it"} > 0\`; an axis is written \`over=0\``,
    );
  if (!value || value.kind === "tensor" || value.kind === "unknown") return;
  if (value.kind === "list" && !value.isSize && value.items.length > 0) return;
  const called = calledHint(value);
  refuse(
    first,
    called
      ? `a tensor is needed here, and this is ${describe(value)}`
      : `\`${name.text}\` takes a tensor, and this is ${describe(value)}`,
    called ?? `how many scores there are is known: a line \`${name.text}\` takes the value above it`,
  );
}
