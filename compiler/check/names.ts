// "Did you mean": the nearest known name by edit distance, and what other frameworks call our things.

import type { Diagnostic, Span } from "../../grammar/span.ts";
import { adviceOn, synonymOf, usageOf } from "./synonyms.ts";

/** The hint and the correction that go with a name nobody knows, where one is near. */
export function suggestion(name: string, span: Span, known: readonly string[]): Pick<Diagnostic, "hint" | "fix"> {
  const advice = known.includes(name) ? undefined : adviceOn(name);
  if (advice) return { hint: advice };
  const close = didYouMean(name, known);
  if (!close) return {};
  return {
    hint: synonymOf(name) === close ? calledHere(name, close) : `did you mean \`${close}\`?`,
    fix: { title: `write \`${close}\``, edits: [{ span, text: close }] },
  };
}

/** `[convolutional]`, as configuration files of other tools have it: the layer that it is here. */
export function withSection(d: Diagnostic, text: string, isOurs: (name: string) => boolean): Diagnostic {
  const name = d.span && /^\[\s*(\w+)\s*\]$/.exec(text.slice(d.span.start, d.span.end))?.[1];
  if (d.code !== "syntax/line-outside-definition" || !name) return d;
  const ours = isOurs(name) ? name : synonymOf(name);
  const hint = ours ? calledHere(`[${name}]`, ours) : adviceOn(name);
  return hint ? { ...d, hint: `${hint}; layers stand in a model, one to a line` } : d;
}

/** Our word for theirs, and how it is used where that is another way than theirs. */
function calledHere(theirs: string, ours: string): string {
  const usage = usageOf(ours);
  return `\`${theirs}\` is called \`${ours}\` here${usage ? `, as in ${usage}` : ""}`;
}

/** What to write for a name with a framework's name before it: `nn.Linear`, `F.relu`. */
export function frameworkAdvice(
  module: string,
  name: string,
  isOurs: (name: string) => boolean,
): Pick<Diagnostic, "hint"> | undefined {
  if (!FRAMEWORKS.has(module)) return undefined;
  const ours = isOurs(name) ? name : synonymOf(name);
  if (ours !== undefined) return { hint: calledHere(`${module}.${name}`, ours) };
  return {
    hint: adviceOn(name) ?? "nothing is imported here: the library's names stand alone, such as `dense` and `relu`",
  };
}

const FRAMEWORKS: ReadonlySet<string> = new Set(
  "nn torch F optim tf keras layers losses optimizers jax jnp np flax".split(" "),
);

export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const synonym = synonymOf(name);
  // `avgpool global` is known where `avgpool` is.
  if (synonym && known.includes(synonym.split(" ")[0]!)) return synonym;
  const sameLetters = known.find((k) => k.toLowerCase() === name.toLowerCase());
  if (sameLetters) return sameLetters;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const k of new Set(known)) {
    if (k.includes(" ")) continue;
    const d = distance(name, k, least);
    if (d < least && d < name.length) [best, least] = [k, d];
  }
  // A name cut short, or written out.
  const alike = (k: string): boolean => Math.min(k.length, name.length) >= 0.5 * Math.max(k.length, name.length);
  const whole = (k: string): boolean =>
    k.length > 2 && name.length > 2 && alike(k) && (k.startsWith(name) || name.startsWith(k));
  return best ?? known.find((k) => !k.includes(" ") && whole(k));
}

/** Edits between two words, where two letters that changed places are one edit; given up at `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1]));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) next[j] = Math.min(next[j]!, (before[j - 2] ?? limit) + 1);
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
