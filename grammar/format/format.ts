// Program text in, the same program in its one layout out: two spaces for each `{`, one statement's spacing everywhere,
// comments and single blank lines kept, and what an author put on one line with `;` kept there while it fits.
// Invariants: the text is read back as the same tree, and formatting it again changes nothing.

import { scan } from "../lexer/tokenize.ts";
import { layOut } from "../lexer/tokentree.ts";
import { parse } from "../parser/parse.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { printBody, type Source } from "./printer.ts";

export type Formatted = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

export function format(text: string, file: string): Formatted {
  const { diagnostics } = parse(text, file);
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) return { diagnostics };
  const { tokens, comments } = scan(text, file);
  const { top } = layOut(tokens, file);
  const topLevel = new Set(top.sentences.map((sentence) => sentence.tokens));
  const source: Source = { text, comments, topLevel, flats: new Map(), bodies: new Map() };
  const { lines } = printBody(top, { from: 0, to: text.length }, 0, source);
  return { text: lines.map((line) => `${line}\n`).join("") };
}
