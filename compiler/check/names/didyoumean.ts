// "Did you mean": the nearest known name by edit distance, and what other frameworks call our things. Columns and files are proposed by
// the same rule (`runtime/files/nearest.ts`), written twice since neither side imports the other: a test holds them together.

import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
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

/** Hints for a name that is near no other. */
export const unboundHint = (name: string): string =>
  `a line \`${name} = ...\` above gives it a value; names of the library are listed in docs/library.md`;

const DEFINITIONS = "model block cell fn train optimizer schedule data import".split(" ");

/** Keywords that begin a definition in other languages. */
const DEFINERS: ReadonlyMap<string, string> = new Map(
  [
    "model network net module nn",
    "block layer part",
    "fn function fun proc",
    "train training fit trainer",
    "data dataset source load",
  ].flatMap((words) => words.split(" ").map((word, _, [ours = word]) => [word, ours] as const)),
);

/** `[convolutional]`, as configuration files of other tools have it: the layer that it is here. */
export function withSection(d: Diagnostic, text: string, isOurs: (name: string) => boolean): Diagnostic {
  if (d.code === "syntax/line-outside-definition" && d.span) {
    const [, word] = /^(\w+)(?:\s+[A-Za-z_]\w*\s*[=(]|$)/.exec(text.slice(d.span.start, d.span.end)) ?? [];
    const near = word && !isOurs(word) ? (DEFINERS.get(word) ?? didYouMean(word, DEFINITIONS)) : undefined;
    if (word && near) {
      const span = { ...d.span, end: d.span.start + word.length };
      const message = `no definition begins with \`${word}\``;
      const fix = { title: `write \`${near}\``, edits: [{ span, text: near }] };
      return { ...d, span, message, hint: `did you mean \`${near}\`?`, fix };
    }
  }
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

/** Hints for a name with a framework's name before it: `nn.Linear`, `F.relu`. */
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

/** A word of more letters than this is no slip of the pen, and comparing such words letter by letter takes long. */
const LONGEST = 60;

export function didYouMean(name: string, known: readonly string[]): string | undefined {
  const synonym = synonymOf(name);
  // `avgpool global` is known where `avgpool` is.
  if (synonym && known.includes(synonym.replace(/ .*/, ""))) return synonym;
  const lower = name.toLowerCase();
  const sameLetters = known.find((k) => k.length === name.length && k.toLowerCase() === lower);
  if (sameLetters) return sameLetters;
  if (name.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  const letters = lettersOf(lower);
  for (const k of known) {
    if (Math.abs(k.length - name.length) >= least) continue;
    const other = k.toLowerCase();
    // An edit takes at most one letter out and puts one in.
    if (countBits(letters & ~lettersOf(other)) >= least) continue;
    const d = distance(lower, other, Math.min(least, name.length));
    if (d < least && d < name.length) [best, least] = [k, d];
  }
  // A name cut short, or written out.
  const alike = (k: string): boolean => Math.min(k.length, name.length) >= 0.5 * Math.max(k.length, name.length);
  const whole = (k: string): boolean =>
    k.length > 2 && name.length > 2 && alike(k) && (k.startsWith(name) || name.startsWith(k));
  return best ?? known.find(whole);
}

/** The name that was probably meant, as a hint; undefined where none is near. */
export function nameMeant(name: string, known: readonly string[]): string | undefined {
  const near = didYouMean(name, known);
  return near && `did you mean ${near}?`;
}

/** Of names that a row has the first that was probably meant for another, as a hint. */
export function nameMeantIn(names: readonly string[], known: readonly string[]): string | undefined {
  for (const name of names) {
    const near = didYouMean(name, known);
    if (near !== undefined) return `it has ${JSON.stringify(name)}: did you mean ${JSON.stringify(near)}?`;
  }
  return undefined;
}

/** Which characters a word has, as bits: some share one. */
function lettersOf(word: string): number {
  let bits = 0;
  for (let i = 0; i < word.length; i++) bits |= 1 << (word.charCodeAt(i) & 31);
  return bits;
}

function countBits(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}

/**
 * Edits between two words, where two letters that changed places are one edit; given up at `limit`. Only places that fewer edits
 * reach are looked at, and no row is begun when all of the two before it are too far.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  let nearestBefore = 0;
  for (let i = 1; i <= a.length; i++) {
    const next = new Array<number>(b.length + 1).fill(limit);
    next[0] = i;
    let nearest = i;
    for (let j = Math.max(1, i - limit + 1); j <= Math.min(b.length, i + limit - 1); j++) {
      let d = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1]));
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d = Math.min(d, (before[j - 2] ?? limit) + 1);
      next[j] = d;
      nearest = Math.min(nearest, d);
    }
    if (Math.min(nearest, nearestBefore) >= limit) return limit;
    [before, row, nearestBefore] = [row, next, nearest];
  }
  return Math.min(limit, row[b.length]!);
}
