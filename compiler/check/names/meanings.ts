// Meanings: what a name can stand for, and the places of a file where a name stands for it.

import type * as A from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";

export type NameKind =
  | A.TopLevel["kind"]
  | "parameter"
  | "flag"
  | "param"
  | "state"
  | "variable"
  | "size"
  | "field"
  | "builtin"
  | "setting"
  | "source";

/** The meaning of a name. Two names mean the same thing when their keys are equal, in whatever files they are. */
export interface Meaning {
  readonly key: string;
  readonly name: string;
  readonly kind: NameKind;
  /** Where it is declared; absent for what the language itself gives. */
  readonly span?: Span;
  readonly definition?: Definition;
  /** The definition that its value was made by: the names in that one's body are its fields. */
  readonly madeBy?: Definition;
  /** Of a variable that something should read: how it was bound. */
  readonly bound?: "label" | "name";
  /** Of a parameter: its declaration. */
  readonly parameter?: A.Parameter;
}

export interface Occurrence {
  readonly span: Span;
  /** The word that the name is a part of: `nobias` of `bias`. */
  readonly word?: Span;
  readonly meaning: Meaning;
  readonly declares: boolean;
  /** The name is given a value here: for the first time where it is declared, or again. */
  readonly writes: boolean;
}

export type Definition = Exclude<A.TopLevel, A.ImportDefinition | A.BindingDefinition>;

/** Names that stand outside of a file: imported definitions, the library, the language. */
export type Outside = (name: string) => Definition | "builtin" | undefined;

export const keyOf = (span: Span): string => `${span.file}:${span.start}`;

export function meaningOfDefinition(d: Definition): Meaning {
  return { key: keyOf(d.name.span), name: d.name.text, kind: d.kind, span: d.name.span, definition: d, madeBy: d };
}

export function meaningOfParameter(p: A.Parameter): Meaning {
  const kind = p.default?.kind === "boolean" ? "flag" : "parameter";
  return { key: keyOf(p.name.span), name: p.name.text, kind, span: p.name.span, parameter: p };
}

export function parametersOf(d: Definition | undefined): readonly A.Parameter[] {
  return d && "parameters" in d ? d.parameters : [];
}
