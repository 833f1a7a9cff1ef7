// Proves that what is found wrong with the first texts, pictures and copies of a training, with later trainings of its file and with the
// folder that it goes to is found before its first step: `check` says it where it reads the data, and `train` in any case.

import { mkdirSync, readdirSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());
place.write("town.txt", "the old town was quiet, and the river ran by.\n".repeat(30));
place.write("t.csv", `a,kind\n${Array.from({ length: 30 }, (_, i) => `${i % 7},${"uv"[i % 2]}\n`).join("")}`);

const town = (show: string, more = ""): string => `model town(text: [T] of V) { embed 4; gru 4; dense V }
model kind(text: [T] of V) { embed 4; gru 4; last; dense 3 }
model never(text: [T] of V) { embed 4; dense V }
data corpus = text("town.txt", seq=16)
train town on corpus { loss cross_entropy(town(text), next); metric mean(kind(text)); epochs 1; show ${show} }
${more}`;
const table = (lines: string, more = ""): string => `model m(x: [1]) { dense 2 }
data d = csv("t.csv")
data gone = csv("gone.csv")
train m on d { loss cross_entropy(m(x), kind); epochs 2; ${lines} }
${more}`;

const runs = (): number => {
  try {
    return readdirSync(`${place.folder}/runs`).length;
  } catch {
    return 0;
  }
};

test.each([
  [town('generate(town, "The", 5) every epoch'), "data/unknown-character", "the model knows"],
  [town('generate(town, "the é", 5)'), "data/unknown-character", '"é"'],
  [town('generate(kind, "the", 5) every epoch'), "sample/not-text", "'kind' does not give the next character"],
  [town('generate(never, "the", 5)'), "sample/not-text", "no training of the file trains 'never'"],
  [
    town(
      "histogram(town(text))",
      'train kind on corpus { loss cross_entropy(kind(text), 1); show generate(town, "Q") }',
    ),
    "data/unknown-character",
    '"Q"',
  ],
  [table("", "train again on gone { loss cross_entropy(m(x), kind) }"), "data/file-not-found", "gone.csv"],
  [table("", "train again on d { loss cross_entropy(m(x), kind); show histogram(nobody) }"), "names/unknown", "nobody"],
  [table('metric s = mean(kind == "w")'), "names/unknown-class", 'called "w"'],
])("%s is refused before a step", async (text, code, says) => {
  place.write("net.dnn", text);
  const before = runs();
  for (const verb of ["check", "train"]) {
    const { code: exit, out, err } = await place.run(verb, "net.dnn");
    expect([verb, exit]).toEqual([verb, 1]);
    expect(out + err).toContain(`error[${code}]`);
    expect(out + err).toContain(says);
    expect(out + err).not.toContain("epoch 1/");
  }
  expect(runs()).toBe(before);
});

test.each([
  ["keep every 5", [], "train/none-kept"],
  ["", ["--set", "swa=9"], "train/late-mean"],
  ["", ["--set", "patience=2", "--data", 'd=csv("t.csv", split=1)'], "train/nothing-held-out"],
])("train warns of %s %s before the first step", async (line, flags, code) => {
  place.write("net.dnn", table(line));
  const { err } = await place.run("train", "net.dnn", ...flags);
  expect(err.indexOf(`warning[${code}]`)).toBeGreaterThanOrEqual(0);
  expect(err.indexOf(`warning[${code}]`)).toBeLessThan(err.indexOf("epoch 1/2"));
});

test("a later training is not refused for what a setting of the command changes", async () => {
  place.write(
    "net.dnn",
    table("metric s = n", "train again(n=0) on d { loss cross_entropy(m(x), kind); epochs n }").replace(
      "train m",
      "train m(n=1)",
    ),
  );
  expect((await place.run("train", "net.dnn")).err).toContain("train/bad-setting");
  expect((await place.run("train", "net.dnn", "--set", "n=1")).code).toBe(0);
});

test.skipIf(process.platform !== "linux").each([
  ["t.csv", "it is a file, not a folder"],
  ["t.csv/run", "a part of its path is a file"],
  ["/proc/nowhere/run", "its folder cannot be made"],
])("--out %s is refused", async (out, says) => {
  place.write("net.dnn", table(""));
  const { code, err } = await place.run("train", "net.dnn", "--out", out);
  expect([code, err]).toEqual([2, `error[usage]: --out ${out}: ${says}\n`]);
});

test("a run without --out has the first name of runs/ that is free, beside files too", async () => {
  const other = new Place();
  other.write(
    "net.dnn",
    "model m(x: [2]) { dense 2 }\ndata d = xor()\ntrain m on d { loss cross_entropy(m(x), label); epochs 1 }",
  );
  mkdirSync(other.path("runs"));
  other.write("runs/m-1", "notes\n");
  expect((await other.run("train", "net.dnn")).code).toBe(0);
  expect(readdirSync(other.path("runs")).sort()).toEqual(["m-1", "m-2"]);
  mkdirSync(other.path("a"));
  other.write("a/runs", "a file");
  const { code, err } = await other.runIn("a", "train", "../net.dnn");
  expect([code, err]).toEqual([1, expect.stringMatching(/cannot make .*runs.m-1: a part of its path is a file/)]);
  other.remove();
});
