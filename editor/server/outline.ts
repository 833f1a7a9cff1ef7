// The outline of a file: its definitions with their parameters and parts, and what can be folded.

import { tokenize } from "../../grammar/lexer/tokenize.ts";
import type * as A from "../../grammar/syntax/ast.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import * as T from "../../grammar/syntax/tokentypes.ts";

export interface Entry {
  readonly name: string;
  readonly detail: string;
  readonly kind: A.TopLevel["kind"] | "parameter" | "param" | "state" | "variable";
  readonly span: Span;
  /** The name itself. */
  readonly at: Span;
  readonly children: readonly Entry[];
}

export function outlineOf(file: A.SourceFile): readonly Entry[] {
  return file.definitions.flatMap((d): Entry[] => {
    if (d.kind === "import") return [];
    if (d.kind === "binding")
      return d.statement.targets.map((t) => ({
        name: t.text,
        detail: "",
        kind: d.kind,
        span: d.span,
        at: t.span,
        children: [],
      }));
    const detail = d.kind === "train" && d.data ? `on ${d.data.text}` : "";
    return [
      { name: d.name.text, detail, kind: d.kind, span: d.span, at: d.name.span, children: partsOf(d.body, file.text) },
    ];
  });
}

function partsOf(body: readonly A.Statement[], text: string): Entry[] {
  return body.flatMap((s): Entry[] => {
    const part = (name: A.Name, kind: Entry["kind"], detail = ""): Entry => ({
      name: name.text,
      detail,
      kind,
      span: s.span,
      at: name.span,
      children: [],
    });
    if (s.kind === "param" || s.kind === "state")
      return s.entries.map((e) => part(e.name, s.kind, e.type ? text.slice(e.type.span.start, e.type.span.end) : ""));
    if (s.kind === "assign") return s.targets.map((t) => part(t, "variable"));
    if (s.kind === "line") return s.labels.map((l) => part(l, "variable"));
    return [];
  });
}

export interface Fold {
  readonly from: number;
  readonly to: number;
  readonly kind: "region" | "comment" | "imports";
}

/** Stretches in braces, from one to the other. */
export function bracesIn(text: string): readonly Span[] {
  const { tokens } = tokenize(text, "");
  const open: number[] = [];
  const found: Span[] = [];
  for (const t of tokens) {
    if (t.tokenType === T.LeftBrace) open.push(t.startOffset);
    const start = t.tokenType === T.RightBrace ? open.pop() : undefined;
    if (start !== undefined) found.push({ file: "", start, end: t.startOffset + 1 });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Lines, from 1, that fold into their first: braces over several lines, runs of comments, runs of imports. */
export function foldsOf(
  file: A.SourceFile,
  lineAt: (offset: number) => number,
  braces: readonly Span[],
): readonly Fold[] {
  const folds: Fold[] = [];
  const add = (from: number, to: number, kind: Fold["kind"]): void => {
    if (to > from) folds.push({ from, to, kind });
  };
  for (const b of braces) add(lineAt(b.start), lineAt(b.end - 1) - 1, "region");
  for (const [from, to] of runs(commentLines(file.text))) add(from, to, "comment");
  const imports = file.definitions.filter((d) => d.kind === "import").map((d) => lineAt(d.span.start));
  for (const [from, to] of runs(imports)) add(from, to, "imports");
  return folds;
}

const commentLines = (text: string): number[] =>
  text.split("\n").flatMap((line, i) => (/^\s*#/.test(line) ? [i + 1] : []));

/** Runs of numbers that follow each other. */
function runs(lines: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const line of lines) {
    const last = found.at(-1);
    if (last && last[1] === line - 1) last[1] = line;
    else found.push([line, line]);
  }
  return found;
}
