// Semantic tokens: what each name stands for, which no grammar of text can tell.

import type { NameKind, Occurrence } from "../../compiler/check/names/meanings.ts";
import type { Analysis } from "./analysis.ts";

export const TOKEN_TYPES = [
  "class",
  "function",
  "parameter",
  "variable",
  "property",
  "type",
  "keyword",
  "namespace",
] as const;
export const TOKEN_MODIFIERS = ["declaration", "readonly", "defaultLibrary"] as const;

const TYPE_OF: Readonly<Record<NameKind, (typeof TOKEN_TYPES)[number]>> = {
  "block-definition": "class",
  cell: "class",
  model: "class",
  fn: "function",
  optimizer: "class",
  schedule: "function",
  data: "namespace",
  train: "namespace",
  import: "namespace",
  binding: "variable",
  parameter: "parameter",
  flag: "parameter",
  param: "property",
  state: "property",
  variable: "variable",
  size: "type",
  field: "property",
  builtin: "function",
  setting: "keyword",
  source: "function",
};

export interface Colour {
  readonly from: number;
  readonly length: number;
  /** Places in TOKEN_TYPES, and in TOKEN_MODIFIERS as bits. */
  readonly type: number;
  readonly modifiers: number;
}

export function coloursOf({ names }: Analysis): readonly Colour[] {
  const colours: Colour[] = [];
  let end = -1;
  for (const o of names.all) {
    const word = o.word ?? o.span;
    if (word.start < end) continue;
    end = word.end;
    const type = TOKEN_TYPES.indexOf(TYPE_OF[o.meaning.kind]);
    colours.push({ from: word.start, length: word.end - word.start, type, modifiers: modifiersOf(o) });
  }
  return colours;
}

function modifiersOf({ declares, meaning }: Occurrence): number {
  const library = meaning.kind === "builtin" || meaning.kind === "source" || meaning.span?.file.startsWith("stdlib/");
  return (declares ? 1 : 0) | (meaning.kind === "size" ? 2 : 0) | (library ? 4 : 0);
}
