// `dnn lsp`: the language server on this machine's files, over the streams of the process.

import {
  createConnection,
  LSPErrorCodes,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from "vscode-languageserver/node";
import { serve } from "../../../editor/server/server.ts";
import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import { asFailure, EXIT } from "../../../project/failure.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine, sources } from "../../terminal/machine.ts";

export const verb = defineVerb({
  arguments: [],
  flags: { stdio: { isIgnored: true, description: "over standard input and output, the only way there is" } },
  example: "dnn lsp --stdio",
  run: () => lsp(),
});

/** Serves until the editor ends the conversation, with a word or by closing its end; the protocol's own watch on the editor ends too. */
export async function lsp(): Promise<number> {
  const connection = createConnection(new StreamMessageReader(process.stdin), new StreamMessageWriter(process.stdout));
  // Not of the protocol: what our extension asks for in place of starting a process.
  connection.onRequest(
    "dnn/graph",
    ({ uri, model, theme }: { uri: string; model?: string; theme?: "light" | "dark" }) =>
      drawModel(machine.pathOf(uri), model, theme),
  );
  serve(connection, machine);
  const code = await new Promise<number>((done) => {
    connection.onExit(() => done(EXIT.fine));
    // An editor that is gone without a word.
    for (const event of ["end", "close"]) process.stdin.once(event, () => done(EXIT.user));
  });
  process.exit(code);
}

/** An editor shows one line; all mistakes stand in the text itself. */
function inALine(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find(({ severity }) => severity === "error") ?? diagnostics[0];
  if (!first) return "it cannot be drawn";
  const { span, message, hint } = first;
  const line = span && sources.texts.get(span.file)?.at(span.start).line;
  return [
    ...(line === undefined ? [] : [`line ${line}`]),
    message,
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].join(": ");
}

async function drawModel(file: string, model: string | undefined, theme?: "light" | "dark"): Promise<string> {
  const { graphSvg } = await import("../programs/graph.ts");
  try {
    return await graphSvg(file, model, theme);
  } catch (error) {
    const failed = asFailure(error);
    if (!failed) throw error;
    throw new ResponseError(LSPErrorCodes.RequestFailed, inALine(failed.diagnostics));
  }
}
