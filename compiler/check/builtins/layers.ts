// Functions of layers and models rather than of numbers.

import { showShape } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import { add, make, mul } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { type ArgumentPlace, type Domain, list, optional, refuse, scalar } from "../sizes/domains.ts";
import { mistake } from "../values/mistakes.ts";
import type { LayerValue, ListValue, ModelValue, ParameterValue } from "../values/values.ts";
import { asNode, describe, isModel, parametersOf, tensorValue } from "../values/values.ts";
import { type Builtin, builtin, type Call } from "./call.ts";

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
    const { moved: _, ...rest } = like;
    return { ...rest, instance: c.child(name) } as LayerValue | ModelValue;
  }),
  weights: builtin(
    "the weight matrices of a layer or model as a list: its parameters of two axes and more",
    { layer },
    (given, c, places) => {
      const parameters = madeParameters(given.layer, c, places("layer"), "weights");
      const matrices = parameters.map((p) => p.value).filter((p) => p.shape.length > 1);
      return { kind: "list", items: matrices.map((p) => tensorValue(p)) };
    },
  ),
  moved: builtin(
    "a layer or model like this one whose parameters are moved by `times` the values of the list `by`, as `grad(y, model)` gives it; its own stay as they are",
    { model: layer, by: list, times: optional(scalar, undefined, "1") },
    ({ model, by, times }, c, places) => {
      const trained = madeParameters(model, c, places("model"), "parameters").filter((p) => p.isTrained);
      const steps = stepsOf(by, trained, places("by"));
      // An anchor, so that a derivative by the moved value goes by it alone.
      const moves = zip(trained, steps).map(
        ([{ own, value }, step]) => [own, make("anchor", [add(value, times ? mul(times, step) : step)])] as const,
      );
      return { ...model, moved: new Map(moves) };
    },
  ),
};

/** The parameters of a layer or model that has been used, or whose sizes are known without. */
function madeParameters(
  of: LayerValue | ModelValue,
  c: Call,
  at: ArgumentPlace,
  what: string,
): readonly ParameterValue[] {
  if (isModel(of)) c.open(of);
  if (of.instance.everything().length > 0) return parametersOf(of);
  throw mistake(
    "names/field-too-early",
    at.span,
    `${describe(of)} has no ${what} yet: it has not been used, so its shape is open`,
  );
}

/** The values of a list, each in the shape of the parameter at its place. */
function stepsOf({ items }: ListValue, trained: readonly ParameterValue[], at: ArgumentPlace): readonly Node[] {
  const parameters = trained.map((p) => p.value);
  const steps = items.map((item) => asNode(item, at.span));
  const shapes = (nodes: readonly Node[]): string => nodes.map((n) => showShape(n.shape)).join(", ");
  if (shapes(steps) === shapes(parameters)) return steps;
  throw refuse(at, `a list of values like the parameters, ${shapes(parameters)}`, `its values are ${shapes(steps)}`, {
    code: "grad/other-parameters",
    hint: "`grad(y, model)` of the same model is such a list",
  });
}
