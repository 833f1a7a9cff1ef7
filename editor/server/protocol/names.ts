// Where names lead, and their renaming.

import * as P from "vscode-languageserver";
import type { Occurrence } from "../../../compiler/check/names/meanings.ts";
import { wordTypes } from "../../../grammar/syntax/tokentypes.ts";
import type { Analysis } from "../analysis.ts";
import { definitionAt, nameRefused, referencesOf, renamingRefused } from "../places.ts";
import type { Feature } from "./feature.ts";
import { rangeIn } from "./feature.ts";

export const definition: Feature = {
  capability: { definitionProvider: true },
  listen({ connection: c, ask, host, location }) {
    c.onDefinition(({ textDocument, position }) =>
      ask(textDocument, position, (a, offset) => {
        const span = definitionAt(a, offset, (path) => host.beside(a.path, path));
        return (span && location(span)) ?? null;
      }),
    );
  },
};

export const references: Feature = {
  capability: { referencesProvider: true },
  listen({ connection: c, ask, workspace, location }) {
    c.onReferences(({ textDocument, position, context }) =>
      ask(textDocument, position, async (a, offset) => {
        const key = a.names.at(offset)?.meaning.key;
        if (key === undefined) return [];
        const found = referencesOf(key, await workspace.related(a.path), context.includeDeclaration);
        return found.flatMap(({ span }) => location(span) ?? []);
      }),
    );
  },
};

export const highlights: Feature = {
  capability: { documentHighlightProvider: true },
  listen({ connection: c, ask }) {
    c.onDocumentHighlight(({ textDocument, position }) =>
      ask(textDocument, position, (a, offset, document) => {
        const key = a.names.at(offset)?.meaning.key;
        return (key === undefined ? [] : a.names.of(key)).map((o) => ({
          range: rangeIn(document, o.span),
          kind: o.declares ? P.DocumentHighlightKind.Write : P.DocumentHighlightKind.Read,
        }));
      }),
    );
  },
};

export const renaming: Feature = {
  capability: { renameProvider: { prepareProvider: true } },
  listen({ connection: c, ask, workspace, location }) {
    c.onPrepareRename(({ textDocument, position }) =>
      ask(textDocument, position, (a, offset, document) => {
        const { span, meaning } = occurrenceToRename(a, offset);
        return { range: rangeIn(document, span), placeholder: meaning.name };
      }),
    );
    c.onRenameRequest(({ textDocument, position, newName }) =>
      ask(textDocument, position, async (a, offset) => {
        const { meaning } = occurrenceToRename(a, offset);
        const refused = nameRefused(newName, new Set(wordTypes.keys()));
        if (refused) throw new P.ResponseError(P.ErrorCodes.InvalidRequest, refused);
        const changes: Record<string, P.TextEdit[]> = {};
        for (const { span } of referencesOf(meaning.key, await workspace.related(a.path))) {
          const place = location(span);
          if (place) (changes[place.uri] ??= []).push({ range: place.range, newText: newName });
        }
        return { changes };
      }),
    );
  },
};

/** The name at a place. ResponseError with the reason where there is none or it is not the program's to change. */
function occurrenceToRename(analysis: Analysis, offset: number): Occurrence {
  const occurrence = analysis.names.at(offset);
  const refused = occurrence ? renamingRefused(occurrence) : undefined;
  if (occurrence && refused === undefined) return occurrence;
  throw new P.ResponseError(P.ErrorCodes.InvalidRequest, refused ?? "there is no name here");
}
