// `update` lines of a training: a parameter or state, and what is written to it at the end of the step.

import type { Expression, Statement } from "../../../../grammar/syntax/ast.ts";
import { showShape } from "../../../arithmetic/dim.ts";
import { broadcast, make } from "../../../graph/build.ts";
import { allMasked } from "../../../graph/lengths.ts";
import { broadcastsTo } from "../../../ops/elementwise.ts";
import { isBatched } from "../../../passes/batch.ts";
import type { Frame } from "../../frame/frame.ts";
import { findLearned, renamedWarning } from "../../frame/renamed.ts";
import type { Program } from "../../program/program.ts";
import type { Learned } from "../../values/instance.ts";
import { mistake } from "../../values/mistakes.ts";
import { asNode } from "../../values/values.ts";
import { trainablePart } from "./parts.ts";
import type { Update } from "./types.ts";

/** `update map.w += e`: what is written is decided now, from the values before any update of the step. */
export function updatedBy(
  s: Extract<Statement, { kind: "update" }>,
  f: Frame,
  { program, before: updates }: { readonly program: Program; readonly before: readonly Update[] },
): Update[] {
  const e = program.elaborator;
  const target = learnedBy(program, s.target, f);
  const value = allMasked(asNode(e.value(s.value, f), s.value.span));
  if (isBatched(value))
    throw mistake(
      "train/update-per-example",
      s.value.span,
      "this value differs from example to example, and an update is one for all of them",
      {
        hint: "take its `mean(..., over=batch)` or its `sum(..., over=batch)`",
      },
    );
  if (!broadcastsTo(value.shape, target.node.shape))
    throw mistake(
      "shapes/update-differs",
      s.value.span,
      `'${target.path}' is ${showShape(target.node.shape)}, and its update is ${showShape(value.shape)}`,
      { hint: `bring it to ${showShape(target.node.shape)}, or to a single number for all places` },
    );
  const before = updates.find((u) => u.target === target)?.node ?? target.node;
  const node =
    s.operator === "="
      ? broadcast(value, target.node.shape)
      : make(s.operator === "+=" ? "add" : "sub", [before, value]);
  return [...updates.filter((u) => u.target !== target), { target, node, span: s.span }];
}

function learnedBy(program: Program, e: Expression, f: Frame): Learned {
  if (e.kind !== "field")
    throw mistake("train/not-a-parameter", e.span, "an update names a parameter or state", {
      hint:
        e.kind === "name" && ["definition", "layer"].includes(program.scope.get(e.name)?.kind ?? "")
          ? `each parameter has a line of its own, as \`dnn summary\` names it: \`update ${e.name}.dense1.weight = ...\``
          : "write the model or layer before it, as in `update map.weight += ...`",
    });
  program.elaborator.value(e, f);
  const learned = findLearned(trainablePart(program, e.target, f, "an update"), e.name);
  if (!learned)
    throw mistake("train/not-a-parameter", e.span, `'${e.name.text}' is no parameter or state`, {
      hint: "`dnn summary` lists the parameters of each layer",
    });
  program.elaborator.warn(renamedWarning(learned, e.name.text, e.name.span), e.name.span);
  return learned;
}
