// Proves the answers to an editor about a real program: the whole conversation is recorded, question by question, in
// conversations/*.txt, which UPDATE=1 rewrites.

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as P from "vscode-languageserver/node";
import { Editor, positionOf, uriOf } from "./client.ts";

const here = new URL("conversations/", import.meta.url);

/** The text with each hint where it stands. */
function annotated(text: string, hints: readonly P.InlayHint[]): string {
  const lines = text.trimEnd().split("\n");
  for (const { position, label } of hints) {
    const line = lines[position.line]!;
    lines[position.line] = `${line.slice(0, position.character)} ${label}${line.slice(position.character)}`;
  }
  return lines.join("\n");
}

test("ResNet-18: a hint for every layer, and the first convolution's arithmetic", async () => {
  const uri = uriOf("examples/resnet18.dnn");
  const text = readFileSync(new URL(uri), "utf8");
  const editor = new Editor();
  const said: string[] = [];
  const note = (question: string, answer: unknown): void => {
    const shown = typeof answer === "string" ? answer : JSON.stringify(answer, null, 1);
    said.push(`== ${question}\n${shown.replaceAll(/file:\/\/[^"]*\/(?=stdlib|examples)/g, "file:///")}`);
  };
  const at = (mark: string): P.TextDocumentPositionParams => ({
    textDocument: { uri },
    position: positionOf(text, mark),
  });
  const { capabilities } = await editor.start();
  note("capabilities", Object.keys(capabilities).sort().join(" "));
  await editor.open(uri, text);
  note("diagnostics", await editor.diagnostics(uri));
  const range = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
  const hints = (await editor.ask(P.InlayHintRequest.type, { textDocument: { uri }, range }))!;
  note("inlay hints", annotated(text, hints));
  for (const mark of ["|conv 7x7 64", "|conv 3x3 width stride", "|basic width s", "|width in", "no|bias"]) {
    const hover = await editor.ask(P.HoverRequest.type, at(mark));
    note(`hover ${mark}`, (hover!.contents as P.MarkupContent).value);
  }
  note("signature conv 7x7 64| s2", (await editor.ask(P.SignatureHelpRequest.type, at("conv 7x7 64| s2")))!);
  note("definition |batchnorm", await editor.ask(P.DefinitionRequest.type, at("|batchnorm")));
  const references = await editor.ask(P.ReferencesRequest.type, {
    ...at("block |basic"),
    context: { includeDeclaration: true },
  });
  note(
    "references of basic",
    references!.map((r) => `${r.range.start.line + 1}:${r.range.start.character + 1}`).join(" "),
  );
  const lenses = await editor.ask(P.CodeLensRequest.type, { textDocument: { uri } });
  note("code lenses", lenses!.map((l) => `${l.range.start.line + 1}: ${l.command!.title}`).join("\n"));
  const symbols = (await editor.ask(P.DocumentSymbolRequest.type, { textDocument: { uri } })) as P.DocumentSymbol[];
  note("symbols", symbols.map((s) => `${s.name} ${s.range.start.line + 1}-${s.range.end.line + 1}`).join("\n"));
  const folds = await editor.ask(P.FoldingRangeRequest.type, { textDocument: { uri } });
  note("folds", folds!.map((f) => `${f.startLine + 1}-${f.endLine + 1}`).join(" "));
  note(
    "formatting",
    await editor.ask(P.DocumentFormattingRequest.type, {
      textDocument: { uri },
      options: { tabSize: 2, insertSpaces: true },
    }),
  );
  await editor.stop();

  const recorded = new URL("resnet18.txt", here);
  const conversation = `${said.join("\n\n")}\n`;
  if (process.env.UPDATE) writeFileSync(recorded, conversation);
  expect(conversation).toBe(readFileSync(recorded, "utf8"));

  // Beyond being the same as ever: every line with a layer has its hint, and the sum that the paper has is in the hover.
  const layers = text
    .split("\n")
    .flatMap((line, i) => (/^\s+(conv|batchnorm|relu|maxpool|avgpool|dense|basic|residual)\b/.test(line) ? [i] : []));
  const hinted = new Set(hints.map((h) => h.position.line));
  expect(layers.filter((i) => !hinted.has(i))).toEqual([]);
  expect(conversation).toContain("(224 - 7 + 2*3)/2 + 1 = 112.5, so 112: only padding is lost");
});
