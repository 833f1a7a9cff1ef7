// Parameters of the library that are given by name only: by its place alone, a number that was meant for something else would be
// taken for one of them in silence, as 64 in PyTorch's `LayerNorm(64)` for the small number under the root. In: an argument that
// has no name, and the parameter whose place it has. Out: a mistake.

import type { Parameter } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { ownValue } from "../../arithmetic/lookup.ts";
import { mistake } from "../values/mistakes.ts";
import { describe, type Value } from "../values/values.ts";

const CONVOLUTION = "stride padding output_padding dilation groups";
const windowAndFilters = (name: string): string =>
  `\`${name} 3x3 64\` is a window and its filters, since sizes of inputs are inferred; the others have names, such as \`stride=2\``;

/** By the definition that has them: their names, and what to write. */
export const BY_NAME: Readonly<Record<string, { readonly parameters: string; readonly hint: string }>> = {
  softmax: {
    parameters: "where over",
    hint: "leave it out: `softmax` goes along the last axis; another is written `over=0`, a condition on places `where=...`",
  },
  log_softmax: {
    parameters: "over",
    hint: "leave it out: `log_softmax` goes along the last axis; another is written `over=0`",
  },
  layernorm: {
    parameters: "eps",
    hint: "leave it out: sizes of inputs are inferred; the small number under the root is written `eps=...`",
  },
  batchnorm: {
    parameters: "momentum eps",
    hint: "leave it out: sizes of inputs are inferred; its own numbers are written `momentum=...` and `eps=...`",
  },
  normalize: {
    parameters: "eps",
    hint: "leave it out: mean and deviation are those of the data; the small number under the root is written `eps=...`",
  },
  whiten: {
    parameters: "eps",
    hint: "leave it out: mean and covariance are those of the data; the small number beside them is written `eps=...`",
  },
  cosine_similarity: {
    parameters: "eps",
    hint: "leave it out: it goes along the last axis; the small number beside the divisor is written `eps=...`",
  },
  conv: { parameters: CONVOLUTION, hint: windowAndFilters("conv") },
  upconv: { parameters: CONVOLUTION, hint: windowAndFilters("upconv") },
  cosine: {
    parameters: "low",
    hint: "leave it out: it is as long as the training; the factor at its end is written `low=...`",
  },
  exponential: {
    parameters: "k gamma",
    hint: "the factor of one epoch is written `gamma=0.9`, the k of e^(-k t) `k=0.1`",
  },
  he: {
    parameters: "fan",
    hint: "leave it out: the fan in is that of the weights; another one is written `fan=...`",
  },
};

/** `conv 3 64 3`: stops at an argument that is given by its place and can be given by its name only. */
export function refuseByPlace(callee: string, p: Parameter, value: Value, span: Span): void {
  if (!p.span.file.startsWith("stdlib/") || span.file.startsWith("stdlib/")) return;
  const { parameters = "", hint = "" } = ownValue(BY_NAME, callee) ?? {};
  if (!parameters.split(" ").includes(p.name.text)) return;
  const message = `by its place, ${describe(value)} would be '${p.name.text}' of \`${callee}\`, which is given by its name only`;
  throw mistake("calls/by-name", span, message, { hint });
}

const ALONG_DEPTH: ReadonlySet<string> = new Set(["cosine_similarity"]);

const lastAxisAdvice = (callee: string): string => `leave it out: \`${callee}\` always goes along the last axis`;

/** What is said of an axis that is given to a function of the last axis. */
export const axisAdvice = (callee: string): string | undefined =>
  ALONG_DEPTH.has(callee) ? lastAxisAdvice(callee) : undefined;
