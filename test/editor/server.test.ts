// Proves each thing the language server can be asked for, over a real connection: mistakes as they are typed, their correction,
// completion, names across files, renaming, formatting, and that unsaved imports and characters beyond the BMP are read rightly.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as P from "vscode-languageserver/node";
import { Editor, uriFor } from "./client.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-editor-"));
const editor = new Editor();
let made = 0;

beforeAll(() => editor.start());
afterAll(async () => {
  await editor.stop();
  rmSync(folder, { recursive: true });
});

/** Opens a text, `|` in it marking the cursor. */
async function opened(marked: string, name = `net${++made}.dnn`) {
  const text = marked.replace("|", "");
  const uri = uriFor(join(folder, name));
  await editor.open(uri, text);
  const before = marked.slice(0, Math.max(0, marked.indexOf("|"))).split("\n");
  const position = { line: before.length - 1, character: before.at(-1)!.length };
  return { uri, text, at: { textDocument: { uri }, position } };
}

/** A text after edits of the protocol. */
function edited(text: string, edits: readonly P.TextEdit[]): string {
  const lines = text.split("\n");
  const offset = ({ line, character }: P.Position): number =>
    lines.slice(0, line).reduce((sum, l) => sum + l.length + 1, 0) + character;
  return edits
    .toSorted((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce((t, e) => t.slice(0, offset(e.range.start)) + e.newText + t.slice(offset(e.range.end)), text);
}

const NET = "model net(x: [28, 28, 1]) {\n  conv 5x5 6\n  relu\n  flatten\n  dense 10\n}\n";

describe("what stands under the pointer", () => {
  const hovered = async (marked: string): Promise<string> => {
    const { at } = await opened(marked);
    const hover = await editor.ask(P.HoverRequest.type, at);
    return (hover!.contents as P.MarkupContent).value;
  };
  const program = (train: string, source = "digits(n=64)"): string =>
    `model net(x: [28, 28, 1]) { flatten; dense 10 }\n\ndata d = ${source}\n\ntrain net on d { ${train} }\n`;

  test("a field of the data has its type and what it holds", async () => {
    const text = await hovered(program("loss cross_entropy(net(|image), label)"));
    expect(text).toBe("```dnn\nfield image: [28, 28, 1]\n```\n\ngrey values from 0 (paper) to 1 (ink)");
  });

  test("a source has its signature and its fields, and an argument of it what it is", async () => {
    const source = await hovered(program("loss cross_entropy(net(image), label)", "|digits(n=64)"));
    expect(source).toMatch(
      /^```dnn\ndigits\(n=6000, .*\n```\n\nHandwritten-looking digits[\s\S]*- `image: \[28, 28, 1\]` grey/,
    );
    const argument = await hovered(program("loss cross_entropy(net(image), label)", "digits(|n=64)"));
    expect(argument).toContain("pictures to train on");
  });

  test("a function of the language, a line of a training and what is shown are explained", async () => {
    const line = "loss cross_entropy(net(image), label); ";
    expect(await hovered(program(`${line}metric |mean(net(image))`))).toMatch(/^```dnn\nmean\(x, over=/);
    expect(await hovered(program(`${line}|patience 3`))).toContain("epochs without a better held-out loss");
    expect(await hovered(program(`${line}show |images(image, 2x2)`))).toContain("pictures in a grid");
  });
});

test("a flag has the colour of a parameter as one word, `no` in front of it included", async () => {
  const { uri, text } = await opened(
    "block b(n, wide=false) {\n  dense n\n}\nmodel net(x: [8, 8, 3]) {\n  conv 3x3 4 nobias ceil\n  b 3 nowide\n  y = it\n  conv(3x3, 4, nobias)(y)\n}\n",
  );
  const { data } = (await editor.ask(P.SemanticTokensRequest.type, { textDocument: { uri } }))!;
  const found: string[] = [];
  for (let i = 0, line = 0, from = 0; i < data.length; i += 5) {
    if (data[i]! > 0) from = 0;
    line += data[i]!;
    from += data[i + 1]!;
    if (data[i + 3] === 2) found.push(text.split("\n")[line]!.slice(from, from + data[i + 2]!));
  }
  expect(found).toEqual(["n", "wide", "n", "x", "nobias", "ceil", "nowide", "nobias"]);
});

describe("below a mistake", () => {
  const shown = async (lines: string): Promise<string[]> => {
    const { uri, text } = await opened(`model net(x: [28, 28, 1]) {\n${lines}}\n`);
    const range = { start: { line: 0, character: 0 }, end: { line: 100, character: 0 } };
    const hints = (await editor.ask(P.InlayHintRequest.type, { textDocument: { uri }, range }))!;
    const rows = text.split("\n");
    for (const { position, label } of hints)
      expect(rows[position.line]!.slice(position.character).trim(), `${label} stands at a line's end`).toBe("");
    return hints.map(({ position, label }) => `${position.line}: ${label}`);
  };

  test("that says what to write, lines show what they would give, marked as such", async () => {
    expect(await shown("  conv 3x3 8 p1\n  conv 5x5 8 s2\n  relu\n  flatten\n  dense 10\n")).toEqual([
      "1: → [28, 28, 8]",
      "2: → [13, 13, 8]?",
      "3: → [13, 13, 8]?",
      "4: → [1352]?",
      "5: → [10]?",
    ]);
  });

  test("and a second one, and a third, they do so too", async () => {
    const lines = "  conv 5x5 8 s2\n  rleu\n  residual { conv 3x3 8; relu }\n  flatten\n  dnse 10\n  relu\n";
    expect((await shown(lines)).at(-1)).toBe("6: → [10]?");
  });

  test("that does not say what to write, nothing is made up", async () => {
    expect(await shown("  flatten\n  dense zzzzzz\n  relu\n")).toEqual(["1: → [784]"]);
  });

  test("what would be is no mistake of the program: only what is wrong now is said", async () => {
    const { uri } = await opened("model net(x: [28, 28, 1]) {\n  conv 5x5 8 s2\n  dense 10 -> h\n  conv 99x99 3\n}\n");
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const before = await editor.diagnostics(uri);
    const hints = (await editor.ask(P.InlayHintRequest.type, { textDocument: { uri }, range }))!;
    expect(hints[0]!.tooltip).toContain("as it would be after: write `p1`");
    expect(before.map((d) => d.code)).toContain("shapes/window-does-not-fit");
    expect(before.map((d) => d.code)).not.toContain("shapes/window-larger");
    expect(await editor.diagnostics(uri)).toEqual(before);
    const hover = await editor.ask(P.HoverRequest.type, { textDocument: { uri }, position: { line: 1, character: 3 } });
    expect((hover!.contents as P.MarkupContent).value).not.toContain("→");
  });
});

describe("mistakes", () => {
  test("are published for what was typed last, with code, hint and place", async () => {
    const { uri } = await opened(NET);
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.change(uri, {
      range: { start: { line: 2, character: 2 }, end: { line: 2, character: 6 } },
      text: "rleu",
    });
    const [mistake] = await editor.diagnostics(uri);
    expect(mistake).toMatchObject({ code: "names/unknown", source: "dnn", severity: 1 });
    expect(mistake!.message).toContain("did you mean `relu`?");
    expect(mistake!.range).toEqual({ start: { line: 2, character: 2 }, end: { line: 2, character: 6 } });
    const actions = await editor.ask(P.CodeActionRequest.type, {
      textDocument: { uri },
      range: mistake!.range,
      context: { diagnostics: [mistake!] },
    });
    const [action] = actions as P.CodeAction[];
    expect(action!.title).toBe("write `relu`");
    expect(edited(NET.replace("relu", "rleu"), action!.edit!.changes![uri]!)).toBe(NET);
  });

  test("are counted in UTF-16 units, as editors do, beyond the BMP too", async () => {
    const { uri } = await opened("# 🧠🧠 nets\nmodel net(x: [4]) { # 𝒩\n  dense 3; rleu # 🧠\n}\n");
    const [mistake] = await editor.diagnostics(uri);
    expect(mistake!.range).toEqual({ start: { line: 2, character: 11 }, end: { line: 2, character: 15 } });
    await editor.change(uri, { range: mistake!.range, text: "relu" });
    expect(await editor.diagnostics(uri)).toEqual([]);
  });

  test("of what does nothing are shown faded, with what takes it away", async () => {
    const { uri, text } = await opened("model net(x: [4]) {\n  dense 3 -> h\n  relu\n}\n");
    const [unused] = await editor.diagnostics(uri);
    expect(unused).toMatchObject({ code: "names/unused", severity: 2, tags: [P.DiagnosticTag.Unnecessary] });
    const asked = { textDocument: { uri }, range: unused!.range, context: { diagnostics: [unused!] } };
    const [action] = (await editor.ask(P.CodeActionRequest.type, asked)) as P.CodeAction[];
    expect(edited(text, action!.edit!.changes![uri]!)).toBe(text.replace(" -> h", ""));
  });

  test("of a wrong program go where the text goes when lines are put above it", async () => {
    const two = `${NET}\n${NET.replace("net", "other").replace("relu", "rleu")}`;
    const { uri } = await opened(two);
    const before = await editor.diagnostics(uri);
    await editor.change(uri, {
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      text: "# 1\n# 2\n",
    });
    const after = await editor.diagnostics(uri);
    expect(after[0]!.range.start.line).toBe(before[0]!.range.start.line + 2);
    expect(after[0]!.message).toBe(before[0]!.message);
  });

  test("survive fifty changes a second, and the last text has the last word", async () => {
    const { uri } = await opened(NET);
    const word = "dense 84; tanh;";
    for (const [i, character] of [...word.repeat(4)].entries()) {
      await editor.change(uri, {
        range: { start: { line: 4, character: 2 + i }, end: { line: 4, character: 2 + i } },
        text: character,
      });
      await new Promise((r) => setTimeout(r, 5));
    }
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.change(uri, { text: NET.replace("conv 5x5 6", "conv 50x50 6") });
    expect((await editor.diagnostics(uri))[0]!.code).toBe("shapes/window-larger-than-input");
  });

  test("of a file that is imported show at the import, and follow it unsaved", async () => {
    const library = "block twice(n) {\n  dense n; relu\n  dense n; relu\n}\n";
    writeFileSync(join(folder, "parts.dnn"), library);
    const main = await opened('import twice from "parts.dnn"\nmodel net(x: [4]) { twice 3 }\n', "main.dnn");
    expect(await editor.diagnostics(main.uri)).toEqual([]);
    const parts = await opened(library, "parts.dnn");
    await editor.diagnostics(parts.uri);
    await editor.change(parts.uri, { text: library.replace("relu", "rleu") });
    await expect
      .poll(async () => (await editor.diagnostics(main.uri))[0]?.code, { timeout: 5000 })
      .toBe("names/unknown");
    const [mistake] = await editor.diagnostics(main.uri);
    expect(mistake!.range.start.line).toBe(0);
    expect(mistake!.relatedInformation![0]!.location.uri).toBe(parts.uri);
    await editor.change(parts.uri, { text: library });
    await expect.poll(() => editor.diagnostics(main.uri), { timeout: 5000 }).toEqual([]);
  });
});

describe("completion", () => {
  const labels = async (marked: string): Promise<readonly P.CompletionItem[]> => {
    const { at } = await opened(marked);
    return (await editor.ask(P.CompletionRequest.type, at)) as P.CompletionItem[];
  };
  const offers = async (marked: string): Promise<string[]> => (await labels(marked)).map((i) => i.label);

  test("offers layers where a line begins, with places for what they need", async () => {
    const items = await labels("model net(x: [28, 28, 1]) {\n  co|\n}\n");
    const conv = items.find((i) => i.label === "conv")!;
    expect(conv.insertText).toBe("conv ${1:3x3}");
    expect(conv.insertTextFormat).toBe(P.InsertTextFormat.Snippet);
    expect(conv.detail).toMatch(/^block conv\(size, filters=none/);
    expect(items.map((i) => i.label)).toEqual(expect.arrayContaining(["dense", "lstm", "residual", "repeat", "x"]));
  });

  test("offers what a layer can still be given", async () => {
    const found = await offers("model net(x: [28, 28, 1]) {\n  conv 3x3 64 stride=2 |\n}\n");
    expect(found).toEqual(expect.arrayContaining(["padding=", "groups=", "nobias", "ceil"]));
    expect(found).not.toContain("stride=");
  });

  test("offers headers, sources, data, optimizers, settings and fields where they belong", async () => {
    expect(await offers("mo|")).toContain("model");
    expect(await offers("data d = |")).toContain("digits");
    const data = "data d = digits()\nmodel net(image: [28, 28, 1]) { flatten; dense 10 }\n";
    expect(await offers(`${data}train t on |`)).toEqual(["d"]);
    const settings = await offers(`${data}train t on d {\n  |\n}\n`);
    expect(settings).toEqual(expect.arrayContaining(["loss", "metric", "epochs", "step", "image", "label"]));
    const optimizers = await offers(`${data}train t on d {\n  optimizer |\n}\n`);
    expect(optimizers).toEqual(expect.arrayContaining(["sgd", "adam"]));
    expect(optimizers).not.toContain("dense");
    expect(await offers(`${data}train t on d {\n  loss cross_entropy(net(image), lab|)\n}\n`)).toContain("label");
  });

  test("offers fields of a value, and named sizes in types", async () => {
    const vae = "model vae(x: [784]) {\n  dense 20 -> mu\n  dense 784\n}\n";
    expect(await offers(`${vae}fn f(x) {\n  y = vae(x)\n  y.|\n}\n`)).toEqual(["mu"]);
    expect(await offers("model net(image: [H, W, 3], other: [|]) { relu }\n")).toEqual(["H", "W"]);
  });

  test("offers files beside this one to import, and nothing in a comment", async () => {
    expect(await offers('import a from "|')).toContain("parts.dnn");
    expect(await offers("# a com|\n")).toEqual([]);
  });
});

describe("names", () => {
  const PROGRAM = [
    "block part(width, wide=false) {",
    "  dense width -> h",
    "  if wide { dense width }",
    "  h + it",
    "}",
    "model net(x: [N, 8]) {",
    "  part 8 wide; y = it",
    "  part(width=8)(y)",
    "}",
    "",
  ].join("\n");

  test("lead to their definitions, in the library too", async () => {
    const { at, uri } = await opened(PROGRAM.replace("  part 8", "  pa|rt 8"));
    const place = (await editor.ask(P.DefinitionRequest.type, at)) as P.Location;
    expect(place).toEqual({ uri, range: { start: { line: 0, character: 6 }, end: { line: 0, character: 10 } } });
    const library = await opened(PROGRAM.replace("dense", "den|se"));
    const dense = (await editor.ask(P.DefinitionRequest.type, library.at)) as P.Location;
    expect(dense.uri).toMatch(/stdlib\/layers\.dnn$/);
    expect(readFileSync(new URL(dense.uri), "utf8").split("\n")[dense.range.start.line]).toMatch(/^block dense/);
  });

  test("are renamed wherever they mean the same: parameters, flags, labels", async () => {
    const renamed = async (mark: string, to: string): Promise<string> => {
      const { at, uri, text } = await opened(PROGRAM.replace(mark.replace("|", ""), mark));
      const edit = (await editor.ask(P.RenameRequest.type, { ...at, newName: to }))!;
      return edited(text, edit.changes![uri]!);
    };
    expect(await renamed("dense wi|dth", "n")).toBe(PROGRAM.replaceAll(/\bwidth\b/g, "n"));
    expect(await renamed("if wi|de", "deep")).toBe(PROGRAM.replaceAll(/\bwide\b/g, "deep"));
    expect(await renamed("-> |h", "hidden")).toBe(PROGRAM.replaceAll(/\bh\b/g, "hidden"));
  });

  test("of the library and of the language keep theirs, and say why", async () => {
    const { at } = await opened(PROGRAM.replace("dense", "den|se"));
    await expect(editor.ask(P.RenameRequest.type, { ...at, newName: "linear" })).rejects.toThrow(
      "'dense' belongs to the standard library",
    );
    const own = await opened(PROGRAM.replace("block part", "block pa|rt"));
    await expect(editor.ask(P.RenameRequest.type, { ...own.at, newName: "for" })).rejects.toThrow(
      "'for' is a word of the language",
    );
    await expect(editor.ask(P.RenameRequest.type, { ...own.at, newName: "3d" })).rejects.toThrow("'3d' is no name");
  });

  test("are found in files that import them", async () => {
    writeFileSync(join(folder, "shared.dnn"), "block shared(n) { dense n; relu }\n");
    writeFileSync(join(folder, "user.dnn"), 'import shared from "shared.dnn"\nmodel net(x: [4]) { shared 3 }\n');
    const { at, uri } = await opened("block sha|red(n) { dense n; relu }\n", "shared.dnn");
    const found = (await editor.ask(P.ReferencesRequest.type, { ...at, context: { includeDeclaration: true } }))!;
    expect(found.map((r) => `${r.uri.split("/").at(-1)}:${r.range.start.line}`)).toEqual([
      "shared.dnn:0",
      "user.dnn:0",
      "user.dnn:1",
    ]);
    const edit = (await editor.ask(P.RenameRequest.type, { ...at, newName: "common" }))!;
    expect(Object.keys(edit.changes!).length).toBe(2);
    expect(edit.changes![uri]!.length).toBe(1);
  });

  test("have their colours: what declares, what the library gives", async () => {
    const { uri } = await opened(PROGRAM);
    const { data } = (await editor.ask(P.SemanticTokensRequest.type, { textDocument: { uri } }))!;
    // `part` in the first line: line 0, character 6, four long, a class, declared here.
    expect(data.slice(0, 5)).toEqual([0, 6, 4, 0, 1]);
    expect(data.length % 5).toBe(0);
  });
});

describe("a document", () => {
  test("is formatted by the smallest edits, whole or in part", async () => {
    const ragged = "model net( x:[28,28,1] ){\n    conv 5x5   6;relu   # a comment\n  flatten\n      dense 10\n}\n";
    const { uri } = await opened(ragged);
    const options = { tabSize: 2, insertSpaces: true };
    const all = (await editor.ask(P.DocumentFormattingRequest.type, { textDocument: { uri }, options }))!;
    expect(edited(ragged, all)).toBe(
      "model net(x: [28, 28, 1]) {\n  conv 5x5 6; relu  # a comment\n  flatten\n  dense 10\n}\n",
    );
    const range = { start: { line: 2, character: 0 }, end: { line: 4, character: 0 } };
    const part = (await editor.ask(P.DocumentRangeFormattingRequest.type, { textDocument: { uri }, range, options }))!;
    expect(edited(ragged, part)).toBe(ragged.replace("      dense", "  dense"));
  });

  test("with a mistake of syntax is left as it is by the formatter", async () => {
    const { uri } = await opened("model net(x: [4] {\n    dense   3\n}\n");
    const options = { tabSize: 2, insertSpaces: true };
    expect(await editor.ask(P.DocumentFormattingRequest.type, { textDocument: { uri }, options })).toEqual([]);
  });

  test("shows the header of what is being written, with the parameter that comes next", async () => {
    const active = async (marked: string): Promise<string | undefined> => {
      const { at } = await opened(marked);
      const help = await editor.ask(P.SignatureHelpRequest.type, at);
      const [signature] = help?.signatures ?? [];
      const label = signature?.parameters?.[help!.activeParameter ?? -1]?.label as [number, number] | undefined;
      return label && signature!.label.slice(...label);
    };
    const line = (text: string): string => `model net(x: [28, 28, 1]) {\n  ${text}\n}\n`;
    expect(await active(line("conv |"))).toBe("size");
    expect(await active(line("conv 3x3 |"))).toBe("filters=none");
    expect(await active(line("conv 3x3 8 padding=|1"))).toBe("padding=0");
    expect(await active(line("y = conv(3x3, |)(it)"))).toBe("filters=none");
    expect(await active(line("leaky_relu |"))).toMatch(/^slope|^a/);
  });

  test("has an outline, folds and lenses", async () => {
    const text = `# One.\n# Two.\n${NET}data d = digits()\ntrain t on d {\n  loss cross_entropy(net(image), label)\n}\n`;
    const { uri } = await opened(text);
    const symbols = (await editor.ask(P.DocumentSymbolRequest.type, { textDocument: { uri } })) as P.DocumentSymbol[];
    expect(symbols.map((s) => s.name)).toEqual(["net", "d", "t"]);
    const folds = (await editor.ask(P.FoldingRangeRequest.type, { textDocument: { uri } }))!;
    expect(folds.map((f) => [f.startLine, f.endLine, f.kind])).toEqual([
      [2, 6, "region"],
      [9, 10, "region"],
      [0, 1, "comment"],
    ]);
    const lenses = (await editor.ask(P.CodeLensRequest.type, { textDocument: { uri } }))!;
    expect(lenses.map((l) => `${l.range.start.line} ${l.command!.title} ${l.command!.arguments![1]}`)).toEqual([
      "2 summary net",
      "2 train t",
      "2 graph net",
      "9 train t",
    ]);
  });

  test("half typed has answers to every question", async () => {
    const whole = `${NET}data d = digits()\ntrain t on d { loss cross_entropy(net(image), label); optimizer adam lr=1e-3 }\n`;
    const { uri } = await opened("");
    for (let end = 0; end <= whole.length; end += 7) {
      await editor.change(uri, { text: whole.slice(0, end) });
      const textDocument = { uri };
      const lines = whole.slice(0, end).split("\n");
      const position = { line: lines.length - 1, character: lines.at(-1)!.length };
      const range = { start: { line: 0, character: 0 }, end: position };
      await Promise.all([
        editor.ask(P.InlayHintRequest.type, { textDocument, range }),
        editor.ask(P.HoverRequest.type, { textDocument, position }),
        editor.ask(P.CompletionRequest.type, { textDocument, position }),
        editor.ask(P.SignatureHelpRequest.type, { textDocument, position }),
        editor.ask(P.DefinitionRequest.type, { textDocument, position }),
        editor.ask(P.DocumentSymbolRequest.type, { textDocument }),
        editor.ask(P.FoldingRangeRequest.type, { textDocument }),
        editor.ask(P.SemanticTokensRequest.type, { textDocument }),
        editor.ask(P.CodeLensRequest.type, { textDocument }),
      ]);
      await editor.diagnostics(uri);
    }
    expect(await editor.diagnostics(uri)).toEqual([]);
  });
});
