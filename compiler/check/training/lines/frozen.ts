// Frozen parts of a training: `freeze trunk`, `freeze net.dense1`, `freeze net.dense1.weight`. In: the lines' expressions and
// the layers of the program. Out: paths, mistakes where there is no such part, and a warning where nothing has trained it.

import type { Expression, FlowExpression, Statement } from "../../../../grammar/syntax/ast.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import { type Frame, isWithin } from "../../frame/frame.ts";
import { formerPath, isPartOf, renamedWarning } from "../../frame/renamed.ts";
import { suggestion } from "../../names/didyoumean.ts";
import type { Program } from "../../program/program.ts";
import type { Instance, Learned } from "../../values/instance.ts";
import { Mistake, mistake } from "../../values/mistakes.ts";
import { Scope, type Value } from "../../values/values.ts";
import type { Frozen, Training } from "./types.ts";

interface Reader {
  readonly each: (over: Expression, f: Frame) => readonly Value[];
  readonly decided: (condition: Expression, f: Frame) => boolean;
  /** Paths of what one line names. */
  readonly paths: (line: FlowExpression, f: Frame) => readonly string[];
}

/** Paths that the `freeze` lines name, found before any line is run: a loss above them must know which running figures stay. */
export function frozenIn(body: readonly Statement[], f: Frame, read: Reader): string[] {
  return body.filter(mayFreeze).flatMap((s) => {
    try {
      return frozenBy(s, f, read);
    } catch (error) {
      // Mistakes of a line are reported when it is run.
      if (error instanceof Mistake) return [];
      throw error;
    }
  });
}

function frozenBy(s: Statement, f: Frame, read: Reader): readonly string[] {
  switch (s.kind) {
    case "line":
      return isFreeze(s.value) ? read.paths(s.value, f) : [];
    case "step":
    case "repeat":
      return frozenIn(s.body, f, read);
    case "if-statement":
      return frozenIn(read.decided(s.condition, f) ? s.then : (s.else ?? []), f, read);
    case "for":
      return read.each(s.over, f).flatMap((turn) => {
        const scope = new Scope(f.scope);
        scope.set(s.name.text, turn);
        return frozenIn(s.body, { ...f, scope }, read);
      });
    default:
      return [];
  }
}

const isFreeze = (e: Expression): e is FlowExpression =>
  e.kind === "flow" && e.head.kind === "name" && e.head.name === "freeze";

function mayFreeze(s: Statement): boolean {
  if (s.kind === "line") return isFreeze(s.value);
  if (s.kind === "if-statement") return [...s.then, ...(s.else ?? [])].some(mayFreeze);
  return (s.kind === "step" || s.kind === "repeat" || s.kind === "for") && s.body.some(mayFreeze);
}

/** `net.dense1` as a path; `root` gives the instance of its first name. */
export function frozenPath(e: Expression, root: (e: Expression) => Instance): string {
  return e.kind === "field" ? `${frozenPath(e.target, root)}.${e.name.text}` : root(e).path;
}

/** A mistake for the first part that the program does not have, once all of its models have been called. */
export function refuseMissing(frozen: readonly Frozen[], program: Program): void {
  const learned = program.everything();
  for (const { path, span } of frozen) {
    const [found] = learned.filter((l) => isPartOf([path], l));
    if (found) {
      if (formerPath(found) === path) warnOfFormerName(program, found, span);
      continue;
    }
    const parent = path.slice(0, path.lastIndexOf("."));
    // A model that no line has called has no layers yet, and nothing of it is trained.
    if (!path.includes(".") || !learned.some((l) => isWithin([parent], l.path))) continue;
    const own = [
      ...new Set(
        learned
          .filter((l) => isWithin([parent], l.path))
          .map((l) => l.path.slice(parent.length + 1).replace(/\..*/, "")),
      ),
    ];
    const name = path.slice(parent.length + 1);
    throw mistake("train/not-a-model", span, `'${parent}' has no layer or parameter '${name}'`, {
      hint: `it has ${own.join(", ")}`,
      ...suggestion(name, span, own),
    });
  }
}

function warnOfFormerName({ elaborator }: Program, learned: Learned, span: Span): void {
  const name = /\w*$/.exec(elaborator.textOf(span))?.[0] ?? "";
  elaborator.warn(renamedWarning(learned, name, span), span);
}

/** A part that stays as it was drawn: nothing has trained it before, and this training does not either. */
export function warnOfUntrained(program: Program, training: Training, learned: ReadonlyMap<string, unknown>): void {
  for (const { path, span } of training.frozen) {
    const own = training.learned.filter((l) => l.role === "parameter" && isPartOf([path], l));
    if (own.length > 0 && !own.some((l) => learned.has(l.path))) warnOf(program, path, span);
  }
}

/** The same before anything runs: no training stands above the first of a file. */
export function warnOfFirst(program: Program, name: string, frozen: readonly Frozen[]): void {
  if (program.trains[0]?.name.text !== name) return;
  for (const { path, span } of frozen)
    if (program.everything().some((l) => isPartOf([path], l))) warnOf(program, path, span);
}

function warnOf(program: Program, path: string, span: Span): void {
  const message = `nothing has trained '${program.elaborator.textOf(span) || path}' before: frozen, it keeps its random start`;
  const hint = "train it by a training above this one, or start from a run: `dnn train FILE --weights RUN`";
  program.elaborator.warn({ code: "train/frozen-untrained", message, hint }, span);
}
