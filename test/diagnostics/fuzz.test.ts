// Proves that any text whatever is checked to the end: no exception, nothing that takes a second, no place outside of the text,
// and no message with a hole in it. Token soup, mutated examples and every prefix of them; FUZZ=100000 asks for the long form,
// FUZZ_SEED=7 for other texts.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingNames } from "../../compiler/check/names/settings.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { coloursOf } from "../../editor/server/colours.ts";
import { completionsAt } from "../../editor/server/completion.ts";
import { formattingEdits } from "../../editor/server/formatting.ts";
import { hintsOf } from "../../editor/server/hints.ts";
import { hoverAt } from "../../editor/server/hover.ts";
import { signatureAt } from "../../editor/server/signature.ts";
import { Workspace } from "../../editor/server/workspace.ts";
import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { Random } from "../../runtime/data/random.ts";
import { machine, openText } from "../support/opened.ts";

const RUNS = Number(process.env.FUZZ ?? 3000);
const SEED = 10 * Number(process.env.FUZZ_SEED ?? 0);
const SLOWEST = 1000;

const folder = new URL("../../examples/", import.meta.url);
const examples = readdirSync(folder)
  .filter((n) => n.endsWith(".dnn"))
  .map((n) => readFileSync(new URL(n, folder), "utf8"));
// The largest nets take their time even when nothing is wrong with them: they are prefixes' work, not mutations'.
const small = examples.filter((t) => !/resnet152|resnet50|googlenet|vgg19/.test(t));

const WORDS = [
  ..."model block cell fn data train optimizer schedule import param state fixed if then else for in repeat".split(" "),
  ..."branch step update and or not true false none it of on class from x y conv dense lstm concat split s2 p1".split(
    " ",
  ),
  ..."flatten relu softmax batchnorm maxpool embed residual loss cross_entropy label digits mean sum normal shape".split(
    " ",
  ),
  ...'( ) [ ] { } , ; : . .. = == < >= + - * / @ ^ += -> # 0 1 3 -1 1e9 3x3 0.5 "text" batch data T'.split(" "),
  ...'3x 0x1f " // ** ! $ \\ é 🧠 \ufffd'.split(" "),
];

class Fuzz {
  private readonly random: Random;
  private at = 0;
  private draws = new Float64Array(0);

  constructor(seed: number) {
    this.random = new Random(seed);
  }

  /** A whole number below n. */
  below(n: number): number {
    if (this.at >= this.draws.length) {
      this.draws = Float64Array.from({ length: 4096 }, () => this.random.uniform());
      this.at = 0;
    }
    return Math.floor(this.draws[this.at++]! * n);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  soup(): string {
    const join = (): string => this.pick(["", " ", " ", " ", "\n", "\n  "]);
    return Array.from({ length: this.below(60) }, () => this.pick(WORDS) + join()).join("");
  }

  mutated(): string {
    let text = this.pick(small);
    for (let i = this.below(3); i >= 0; i--) {
      const at = this.below(text.length);
      const words = /\S+/g;
      words.lastIndex = at;
      const found = words.exec(text);
      const [from, to] = found && this.below(2) ? [found.index, words.lastIndex] : [at, at + this.below(12)];
      text = text.slice(0, from) + this.pick(["", ...WORDS, text.slice(at, at + 10)]) + text.slice(to);
    }
    return text;
  }

  prefix(): string {
    const text = this.pick(examples);
    return text.slice(0, this.below(text.length + 1));
  }
}

function placesOf(d: Diagnostic): Span[] {
  return [
    ...(d.span ? [d.span] : []),
    ...(d.related ?? []).map((r) => r.span),
    ...(d.fix?.edits ?? []).map((e) => e.span),
  ];
}

/** Failures are reported at the end: a long run should find more than one thing. */
const wrong: string[] = [];

async function checked(text: string): Promise<void> {
  try {
    await checkedOnce(text);
  } catch (error) {
    wrong.push(error instanceof Error ? `${error.stack?.slice(0, 600)}\n${text}` : String(error));
  }
}

/** Milliseconds that the processor worked: what other programs do meanwhile is not counted. */
const worked = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

async function checkedOnce(text: string): Promise<void> {
  forgetNodes();
  const began = worked();
  const found = await checkOpened(openText("fuzz.dnn", text));
  const took = worked() - began;
  if (took > SLOWEST) throw new Error(`took ${took} ms:\n${text}`);
  for (const d of found) {
    for (const { file, start, end } of placesOf(d))
      if (file === "fuzz.dnn" && !(start >= 0 && start <= end && end <= text.length))
        throw new Error(`${d.code} at ${start}..${end} of ${text.length}:\n${text}`);
    const said = [d.message, d.detail, d.hint, ...(d.notes ?? []), ...(d.related ?? []).map((r) => r.text)].join(" ");
    if (/undefined|\[object|NaN|Infinity/.test(said.replaceAll(/'[^']*'|`[^`]*`|"[^"]*"/g, "")))
      throw new Error(`${d.code}: ${said}\n${text}`);
  }
}

const minutes = { timeout: 6 * 60 * 60 * 1000 };

test("token soup", minutes, async () => {
  const fuzz = new Fuzz(SEED + 1);
  for (let i = 0; i < RUNS * 0.5; i++) await checked(fuzz.soup());
  expect(wrong.splice(0)).toEqual([]);
});

test("mutated examples", minutes, async () => {
  const fuzz = new Fuzz(SEED + 2);
  for (let i = 0; i < RUNS * 0.4; i++) await checked(fuzz.mutated());
  expect(wrong.splice(0)).toEqual([]);
});

test("lists of an absurd or impossible length, axes that are none", async () => {
  const lines = [
    "for i in 0..1e9 { dense 4 }",
    ...["1e9", "-1", "0.5"].flatMap((n) => [`concat(split(x, ${n}))`, `s = sizes(3, ${n}); dense s[0]`]),
    "reshape 2x2; attention 999999999",
    "concat()",
    "conv 3x3 1000000000 g7",
    "mean 0.2",
    ...["sum", "mean", "max", "min"].map((f) => `${f}([])`),
    "300; mean(it, over=time)",
  ];
  for (const line of lines) await checked(`model m(x: [4]) { ${line} }\n`);
  expect(wrong.splice(0)).toEqual([]);
});

test("numbers that are worked out while a program is checked may depend on anything", async () => {
  const values = [
    ...["1", "mean(sum(ones([2])), over=batch)", "sum(m.dense1.weight)", "sum(all_examples(ones([2])))", "progress"],
    ...["grown(0)", "mean(mean(image), over=batch)", "mean(image)", "sum(uniform([2]))", "sum(uniform([2]) * 0)"],
  ];
  const program = (lines: string): string =>
    `fn grown(x) {\n  w = x\n  for i in 0..60 { w = w * 0.5 + sum(uniform([2])) }\n  w\n}\nmodel m(x: [784]) { dense 2 }\ndata d = digits(n=64)\ntrain m on d {\n  loss mean(m(flat(image)))\n${lines}\n}\n`;
  for (const value of values) {
    for (const f of ["solve(A, ones([2]))", "cholesky(A)"])
      await checked(program(`  metric own = sum(${f.replace("A", `${value} * eye(2)`)})`));
    await checked(program(`  step { update m.dense1.bias = solve(eye(2) + ${value} * eye(2), ones([2])) }`));
    for (const rule of ["optimizer sgd lr=0.1; schedule VALUE", "optimizer sgd lr=VALUE", "clip VALUE; swa VALUE"])
      await checked(program(`  ${rule.replaceAll("VALUE", `(1 + ${value})`)}\n  keep every restart; plateau 3`));
  }
  expect(wrong.splice(0)).toEqual([]);
});

test("a name for a value, in every line of a training", async () => {
  const program = openText("fuzz.dnn", "model m(x: [4]) { dense 2 }\n").program;
  for (const name of [...program.scope.all(), "m", "d", "nowhere", "MSELoss"])
    for (const head of settingNames)
      for (const word of [name, `"${name}"`])
        await checked(
          `model m(x: [784]) { dense 10 }\ndata d = digits(n=64)\ntrain m on d {\n  loss mean(m(flat(image)))\n  ${head} ${word}\n}\n`,
        );
  expect(wrong.splice(0)).toEqual([]);
});

test("numbers that are none, wherever a number may stand", async () => {
  const places = [
    ...["NUMBER", "(NUMBER)[0]", "x[NUMBER]", "[1, 2][NUMBER]", "0..NUMBER", "x * NUMBER", "reshape [NUMBER]"],
    ...["dense NUMBER", "dropout NUMBER", "conv NUMBER 4", "maxpool NUMBER", "upsample NUMBER", "batchnorm eps=NUMBER"],
    ...["repeat NUMBER { tanh }", "for n in [NUMBER] { dense n }", "if NUMBER { tanh }", "if NUMBER > 2 { tanh }"],
    ...["split(x, NUMBER)", "top(x, k=NUMBER)", "mean(x, over=NUMBER)", "concat(x, NUMBER)", "sum([NUMBER, x])"],
    ...["param w: [NUMBER]; w", "param w: [4] = NUMBER; w", "state s: [NUMBER] = 0; s", "NUMBER; last", "NUMBER()"],
  ];
  const settings = [
    ...["batch", "epochs", "clip", "accumulate", "patience", "swa", "ema", "keep every", "optimizer sgd lr="],
    ...["clip value=", "schedule step_decay every=", "schedule warmup per=steps", "loss ", "metric "],
  ];
  for (const number of ["1/0", "(-1/0)", "0/0", "1e999", "(-1e999)", "1e400 - 1e400", "2^2000"]) {
    for (const place of places) await checked(`model m(x: [8, 8, 4]) { ${place.replace("NUMBER", number)} }\n`);
    for (const setting of settings)
      await checked(
        `model m(x: [64]) { dense 10 }\ndata d = digits(n=64)\ntrain m on d {\n  loss cross_entropy(m(flat(image)[0..64]), label)\n  ${setting} ${number}\n}\n`,
      );
    for (const argument of ["n", "heldout", "size"]) await checked(`data d = digits(${argument}=${number})\n`);
    await checked(`h = ${number}\nmodel m(x: [h]) { dense h }\n`);
    await checked(`model m(x: [T, ${number}]) { lstm ${number}; last }\n`);
  }
  expect(wrong.splice(0)).toEqual([]);
});

test("a model whose last line is its input again", async () => {
  await checked(
    "model m(x: [2]) {\n  dense 3\n  x\n}\ndata d = spirals()\ntrain m on d { loss cross_entropy(m(x), label) }\n",
  );
  expect(wrong.splice(0)).toEqual([]);
});

test("prefixes of examples", minutes, async () => {
  const fuzz = new Fuzz(SEED + 3);
  for (let i = 0; i < RUNS * 0.1; i++) await checked(fuzz.prefix());
  expect(wrong.splice(0)).toEqual([]);
});

test("and the editor has something to say about each of them", minutes, async () => {
  const fuzz = new Fuzz(SEED + 4);
  const workspace = new Workspace(machine);
  for (let i = 0; i < RUNS * 0.05; i++) {
    const text = i % 2 ? fuzz.mutated() : fuzz.prefix();
    workspace.set("fuzz.dnn", text);
    const analysis = (await workspace.analysis("fuzz.dnn"))!;
    const offset = fuzz.below(text.length + 1);
    for (const { offset: at } of hintsOf(analysis)) expect(at).toBeLessThanOrEqual(text.length);
    for (const c of coloursOf(analysis)) expect(c.from + c.length).toBeLessThanOrEqual(text.length);
    for (const e of formattingEdits(text)) expect(e.to).toBeLessThanOrEqual(text.length);
    completionsAt(analysis, offset, workspace.sources);
    hoverAt(analysis, offset, workspace.sources);
    signatureAt(analysis, offset, workspace.sources);
  }
});
