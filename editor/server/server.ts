// The language server: documents as they are typed, the mistakes in them, and questions, which the records in `protocol/` answer.

import type { Connection, InitializeParams } from "vscode-languageserver";
import * as P from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import type { Host } from "../../project/host.ts";
import type { Analysis } from "./analysis.ts";
import { features } from "./protocol/all.ts";
import { type Asked, rangeIn } from "./protocol/feature.ts";
import { Workspace } from "./workspace.ts";

const CAPABILITIES: P.ServerCapabilities = Object.assign(
  { textDocumentSync: P.TextDocumentSyncKind.Incremental },
  ...features.map((f) => f.capability),
);

/** Milliseconds without a change before mistakes are looked for, and the longest that they wait while someone types. */
const QUIET = 5;
const LONGEST = 200;

/** Diagnostics that editors show faded: code that does nothing. */
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
    const asked: Asked = {
      connection: c,
      host: this.host,
      workspace: this.workspace,
      open: (uri) => documents.get(uri),
      ask: this.ask.bind(this),
      location: this.location.bind(this),
      diagnostic: this.diagnostic.bind(this),
    };
    for (const feature of features) feature.listen(asked);
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
    // Text that was typed in the meantime gets the next answer.
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
    // Where in the library it came up stands last: its text is not the reader's.
    const isLibrary = ({ span }: { span: Span }): number => Number(span.file.startsWith("stdlib/"));
    const places = [...elsewhere, ...(d.related ?? [])].toSorted((a, b) => isLibrary(a) - isLibrary(b));
    const related = places.flatMap(({ span, text }) => {
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
}
