// Requests whose answers are shown beside a text: hints, hover, completion, signatures, colours.

import * as P from "vscode-languageserver";
import { coloursOf, TOKEN_MODIFIERS, TOKEN_TYPES } from "../colours.ts";
import type { Completion } from "../completion.ts";
import { completionsAt } from "../completion.ts";
import { hintsOf } from "../hints.ts";
import { hoverAt } from "../hover.ts";
import { prose } from "../markdown.ts";
import { signatureAt } from "../signature.ts";
import type { Feature } from "./feature.ts";
import { markdown, rangeIn } from "./feature.ts";

export const hints: Feature = {
  capability: { inlayHintProvider: true },
  listen({ connection: c, ask, workspace }) {
    c.languages.inlayHint.on(({ textDocument, range }) =>
      ask(textDocument, undefined, async (a, _, document) => {
        const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        return hintsOf(a, from, to, await workspace.repaired(a.path)).map((h) => ({
          position: document.positionAt(h.offset),
          label: h.text,
          kind: P.InlayHintKind.Type,
          paddingLeft: true,
          ...(h.tooltip === undefined ? {} : { tooltip: h.tooltip }),
        }));
      }),
    );
  },
};

export const hover: Feature = {
  capability: { hoverProvider: true },
  listen({ connection: c, ask, workspace }) {
    c.onHover(({ textDocument, position }) =>
      ask(textDocument, position, (a, offset, document) => {
        const hover = hoverAt(a, offset, workspace.sources);
        return hover ? { range: rangeIn(document, hover.span), contents: markdown(hover.markdown) } : null;
      }),
    );
  },
};

export const completion: Feature = {
  capability: { completionProvider: { triggerCharacters: [".", "=", "(", '"'] } },
  listen({ connection: c, ask, workspace }) {
    c.onCompletion(({ textDocument, position }) =>
      ask(textDocument, position, (a, offset) => completionsAt(a, offset, workspace.sources).map(completionItem)),
    );
  },
};

export const signature: Feature = {
  capability: { signatureHelpProvider: { triggerCharacters: ["(", " ", ",", "="] } },
  listen({ connection: c, ask, workspace }) {
    c.onSignatureHelp(({ textDocument, position }) =>
      ask(textDocument, position, (a, offset) => {
        const s = signatureAt(a, offset, workspace.sources);
        if (!s) return null;
        const parameters = s.parameters.map((p) => ({ label: [p.from, p.to] as [number, number] }));
        const signature = { label: s.label, documentation: markdown(prose(s.documentation)), parameters };
        return { signatures: [signature], activeSignature: 0, activeParameter: s.active ?? null };
      }),
    );
  },
};

export const colours: Feature = {
  capability: {
    semanticTokensProvider: {
      legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
      full: true,
    },
  },
  listen({ connection: c, ask }) {
    c.languages.semanticTokens.on(async ({ textDocument }) => {
      const data = await ask(textDocument, undefined, (a, _, document) => {
        const builder = new P.SemanticTokensBuilder();
        for (const { from, length, type, modifiers } of coloursOf(a)) {
          const { line, character } = document.positionAt(from);
          builder.push(line, character, length, type, modifiers);
        }
        return builder.build();
      });
      return data ?? { data: [] };
    });
  },
};

const COMPLETION_KIND: Readonly<Record<Completion["kind"], P.CompletionItemKind>> = {
  "block-definition": P.CompletionItemKind.Class,
  cell: P.CompletionItemKind.Class,
  model: P.CompletionItemKind.Module,
  fn: P.CompletionItemKind.Function,
  optimizer: P.CompletionItemKind.Class,
  schedule: P.CompletionItemKind.Function,
  data: P.CompletionItemKind.Struct,
  train: P.CompletionItemKind.Event,
  import: P.CompletionItemKind.Module,
  binding: P.CompletionItemKind.Variable,
  parameter: P.CompletionItemKind.Property,
  flag: P.CompletionItemKind.EnumMember,
  param: P.CompletionItemKind.Field,
  state: P.CompletionItemKind.Field,
  variable: P.CompletionItemKind.Variable,
  size: P.CompletionItemKind.TypeParameter,
  field: P.CompletionItemKind.Field,
  builtin: P.CompletionItemKind.Function,
  setting: P.CompletionItemKind.Keyword,
  source: P.CompletionItemKind.Constructor,
  keyword: P.CompletionItemKind.Keyword,
  file: P.CompletionItemKind.File,
};

/** Places in the order in which they are offered: what is near comes first. */
function completionItem(c: Completion, place: number): P.CompletionItem {
  return {
    label: c.label,
    kind: COMPLETION_KIND[c.kind],
    sortText: String(place).padStart(4, "0"),
    ...(c.detail === undefined ? {} : { detail: c.detail }),
    ...(c.documentation ? { documentation: markdown(prose(c.documentation)) } : {}),
    ...(c.snippet === undefined ? {} : { insertText: c.snippet, insertTextFormat: P.InsertTextFormat.Snippet }),
  };
}
