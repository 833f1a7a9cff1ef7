// Code actions and lenses: the correction of a mistake, and what can be run from a model or a training.

import type { SourceFile } from "../../grammar/syntax/ast.ts";
import type { Diagnostic, Fix, Span } from "../../grammar/syntax/span.ts";

export interface Action {
  readonly fix: Fix;
  readonly diagnostic: Diagnostic;
}

/** Corrections of the mistakes that touch a stretch of a file. */
export function actionsIn(
  diagnostics: readonly Diagnostic[],
  file: string,
  from: number,
  to: number,
): readonly Action[] {
  return diagnostics.flatMap((diagnostic) => {
    const { fix, span } = diagnostic;
    if (!fix || !span || span.file !== file || span.start > to || span.end < from) return [];
    return fix.edits.every((e) => e.span.file === file) ? [{ fix, diagnostic }] : [];
  });
}

export interface Lens {
  readonly span: Span;
  readonly title: "summary" | "train" | "graph";
  /** The model or training. */
  readonly name: string;
}

export function lensesOf({ definitions }: SourceFile): readonly Lens[] {
  const training = definitions.find((d) => d.kind === "train")?.name.text;
  return definitions.flatMap((d): Lens[] => {
    if (d.kind === "train") return [{ span: d.name.span, title: "train", name: d.name.text }];
    if (d.kind !== "model") return [];
    const { span, text: name } = d.name;
    const train: Lens[] = training === undefined ? [] : [{ span, title: "train", name: training }];
    return [{ span, title: "summary", name }, ...train, { span, title: "graph", name }];
  });
}
