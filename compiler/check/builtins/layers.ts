// Functions of layers and models rather than of numbers.

import type { Domain } from "../sizes/domains.ts";
import { refuse } from "../sizes/domains.ts";
import { mistake } from "../values/mistakes.ts";
import type { LayerValue, ModelValue } from "../values/values.ts";
import { describe, isModel, tensorValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";

const layer: Domain<LayerValue | ModelValue> = {
  says: "a model or a bound layer",
  read: (value, at) => {
    if (value.kind === "layer" || isModel(value)) return value;
    throw refuse(at, layer.says, `this is ${describe(value)}`, {
      code: "types/not-a-layer",
      hint: "bind the layer first: `e = dense 8`, then `e(x)` and `fresh(e)`",
    });
  },
};

export const OF_LAYERS: Readonly<Record<string, Builtin>> = {
  fresh: builtin("a layer or model like this one, with parameters of its own", { layer }, (given, c) => {
    const like = given.layer;
    const name = like.kind === "layer" ? like.name : like.definition.name.text;
    return { ...like, instance: c.child(name) };
  }),
  weights: builtin(
    "the weight matrices of a layer or model as a list: its parameters of two axes and more",
    { layer },
    (given, c, places) => {
      if (isModel(given.layer)) c.open(given.layer);
      const learned = given.layer.instance.everything();
      if (learned.length === 0)
        throw mistake(
          "names/field-too-early",
          places("layer").span,
          `${describe(given.layer)} has no weights yet: it has not been used, so its shape is open`,
        );
      const matrices = learned.filter((l) => l.role === "parameter" && l.node.shape.length > 1);
      return { kind: "list", items: matrices.map((l) => tensorValue(l.node)) };
    },
  ),
};
