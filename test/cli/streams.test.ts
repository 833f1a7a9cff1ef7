// Readers that leave, devices that are full, terminals that close: the command ends in order, a training saves what it has, and
// nothing of data or programs is obeyed by a terminal or a page.

import { spawn } from "node:child_process";
import { existsSync, openSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Interrupts } from "../../cli/terminal/interrupts.ts";
import { Place, xor } from "./dnn.ts";

const bin = fileURLToPath(new URL("../../cli/bin.ts", import.meta.url));
const place = new Place();
afterAll(() => place.remove());
beforeAll(() => {
  place.write("xor.dnn", xor);
  place.write("bad.dnn", "model m(x: [2]) { mose }");
});

const long = ["train", "xor.dnn", "--epochs", "500000"];

/** Saved, given back, and fit to go on. */
async function isInOrder(run: string): Promise<void> {
  const files = readdirSync(place.path(run));
  expect(files).toContain("latest");
  expect(files.filter((name) => name === "lock" || name.startsWith("."))).toEqual([]);
  const { step } = JSON.parse(place.checkpoint(run).metadata.get("dnn")!).progress;
  const rest = await place.run("train", "xor.dnn", "--resume", run, "--steps", String(step + 1));
  expect([rest.code, rest.err]).toEqual([0, expect.not.stringContaining("error")]);
}

for (const stream of ["stdout", "stderr"] as const)
  test(`a training whose ${stream} nobody reads any more saves, gives its folder back and ends with 141`, async () => {
    const { child, done } = place.start(...long, "--out", stream, ...(stream === "stdout" ? ["--json"] : []));
    child[stream]!.once("data", () => child[stream]!.destroy());
    expect((await done).code).toBe(141);
    await isInOrder(stream);
  });

test("another verb whose reader has left ends with 141 and says nothing", async () => {
  const { child, done } = place.start("check", ...Array(2000).fill("bad.dnn"));
  child.stdout!.once("data", () => child.stdout!.destroy());
  expect(await done).toMatchObject({ code: 141, err: "" });
});

test("the language server ends when its input does, also while the editor that started it lives", async () => {
  const { child, done, said } = place.start("lsp", "--stdio");
  const params = { processId: process.pid, rootUri: null, capabilities: {} };
  const request = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  child.stdin!.write(`Content-Length: ${request.length}\r\n\r\n${request}`);
  await said("serverInfo");
  child.stdin!.end();
  expect(await done).toMatchObject({ code: 1, err: "" });
});

const full = "/dev/full";

/** Runs with a stream that takes nothing. */
function runFull(stream: 1 | 2, ...args: string[]): Promise<{ code: number | null; said: string }> {
  const sink = openSync(full, "w");
  const stdio = (n: 1 | 2) => (n === stream ? sink : ("pipe" as const));
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: place.folder,
    env: { ...process.env, NO_COLOR: "1" },
    stdio: ["ignore", stdio(1), stdio(2)],
  });
  let said = "";
  for (const s of [child.stdout, child.stderr]) s?.on("data", (data) => (said += data));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, said })));
}

test.skipIf(!existsSync(full))(
  "on a full device every verb ends with one plain error",
  async () => {
    place.write("bad.dnn", "model m(x: [2]) { mose }");
    const verbs = [
      ["check", "bad.dnn", "--json"],
      ["check", "xor.dnn"],
      ["summary", "xor.dnn"],
      ["graph", "xor.dnn"],
      ["explain", "relu"],
      ["lr-find", "xor.dnn", "--json"],
      ["--help"],
    ];
    for (const verb of verbs) {
      const { code, said } = await runFull(1, ...verb);
      expect([verb, code, said]).toEqual([
        verb,
        1,
        expect.stringMatching(/^error\[output\/failed\]: .*no space left\n.*hint.*\n$/),
      ]);
    }
    expect(await runFull(2, "summary", "bad.dnn")).toMatchObject({ code: 1 });
  },
  60_000,
);

test.skipIf(!existsSync(full))("a training on a full device saves first", async () => {
  const { code, said } = await runFull(1, ...long, "--out", "full", "--json");
  expect([code, said]).toEqual([1, expect.stringContaining("go on with: dnn train xor.dnn --resume full")]);
  await isInOrder("full");
});

test.skipIf(process.platform === "win32")(
  "a closed terminal, which says so more than once, is a request to save",
  async () => {
    const { child, done, said } = place.start(...long, "--out", "closed", "--json");
    await said('"event":"epoch"');
    for (const signal of ["SIGHUP", "SIGHUP", "SIGTERM"] as const) child.kill(signal);
    expect((await done).code).toBe(130);
    await isInOrder("closed");
  },
);

test("signals are listened for only while there is something to save", async () => {
  const count = (): number => ["SIGINT", "SIGTERM", "SIGHUP"].reduce((n, s) => n + process.listenerCount(s), 0);
  const before = count();
  const interrupts = new Interrupts();
  expect(count()).toBe(before);
  expect(await interrupts.during(async () => count())).toBe(before + 3);
  interrupts.stop();
  expect(count()).toBe(before);
});

// ---------------------------------------------------------------- control characters

const RED = "\u001b[31m\u009b1m\u202e";
const isPlain = (text: string): boolean => !/(?![\n\t])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u.test(text);

test("classes called by control characters are printed without them, and JSON keeps them escaped", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => `${i % 2},${i % 3},${i % 2 ? `${RED}no` : `${RED}yes`}`);
  place.write("shop.csv", ["a,b,label", ...rows].join("\n"));
  place.write("shop.dnn", xor.replace("xor()", 'csv("shop.csv")'));
  expect((await place.run("train", "shop.dnn", "--out", "shop")).code).toBe(0);
  const call = ["predict", "shop.dnn", "--weights", "shop", "--input", "[[0, 1]]"];
  const text = await place.run(...call);
  expect([text.code, isPlain(text.out)]).toEqual([0, true]);
  expect(text.out).toMatch(/yes|no/);
  const json = await place.run(...call, "--json");
  expect([isPlain(json.out), json.events[0]!.label]).toEqual([true, expect.stringContaining(RED)]);
});

test("a text with control characters is written, shown and put on a page without them", async () => {
  place.write("t.txt", `${RED}ab\r\n<b>`.repeat(60));
  place.write(
    "t.dnn",
    `model m(x: [T] of V) { embed 4; gru 4; dense V }
data t = text("t.txt", seq=8)
train m on t {
  loss cross_entropy(m(text), next)
  batch 8; epochs 1
  show generate(m, "a", 60, 1)
  show top(m(text), 3)
  show heat(m(text))
}
`,
  );
  const trained = await place.run("train", "t.dnn", "--out", "t");
  expect([trained.code, trained.err]).toEqual([0, expect.not.stringContaining("error")]);
  for (const flags of [["--model", "m"], [], ["--out", "t.html"]]) {
    const { code, out, err } = await place.run("sample", "t.dnn", "--weights", "t", ...flags);
    expect([flags, code, isPlain(out.replaceAll("\r\n", "\n")), isPlain(err)]).toEqual([flags, 0, true, true]);
  }
  const page = readFileSync(place.path("t.html"), "utf8");
  expect([isPlain(page.replaceAll("\r\n", "\n")), page.includes("<b>&lt;") || !page.includes("<b><")]).toEqual([
    true,
    true,
  ]);
});

test("names of files with control characters are shown without them", async () => {
  const { code, out, err } = await place.run("check", `${RED}.dnn`, "--format", "github");
  expect([code, isPlain(out), isPlain(err)]).toEqual([1, true, true]);
  const other = await place.run("train", `${RED}.dnn`);
  expect([other.code, isPlain(other.err)]).toEqual([1, true]);
});
