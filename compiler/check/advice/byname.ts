// Parameters that are given by name only, as their definition says (`# @by-name eps: what to write`): by its place alone, a number that was meant for something else would be
// taken for one of them in silence, as 64 in PyTorch's `LayerNorm(64)` for the small number under the root. In: an argument that
// has no name, and the parameter whose place it has. Out: a mistake.

import type { Parameter, Tag } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { mistake } from "../values/mistakes.ts";
import { type Callable, describe, type Value } from "../values/values.ts";

/** A callee: its name, and what it says of itself. */
interface Named {
  readonly name: string;
  readonly tags?: Callable["tags"];
}

/** Of `@by-name where over: leave it out`: the parameters, and what to write. */
export function byName({ text }: Tag): { readonly parameters: readonly string[]; readonly hint: string } {
  const [names = "", ...hint] = text.split(":");
  return { parameters: names.trim().split(/\s+/), hint: hint.join(":").trim() };
}

/** `conv 3 64 3`: stops at an argument that is given by its place and can be given by its name only. */
export function refuseByPlace({ name, tags }: Named, p: Parameter, value: Value, span: Span): void {
  const tag = tags?.["by-name"];
  if (!tag || span.file.startsWith("stdlib/")) return;
  const { parameters, hint } = byName(tag);
  if (!parameters.includes(p.name.text)) return;
  const message = `by its place, ${describe(value)} would be '${p.name.text}' of \`${name}\`, which is given by its name only`;
  throw mistake("calls/by-name", span, message, { hint });
}

const ALONG_DEPTH: ReadonlySet<string> = new Set(["cosine_similarity"]);

const lastAxisAdvice = (callee: string): string => `leave it out: \`${callee}\` always goes along the last axis`;

/** Advice on an axis that is given to a function of the last axis. */
export const axisAdvice = (callee: string): string | undefined =>
  ALONG_DEPTH.has(callee) ? lastAxisAdvice(callee) : undefined;
