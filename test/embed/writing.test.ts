// Proves that a built module of a model of characters, words or tokens writes the text that `dnn sample` and the library write from the same
// seed, in Node and in a page, that its types say so, and that it carries a tokenizer only where its texts need one.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load, type SampleOptions } from "../../embed/index.node.ts";
import { Place } from "../cli/dnn.ts";
import { hasBrowser } from "../support/page.ts";
import { wordPiece } from "../support/wordpiece.ts";
import { openModules } from "./modulepage.ts";

const place = new Place();
afterAll(() => place.remove());

const WORDS = "the old town was quiet and a river ran by houses on its hill".split(" ");
const TEXT = Array.from(
  { length: 60 },
  (_, i) => `${WORDS[(i * 7) % 13]} ${WORDS[(i * 5) % 13]} ${WORDS[i % 13]}.`,
).join("\n");

const TOKENIZER = wordPiece(Object.fromEntries(["[UNK]", ".", ...WORDS].map((word, id) => [word, id])));

const program = (layers: string, source: string): string => `model net(text: [T] of V) { ${layers}; dense V }
data corpus = text("t.txt", seq=12${source})
train net on corpus { loss cross_entropy(net(text), next); optimizer adam lr=0.02; batch 4; epochs 2 }
`;

const CASES = [
  { name: "letters", text: program("embed 8; gru 12", "") },
  {
    name: "heads",
    text: program("param place: [12, 8] = normal; embed 8; it + place; residual { layernorm; attention 2 causal }", ""),
  },
  { name: "words", text: program("embed 8; lstm 12", ', tokens="word"') },
  { name: "pieces", text: program("embed 8; gru 12", ', tokens="own.json"') },
] as const;

const OPTIONS: SampleOptions = { prompt: "the t", length: 60, temperature: 0.8, seed: 5 };
const FLAGS = ["--prompt", "the t", "--length", "60", "--temperature", "0.8", "--seed", "5"];

const fileOf = (name: string): string => place.path(`built/${name}.mjs`);

async function opened(name: string) {
  const module = await import(/* @vite-ignore */ pathToFileURL(fileOf(name)).href);
  return module.load() as Promise<{
    sample(options?: object): AsyncIterable<string> & PromiseLike<string>;
    predict(row: object): Promise<unknown>;
    dispose(): Promise<void>;
  }>;
}

const inAPage = new Map<string, string>();

beforeAll(async () => {
  place.write("t.txt", TEXT);
  place.write("own.json", JSON.stringify(TOKENIZER));
  for (const { name, text } of CASES) {
    place.write(`${name}.dnn`, text);
    const trained = await place.run("train", `${name}.dnn`, "--out", name);
    expect([trained.code, trained.err]).toEqual([0, expect.anything()]);
    const built = await place.run("build", `${name}.dnn`, "--weights", name, "--out", `built/${name}.mjs`);
    expect([built.code, built.err]).toEqual([0, expect.stringContaining("built as")]);
  }
}, 120_000);

test.each(CASES)("$name: a module, the library and `dnn sample` write one text", async ({ name }) => {
  const { code, out } = await place.run("sample", `${name}.dnn`, "--weights", name, ...FLAGS);
  expect(code).toBe(0);
  await using run = await load(place.path(name));
  const net = await opened(name);
  const text = await net.sample(OPTIONS);
  inAPage.set(name, text);
  expect(`${text}\n`).toBe(out);
  expect(text.length).toBeGreaterThan(60);
  expect(await run.sample(OPTIONS)).toBe(text);
  const pieces = await Array.fromAsync(net.sample(OPTIONS));
  expect([pieces.length, pieces[0], pieces.join("")]).toEqual([61, "the t", text]);
  expect(await net.sample({ ...OPTIONS, seed: 6 })).not.toBe(text);
  await net.dispose();
});

test("texts and answers that are asked for at the same time do not see each other's rows", async () => {
  const net = await opened("letters");
  const row = { text: "the old town" };
  const alone = [await net.predict(row), await net.sample(OPTIONS), await net.sample({ ...OPTIONS, seed: 9 })];
  const together = [net.predict(row), net.sample(OPTIONS), net.sample({ ...OPTIONS, seed: 9 })];
  expect(await Promise.all(together)).toEqual(alone);
  await net.dispose();
});

test("what a module cannot write is refused with a code", async () => {
  const net = await opened("letters");
  for (const [options, code, words] of [
    [{ lenght: 3 }, "usage", "no option 'lenght'"],
    [{ length: 0 }, "usage", "length is 0"],
    [{ prompt: "É" }, "data/unknown-character", "the prompt: character 1"],
  ] as const)
    await expect(Array.fromAsync(net.sample(options))).rejects.toMatchObject({
      name: "DnnError",
      code,
      message: expect.stringContaining(words),
    });
  await net.dispose();
  await expect(Array.fromAsync(net.sample())).rejects.toMatchObject({ message: expect.stringContaining("disposed") });
});

test("a module of another model has no method that writes a text", async () => {
  place.write("last.dnn", program("embed 4; gru 4; last", "").replace("next)", "text[0])"));
  expect((await place.run("train", "last.dnn", "--out", "last")).code).toBe(0);
  expect((await place.run("build", "last.dnn", "--weights", "last", "--out", "built/last.mjs")).code).toBe(0);
  const net = await opened("last");
  expect("sample" in net).toBe(false);
  expect(readFileSync(place.path("built/last.d.mts"), "utf8")).not.toContain("sample");
  await net.dispose();
});

test("only a model whose texts a tokenizer.json cuts carries what reads it", () => {
  const size = (name: string): number => gzipSync(readFileSync(fileOf(name)), { level: 9 }).length;
  expect(size("letters")).toBeLessThan(12.5 * 1024);
  expect(size("words")).toBeLessThan(12.5 * 1024);
  expect(size("pieces")).toBeGreaterThan(size("words") + 9 * 1024);
});

test("its types have the options of a text", () => {
  place.write(
    "built/use.mts",
    `import { load } from "./letters.mjs";
const net = await load();
const whole: string = await net.sample({ prompt: "the", length: 20, temperature: 0.5, seed: 3 });
for await (const piece of net.sample()) whole.concat(piece);
// @ts-expect-error no such option
net.sample({ top: 3 });
`,
  );
  const tsc = fileURLToPath(new URL("../../node_modules/typescript/bin/tsc", import.meta.url));
  const flags = "--noEmit --ignoreConfig --strict --target es2024 --module nodenext --lib esnext,dom --types".split(
    " ",
  );
  const { stdout } = spawnSync(process.execPath, [tsc, ...flags, "", place.path("built/use.mts")], {
    encoding: "utf8",
  });
  expect(stdout).toBe("");
}, 60_000);

test.skipIf(!hasBrowser)(
  "in a page a module writes the text of Node",
  async () => {
    const { page, wrong, close } = await openModules(place.path("built"), { hasGpu: false });
    try {
      for (const name of ["letters", "pieces"]) {
        const there = await page.evaluate(`import("/${name}.mjs").then(async ({ load }) => {
          const net = await load();
          return await net.sample(${JSON.stringify(OPTIONS)});
        })`);
        expect(there).toBe(inAPage.get(name));
      }
      expect(wrong).toEqual([]);
    } finally {
      await close();
    }
  },
  60_000,
);
