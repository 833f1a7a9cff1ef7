// The models and bound layers that lines of a training name: `step gen`, `freeze net.conv1`, `update map.w += ...`.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import { builtins } from "../../builtins/all.ts";
import type { Frame } from "../../frame/frame.ts";
import { suggestion } from "../../names/didyoumean.ts";
import type { Program } from "../../program/program.ts";
import type { Instance } from "../../values/instance.ts";
import { mistake } from "../../values/mistakes.ts";
import { describe, type Value } from "../../values/values.ts";

/** The parts of a model or a bound layer. */
export function trainablePart(program: Program, e: Expression, f: Frame, what: string): Instance {
  refuseUnknownPart(e, f, program);
  const value = program.elaborator.value(e, f);
  const instance = value.kind === "definition" || value.kind === "layer" ? value.instance : undefined;
  if (!instance)
    throw mistake(
      "train/not-a-model",
      e.span,
      `${what} takes models and bound layers, and this is ${describe(value)}`,
      { hint: hintOnPart(program, value) },
    );
  return instance;
}

function hintOnPart(program: Program, value: Value): string {
  const [model = "net"] = program.models.keys();
  const layer =
    value.kind === "definition" && /^(block|cell)/.test(value.definition.kind) ? value.definition.name.text : "";
  return layer
    ? `every line that uses '${layer}' makes a layer of its own: name one as \`dnn summary\` does, such as \`${model}.${layer}1\``
    : `name a model of the file, such as \`${model}\``;
}

/** A name that stands for nothing where a model or a bound layer is wanted: one of those is meant, and no field of the data. */
function refuseUnknownPart(e: Expression, { scope }: Frame, program: Program): void {
  if (e.kind !== "name" || scope.get(e.name) || Object.hasOwn(builtins, e.name)) return;
  const parts = [...program.scope.names].flatMap(([name, value]) =>
    program.models.has(name) || value.kind === "layer" ? [name] : [],
  );
  // A layer is known by its number only below its model.
  const layer = /^[a-z_]+?(?=\d*$)/.exec(e.name)?.[0];
  const isLayer = layer !== undefined && program.scope.get(layer)?.kind === "definition";
  const [model] = program.models.keys();
  throw mistake("names/unknown", e.span, `there is no model or bound layer called '${e.name}'`, {
    hint:
      isLayer && model !== undefined
        ? `a layer is named below its model, as \`dnn summary\` prints it: \`${model}.${layer}${/\d*$/.exec(e.name)?.[0] || "1"}\``
        : parts.length > 0
          ? `there is ${parts.join(", ")}`
          : "a model is `model net(x: [2]) { ... }`",
    ...suggestion(e.name, e.span, parts),
  });
}
