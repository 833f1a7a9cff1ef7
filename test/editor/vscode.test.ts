// Proves the packed extension: everything its manifest names is in the archive, its server answers from where it is unpacked, and
// its grammar, read by the editor's own library, colours programs rightly. No editor is started: none can be had from npm.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as P from "vscode-languageserver/node";
import oniguruma from "vscode-oniguruma";
import textmate from "vscode-textmate";
import { processFor } from "../../editor/vscode/command.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { wordTypes } from "../../grammar/syntax/tokentypes.ts";
import { styleOf } from "../../report/graph/svg.ts";
import { pack } from "../../scripts/vsix.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-vsix-"));
afterAll(() => rmSync(folder, { recursive: true }));
let names: string[] = [];

beforeAll(async () => {
  const archive = await pack(folder);
  const files = unzipSync(readFileSync(archive));
  names = Object.keys(files);
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
});

describe("the archive", () => {
  test("has every file that its manifests name", () => {
    const manifest = readFileSync(join(folder, "extension/package.json"), "utf8");
    const named = [...manifest.matchAll(/"\.\/([^"]+)"/g)].map(([, path]) => `extension/${path}`);
    const vsix = readFileSync(join(folder, "extension.vsixmanifest"), "utf8");
    const assets = [...vsix.matchAll(/Path="([^"]+)"/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(4);
    expect([...named, ...assets].filter((path) => !names.includes(path))).toEqual([]);
  });

  test("has a type for each kind of file", () => {
    const types = readFileSync(join(folder, "[Content_Types].xml"), "utf8");
    const endings = new Set(names.filter((n) => n.startsWith("extension")).map((n) => n.split(".").at(-1)!));
    for (const ending of endings) expect(types).toContain(`Extension=".${ending}"`);
  });

  test("has commands for everything a lens can ask for", () => {
    const { contributes } = JSON.parse(readFileSync(join(folder, "extension/package.json"), "utf8"));
    const commands = contributes.commands.map((c: { command: string }) => c.command);
    for (const verb of ["check", "summary", "train", "graph"]) expect(commands).toContain(`dnn.${verb}`);
  });

  test("starts no shell: its client knows none, and names of files reach processes as they are", () => {
    const own = ["client.ts", "command.ts"].map((name) =>
      readFileSync(new URL(`../../editor/vscode/${name}`, import.meta.url), "utf8"),
    );
    for (const text of own) expect(text).not.toMatch(/child_process|sendText|ShellExecution|\bshell\s*:/);
    for (const name of [
      "a b.dnn",
      "a&touch INJECTED&.dnn",
      "it's.dnn",
      "$(touch x).dnn",
      'say "x".dnn',
      "%PATH%.dnn",
    ]) {
      const file = join(folder, name);
      const bin = join(folder, "node_modules", "dnn-lang", "dist", "cli", "bin.js");
      const verb = ["train", file, "--only", name];
      const among = (setting: string, platform: NodeJS.Platform, there: readonly string[]) =>
        processFor(setting, file, verb, {
          platform,
          path: "/usr/bin::/home/me/bin",
          exists: (path) => there.includes(path),
        });
      const found = (setting: string, platform: NodeJS.Platform, has = true) =>
        among(setting, platform, has ? [bin] : []);
      expect(found("npx --no dnn", "linux")).toEqual({ program: "node", words: [bin, ...verb] });
      expect(found("npx --no dnn", "win32")).toEqual({ program: "node", words: [bin, ...verb] });
      expect(found("npx --no dnn", "linux", false)).toBeUndefined();
      const command = join("/home/me/bin", "dnn");
      expect(among("npx --no dnn", "linux", [command])).toEqual({ program: command, words: verb });
      expect(among("npx --no dnn", "win32", [command])).toBeUndefined();
      const checkout = [join(folder, "dist", "cli", "bin.js"), join(folder, "stdlib", "layers.dnn")];
      expect(among("npx --no dnn", "win32", checkout)).toEqual({ program: "node", words: [checkout[0], ...verb] });
      expect(among("npx --no dnn", "win32", checkout.slice(0, 1))).toBeUndefined();
      expect(found("npx --no dnn", "win32", false)).toBeUndefined();
      expect(found("node  ../cli/bin.ts", "win32")).toEqual({ program: "node", words: ["../cli/bin.ts", ...verb] });
    }
  });

  test("says what a folder that is not trusted may do: all but what starts its programs", () => {
    const { capabilities, contributes } = JSON.parse(readFileSync(join(folder, "extension/package.json"), "utf8"));
    const { supported, restrictedConfigurations } = capabilities.untrustedWorkspaces;
    expect(supported).toBe("limited");
    expect(Object.keys(contributes.configuration.properties)).toEqual(expect.arrayContaining(restrictedConfigurations));
    expect(restrictedConfigurations).toContain("dnn.command");
    // Calls of terminals in the extension's source: each waits until the folder is trusted.
    const client = readFileSync(new URL("../../editor/vscode/client.ts", import.meta.url), "utf8");
    const verbs = [...client.matchAll(/inTerminal\("(\w+)"/g)].map(([, verb]) => verb!);
    expect(verbs).toEqual(["check", "train", "summary"]);
    for (const verb of verbs) {
      const command = contributes.commands.find((c: { command: string }) => c.command === `dnn.${verb}`);
      expect(command.enablement, verb).toBe("isWorkspaceTrusted");
      const menus = Object.values(contributes.menus).flat() as { command: string; when: string; group?: string }[];
      for (const m of menus.filter((m) => m.command === `dnn.${verb}` && m.group))
        expect(m.when).toContain("isWorkspaceTrusted");
    }
  });

  test("loads its client with nothing but the editor's module beside it", () => {
    const code = readFileSync(join(folder, "extension/client.cjs"), "utf8");
    const asked = [...code.matchAll(/\brequire\(["'`]([^"'`]+)["'`]\)/g)].map(([, name]) => name!);
    const builtin = createRequire(import.meta.url)("node:module").builtinModules as string[];
    expect(asked.filter((n) => n !== "vscode" && !builtin.includes(n.replace("node:", "")))).toEqual([]);
    expect(code).toMatch(/\bactivate\b/);
  });
});

test("the packed server answers from its own folder, its library beside it", async () => {
  const child = spawn(process.execPath, [join(folder, "extension/server/lsp.mjs"), "--stdio"], { cwd: folder });
  const said: string[] = [];
  child.stderr.on("data", (text) => said.push(String(text)));
  const connection = P.createProtocolConnection(
    new P.StreamMessageReader(child.stdout),
    new P.StreamMessageWriter(child.stdin),
  );
  connection.listen();
  await connection.sendRequest("initialize", { processId: null, rootUri: null, capabilities: {} });
  await connection.sendNotification("initialized", {});
  const uri = "untitled:Untitled-1";
  const text = "model net(x: [28, 28, 1]) {\n  conv 5x5 6; relu\n}\n";
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "dnn", version: 1, text },
  });
  const range = { start: { line: 0, character: 0 }, end: { line: 3, character: 0 } };
  const hints = await connection.sendRequest<P.InlayHint[]>("textDocument/inlayHint", { textDocument: { uri }, range });
  expect(hints.map((h) => h.label)).toEqual(["→ [24, 24, 6]"]);
  const file = join(folder, "a&touch INJECTED&.dnn");
  writeFileSync(file, text);
  const svg = await connection.sendRequest<string>("dnn/graph", { uri: pathToFileURL(file).href, model: "net" });
  expect(svg).toMatch(/^<svg[\s\S]*<\/svg>/);
  // An editor's colours are its own, whichever the system has.
  const dark = { uri: pathToFileURL(file).href, model: "net", theme: "dark" };
  const inDark = await connection.sendRequest<string>("dnn/graph", dark);
  expect(inDark).toContain(styleOf("dark"));
  expect(inDark).not.toMatch(/prefers-color-scheme|class="sheet"/);
  await expect(connection.sendRequest("dnn/graph", { uri: pathToFileURL(file).href, model: "nat" })).rejects.toThrow(
    "did you mean net?",
  );
  const broken = join(folder, "broken.dnn");
  writeFileSync(broken, "model net(x: [4]) {\n  con 3x3\n}\n");
  // An editor shows one line.
  await expect(connection.sendRequest("dnn/graph", { uri: pathToFileURL(broken).href })).rejects.toThrow(
    /^line 2: nothing is called 'con' here: hint: .*$/,
  );
  expect(readdirSync(folder)).not.toContain("INJECTED");
  await connection.sendRequest("shutdown");
  await connection.sendNotification("exit");
  const code = await new Promise((done) => child.on("close", done));
  expect([code, said.join("")]).toEqual([0, ""]);
});

// ---------------------------------------------------------------- the grammar

async function grammar(): Promise<textmate.IGrammar> {
  const require = createRequire(import.meta.url);
  const wasm = readFileSync(join(dirname(require.resolve("vscode-oniguruma")), "onig.wasm"));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const onigLib = Promise.resolve({
    createOnigScanner: (patterns: string[]) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text: string) => new oniguruma.OnigString(text),
  });
  const read = (path: string) =>
    textmate.parseRawGrammar(readFileSync(join(folder, "extension/syntaxes", path), "utf8"), path);
  const registry = new textmate.Registry({ onigLib, loadGrammar: async () => read("dnn.tmLanguage.json") });
  return (await registry.loadGrammar("source.dnn"))!;
}

describe("the grammar", async () => {
  let read: textmate.IGrammar;
  beforeAll(async () => {
    read = await grammar();
  });

  /** Every piece of a line with its inmost scope. */
  const scopes = (text: string): Record<string, string> => {
    const found: Record<string, string> = {};
    let state = textmate.INITIAL;
    for (const line of text.split("\n")) {
      const { tokens, ruleStack } = read.tokenizeLine(line, state);
      state = ruleStack;
      for (const t of tokens) {
        const piece = line.slice(t.startIndex, t.endIndex).trim();
        if (piece !== "") found[piece] ??= t.scopes.at(-1)!.replace(/\.dnn$/, "");
      }
    }
    return found;
  };

  test("knows what each piece of a program is", () => {
    const program = [
      "# A comment.",
      "model net(x: [28, 28, 1]) {",
      "  conv 5x5 6 p2 nobias; relu",
      "  for n in [8, 16] { dense n -> h }",
      "  it + 1.5e-3",
      "}",
      'data d = csv("a b.csv", header=true)',
      "train run on d {",
      "  loss cross_entropy(net(x), label)",
      "}",
    ].join("\n");
    expect(scopes(program)).toMatchObject({
      "#": "punctuation.definition.comment",
      model: "storage.type",
      net: "entity.name.type.class",
      "5x5": "constant.numeric.size",
      p2: "constant.other.option",
      nobias: "variable.parameter.flag",
      conv: "entity.name.function.layer",
      relu: "entity.name.function.layer",
      for: "keyword.control",
      "->": "keyword.operator",
      it: "variable.language.it",
      "1.5e-3": "constant.numeric",
      "a b.csv": "string.quoted.double",
      header: "variable.parameter",
      true: "constant.language",
      train: "storage.type",
      on: "keyword.control",
      loss: "keyword.other.setting",
      cross_entropy: "entity.name.function",
    });
  });

  test("colours every flag of the library as one word, set or unset", () => {
    const stdlib = new URL("../../stdlib/", import.meta.url);
    const texts = readdirSync(stdlib).map((name) => readFileSync(new URL(name, stdlib), "utf8"));
    const definitions = texts.flatMap((text) => parse(text, "stdlib").file.definitions);
    const flags = definitions
      .flatMap((d) => ("parameters" in d ? d.parameters : []))
      .flatMap((p) => (p.default?.kind === "boolean" ? [p.name.text] : []));
    expect(flags).toContain("bias");
    for (const flag of new Set(flags))
      for (const word of [flag, `no${flag}`])
        for (const line of [`  layer 3x3 ${word}`, `  layer p1 ${word}; relu`, `  layer(8, ${word})`])
          expect(scopes(line)[word], line).toBe("variable.parameter.flag");
  });

  test("takes no name for a flag that is a value", () => {
    for (const line of ["  keep = 3", "  x = keep + 1", "  keep 3", "  floor(x)", "  y = floor(x)"])
      expect(Object.values(scopes(line)).join(), line).not.toContain("flag");
  });

  test("colours every word of the language as one", () => {
    const heads = new Set(["model", "block", "cell", "fn", "data", "train", "optimizer", "schedule", "import", "step"]);
    const plain = [...wordTypes.keys()].filter((w) => !heads.has(w));
    const uncoloured = plain.filter(
      (w) => !/keyword|constant|variable\.language|storage/.test(scopes(`  x = ${w} y`)[w] ?? ""),
    );
    expect(uncoloured).toEqual([]);
    const definitions = [...heads].filter((w) => w !== "step" && w !== "import");
    for (const w of definitions) {
      const line = w === "data" ? "data name = digits()" : `${w} name(x) = 1`;
      expect(scopes(line)[w], w).toBe("storage.type");
    }
  });

  test("leaves no text or comment open at the end of any example", () => {
    const examples = new URL("../../examples/", import.meta.url);
    for (const name of readdirSync(examples).filter((n) => n.endsWith(".dnn"))) {
      let state = textmate.INITIAL;
      for (const line of readFileSync(new URL(name, examples), "utf8").split("\n"))
        state = read.tokenizeLine(line, state).ruleStack;
      expect(state.depth, name).toBe(1);
    }
  });
});
