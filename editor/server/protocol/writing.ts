// Requests that change a text: its layout, and corrections of mistakes.

import * as P from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import { actionsIn } from "../actions.ts";
import type { Feature } from "./feature.ts";
import { rangeIn } from "./feature.ts";

export const formatting: Feature = {
  capability: { documentFormattingProvider: true, documentRangeFormattingProvider: true },
  listen({ connection: c, open }) {
    // A page fetches the formatter when a text is formatted; the document is read after that, as it then is.
    const formatted = async (
      uri: string,
      rangeOf: (document: TextDocument) => readonly [from?: number, to?: number],
    ): Promise<P.TextEdit[]> => {
      const { formattingEdits } = await import("../formatting.ts");
      const document = open(uri);
      if (!document) return [];
      return formattingEdits(document.getText(), ...rangeOf(document)).map((e) => ({
        range: { start: document.positionAt(e.from), end: document.positionAt(e.to) },
        newText: e.text,
      }));
    };
    c.onDocumentFormatting(({ textDocument }) => formatted(textDocument.uri, () => []));
    c.onDocumentRangeFormatting(({ textDocument, range }) =>
      formatted(textDocument.uri, (document) => [document.offsetAt(range.start), document.offsetAt(range.end)]),
    );
  },
};

export const corrections: Feature = {
  capability: { codeActionProvider: { codeActionKinds: [P.CodeActionKind.QuickFix] } },
  listen({ connection: c, ask, diagnostic }) {
    c.onCodeAction(({ textDocument, range }) =>
      ask(textDocument, undefined, (a, _, document) => {
        const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        return actionsIn(a.diagnostics, a.path, from, to).map(({ fix, diagnostic: mistake }) => ({
          title: fix.title,
          kind: P.CodeActionKind.QuickFix,
          isPreferred: true,
          diagnostics: [diagnostic(mistake, a, document)],
          edit: {
            changes: {
              [textDocument.uri]: fix.edits.map((e) => ({ range: rangeIn(document, e.span), newText: e.text })),
            },
          },
        }));
      }),
    );
  },
};
