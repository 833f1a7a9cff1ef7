// Proves that an editor has its answers for every text, whatever would keep a checker busy or is nested without end: each question
// that an editor asks is answered, at places all over the text. The times stand in no expectation; a test that hangs fails by itself.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as P from "vscode-languageserver/node";
import { formattingEdits } from "../../editor/server/formatting.ts";
import { GREEDY } from "../support/greedy.ts";
import { NESTED } from "../support/nestedtexts.ts";
import { Editor } from "./client.ts";

const editor = new Editor();
beforeAll(async () => void (await editor.start()));
afterAll(() => editor.stop());

let opened = 0;
/** A document, with the diagnostics that were published for it. */
async function show(text: string) {
  const uri = `file:///hostile/${++opened}.dnn`;
  await editor.open(uri, text);
  return { uri, found: await editor.diagnostics(uri) };
}

/** All that an editor asks about a document, some of it at so many places. */
async function askAll(uri: string, text: string, places: number): Promise<void> {
  const textDocument = { uri };
  const lines = text.split("\n");
  const end = { line: lines.length - 1, character: lines.at(-1)!.length };
  const range = { start: { line: 0, character: 0 }, end };
  const options = { tabSize: 2, insertSpaces: true };
  await editor.ask(P.InlayHintRequest.type, { textDocument, range });
  await editor.ask(P.DocumentSymbolRequest.type, { textDocument });
  await editor.ask(P.FoldingRangeRequest.type, { textDocument });
  await editor.ask(P.SemanticTokensRequest.type, { textDocument });
  await editor.ask(P.CodeLensRequest.type, { textDocument });
  await editor.ask(P.DocumentFormattingRequest.type, { textDocument, options });
  for (let i = 0; i < places; i++) {
    const before = text.slice(0, Math.floor((text.length * (i + 1)) / (places + 1))).split("\n");
    const position = { line: before.length - 1, character: before.at(-1)!.length };
    await editor.ask(P.HoverRequest.type, { textDocument, position });
    await editor.ask(P.CompletionRequest.type, { textDocument, position });
    await editor.ask(P.SignatureHelpRequest.type, { textDocument, position });
    await editor.ask(P.DefinitionRequest.type, { textDocument, position });
    const at = { start: position, end: position };
    await editor.ask(P.CodeActionRequest.type, { textDocument, range: at, context: { diagnostics: [] } });
  }
}

describe("a program that", () => {
  for (const [what, [program, place]] of Object.entries(GREEDY))
    test(`is greedy by ${what} is checked, formatted and answered about`, async () => {
      const { uri, found } = await show(program);
      // One mistake, at the place that is greedy.
      const limits = found.filter((d) => d.code === "limits/too-large");
      const errors = found.filter((d) => d.severity === P.DiagnosticSeverity.Error);
      expect([limits.length, errors.length]).toEqual([1, 1]);
      const { line, character } = limits[0]!.range.start;
      expect(program.split("\n")[line]!.slice(character, character + place.length)).toBe(place);
      await askAll(uri, program, 6);
      expect(formattingEdits(program).every((e) => e.to <= program.length)).toBe(true);
      // The next text is answered as if there had been no such program.
      await editor.change(uri, { text: "model m(x: [2]) {\n  dense 2\n}\n" });
      expect(await editor.diagnostics(uri)).toEqual([]);
    }, 60_000);
});

for (const [what, textOf] of Object.entries(NESTED))
  test(`a text of ${what} is checked, formatted and answered about`, async () => {
    const text = textOf(20_000);
    const { uri } = await show(text);
    await askAll(uri, text, 2);
    for (const edit of formattingEdits(text)) expect(edit.to).toBeLessThanOrEqual(text.length);
  }, 60_000);
