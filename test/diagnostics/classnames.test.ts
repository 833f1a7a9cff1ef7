// Proves that a class is compared by its name, as the data has it, that an unknown name is an error and not a comparison that is always
// false, and that a number outside the classes is a warning.

import { expect, test } from "vitest";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { measured } from "../../project/cost/measured.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { prepare } from "../../project/train/job.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { openText } from "../support/opened.ts";

const TABLE = Array.from({ length: 40 }, (_, i) => `${i / 7},${i % 5},${["lynx", "cat", "owl"][i % 3]}\n`).join("");
const COLORS = TABLE.replaceAll("lynx", "red").replaceAll("cat", "blue").replaceAll("owl", "green").split("\n");
const both = TABLE.trim()
  .split("\n")
  .map((row, i) => [row, (COLORS[i] ?? "").split(",")[2], row.split(",")[2]].join(","));
const files = memoryFiles({
  "t.csv": new TextEncoder().encode(`a,b,kind\n${TABLE}`),
  "both.csv": new TextEncoder().encode(`a,b,kind,color,again\n${both.join("\n")}\n`),
});
const place = { base: "", files };

const program = (metric: string): string => `model m(x: [2]) { dense 3 }
data d = csv("t.csv")
train m on d {
  y = m(x)
  loss cross_entropy(y, kind)
  metric s = ${metric}
}
`;

const said = async (text: string) =>
  (await checkOpened(openText("net.dnn", text), place)).filter((d) => d.span?.file === "net.dnn");

/** The numbers that a metric compares the field `kind` with. */
async function compared(metric: string): Promise<readonly unknown[]> {
  const { program: p } = openText("net.dnn", program(metric));
  const definition = p.trains[0];
  if (!definition) throw new Error("no training");
  const settings = { seed: 1, set: {}, data: [] };
  const { training } = prepare(p, definition, await loadData(p, dataOf(p, definition), place), settings);
  const results = training.evaluate.results.map((r) => r.node);
  const constants = (n: Node): readonly unknown[] =>
    n.op === "eq" ? n.inputs.flatMap((i) => (i.op === "constant" ? [i.attributes.value] : [])) : [];
  return topological(results).flatMap(constants);
}

test("a name stands for the number that its class has in the data, on either side", async () => {
  expect(await compared('mean(kind == "cat")')).toEqual([0]);
  expect(await compared('mean("lynx" == kind)')).toEqual([1]);
  expect(await compared('mean(kind != "owl")')).toEqual([2]);
  const moved = [
    "stop(kind)",
    "reshape(kind, [1])[0]",
    "flat(kind)[-1]",
    "reverse(flat(kind))",
    "transpose(reshape(kind, [1, 1]))",
    "stack(kind, kind)[0]",
    "concat(flat(kind), flat(kind))[1]",
  ];
  for (const same of moved) expect(await compared(`mean(${same} == "lynx")`), same).toEqual([1]);
  expect(await said(program('mean((if a > 1 then kind else 0) == "lynx")'))).toEqual([]);
  expect(await said(program('mean((argmax(y) == 2) * (kind == "owl"))'))).toEqual([]);
});

test.each([
  ['mean(kind == "Cat")', `no class of 'kind' is called "Cat"`, 'did you mean "cat"?'],
  ['mean(kind == "dog")', `no class of 'kind' is called "dog"`, 'its classes are "cat", "lynx", "owl"'],
  ['mean(a == "cat")', `'a' holds numbers, and "cat" is text`, "names of classes"],
  ['mean(kind < "cat")', "classes have no order that `<` could compare names by", "`==` and `!=`"],
  ['mean(argmax(y) == "1")', "holds classes by their numbers", "write 1 without quotes"],
])("%s is an error", async (metric, message, hint) => {
  const [first, ...others] = await said(program(metric));
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    code: "names/unknown-class",
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
});

/** Errors of a table with a second column of other words, and a third one of the same words. */
const ofTwo = async (metric: string) => {
  const text = program(metric).replace('"t.csv"', '"both.csv", label="kind"').replace("m(x)", "m([a, b])");
  return (await said(text)).filter((d) => d.severity === "error");
};

test.each([
  ["mean(kind == color)", "of 'kind' and", '`kind == "cat"`'],
  ["mean(color != kind)", `"red" of 'color' and`, '`color == "blue"`'],
  ["mean(kind < color)", "`<` would compare the numbers", "names of its own"],
  ["mean(all_examples(kind) == color)", "'all_examples(kind)'", "names of its own"],
  ["mean((if a > 1 then kind else color) == 1)", "a mixture", "`onehot`"],
  ["mean(where(a > 1, kind, color) == 1)", "a mixture", "`onehot`"],
  ["mean(put(flat(kind), [0], color) == 1)", "a mixture", "`onehot`"],
  ["mean(stack(kind, color) == 1)", "would join the numbers", "`onehot`"],
  ["mean(concat(flat(kind), flat(color)) == 1)", "would join the numbers", "`onehot`"],
  ["accuracy(y, color)", "the same scores", "another layer"],
])("%s mixes two sets of classes, which is an error that names both", async (metric, message, hint) => {
  const [first, ...others] = await ofTwo(metric);
  expect(others).toEqual([]);
  expect(first).toMatchObject({
    code: "types/other-classes",
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });
  for (const set of ['"cat", "lynx", "owl"', '"blue", "green", "red"']) expect(first?.message).toContain(set);
});

test("values of one set of names in two columns meet like any others", async () => {
  for (const same of ["mean(kind == again)", "accuracy(y, again)", "mean(stack(kind, again) == 1)"])
    expect(await ofTwo(same), same).toEqual([]);
});

test.each(["argmax(y) == 3", "kind == -1", "0.5 == kind"])(
  "%s is always false, which is a warning",
  async (comparison) => {
    expect((await said(program(`mean(${comparison})`))).map((d) => d.code)).toEqual(["types/no-such-class"]);
  },
);

test("a comparison with a number that a class has, with none or of plain numbers says nothing", async () => {
  expect(await said(program("mean(argmax(y) == 2) + mean(a == 99)"))).toEqual([]);
  expect(await said(program('if kind == none then 0 else mean(kind == "cat")'))).toEqual([]);
});

/** A model that no training calls, measured beside the data of one. */
const measuredAlone = (name: string) => {
  const text = `${program("mean(y)")}model other(kind: [] of 3) { if kind == "${name}" then 1 else 0 }\n`;
  const opened = openText("net.dnn", text);
  const host = { ...opened.host, files, folderOf: () => "" };
  return { text, measure: measured({ ...opened, host }, "other") };
};

test("a model that no training calls is checked with names of data yet to come, and measured with those of the data", async () => {
  const { text, measure } = measuredAlone("cat");
  expect(await said(text)).toEqual([]);
  expect((await measure).results).toHaveLength(1);
  await expect(measuredAlone("dog").measure).rejects.toThrow(`no class of 'kind' is called "dog"`);
});

test("names that are in files which a check does not read are not refused", async () => {
  const text = 'model m(image: [28, 28, 1]) { flatten; dense 10 }\ndata d = mnist("m")\n';
  const training = 'train m on d { loss cross_entropy(m(image), label); metric s = mean(label == "7") }\n';
  expect((await said(text + training)).map((d) => d.code)).toEqual(["data/folder-not-found"]);
});
