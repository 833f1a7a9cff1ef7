// Proves that an editor is answered the same whatever was typed before: after every change of a text, what a server says that has
// seen all texts before it is what one says that sees this text first. `EDITS=100000` makes so many changes.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Elaborator } from "../../compiler/check/evaluate/elaborator.ts";
import { lensesOf } from "../../editor/server/actions.ts";
import type { Analysis } from "../../editor/server/analysis.ts";
import { coloursOf } from "../../editor/server/colours.ts";
import { hintsOf } from "../../editor/server/hints.ts";
import { hoverAt } from "../../editor/server/hover.ts";
import { outlineOf } from "../../editor/server/outline.ts";
import { Workspace } from "../../editor/server/workspace.ts";
import { randomEdit, withEdit } from "../support/edits.ts";
import { machine } from "../support/opened.ts";

const EDITS = Number(process.env.EDITS ?? 200);
/** Changes of one text, one after the other. */
const LONGEST = 20;

const examples = new URL("../../examples/", import.meta.url);
const SMALL = [
  "# A net.\nblock part(n) {\n  dense n; relu\n}\nmodel net(x: [4]) {\n  part 8\n  dense 3\n}\ndata d = digits(n=64)\n",
  "data d = digits(n=64)\nmodel a(image: [28, 28, 1]) { flatten; dense 10 }\nmodel b(image: [28, 28, 1]) {\n  conv 5x5 4 p2\n  flatten\n  dense 10\n}\ntrain t on d { loss cross_entropy(a(image), label) }\ntrain u on d {\n  loss cross_entropy(b(image), label)\n  metric accuracy(b(image), label)\n}\n",
  "h = 8\nlayer = dense h\nmodel net(x: [4]) {\n  layer\n  repeat 2 { residual { dense 8; tanh } }\n}\nmodel other(x: [4]) { layer; dense 2 }\n",
];
/** Lines of a model that each leave something behind: layers that are used again, states, draws, names, loops, branches, mistakes. */
const LINES = [
  "dense h",
  "part h; relu",
  "part h; tanh",
  "relu -> seen; dense 4",
  "relu -> seen; dense h",
  "seen + it",
  "again = dense h",
  "again",
  "again; again -> twice",
  "dropout 0.5",
  "batchnorm",
  "residual { dense h; tanh }",
  "residual { again }",
  "repeat 2 { dense h; tanh }",
  "repeat 20 { tanh }",
  "for n in [4, h] { dense n }",
  "concat { branch { dense 3 }; branch { dense 5; softmax } }",
  "state kept: [16, h] = 0",
  "kept = 0.9 * kept + 0.1 * it",
  "param gain: [h] = 1",
  "it * gain",
  "lstm h",
  "slope = grad(sum(seen), seen)",
  "if h > 4 { softmax } else { relu }",
  "count = h + 1",
  "dense count",
  "conv 3 h p1",
  "dense 2; softmax -> y; y # a comment",
  "mean(it, over=0)",
  "nowhere",
  "dense",
  "conv 99 4",
];
const HEAD = "h = 8\nblock part(n) {\n  dense n -> y\n  batchnorm\n  it + y\n}\nmodel net(x: [16, 8]) {\n";
const programs = readdirSync(examples)
  .filter((name) => name.endsWith(".dnn"))
  .map((name) => readFileSync(new URL(name, examples), "utf8"))
  .filter((text) => text.length < 2500 && /= (digits|two_spirals|xor)|^model/m.test(text) && !/train/.test(text));

/** Everything that is said of a text without a question, and of each name in it. */
function answers(analysis: Analysis, { sources }: Workspace): unknown {
  const places = [...new Set(analysis.names.all.map((o) => o.span.start))];
  return {
    diagnostics: analysis.diagnostics,
    hints: hintsOf(analysis),
    colours: coloursOf(analysis),
    outline: outlineOf(analysis.file),
    lenses: lensesOf(analysis.file),
    hovers: places.map((at) => hoverAt(analysis, at, sources)),
  };
}

test("what was typed before changes no answer", { timeout: EDITS * 500 + 60_000 }, async () => {
  let edits = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...SMALL, ...SMALL, ...programs),
      fc.array(fc.oneof(randomEdit, fc.constant("back" as const)), { minLength: LONGEST / 2, maxLength: LONGEST }),
      async (start, changes) => {
        const path = "/nowhere/edited.dnn";
        const long = new Workspace(machine);
        const texts = [start];
        long.set(path, start);
        await long.analysis(path);
        for (const change of changes) {
          const text = change === "back" ? (texts.at(-2) ?? start) : withEdit(texts.at(-1)!, change);
          texts.push(text);
          long.set(path, text);
          const after = answers((await long.analysis(path))!, long);
          const first = new Workspace(machine);
          first.set(path, text);
          expect(after).toEqual(answers((await first.analysis(path))!, first));
          edits++;
        }
      },
    ),
    { numRuns: Math.ceil(EDITS / (LONGEST * 0.75)) },
  );
  expect(edits).toBeGreaterThan(0.6 * EDITS);
});

test("a training is silent only as long as its data cannot be read", async () => {
  const path = "/nowhere/edited.dnn";
  const text = "data d = digits(n=64)\ntrain t on d { loss cross_entropy(dense(10)(flatten(image)), label) }\n";
  const long = new Workspace(machine);
  // A line separator begins a line, so that a declaration stands there, and ends in a mistake of its own.
  for (const before of ["", "\u2028", "{\u2028", "{", ""]) {
    long.set(path, before + text);
    const after = answers((await long.analysis(path))!, long);
    const first = new Workspace(machine);
    first.set(path, before + text);
    expect(after).toEqual(answers((await first.analysis(path))!, first));
  }
});

test("a model that goes on from a changed line is what it is from the first", {
  timeout: EDITS * 500 + 60_000,
}, async () => {
  const line = fc.constantFrom(...LINES);
  const place = fc.nat({ max: 30 });
  const change = fc.oneof(
    fc.record({ how: fc.constantFrom("put" as const, "add" as const), place, line }),
    fc.record({ how: fc.constantFrom("drop" as const, "back" as const), place, line: fc.constant("") }),
  );
  const path = "/nowhere/lines.dnn";
  let edits = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(line, fc.constantFrom(...LINES.slice(0, 8))), { minLength: 3, maxLength: 20 }),
      fc.array(change, { minLength: LONGEST / 2, maxLength: LONGEST }),
      async (start, changes) => {
        const long = new Workspace(machine);
        const texts = [start];
        const check = async (lines: readonly string[]): Promise<void> => {
          const text = `${HEAD}${lines.map((l) => `  ${l}\n`).join("")}}\n`;
          long.set(path, text);
          const first = new Workspace(machine);
          first.set(path, text);
          expect(answers((await long.analysis(path))!, long)).toEqual(answers((await first.analysis(path))!, first));
        };
        await check(start);
        for (const { how, place, line } of changes) {
          const before = texts.at(-1)!;
          const at = place % (before.length + 1);
          const now =
            how === "back"
              ? (texts.at(-2) ?? start)
              : before.toSpliced(at, how === "add" ? 0 : 1, ...(how === "drop" ? [] : [line]));
          texts.push(now);
          await check(now);
          edits++;
        }
      },
    ),
    { numRuns: Math.ceil(EDITS / (LONGEST * 0.75)) },
  );
  expect(edits).toBeGreaterThan(0.6 * EDITS);
});

/** Lines of a training, of its model and of a block that both use, of which some do not fit. */
const GOALS = [
  "loss cross_entropy(net(flat(image)), label)",
  "loss cross_entropy(part 10 -> net(flat(image)), label)",
  "metric accuracy(net(flat(image)), label)",
  "metric accuracy(net(flat(image)), labels)",
  "minimize own(net(flat(image)), label)",
  "loss mean(own(flat(image), label)) + cross_entropy(net(flat(image)), label)",
  "loss 0.1 * mean(flat(image)^2) + cross_entropy(net(flat(image) + h), label)",
  "optimizer adam lr=1e-3",
  "optimizer sgd lr=h",
  "batch 64; epochs 3",
  "batch 1",
  "clip 1",
  "patience 3",
  "best lowest loss",
  "freeze net.dense1",
  "step net { loss cross_entropy(net(flat(image)), label) }",
  "y = net(flat(image))",
  "if h > 4 { loss mean(other(net(flat(image)))^2) }",
];
const FORMULAS = ["cross_entropy(y, label)", "mean(y)", "sum(y) / h", "mean(z -> y)", "sum(exp(y))", "it"];
const USED = [
  ...LINES.filter((line) => !/^(conv|mean|state|kept|count|dense count)/.test(line)),
  "other",
  "other h",
  "wrap h",
  "wrap 4; relu",
];

test("a training that goes on from a changed line is what it is from the first", {
  timeout: EDITS * 500 + 60_000,
}, async () => {
  const place = fc.nat({ max: 30 });
  const where = fc.constantFrom(...(["net", "net", "net", "part", "part", "part", "other", "own", "train"] as const));
  const line = fc.nat({ max: 200 });
  const change = fc.record({
    how: fc.constantFrom(...(["put", "add", "add", "drop", "back", "back"] as const)),
    where,
    place,
    line,
  });
  const path = "/nowhere/trained.dnn";
  let edits = 0;
  type Parts = Readonly<Record<"net" | "part" | "other" | "own" | "train", readonly string[]>>;
  const body = (lines: readonly string[]): string => lines.map((l) => `  ${l}\n`).join("");
  const textOf = ({ net, part, other, own, train }: Parts): string =>
    `h = 8\n# A block.\nblock part(n) {\n${body(part)}}\nblock wrap(n) { part n; tanh }\nfn own(y, label) = ${own.at(-1) ?? "it"}\nmodel other(x: [8]) {\n${body(other)}}\n` +
    `model net(x: [784]) {\n${body(net)}}\ndata d = digits()\n# Once.\ntrain net on d {\n${body(train)}}\n`;
  const usual: Parts = {
    net: ["dense h; relu", "part h; relu", "residual { dense h; tanh }", "wrap h", "dense 10"],
    part: ["dense n -> y", "batchnorm", "it + y"],
    other: ["dense h", "tanh"],
    own: ["cross_entropy(y, label)"],
    train: ["metric accuracy(net(flat(image)), label)"],
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...GOALS.slice(0, 6)),
      fc.array(change, { minLength: LONGEST / 2, maxLength: LONGEST }),
      async (goal, changes) => {
        const long = new Workspace(machine);
        const start = { ...usual, train: [goal, ...usual.train] };
        const texts: Parts[] = [start];
        const check = async (parts: Parts): Promise<void> => {
          const text = textOf(parts);
          long.set(path, text);
          const first = new Workspace(machine);
          first.set(path, text);
          expect(answers((await long.analysis(path))!, long)).toEqual(answers((await first.analysis(path))!, first));
        };
        await check(start);
        for (const { how, where, place, line } of changes) {
          const before = texts.at(-1)!;
          const lines = before[where];
          const at = place % (lines.length + 1);
          const all = where === "train" ? GOALS : where === "own" ? FORMULAS : USED;
          const added = how === "drop" ? [] : [all[line % all.length]!];
          const now =
            how === "back"
              ? (texts.at(-2) ?? start)
              : { ...before, [where]: lines.toSpliced(at, how === "add" ? 0 : 1, ...added) };
          texts.push(now);
          await check(now);
          edits++;
        }
      },
    ),
    { numRuns: Math.ceil(EDITS / (LONGEST * 0.75)) },
  );
  expect(edits).toBeGreaterThan(0.6 * EDITS);
});

test("what a mistake proposes are the names that the file has now", async () => {
  const path = "/nowhere/names.dnn";
  const model = "model net(x: [4]) {\n  layer\n}\n";
  const long = new Workspace(machine);
  for (const above of ["", "ayer = dense 8\n", ""]) {
    long.set(path, above + model);
    const first = new Workspace(machine);
    first.set(path, above + model);
    const { diagnostics } = (await long.analysis(path))!;
    expect(diagnostics).toEqual((await first.analysis(path))!.diagnostics);
    expect(diagnostics.some((d) => d.hint?.includes("`ayer`"))).toBe(above !== "");
  }
});

test("a server that has seen a hundred texts is as patient as one that has seen none", {
  timeout: 60_000,
}, async () => {
  const path = "/nowhere/long.dnn";
  const long = new Workspace(machine);
  for (let i = 0; i < 100; i++) {
    long.set(path, `model net${i}(x: [8, 8, 3]) {\n${"  conv 3x3 3 p1\n".repeat(300)}}\n`);
    expect((await long.analysis(path))!.diagnostics).toEqual([]);
  }
});

test("a change in a long model costs the lines from it on, also where another was taken back before it", async () => {
  const path = "/nowhere/long.dnn";
  const line = (i: number): string => (i % 2 === 0 ? "  dense 8; relu\n" : "  residual { dense 8; tanh }\n");
  const lines = Array.from({ length: 300 }, (_, i) => line(i));
  const text = `model net(x: [8]) {\n${lines.join("")}}\n`;
  const changed = (at: number): string => `model net(x: [8]) {\n${lines.with(at, "  tanh; sigmoid\n").join("")}}\n`;
  const long = new Workspace(machine);
  const run = vi.spyOn(Elaborator.prototype, "body");
  const bodiesRun = async (now: string): Promise<number> => {
    const before = run.mock.calls.length;
    long.set(path, now);
    expect((await long.analysis(path))!.diagnostics).toEqual([]);
    return run.mock.calls.length - before;
  };
  const whole = await bodiesRun(text);
  for (const at of [290, 100, 200, 50, 280]) {
    // Each layer runs a body of the library for each line of the model, and two where it stands in a block.
    expect(await bodiesRun(changed(at))).toBeLessThan((whole * (300 - at + 5)) / 300);
    expect(await bodiesRun(text)).toBe(0);
  }
  const twice = changed(100).replace(/residual .*\n\}/, "residual { dense 8; relu }\n}");
  await bodiesRun(changed(100));
  expect(await bodiesRun(twice)).toBeLessThan(whole / 30);
  run.mockRestore();
});

test("a change in a block costs the lines of a trained model from the first on that uses it", async () => {
  const path = "/nowhere/trained.dnn";
  const count = 30;
  const block = (i: number, line: string): string => `block part${i}(n) {\n${`  ${line}\n`.repeat(5)}}\n`;
  const lines = Array.from({ length: count }, (_, i) => `  part${i} 8\n`).join("");
  const textOf = (at: number, line: string): string =>
    `${Array.from({ length: count }, (_, i) => block(i, i === at ? line : "dense n; relu")).join("")}model net(x: [784]) {\n${lines}  dense 10\n}\ndata d = digits()\ntrain net on d { loss cross_entropy(net(flat(image)), label) }\n`;
  const run = vi.spyOn(Elaborator.prototype, "body");
  const long = new Workspace(machine);
  const bodiesRun = async (now: string, mistakes: number): Promise<number> => {
    const before = run.mock.calls.length;
    long.set(path, now);
    expect((await long.analysis(path))!.diagnostics).toHaveLength(mistakes);
    return run.mock.calls.length - before;
  };
  const text = textOf(count, "");
  const whole = await bodiesRun(text, 0);
  for (const at of [28, 10, 20, 5]) {
    expect(await bodiesRun(textOf(at, "dense n; tanh"), 0)).toBeLessThan((whole * (count - at + 2)) / count);
    expect(await bodiesRun(text, 0)).toBe(0);
    // Behind a mistake nothing is known, so nothing is run.
    expect(await bodiesRun(textOf(at, "dense n; tahn"), 5)).toBeLessThan(whole / 5);
    expect(await bodiesRun(text, 0)).toBe(0);
  }
  run.mockRestore();
});
