// How definitions and parameters are shown: their header as it was written, and the comment above it.

import type { Definition } from "../compiler/check/names/meanings.ts";
import { parametersOf } from "../compiler/check/names/meanings.ts";
import type * as A from "../grammar/syntax/ast.ts";
import type { FieldNote } from "../runtime/data/source.ts";
import { describeSource } from "../runtime/data/sources/all.ts";

const WORD: Partial<Record<A.TopLevel["kind"], string>> = { "block-definition": "block" };

export interface Signature {
  readonly label: string;
  /** Where each parameter stands in the label. */
  readonly parameters: readonly { readonly name: string; readonly from: number; readonly to: number }[];
}

/** `block dense(n, bias=true)`, and where its parameters are in it. */
export function signatureOf(d: Definition, textOf: (e: A.Expression) => string): Signature {
  let label = `${WORD[d.kind] ?? d.kind} ${d.name.text}`;
  const parameters: { name: string; from: number; to: number }[] = [];
  const list = parametersOf(d);
  if (list.length > 0) {
    label += "(";
    list.forEach((p, i) => {
      if (i > 0) label += ", ";
      const shown = parameterText(p, textOf);
      parameters.push({ name: p.name.text, from: label.length, to: label.length + shown.length });
      label += shown;
    });
    label += ")";
  }
  return { label, parameters };
}

function parameterText(p: A.Parameter, textOf: (e: A.Expression) => string): string {
  const dims = p.type ? `: ${typeText(p.type, textOf)}` : "";
  return `${p.name.text}${dims}${p.default ? `=${textOf(p.default)}` : ""}`;
}

function typeText(t: A.TypeExpression, textOf: (e: A.Expression) => string): string {
  if (t.classes && t.dims.length === 0) return `class ${textOf(t.classes)}`;
  return `[${t.dims.map(textOf).join(", ")}]${t.classes ? ` of ${textOf(t.classes)}` : ""}`;
}

/** Documentation of the fields of a data declaration by its source. */
export function fieldNotes({ source }: A.DataDefinition): readonly FieldNote[] {
  const head = source.kind === "call" ? source.callee : source.kind === "flow" ? source.head : source;
  return head.kind === "name" ? (describeSource(head.name)?.fields ?? []) : [];
}

/** Texts of expressions, from the files they stand in. */
export function textsFrom(read: (file: string) => string | undefined): (e: A.Expression) => string {
  return (e) => read(e.span.file)?.slice(e.span.start, e.span.end) ?? "...";
}
