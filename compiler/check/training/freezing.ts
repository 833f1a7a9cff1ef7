// Which models and layers a training leaves as they are. In: its lines. Out: the paths that its `freeze` lines name, found
// before any line is run: a loss above them must know, too, which running figures stay.

import type { Expression, FlowExpression, Statement } from "../../../grammar/syntax/ast.ts";
import type { Frame } from "../values/frame.ts";
import { Mistake } from "../values/mistakes.ts";
import { Scope, type Value } from "../values/values.ts";

interface Reader {
  readonly each: (over: Expression, f: Frame) => readonly Value[];
  readonly decided: (condition: Expression, f: Frame) => boolean;
  /** Paths of what one line names. */
  readonly paths: (line: FlowExpression, f: Frame) => readonly string[];
}

export function frozenIn(body: readonly Statement[], f: Frame, read: Reader): string[] {
  return body.filter(mayFreeze).flatMap((s) => {
    try {
      return frozenBy(s, f, read);
    } catch (error) {
      // What is wrong with a line is said when it is run.
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
