// Proves the walks of CONTRIBUTING.md: each is applied to a copy of the tree as it is written, touches no more places than it should,
// and what it adds works: it is trained with, called, asked.

import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as P from "vscode-languageserver/node";
import { readSafetensors } from "../runtime/checkpoint/safetensors.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const copy = mkdtempSync(join(tmpdir(), "dnn-walks-"));
const text = readFileSync(join(root, "CONTRIBUTING.md"), "utf8");

interface Edit {
  readonly kind: "new" | "end" | "below" | "above";
  readonly path: string;
  /** How the one line begins that the block stands below or above. */
  readonly anchor: string;
  readonly block: string;
}

/** Blocks, each with the paragraph before it: "In `PATH`, below `ANCHOR`", "New file `PATH`" or "At the end of `PATH`". */
function editsIn(section: string): Edit[] {
  return [...section.matchAll(/^```\w+\n([\s\S]*?)^```$/gm)].map(({ index, 1: block = "" }) => {
    const lead = section.slice(0, index).trimEnd().split("\n\n").at(-1) ?? "";
    const place = /^In `([^`]+)`, (below|above) `([^`]+)`/.exec(lead);
    if (place) return { kind: place[2] as "below" | "above", path: place[1]!, anchor: place[3]!, block };
    const whole = /^(New file|At the end of) `([^`]+)`:$/.exec(lead);
    if (!whole) throw new Error(`a block of code does not say where it goes: ${lead}`);
    return { kind: whole[1] === "New file" ? "new" : "end", path: whole[2]!, anchor: "", block };
  });
}

function apply({ kind, path, anchor, block }: Edit): void {
  const file = join(copy, path);
  if (kind === "new") {
    if (existsSync(file)) throw new Error(`${path} is in the tree already`);
    return writeFileSync(file, block);
  }
  const before = readFileSync(file, "utf8");
  if (kind === "end") return writeFileSync(file, before + block);
  const lines = before.split("\n");
  const found = lines.flatMap((line, i) => (line.trimStart().startsWith(anchor) ? [i] : []));
  if (found.length !== 1) throw new Error(`${found.length} lines of ${path} begin with ${anchor}`);
  lines.splice(found[0]! + (kind === "below" ? 1 : 0), 0, block.replace(/\n$/, ""));
  writeFileSync(file, lines.join("\n"));
}

/** Sections by their titles, with the places that each may touch. */
const WALKS: Readonly<Record<string, number>> = {
  "Add an op": 4,
  "Add a layer, cell, loss, optimizer or schedule": 1,
  "Add a verb": 2,
  "Add a training setting": 2,
  "Add a data source": 2,
  "Add something an editor can ask": 2,
};

const walks = Object.entries(WALKS).map(([title, most]) => {
  const [, section = ""] = text.split(`## ${title}\n`);
  return { title, most, edits: editsIn(section.split(/^## /m)[0]!) };
});

const dnn = async (...args: string[]): Promise<string> => {
  const options = { cwd: copy, env: { ...process.env, NO_COLOR: "1" } };
  const { stdout } = await promisify(execFile)(process.execPath, ["cli/bin.ts", ...args], options);
  return stdout;
};

type Event = Readonly<Record<string, unknown>> & { readonly train?: { readonly loss: number; readonly rms?: number } };

async function trained(name: string, program: string, ...flags: string[]): Promise<Event[]> {
  writeFileSync(join(copy, `${name}.dnn`), program);
  const out = await dnn("train", `${name}.dnn`, "--json", "--threads", "1", "--out", name, ...flags);
  return out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event); // prettier-ignore
}

beforeAll(() => {
  for (const folder of ["cli", "compiler", "editor", "embed", "grammar", "project", "report", "runtime", "stdlib"])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  for (const { edits } of walks) for (const edit of edits) apply(edit);
});
afterAll(() => rmSync(copy, { recursive: true }));

test.each(walks)("$title: at most $most places", ({ edits, most }) => {
  const places = new Set(edits.map((e) => e.path)).size;
  expect(places).toBeGreaterThan(0);
  expect(places).toBeLessThanOrEqual(most);
});

describe("what the walks add", () => {
  test("an op: its value and its gradient are those of the formula, and the GPU has it", async () => {
    const program = `model net(x: [2]) { param w: [3] = [4, 1, 0.25]; rsqrt(w) + 0 * x[0] }
data d = xor(n=8)
train net on d { loss 3 * mean(net(x)); optimizer sgd lr=1; batch all; epochs 1 }
`;
    const events = await trained("op", program);
    expect(events.at(-1)!.train!.loss).toBeCloseTo(0.5 + 1 + 2, 5);
    const file = join(copy, "op", readFileSync(join(copy, "op", "latest"), "utf8").trim());
    const { tensors } = readSafetensors(readFileSync(file), file);
    const moved = [...tensors].find(([name]) => name.endsWith("net.w"))![1].values;
    for (const [i, w] of [4, 1, 0.25].entries()) expect(moved[i]).toBeCloseTo(w + 0.5 * w ** -1.5, 4);
    await dnn("build", "op.dnn", "--target", "wgsl", "--out", "op-gpu");
    const kernels = readdirSync(join(copy, "op-gpu")).filter((name) => name.endsWith(".wgsl"));
    const printed = kernels.map((name) => readFileSync(join(copy, "op-gpu", name), "utf8")).join("\n");
    expect(printed).toContain("(1f / sqrt(");
  });

  test("a layer, a source, a setting: a training with all three ends when it is good enough", async () => {
    const program = `model net(x: [2]) { dense 16; rmsnorm; relu; dense 2 }
model unit(x: [2]) { rmsnorm }
data points = rings(n=200, noise=0.05)
train net on points { loss cross_entropy(net(x), label); metric rms = mean(unit(x)^2); optimizer adam lr=0.05; epochs 200; until 0.2 }
`;
    const events = await trained("all", program);
    const losses = events.flatMap((e) => (e.event === "epoch" ? [(e.heldout as { loss: number }).loss] : []));
    expect(losses.length).toBeLessThan(200);
    expect(losses.findIndex((loss) => loss <= 0.2)).toBe(losses.length - 1);
    expect(events.at(-1)!.train!.rms).toBeCloseTo(1, 4);
  });

  test("what is wrong with the source or the setting is said by their records", async () => {
    const cases = [
      ["until -1", "rings()", "the loss at which the training ends is a number from 0, and this is -1"],
      ["until = 0.1", "rings()", "write `until 0.1`"],
      ["target_loss 0.1", "rings()", "it is called `until` here"],
      ["until 0.1", "rings(noise=-1)", "noise is -1, but must be a number of at least 0"],
    ] as const;
    const files = cases.map(([line, source], i) => {
      const head = `model net(x: [2]) { dense 2 }\ndata points = ${source}\n`;
      const training = `train net on points { loss cross_entropy(net(x), label); ${line} }\n`;
      writeFileSync(join(copy, `wrong${i}.dnn`), head + training);
      return `wrong${i}.dnn`;
    });
    const refused = await dnn("check", ...files).catch((error: { stdout: string }) => error.stdout);
    for (const [, , answer] of cases) expect(refused).toContain(answer);
  });

  test("a verb: its answer, and its line in the help", async () => {
    writeFileSync(join(copy, "part.dnn"), "block part { relu }\n");
    writeFileSync(join(copy, "whole.dnn"), 'import "part.dnn"\nmodel net(x: [2]) { part }\n');
    expect((await dnn("imports", "whole.dnn")).trim().split("\n")).toEqual(["whole.dnn", "part.dnn"]);
    expect(await dnn("--help")).toContain("the files that a program is made of");
  });

  test("a question of an editor: the server says that it answers it, and does", async () => {
    const child = spawn(process.execPath, ["cli/bin.ts", "lsp", "--stdio"], { cwd: copy });
    const [reader, writer] = [new P.StreamMessageReader(child.stdout), new P.StreamMessageWriter(child.stdin)];
    const connection = P.createProtocolConnection(reader, writer);
    connection.listen();
    const ended = new Promise<never>((_, reject) =>
      child.once("exit", (code) => reject(new Error(`ended with ${code}`))),
    );
    const ask = <R>(asked: Promise<R>): Promise<R> => Promise.race([asked, ended]);
    try {
      const about = { processId: null, rootUri: null, capabilities: {} };
      const { capabilities } = await ask(connection.sendRequest(P.InitializeRequest.type, about));
      expect(capabilities.documentLinkProvider).toEqual({});
      const uri = pathToFileURL(join(copy, "linked.dnn")).href;
      const textDocument = { uri, languageId: "dnn", version: 1, text: 'import "part.dnn"\n' };
      await connection.sendNotification(P.DidOpenTextDocumentNotification.type, { textDocument });
      const links = await ask(connection.sendRequest(P.DocumentLinkRequest.type, { textDocument: { uri } }));
      expect(links).toEqual([
        {
          range: { start: { line: 0, character: 7 }, end: { line: 0, character: 17 } },
          target: pathToFileURL(join(copy, "part.dnn")).href,
        },
      ]);
    } finally {
      ended.catch(() => {});
      connection.dispose();
      child.kill();
    }
  });
});

// Takes as long as all other tests of this file together.
test.runIf(process.env.TYPES)("the walked tree has no mistakes of types and is in the project's layout", async () => {
  for (const name of ["tsconfig.json", "biome.json"]) cpSync(join(root, name), join(copy, name));
  const run = (tool: string, ...args: string[]): Promise<unknown> =>
    promisify(execFile)(join(root, "node_modules", ".bin", tool), args, { cwd: copy });
  await run("tsc", "--noEmit");
  const written = walks.flatMap((w) => w.edits.map((e) => e.path)).filter((path) => path.endsWith(".ts"));
  await run("biome", "check", "--vcs-enabled=false", ...new Set(written));
});
