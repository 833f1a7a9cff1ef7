// `dnn lsp`: the language server on this machine's files, over the streams of the process.

import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  createConnection,
  LSPErrorCodes,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import type { Host } from "../../editor/server/host.ts";
import { serve } from "../../editor/server/server.ts";
import { checkParts } from "../../project/check/parts.ts";
import { placeOfSmallFiles } from "../../project/data/place.node.ts";
import { asFailure, EXIT } from "../../project/failure.ts";
import { libraryFolder, openText, texts } from "../../project/source.ts";
import { defineVerb } from "../command/verb.ts";

export const verb = defineVerb({
  arguments: [],
  flags: { stdio: { isIgnored: true, description: "over standard input and output, the only way there is" } },
  example: "dnn lsp --stdio",
  run: () => lsp(),
});

/** Serves until the editor ends the conversation, with a word or by closing its end; the protocol's own watch on the editor ends too. */
export async function lsp(): Promise<number> {
  const connection = createConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
  const host = nodeHost();
  // Not of the protocol: what our extension asks for in place of starting a process.
  connection.onRequest("dnn/graph", ({ uri, model }: { uri: string; model?: string }) =>
    drawn(host.pathOf(uri), model),
  );
  serve(connection, host);
  const code = await new Promise<number>((done) => {
    connection.onExit(() => done(EXIT.fine));
    // An editor that is gone without a word.
    for (const event of ["end", "close"]) process.stdin.once(event, () => done(EXIT.user));
  });
  process.exit(code);
}

async function drawn(file: string, model: string | undefined): Promise<string> {
  const { graphSvg } = await import("./graph.ts");
  try {
    return await graphSvg(file, model);
  } catch (error) {
    const failed = asFailure(error);
    if (!failed) throw error;
    const said = failed.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false }));
    throw new ResponseError(LSPErrorCodes.RequestFailed, said.join("\n\n"));
  }
}

export function nodeHost(): Host {
  const unsaved = new Map<string, string>();
  const placeOnDisk = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));
  return {
    open: (path, text, readText) => openText(path, text, unsaved, readText),
    check: ({ program, path }, wanted) => checkParts(program, () => placeOfSmallFiles(path), wanted),
    // What was read last may have been a text as it would be.
    text: (path) => unsaved.get(placeOnDisk(path)) ?? texts.get(path)?.text ?? readText(path),
    pathOf: (uri) => (uri.startsWith("file:") ? fileURLToPath(uri) : uri),
    uriOf(path) {
      if (/^[a-z][a-z-]+:/.test(path)) return path;
      return pathToFileURL(path.startsWith("stdlib/") ? fileURLToPath(new URL(path.slice(7), libraryFolder())) : path)
        .href;
    },
    beside: (path, name) => join(dirname(path), name),
    neighbours(path) {
      const folder = dirname(path);
      if (!existsSync(folder)) return [];
      return readdirSync(folder).filter((name) => name.endsWith(".dnn") && resolve(folder, name) !== path);
    },
    overlay(path, text) {
      if (text === undefined) unsaved.delete(placeOnDisk(path));
      else unsaved.set(placeOnDisk(path), text);
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
