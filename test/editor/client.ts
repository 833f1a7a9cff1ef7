// An editor for tests: a client that talks to the language server over a real pair of streams, as JSON-RPC messages.

import { PassThrough } from "node:stream";
import { pathToFileURL } from "node:url";
import * as P from "vscode-languageserver/node";
import { serve } from "../../editor/server/server.ts";
import { machine } from "../support/opened.ts";

export class Editor {
  readonly connection: P.ProtocolConnection;
  private readonly published = new Map<string, P.PublishDiagnosticsParams>();
  private readonly waiting = new Set<() => void>();
  private readonly versions = new Map<string, number>();

  constructor() {
    const [up, down] = [new PassThrough(), new PassThrough()];
    serve(P.createConnection(new P.StreamMessageReader(up), new P.StreamMessageWriter(down)), machine);
    this.connection = P.createProtocolConnection(new P.StreamMessageReader(down), new P.StreamMessageWriter(up));
    this.connection.onNotification(P.PublishDiagnosticsNotification.type, (p) => {
      this.published.set(p.uri, p);
      for (const wake of this.waiting) wake();
    });
    this.connection.listen();
  }

  async start(): Promise<P.InitializeResult> {
    const result = await this.connection.sendRequest(P.InitializeRequest.type, {
      processId: null,
      rootUri: null,
      capabilities: {},
    });
    await this.connection.sendNotification(P.InitializedNotification.type, {});
    return result;
  }

  async open(uri: string, text: string): Promise<void> {
    this.versions.set(uri, 1);
    const textDocument = { uri, languageId: "dnn", version: 1, text };
    await this.connection.sendNotification(P.DidOpenTextDocumentNotification.type, { textDocument });
  }

  /** Changes of the text, each as it would be typed, or the whole text. */
  async change(uri: string, ...contentChanges: P.TextDocumentContentChangeEvent[]): Promise<void> {
    const version = this.versions.get(uri)! + 1;
    this.versions.set(uri, version);
    await this.connection.sendNotification(P.DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
  }

  /** Mistakes of the newest text, once they are there. */
  async diagnostics(uri: string): Promise<readonly P.Diagnostic[]> {
    for (;;) {
      const found = this.published.get(uri);
      if (found?.version === this.versions.get(uri)) return found!.diagnostics;
      await new Promise<void>((wake) => {
        const once = (): void => {
          this.waiting.delete(once);
          wake();
        };
        this.waiting.add(once);
      });
    }
  }

  ask<Q, R, PR, E, RO>(type: P.ProtocolRequestType<Q, R, PR, E, RO>, params: Q): Promise<R> {
    return this.connection.sendRequest<R>(type.method, params);
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest(P.ShutdownRequest.type);
    this.connection.dispose();
  }
}

/** The position of a text in a text: of its beginning, or of where `|` stands in what is looked for. */
export function positionOf(text: string, mark: string): P.Position {
  const at = text.indexOf(mark.replace("|", "")) + Math.max(0, mark.indexOf("|"));
  const before = text.slice(0, at).split("\n");
  return { line: before.length - 1, character: before.at(-1)!.length };
}

const root = new URL("../../", import.meta.url);
export const uriOf = (path: string): string => new URL(path, root).href;
export const uriFor = (path: string): string => pathToFileURL(path).href;
