// One thing that an editor can ask for, in the words of the protocol: a record. `all.ts` lists the records, each file here has one
// or several of a kind. Positions of the protocol (UTF-16 lines and characters, as ours) become offsets here and nowhere else.

import type { Connection } from "vscode-languageserver";
import * as P from "vscode-languageserver";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Host } from "../../../project/host.ts";
import type { Analysis } from "../analysis.ts";
import type { Workspace } from "../workspace.ts";

/** The input of a feature. */
export interface Asked {
  readonly connection: Connection;
  readonly host: Host;
  readonly workspace: Workspace;
  /** The open document of this address. */
  open(uri: string): TextDocument | undefined;
  /** A question about a place: its answer, or nothing where the document is not open. */
  ask<T>(
    document: P.TextDocumentIdentifier,
    position: P.Position | undefined,
    answer: (analysis: Analysis, offset: number, document: TextDocument) => T | Promise<T>,
  ): Promise<T | null>;
  /** A place of any file, open or not. */
  location(span: Span): P.Location | undefined;
  diagnostic(d: Diagnostic, analysis: Analysis, document: TextDocument): P.Diagnostic;
}

export interface Feature {
  /** The capability that the editor reads when it starts the server. */
  readonly capability: P.ServerCapabilities;
  /** Answers the editor's requests from now on. */
  listen(asked: Asked): void;
}

export function rangeIn(document: TextDocument, { start, end }: Pick<Span, "start" | "end">): P.Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

export const markdown = (value: string): P.MarkupContent => ({ kind: P.MarkupKind.Markdown, value });
