// Lints of what a layer with weights takes for its depth. In: the applied layer, and what gave its input. Out: a warning where numbers
// of classes are taken for quantities, the steps of a sequence for channels, or the colours of a picture for all of it.

import { showShape } from "../../arithmetic/dim.ts";
import { lengthsOf } from "../../graph/lengths.ts";
import { sizeAlong } from "../../graph/node.ts";
import { hasRole } from "../frame/roles.ts";
import { isPicture } from "../sizes/pictures.ts";
import type { Lint } from "./lint.ts";

/** `dense 64; relu; flatten; dense 10` of a picture: the first sees the numbers of one point, and the picture is flattened too late. */
export const flattenedLate: Lint = ({ name }, before, { applications }) => {
  const flat = before?.name === "flatten" ? before : undefined;
  let first = flat?.input && applications.callOf(flat.input);
  while (first && hasRole(first, "activation", "dropping", "placewise"))
    first = first.input && applications.callOf(first.input);
  const picture = first?.input;
  if (
    !flat ||
    !first ||
    !picture ||
    !hasRole(first, "dense") ||
    picture.op !== "parameter" ||
    !isPicture(picture.shape)
  )
    return undefined;
  const [points, depth] = [showShape(picture.shape.slice(0, -1)), sizeAlong(picture, -1)];
  return {
    code: "layers/not-flattened",
    message: `\`${first.name}\` works on the last axis of ${showShape(picture.shape)}: the same layer at each of ${points} points, of ${depth === 1 ? "one number" : `${String(depth)} numbers`} each`,
    hint: `write \`flatten\` before it, and leave out the one before \`${name}\`; if each point is meant, \`conv 1x1\` says so`,
    span: first.span,
    related: [{ span: flat.span, text: "flattened here" }],
  };
};

/** Class 7 is no more of anything than class 3, and the places of a sequence are no channels. */
export const classesAsNumbers: Lint = ({ name, input }) =>
  input?.dtype === "i32" && input.shape.length > 0
    ? {
        code: "layers/class-as-number",
        message: `\`${name}\` takes the numbers of classes for quantities, and their places for its depth`,
        hint: "write `embed 16` before it: each class becomes a row of 16 learned numbers; `mean over=time` then makes one row of a sequence",
      }
    : undefined;

/** Weights for each step of sequences that differ in length: what stands past the end of a sequence is no input. */
export const stepsAsDepth: Lint = ({ name, input }, before) => {
  if (!input) return undefined;
  const isStep = lengthsOf(input)?.at(-1) !== undefined;
  const whole = before?.name === "flatten" ? before.input : undefined;
  const isFlat = input.shape.length === 1 && whole !== undefined && lengthsOf(whole) !== undefined;
  if (!isStep && !isFlat) return undefined;
  return {
    code: "layers/steps-as-depth",
    message: `\`${name}\` takes the steps of a sequence for its depth, and the sequences differ in length`,
    hint: "take the steps together first: `mean over=time`, or `last`; axes are counted without the batch, so depth is the last one",
    ...(before ? { related: [{ span: before.span, text: `'${before.name}' here` }] } : {}),
  };
};
