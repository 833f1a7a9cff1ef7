// Proves that the language server runs in a web worker of a real browser: no file, no Node, the same hints and mistakes.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { afterAll, expect, test } from "vitest";
import { hasBrowser, openPage } from "../support/page.ts";

const folder = mkdtempSync(join(tmpdir(), "dnn-worker-"));
afterAll(() => rmSync(folder, { recursive: true }));

const stdlib = new URL("../../stdlib/", import.meta.url);
const library = Object.fromEntries(readdirSync(stdlib).map((n) => [n, readFileSync(new URL(n, stdlib), "utf8")]));

const PROGRAM = `data digits = digits()
model net(image: [28, 28, 1]) {
  conv 5x5 8; relu
  flatten; dense 10
}
train t on digits { loss cross_entropy(net(image), label); metric acuracy(net(image), label) }
`;

test.skipIf(!hasBrowser)("a worker answers as the command does", { timeout: 60_000 }, async () => {
  const input = fileURLToPath(new URL("../support/lspworker.ts", import.meta.url));
  const build = await rolldown({ input, platform: "browser", logLevel: "silent" });
  const { output } = await build.generate({ format: "esm", codeSplitting: false });
  await build.close();
  expect(output[0].imports).toEqual([]);
  writeFileSync(join(folder, "worker.js"), output[0].code);
  const { page, close } = await openPage(folder, false);
  const answers = await page.evaluate(
    async ({ library, text }) => {
      const code = await (await fetch("/built/worker.js")).text();
      const worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })), { type: "module" });
      const heard: Record<string, unknown>[] = [];
      const next = (wanted: (m: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> =>
        new Promise((resolve) => {
          const look = (): void => {
            const found = heard.find(wanted);
            if (found) resolve(found);
            else setTimeout(look, 5);
          };
          look();
        });
      await new Promise<void>((ready, failed) => {
        worker.onerror = (e) => failed(new Error(e.message));
        worker.onmessage = () => ready();
        worker.postMessage(library);
      });
      worker.onmessage = ({ data }) => heard.push(data);
      const say = (message: object): void => worker.postMessage({ jsonrpc: "2.0", ...message });
      say({ id: 1, method: "initialize", params: { processId: null, rootUri: null, capabilities: {} } });
      await next((m) => m.id === 1);
      say({ method: "initialized", params: {} });
      const uri = "memory://page/net.dnn";
      say({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "dnn", version: 1, text } } });
      const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
      say({ id: 2, method: "textDocument/inlayHint", params: { textDocument: { uri }, range } });
      const hints = (await next((m) => m.id === 2)).result;
      const { params } = await next((m) => m.method === "textDocument/publishDiagnostics");
      const position = { line: 2, character: 3 };
      say({ id: 3, method: "textDocument/definition", params: { textDocument: { uri }, position } });
      return { hints, params, definition: (await next((m) => m.id === 3)).result };
    },
    { library, text: PROGRAM },
  );
  await close();
  expect((answers.hints as { label: string }[]).map((h) => h.label)).toEqual(["→ [24, 24, 8]", "→ [10]"]);
  const { diagnostics } = answers.params as { diagnostics: { code: string; message: string }[] };
  expect(diagnostics.map((d) => d.code)).toEqual(["names/unknown"]);
  expect(diagnostics[0]!.message).toContain("did you mean `accuracy`?");
  expect((answers.definition as { uri: string }).uri).toBe("dnn:///stdlib/layers.dnn");
});
