// The language server: the only file that speaks the protocol. It turns requests into questions to the other files here, and
// their offsets into the protocol's lines and characters (UTF-16, as ours).

import type { Connection, DocumentSymbol, InitializeParams } from "vscode-languageserver";
import * as P from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Occurrence } from "../../compiler/check/names/resolve.ts";
import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import { wordTypes } from "../../grammar/syntax/tokentypes.ts";
import type { Host } from "../../project/host.ts";
import { actionsIn, lensesOf } from "./actions.ts";
import type { Analysis } from "./analysis.ts";
import { coloursOf, TOKEN_MODIFIERS, TOKEN_TYPES } from "./colours.ts";
import type { Completion } from "./completion.ts";
import { completionsAt } from "./completion.ts";
import { formattingEdits } from "./formatting.ts";
import { hintsOf } from "./hints.ts";
import { hoverAt } from "./hover.ts";
import { prose } from "./markdown.ts";
import type { Entry } from "./outline.ts";
import { bracesIn, foldsOf, outlineOf } from "./outline.ts";
import { definitionAt, nameRefused, referencesOf, renamingRefused } from "./places.ts";
import { signatureAt } from "./signature.ts";
import { Workspace } from "./workspace.ts";

const CAPABILITIES: P.ServerCapabilities = {
  textDocumentSync: P.TextDocumentSyncKind.Incremental,
  inlayHintProvider: true,
  hoverProvider: true,
  completionProvider: { triggerCharacters: [".", "=", "(", '"'] },
  signatureHelpProvider: { triggerCharacters: ["(", " ", ",", "="] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  renameProvider: { prepareProvider: true },
  documentSymbolProvider: true,
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  codeActionProvider: { codeActionKinds: [P.CodeActionKind.QuickFix] },
  codeLensProvider: {},
  semanticTokensProvider: {
    legend: { tokenTypes: [...TOKEN_TYPES], tokenModifiers: [...TOKEN_MODIFIERS] },
    full: true,
  },
};

/** Milliseconds without a change before mistakes are looked for, and the longest that they wait while someone types. */
const QUIET = 5;
const LONGEST = 200;

/** What editors show faded: it does nothing. */
const NEEDLESS: ReadonlySet<string> = new Set(["names/unused", "flow/dead-layer"]);

/** Serves one editor until it says goodbye. */
export function serve(connection: Connection, host: Host): void {
  new Server(connection, host).listen();
}

class Server {
  private readonly connection: Connection;
  private readonly host: Host;
  private readonly workspace: Workspace;
  private readonly documents = new P.TextDocuments(TextDocument);
  private readonly waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; readonly since: number }>();
  private refreshes = false;

  constructor(connection: Connection, host: Host) {
    this.connection = connection;
    this.host = host;
    this.workspace = new Workspace(host);
  }

  listen(): void {
    const { connection: c, documents } = this;
    c.onInitialize((p) => this.initialize(p));
    documents.onDidChangeContent(({ document }) => this.changed(document));
    documents.onDidClose(({ document }) => this.closed(document));
    this.reading();
    this.places();
    this.writing();
    documents.listen(c);
    c.listen();
  }

  private initialize({ capabilities }: InitializeParams): P.InitializeResult {
    this.refreshes = capabilities.workspace?.inlayHint?.refreshSupport ?? false;
    return { capabilities: CAPABILITIES, serverInfo: { name: "dnn" } };
  }

  // -------------------------------------------------------------- documents

  private changed(document: TextDocument): void {
    this.workspace.set(this.host.pathOf(document.uri), document.getText());
    this.soon(document.uri);
    for (const other of this.documents.all())
      if (other.uri !== document.uri && /^\s*import\b/m.test(other.getText())) this.soon(other.uri);
  }

  private closed({ uri }: TextDocument): void {
    clearTimeout(this.waiting.get(uri)?.timer);
    this.waiting.delete(uri);
    this.workspace.close(this.host.pathOf(uri));
    void this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  private soon(uri: string): void {
    const before = this.waiting.get(uri);
    clearTimeout(before?.timer);
    const since = before?.since ?? Date.now();
    const timer = setTimeout(() => void this.publish(uri), Date.now() - since > LONGEST ? 0 : QUIET);
    this.waiting.set(uri, { timer, since });
  }

  private async publish(uri: string): Promise<void> {
    this.waiting.delete(uri);
    const document = this.documents.get(uri);
    const analysis = document && (await this.workspace.analysis(this.host.pathOf(uri)));
    // Whoever typed on in the meantime gets the next answer.
    if (!analysis || analysis.text !== this.documents.get(uri)?.getText()) return;
    const diagnostics = analysis.diagnostics.map((d) => this.diagnostic(d, analysis, document));
    await this.connection.sendDiagnostics({ uri, version: document.version, diagnostics });
    if (this.refreshes) void this.connection.languages.inlayHint.refresh();
  }

  private diagnostic(d: Diagnostic, analysis: Analysis, document: TextDocument): P.Diagnostic {
    const here = d.span?.file === analysis.path ? d.span : undefined;
    const range = here ? rangeIn(document, here) : this.importOf(d, analysis, document);
    const notes = [d.message, d.detail, ...(d.notes ?? []), d.hint && `hint: ${d.hint}`].filter((n) => n);
    const elsewhere = d.span && !here ? [{ span: d.span, text: "here" }] : [];
    const related = [...elsewhere, ...(d.related ?? [])].flatMap(({ span, text }) => {
      const location = this.location(span);
      return location ? [{ location, message: text }] : [];
    });
    return {
      range,
      severity: d.severity === "error" ? P.DiagnosticSeverity.Error : P.DiagnosticSeverity.Warning,
      code: d.code,
      source: "dnn",
      message: notes.join("\n"),
      ...(NEEDLESS.has(d.code) ? { tags: [P.DiagnosticTag.Unnecessary] } : {}),
      relatedInformation: related,
    };
  }

  /** A mistake of another file stands at the import that brought it, one without a place at the top. */
  private importOf(d: Diagnostic, { file }: Analysis, document: TextDocument): P.Range {
    const name = d.span?.file.split(/[/\\]/).at(-1);
    const found = file.definitions.find((i) => i.kind === "import" && i.path.value.split("/").at(-1) === name);
    return rangeIn(document, found?.span ?? { start: 0, end: 0 });
  }

  private location(span: Span): P.Location | undefined {
    const document = this.document(span.file);
    return document && { uri: document.uri, range: rangeIn(document, span) };
  }

  private document(path: string): TextDocument | undefined {
    const uri = this.host.uriOf(path);
    const open = this.documents.get(uri);
    if (open) return open;
    const text = this.workspace.text(path);
    return text === undefined ? undefined : TextDocument.create(uri, "dnn", 0, text);
  }

  /** A question about a place: its answer, or nothing where the document is not open. */
  private async ask<T>(
    { uri }: P.TextDocumentIdentifier,
    position: P.Position | undefined,
    answer: (analysis: Analysis, offset: number, document: TextDocument) => T | Promise<T>,
  ): Promise<T | null> {
    const document = this.documents.get(uri);
    const analysis = document && (await this.workspace.analysis(this.host.pathOf(uri)));
    return analysis ? answer(analysis, position ? document.offsetAt(position) : 0, document) : null;
  }

  // -------------------------------------------------------------- what is shown

  private reading(): void {
    const { connection: c } = this;
    c.languages.inlayHint.on(({ textDocument, range }) =>
      this.ask(textDocument, undefined, async (a, _, document) => {
        const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        return hintsOf(a, from, to, await this.workspace.repaired(a.path)).map((h) => ({
          position: document.positionAt(h.offset),
          label: h.text,
          kind: P.InlayHintKind.Type,
          paddingLeft: true,
          ...(h.tooltip === undefined ? {} : { tooltip: h.tooltip }),
        }));
      }),
    );
    c.onHover(({ textDocument, position }) =>
      this.ask(textDocument, position, (a, offset, document) => {
        const hover = hoverAt(a, offset, this.workspace.sources);
        return hover ? { range: rangeIn(document, hover.span), contents: markdown(hover.markdown) } : null;
      }),
    );
    c.onCompletion(({ textDocument, position }) =>
      this.ask(textDocument, position, (a, offset) =>
        completionsAt(a, offset, this.workspace.sources).map(completionItem),
      ),
    );
    c.onSignatureHelp(({ textDocument, position }) =>
      this.ask(textDocument, position, (a, offset) => {
        const s = signatureAt(a, offset, this.workspace.sources);
        if (!s) return null;
        const parameters = s.parameters.map((p) => ({ label: [p.from, p.to] as [number, number] }));
        const signature = { label: s.label, documentation: markdown(prose(s.documentation)), parameters };
        return { signatures: [signature], activeSignature: 0, activeParameter: s.active ?? null };
      }),
    );
    c.languages.semanticTokens.on(async ({ textDocument }) => {
      const data = await this.ask(textDocument, undefined, (a, _, document) => {
        const builder = new P.SemanticTokensBuilder();
        for (const { from, length, type, modifiers } of coloursOf(a)) {
          const { line, character } = document.positionAt(from);
          builder.push(line, character, length, type, modifiers);
        }
        return builder.build();
      });
      return data ?? { data: [] };
    });
    c.onDocumentSymbol(({ textDocument }) =>
      this.ask(textDocument, undefined, (a, _, document) => outlineOf(a.file).map((e) => symbolOf(e, document))),
    );
    c.onFoldingRanges(({ textDocument }) =>
      this.ask(textDocument, undefined, (a) =>
        foldsOf(a.file, (offset) => a.lines.at(offset).line, bracesIn(a.text)).map(({ from, to, kind }) => ({
          startLine: from - 1,
          endLine: to - 1,
          kind,
        })),
      ),
    );
    c.onCodeLens(({ textDocument }) =>
      this.ask(textDocument, undefined, (a, _, document) =>
        lensesOf(a.file).map(({ span, title, name }) => ({
          range: rangeIn(document, span),
          command: { title, command: `dnn.${title}`, arguments: [textDocument.uri, name] },
        })),
      ),
    );
  }

  // -------------------------------------------------------------- where names lead

  private places(): void {
    const { connection: c } = this;
    c.onDefinition(({ textDocument, position }) =>
      this.ask(textDocument, position, (a, offset) => {
        const span = definitionAt(a, offset, (path) => this.host.beside(a.path, path));
        return (span && this.location(span)) ?? null;
      }),
    );
    c.onReferences(({ textDocument, position, context }) =>
      this.ask(textDocument, position, async (a, offset) => {
        const key = a.names.at(offset)?.meaning.key;
        if (key === undefined) return [];
        const found = referencesOf(key, await this.workspace.related(a.path), context.includeDeclaration);
        return found.flatMap(({ span }) => this.location(span) ?? []);
      }),
    );
    c.onDocumentHighlight(({ textDocument, position }) =>
      this.ask(textDocument, position, (a, offset, document) => {
        const key = a.names.at(offset)?.meaning.key;
        return (key === undefined ? [] : a.names.of(key)).map((o) => ({
          range: rangeIn(document, o.span),
          kind: o.declares ? P.DocumentHighlightKind.Write : P.DocumentHighlightKind.Read,
        }));
      }),
    );
    c.onPrepareRename(({ textDocument, position }) =>
      this.ask(textDocument, position, (a, offset, document) => {
        const { span, meaning } = occurrenceToRename(a, offset);
        return { range: rangeIn(document, span), placeholder: meaning.name };
      }),
    );
    c.onRenameRequest(({ textDocument, position, newName }) =>
      this.ask(textDocument, position, async (a, offset) => {
        const { meaning } = occurrenceToRename(a, offset);
        const refused = nameRefused(newName, new Set(wordTypes.keys()));
        if (refused) throw new P.ResponseError(P.ErrorCodes.InvalidRequest, refused);
        const changes: Record<string, P.TextEdit[]> = {};
        for (const { span } of referencesOf(meaning.key, await this.workspace.related(a.path))) {
          const place = this.location(span);
          if (place) (changes[place.uri] ??= []).push({ range: place.range, newText: newName });
        }
        return { changes };
      }),
    );
  }

  // -------------------------------------------------------------- what changes a text

  private writing(): void {
    const { connection: c } = this;
    const formatted = (document: TextDocument, from?: number, to?: number): P.TextEdit[] =>
      formattingEdits(document.getText(), from, to).map((e) => ({
        range: { start: document.positionAt(e.from), end: document.positionAt(e.to) },
        newText: e.text,
      }));
    c.onDocumentFormatting(({ textDocument }) => {
      const document = this.documents.get(textDocument.uri);
      return document ? formatted(document) : [];
    });
    c.onDocumentRangeFormatting(({ textDocument, range }) => {
      const document = this.documents.get(textDocument.uri);
      return document ? formatted(document, document.offsetAt(range.start), document.offsetAt(range.end)) : [];
    });
    c.onCodeAction(({ textDocument, range }) =>
      this.ask(textDocument, undefined, (a, _, document) => {
        const [from, to] = [document.offsetAt(range.start), document.offsetAt(range.end)];
        return actionsIn(a.diagnostics, a.path, from, to).map(({ fix, diagnostic }) => ({
          title: fix.title,
          kind: P.CodeActionKind.QuickFix,
          isPreferred: true,
          diagnostics: [this.diagnostic(diagnostic, a, document)],
          edit: {
            changes: {
              [textDocument.uri]: fix.edits.map((e) => ({ range: rangeIn(document, e.span), newText: e.text })),
            },
          },
        }));
      }),
    );
  }
}

const markdown = (value: string): P.MarkupContent => ({ kind: P.MarkupKind.Markdown, value });

function rangeIn(document: TextDocument, { start, end }: Pick<Span, "start" | "end">): P.Range {
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

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

/** The name at a place. ResponseError with the reason where there is none or it is not the program's to change. */
function occurrenceToRename(analysis: Analysis, offset: number): Occurrence {
  const occurrence = analysis.names.at(offset);
  const refused = occurrence ? renamingRefused(occurrence) : undefined;
  if (occurrence && refused === undefined) return occurrence;
  throw new P.ResponseError(P.ErrorCodes.InvalidRequest, refused ?? "there is no name here");
}

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
