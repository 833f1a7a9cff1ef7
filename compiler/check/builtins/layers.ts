// Functions of layers and models rather than of numbers.

import type { Value } from "../values.ts";
import { describe, mistake, tensorValue } from "../values.ts";
import type { Call } from "./call.ts";
import { need } from "./call.ts";

/** `fresh(layer)`: like it, with parameters of its own. */
export function fresh(c: Call): Value {
  const value = need(c, 0, "layer");
  if (value.kind === "layer") return { ...value, instance: c.child(value.name) };
  if (value.kind === "definition" && value.definition.kind === "model")
    return { ...value, instance: c.child(value.definition.name.text) };
  throw notALayer(c, "fresh", value);
}

/** `weights(layer)`: its learned matrices, the parameters of two axes and more. */
export function weights(c: Call): Value {
  const value = need(c, 0, "layer");
  const instance = value.kind === "layer" || value.kind === "definition" ? value.instance : undefined;
  if (!instance) throw notALayer(c, "weights", value);
  if (value.kind === "definition") c.open(value);
  const learned = instance.everything();
  if (learned.length === 0)
    throw mistake(
      "names/field-too-early",
      c.span,
      `${describe(value)} has no weights yet: it has not been used, so its shape is open`,
    );
  const matrices = learned.filter((l) => l.role === "parameter" && l.node.shape.length > 1);
  return { kind: "list", items: matrices.map((l) => tensorValue(l.node)) };
}

const notALayer = (c: Call, name: string, value: Value): Error =>
  mistake("types/not-a-layer", c.span, `'${name}' takes a model or a bound layer, and this is ${describe(value)}`, {
    hint: "bind the layer first: `e = dense 8`, then `e(x)` and `fresh(e)`",
  });
