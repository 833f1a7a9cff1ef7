// Formats a program in the one layout of the language: two spaces for each `{`, one statement's spacing everywhere,
// comments and single blank lines kept, and what an author put on one line with `;` kept there while it fits.
// Invariants: the text is read back as the same tree, and formatting it again changes nothing.

import { tokenize } from "../lexer/tokenize.ts";
import { buildTokenTree } from "../lexer/tokentree.ts";
import { parse } from "../parser/parse.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { type PrintContext, printBlock } from "./printer.ts";

export type Formatted = { readonly text: string } | { readonly diagnostics: readonly Diagnostic[] };

export function format(text: string, file: string): Formatted {
  const { diagnostics } = parse(text, file);
  if (diagnostics.some((diagnostic) => diagnostic.severity === "error")) return { diagnostics };
  const { tokens, comments } = tokenize(text, file);
  const { root } = buildTokenTree(tokens, file);
  const topLevel = new Set(root.statements.map((statement) => statement.tokens));
  const context: PrintContext = { text, comments, topLevel, flats: new Map(), bodies: new Map() };
  const { lines } = printBlock(root, { from: 0, to: text.length }, 0, context);
  return { text: lines.map((line) => `${line}\n`).join("") };
}
