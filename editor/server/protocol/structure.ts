// Requests about a text's structure: its outline, what folds, what can be run.

import type { DocumentSymbol } from "vscode-languageserver";
import * as P from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { lensesOf } from "../actions.ts";
import type { Entry } from "../outline.ts";
import { bracesIn, foldsOf, outlineOf } from "../outline.ts";
import type { Feature } from "./feature.ts";
import { rangeIn } from "./feature.ts";

export const outline: Feature = {
  capability: { documentSymbolProvider: true },
  listen({ connection: c, ask }) {
    c.onDocumentSymbol(({ textDocument }) =>
      ask(textDocument, undefined, (a, _, document) => outlineOf(a.file).map((e) => symbolOf(e, document))),
    );
  },
};

export const folding: Feature = {
  capability: { foldingRangeProvider: true },
  listen({ connection: c, ask }) {
    c.onFoldingRanges(({ textDocument }) =>
      ask(textDocument, undefined, (a) =>
        foldsOf(a.file, (offset) => a.lines.at(offset).line, bracesIn(a.text)).map(({ from, to, kind }) => ({
          startLine: from - 1,
          endLine: to - 1,
          kind,
        })),
      ),
    );
  },
};

export const lenses: Feature = {
  capability: { codeLensProvider: {} },
  listen({ connection: c, ask }) {
    c.onCodeLens(({ textDocument }) =>
      ask(textDocument, undefined, (a, _, document) =>
        lensesOf(a.file).map(({ span, title, name }) => ({
          range: rangeIn(document, span),
          command: { title, command: `dnn.${title}`, arguments: [textDocument.uri, name] },
        })),
      ),
    );
  },
};

const SYMBOL_KIND: Readonly<Record<Entry["kind"], P.SymbolKind>> = {
  "block-definition": P.SymbolKind.Class,
  cell: P.SymbolKind.Class,
  model: P.SymbolKind.Module,
  fn: P.SymbolKind.Function,
  optimizer: P.SymbolKind.Class,
  schedule: P.SymbolKind.Function,
  data: P.SymbolKind.Struct,
  train: P.SymbolKind.Event,
  import: P.SymbolKind.Namespace,
  binding: P.SymbolKind.Variable,
  parameter: P.SymbolKind.Property,
  param: P.SymbolKind.Field,
  state: P.SymbolKind.Field,
  variable: P.SymbolKind.Variable,
};

function symbolOf(e: Entry, document: TextDocument): DocumentSymbol {
  return {
    name: e.name,
    detail: e.detail,
    kind: SYMBOL_KIND[e.kind],
    range: rangeIn(document, e.span),
    selectionRange: rangeIn(document, e.at),
    children: e.children.map((c) => symbolOf(c, document)),
  };
}
