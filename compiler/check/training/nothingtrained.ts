// The error of a loss that trains nothing. In: the step, and the learned parameters that its loss is computed with. Out: the mistake,
// with its cause: the models that the step names, frozen parameters, or the loss itself.

import type { Span } from "../../../grammar/syntax/span.ts";
import { isPartOf } from "../frame/renamed.ts";
import type { Program } from "../program/program.ts";
import type { Learned } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import type { PendingStep } from "./lines/types.ts";

export function nothingTrained(program: Program, { models }: PendingStep, used: readonly Learned[], span: Span): Error {
  const named = models === undefined ? used : used.filter((l) => isPartOf(models, l));
  if (named.length > 0)
    return mistake("train/nothing-trained", span, "every parameter of this loss is frozen, so nothing is trained", {
      hint: "take out a `freeze`, or let the loss call a model that is not frozen",
    });
  if (models && used.length > 0) {
    const text =
      models.length === 0
        ? "this step names no model, so it trains none"
        : "what this step names takes no part in this loss, so nothing is trained";
    return mistake("train/nothing-trained", span, text, {
      hint: `name what its loss shall train: \`step ${calledBy(program, used)} { ... }\``,
    });
  }
  return mistake("train/nothing-trained", span, "no learned parameter takes part in this loss", {
    hint: "let the loss call a model that has layers: `loss cross_entropy(net(x), label)`; what is fixed does not count",
  });
}

/** A model or bound layer that has some of these parameters; members of a list have no names. */
function calledBy({ scope }: Program, used: readonly Learned[]): string {
  const found = [...scope.names].find(([, value]) => {
    const instance = value.kind === "definition" || value.kind === "layer" ? value.instance : undefined;
    return instance && used.some((l) => isPartOf([instance.path], l));
  });
  return found?.[0] ?? "NAME";
}
