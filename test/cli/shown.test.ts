// Proves that `dnn sample` shows what a training's `show` lines ask for: text with its likeliest next characters and its
// activations, and how values are spread; for the terminal and as a page.

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { heatSection, histogramSection, topSection } from "../../report/readings.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

beforeAll(async () => {
  place.write("abc.txt", "abcabcabd ".repeat(60));
  place.write(
    "m.dnn",
    `model m(text: [T] of V) { embed 8; lstm 12 -> inside; dense V }
data letters = text("abc.txt", seq=16)
train m on letters {
  loss cross_entropy(m(text), next)
  optimizer adam lr=1e-2
  epochs 4
  show generate(m, "ab", 24, 0.5) every epoch
  show top(m(text), 3)
  show heat(m(text).inside)
  show histogram(m(text).inside, m(text))
}
`,
  );
  expect((await place.run("train", "m.dnn", "--out", "run")).code).toBe(0);
}, 60_000);

test("a text is written, then read back character by character", async () => {
  const { code, out } = await place.run("sample", "m.dnn", "--weights", "run");
  expect(code).toBe(0);
  const [written, likeliest, activations, spread] = out.trimEnd().split("\n\n");
  expect(written).toMatch(/^ab[abcd ]{24}$/);
  const text = written!.slice(-16);
  const top = likeliest!.split("\n").slice(1);
  expect(top.map((l) => l[0]).join("")).toBe(text.replaceAll(" ", "␣"));
  for (const line of top) {
    const shares = [...line.matchAll(/(\d+)%/g)].map((m) => Number(m[1]));
    expect(shares).toHaveLength(3);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
    expect(shares.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(101);
  }
  const heat = activations!.split("\n").slice(1);
  expect(heat[0]!.trim()).toBe(text.replaceAll(" ", "␣"));
  for (const line of heat.slice(1)) expect(line).toMatch(/^ *cell +\d+ {2}[-+·]{16}$/);
  const named = spread!.split("\n").slice(1);
  expect(named.map((l) => l.split(" ")[0])).toEqual(["inside", "m"]);
});

test("a heat map is drawn along the text that is named", async () => {
  const program = readFileSync(place.path("m.dnn"), "utf8");
  const along = async (text: string): Promise<string> => {
    place.write("along.dnn", program.replace("show heat(m(text).inside)", `show heat(m(text).inside, ${text})`));
    const { out } = await place.run("sample", "along.dnn", "--weights", "run", "--seed", "2");
    return out.split("\n\n")[2]!.split("\n")[1]!.trim();
  };
  const [text, back] = [await along("text"), await along("reverse(text)")];
  expect(text).toHaveLength(16);
  expect(back).toBe([...text].reverse().join(""));
  expect(back).not.toBe(text);
});

test("cells are found that follow what a line names, of either sign", async () => {
  const program = readFileSync(place.path("m.dnn"), "utf8");
  const wanted = "show heat(m(text).inside, text, column, back=0 - column, twice=m(text).inside[:, 3] * 2)";
  place.write("found.dnn", program.replace("show heat(m(text).inside)", wanted));
  const { out, code } = await place.run("sample", "found.dnn", "--weights", "run");
  expect(code).toBe(0);
  const found = [...out.matchAll(/^cell (\d+) follows (\w+), correlation (-?[\d.]+)$/gm)].map(([, ...all]) => all);
  const [along, back, twice] = found as [string[], string[], string[]];
  expect([along[1], back[1], twice[1]]).toEqual(["column", "back", "twice"]);
  expect([along[0], Number(along[2])]).toEqual([back[0], -Number(back[2])]);
  expect(twice).toEqual(["3", "twice", "1.00"]);
  expect(out).toMatch(/^ *twice, cell 3 {2}[-+·]{16}$/m);
  const page = await place.run("sample", "found.dnn", "--weights", "run", "--out", "found.html");
  expect(page.code).toBe(0);
  expect(readFileSync(place.path("found.html"), "utf8")).toContain("cell 3 follows twice, correlation 1.00");
});

test("flags stand above what the program says, and a seed is a text", async () => {
  const ask = async (...more: string[]): Promise<string> =>
    (await place.run("sample", "m.dnn", "--weights", "run", ...more)).out.split("\n")[0]!;
  expect(await ask("--prompt", "c", "--length", "5")).toMatch(/^c.{5}$/);
  expect(await ask("--seed", "3")).toBe(await ask("--seed", "3"));
  // Without temperature nothing is left to chance.
  expect(await ask("--temperature", "0", "--seed", "3")).toBe(await ask("--temperature", "0", "--seed", "4"));
});

test("flags that nothing would read and files that nothing would write are refused, and nothing is written", async () => {
  const ask = async (...more: string[]): Promise<string> => {
    const { code, err } = await place.run("sample", "m.dnn", "--weights", "run", ...more);
    return `${code} ${err}`;
  };
  expect(await ask("--out", "m.png")).toContain("2 error[usage]: --out m.png: no `show` line of 'm' draws pictures");
  expect(await ask("--out", "m.jpg")).toMatch(/^2 .*FILE\.png takes pictures, FILE\.html takes a page/s);
  mkdirSync(place.path("folder.html"));
  expect(await ask("--length", "1", "--out", "folder.html")).toContain(
    "2 error[usage]: --out folder.html: it is a folder",
  );
  expect(await ask("--model", "m", "--out", "m.html")).toContain("2 error[usage]: --out m.html");
  expect(readdirSync(place.folder).sort()).toEqual([
    "abc.txt",
    "along.dnn",
    "folder.html",
    "found.dnn",
    "found.html",
    "m.dnn",
    "run",
  ]);
});

test("a model that is named writes, whatever the training shows", async () => {
  const { code, out } = await place.run("sample", "m.dnn", "--weights", "run", "--model", "m", "--length", "9");
  expect([code, out]).toEqual([0, expect.stringMatching(/^[abcd ]{9}\n$/)]);
});

test("a page has everything and needs nothing else", async () => {
  const { code, err } = await place.run("sample", "m.dnn", "--weights", "run", "--out", "pages/m.html");
  expect([code, err]).toEqual([0, "4 `show` lines in pages/m.html\n"]);
  const page = readFileSync(place.path("pages/m.html"), "utf8");
  expect(page.match(/<section>/g)).toHaveLength(4);
  expect(page.match(/class="heat"/g)).toHaveLength(12);
  expect(page).not.toMatch(/(src|href)="http/);
});

test("the likeliest come first, with their shares", () => {
  const values = [0, Math.log(3), 0, Math.log(8), 0, 0];
  const section = topSection(values, 3, ["x", "\n"], ["a", "b", "<"], 2);
  expect(section.text(false).split("\n").slice(1)).toEqual(["x  b  60%  a  20%", "⏎  a  80%  b  10%"]);
  expect(section.html).not.toContain("<<");
});

test("a heat map shows the liveliest cells, in colour where there is colour", () => {
  const values = [0, 2, 0.1, 0, -2, 0.1];
  const section = heatSection(values, 3, ["p", "q"]);
  expect(section.text(false).split("\n").slice(1, 3)).toEqual(["        pq", "cell 1  +-"]);
  expect(section.text(true)).toContain("\u001b[48;2;");
});

test("a histogram says where values lie", () => {
  const line = histogramSection([{ name: "u", values: [-1, 0, 0, 1] }]).text(false);
  expect(line).toContain("mean 0.00, deviation 0.707");
  expect(line).toMatch(/-1\.00 \|▄ +█ +▄\| 1\.00/);
});

test("what cannot be shown is said at its line", async () => {
  const program = readFileSync(place.path("m.dnn"), "utf8");
  for (const [line, wanted] of [
    ["show tops(m(text), 3)", "did you mean `top(...)`"],
    ["show heat(m(text)[0])", "a row for each step"],
    ["show heat(m(text), m(text))", "drawn along a text of the data"],
    ["show heat(m(text), text, m(text))", "a number for each step, [16]"],
    ["show heat(m(text), text, first=quoted[0])", "a number for each step, [16]"],
    ["show generate(text)", "takes a model"],
    ['show generate(m, "a", "b")', "'length' of `generate` is a whole number"],
  ] as const) {
    place.write("wrong.dnn", program.replace("show top(m(text), 3)", line));
    const { code, out } = await place.run("check", "wrong.dnn");
    expect([code, out]).toEqual([1, expect.stringMatching(/^error\[(train\/cannot-show|types\/not-a-number)\]/)]);
    expect(out).toContain(wanted);
  }
});

test("check refuses pictures that are too large, and train refuses those that do not fit in memory before the first step", async () => {
  const text = Buffer.from(place.bytes("m.dnn")).toString();
  const shown = (line: string): string => place.write("many.dnn", text.replace("show top(m(text), 3)", line));
  shown("show images(m(text), 1000x1000) every epoch");
  for (const verb of ["check", "train"]) {
    const { code, err, out } = await place.run(verb, "many.dnn");
    expect([verb, code]).toEqual([verb, 1]);
    expect(`${out}${err}`).toContain(
      "1000x1000 pictures of 16x5 points are 5000 points wide and 16000 high, more than the 67108864 that one picture may have",
    );
  }
  shown("show images(m(text)[0:4, 0:4], 1000x1000) every epoch");
  const { code, err, events } = await place.run("train", "many.dnn", "--json", "--out", "many");
  expect([code, events]).toEqual([1, []]);
  expect(err).toMatch(
    /error\[limits\/memory\]: 1000x1000 pictures at once need [\d.]+ GiB, and one memory has at most/,
  );
  expect(err).toContain("many.dnn:8:8");
});

test("where a training shows nothing and no model writes text, sample says which line is missing, and the line does", async () => {
  const gan = (n: number, shown = ""): string => `model G(z: [8]) { dense ${n} }
model D(x: [${n}]) { dense 1 }
data ring = gaussians(n=20)
train gan on ring {
  loss mean(D(G(normal([8])))) + mean(x)
  ${shown}
  batch all; epochs 1
}
`;
  for (const [n, line] of [
    [2, "show histogram(G(normal([8])))"],
    [64, "show images(G(normal([8])), 8x8)"],
  ] as const) {
    place.write("gan.dnn", gan(n));
    expect((await place.run("train", "gan.dnn", "--out", `gan${n}`)).code).toBe(0);
    const { code, err } = await place.run("sample", "gan.dnn", "--weights", `gan${n}`);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("the training 'gan' has no `show` line, and the models 'G' and 'D' do not give"),
    ]);
    expect(err).toContain(`write \`${line}\` into the training 'gan'`);
    place.write("gan.dnn", gan(n, line));
    const drawn = await place.run("sample", "gan.dnn", "--weights", `gan${n}`, "--out", "gan.html");
    expect([drawn.code, drawn.err]).toEqual([0, "1 `show` line in gan.html\n"]);
  }
  place.write("gan.dnn", gan(2));
  const { err } = await place.run("sample", "gan.dnn", "--weights", "gan2", "--out", "gan.png");
  expect(err).toContain("--out gan.png is for what a training shows, and 'gan' has no `show` line");
});
