// A diagnostic as one plain object for other programs: lines and columns from 1, ends not included.

import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import type { Texts } from "./lines.ts";

export interface JsonPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface JsonDiagnostic extends JsonPlace {
  readonly severity: "error" | "warning";
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly related?: readonly (JsonPlace & { readonly message: string })[];
}

/** `file` stands for what has no place in a text. */
export function toJson(d: Diagnostic, texts: Texts, file: string): JsonDiagnostic {
  const related = [
    ...(d.span && d.detail ? [{ ...place(d.span, texts, file), message: d.detail }] : []),
    ...(d.related ?? []).map((r) => ({ ...place(r.span, texts, file), message: r.text })),
  ];
  return {
    ...place(d.span, texts, file),
    severity: d.severity,
    code: d.code,
    message: d.message,
    ...(d.hint === undefined ? {} : { hint: d.hint }),
    ...(related.length === 0 ? {} : { related }),
  };
}

function place(span: Span | undefined, texts: Texts, file: string): JsonPlace {
  const lines = span && texts.get(span.file);
  if (!span || !lines) return { file: span?.file ?? file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const [from, to] = [lines.at(span.start), lines.at(span.end)];
  return { file: span.file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column };
}
