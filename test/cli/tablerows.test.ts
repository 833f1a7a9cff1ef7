// Proves that rows are predicted by the columns that were trained on: found by name, in any order, among others, under the
// names of the table or their identifiers, as tables and as JSON, and read as the training read them.

import { afterAll, expect, test } from "vitest";
import { asFailure } from "../../project/failure.ts";
import type { ModelInput } from "../../project/use/model/modelinputs.ts";
import { fromJson } from "../../project/use/rows/jsonrows.ts";
import { fromTable } from "../../project/use/rows/tablerows.ts";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { load, utf8 } from "../data/rawfiles.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** Inputs of these names, trained on fields of a table. */
async function trainedOn(table: string, names: readonly string[] = ["x"], named: Record<string, SourceArgument> = {}) {
  const data = await load("csv", { "t.csv": utf8(table) }, { positional: ["t.csv"], named: { split: 1, ...named } });
  return names.map((name): ModelInput => {
    const field = data.train.columns.find((c) => c.name === name)!;
    expect(field, name).toBeDefined();
    return { name, field };
  });
}

const table = (text: string, inputs: readonly ModelInput[], separator?: string) => {
  const { count, values } = fromTable(utf8(text), "r.csv", inputs, () => {}, { separator });
  return [count, ...inputs.map(({ name }) => [...values.get(name)!])];
};
const json = (value: unknown, inputs: readonly ModelInput[]) => {
  const { count, values } = fromJson(JSON.stringify(value), "--input", inputs);
  return [count, ...inputs.map(({ name }) => [...values.get(name)!])];
};

function refused(work: () => unknown): { message: string; hint: string | undefined } {
  try {
    work();
  } catch (error) {
    const [d] = asFailure(error)?.diagnostics ?? [];
    if (d) return { message: d.message, hint: d.hint };
    throw error;
  }
  throw new Error("nothing was refused");
}

/** Names of columns that are no identifiers, words of the language, fields that a table has anyhow, or alike as identifiers. */
const HEADERS = [
  "Sepal Length (cm),Sepal Width (cm)",
  "Gr\u00f6\u00dfe,L\u00e4nge",
  "a.b,a-b",
  "if,for",
  "1st,2nd",
  "x,y",
  "label,text",
  "\u4ef7\u683c,\u6570\u91cf",
  '"a, ""b""",training',
  "x1,Umsatz (CHF)",
  "column2,??",
];

for (const header of HEADERS)
  test(`the table that was trained on can be predicted, its columns in any order: ${header}`, async () => {
    const whole = `${header},kind\n1,2,p\n3,4,q\n`;
    const inputs = await trainedOn(whole, ["x"], { label: "kind" });
    const [a, b] = inputs[0]!.field.columns!;
    const order = inputs[0]!.field.columns!.map(({ name }) => name);
    expect(new Set(order).size).toBe(2);
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    // The training shuffles its rows; a prediction keeps the order of the file.
    expect(table(whole, inputs)).toEqual([2, [1, 2, 3, 4]]);
    expect(table(`kind,${quoted(b!.written)},more,${quoted(a!.written)}\nz,2,9,1\n`, inputs)).toEqual([1, [1, 2]]);
    expect(table(`${b!.name},${a!.name}\n2,1\n`, inputs)).toEqual([1, [1, 2]]);
    expect(json({ [b!.written]: 2, [a!.written]: 1, other: null }, inputs)).toEqual([1, [1, 2]]);
    expect(json([{ [b!.name]: 2, [a!.name]: 1 }], inputs)).toEqual([1, [1, 2]]);
    expect(json({ x: [1, 2] }, inputs)).toEqual([1, [1, 2]]);
    expect(json([1, 2], inputs)).toEqual([1, [1, 2]]);
  });

test("a column that is missing is named, and none is taken for another by its place", async () => {
  const inputs = await trainedOn("len (mm),width,kind\n1,2,p\n3,4,q\n");
  const lacking = refused(() => table("width,height\n1,2\n", inputs));
  expect(lacking).toEqual({
    message: `r.csv: there is no column "len (mm)", which 'x' was trained on`,
    hint: "its columns are width, height",
  });
  const row = refused(() => json({ width: 1, lenmm: 2 }, inputs));
  expect(row).toEqual({
    message: `--input: a row has no value for "len (mm)", which 'x' was trained on`,
    hint: "it has width, lenmm",
  });
  const near = (row: object): string | undefined => refused(() => json(row, inputs)).hint;
  expect(near({ width: 1, "len (mn)": 2 })).toBe('it has "len (mn)": did you mean "len (mm)"?');
  expect(near({ widht: 1 })).toBe('it has "widht": did you mean "width"?');
  expect(near({ X: [1, 2] })).toBe('it has "X": did you mean "x"?');
  expect(refused(() => json({}, inputs)).message).toContain('no value for "len (mm)", "width"');
});

test("a name that a row of JSON does not have is an empty cell, where the training filled those, and a slip is none", async () => {
  const lines = '{"a": 1, "b": 2, "c": "u", "k": "p"}\n{"a": 3, "c": "v", "k": "q"}\n{"b": 4, "c": "u", "k": "p"}\n';
  for (const [missing, filled, whole] of [
    ["mean", [1, 3, 0], [1, 7, 0]],
    ["flag", [1, 3, 0, 1, 0], [1, 7, 0, 0, 0]],
  ] as const) {
    const given = { positional: ["t.jsonl"], named: { split: 1, label: "k", missing } };
    const data = await load("jsonl", { "t.jsonl": utf8(lines) }, given);
    const inputs = ["x", "c"].map(
      (name): ModelInput => ({ name, field: data.train.columns.find((c) => c.name === name)! }),
    );
    const numbers = (row: object) => json(row, inputs).slice(1).flat();
    const wanted = (values: readonly number[]) => expect.arrayContaining([...values]);
    expect(numbers({ a: 1, c: "u" })).toEqual(wanted(filled));
    expect(numbers({ a: 1, b: null, c: "u" })).toEqual(numbers({ a: 1, c: "u" }));
    expect(numbers({ a: 1, b: 7, c: "u" })).toEqual(wanted(whole));
    for (const row of [{}, { z: 1 }, { a: 1, B: 2, c: "u" }]) expect(() => json(row, inputs)).toThrow();
  }
});

test("a name without its unit is no empty cell either", async () => {
  const inputs = await trainedOn("heat (per cent),width,kind\n1,2,p\n,4,q\n3,4,q\n", ["x"], { missing: "mean" });
  expect(json({ width: 1 }, inputs)).toEqual([1, [2, 1]]);
  expect(json({ width: 1, note: "x" }, inputs)).toEqual([1, [2, 1]]);
  expect(refused(() => json({ width: 1, heat: 5 }, inputs))).toEqual({
    message: `--input: a row has no value for "heat (per cent)", which 'x' was trained on`,
    hint: "it has width, heat",
  });
});

test("cells are read as in training: decimal commas, units, per cents, yes and no, and what filled empty ones", async () => {
  const text = "a;rate;ok;price;kind\n1,5;5%;yes;1.250 \u20ac;p\n2,5;7%;no;2 \u20ac;q\n;9%;yes;3 \u20ac;p\n";
  const inputs = await trainedOn(text, ["x"], { separator: ";", missing: "mean" });
  const values = [1.5, 5, 1, 1250, 2.5, 7, 0, 2, 2, 9, 1, 3];
  expect(table(text, inputs, ";")).toEqual([3, values]);
  expect(table('a,rate,ok,price\n"1,5",5%,yes,"1.250"\n', inputs, ";")).toEqual([1, values.slice(0, 4)]);
  expect(json({ a: "1,5", rate: "5%", ok: true, price: 1250 }, inputs)).toEqual([1, values.slice(0, 4)]);
  expect(json({ a: null, rate: 9, ok: "yes", price: "3 \u20ac" }, inputs)).toEqual([1, [2, 9, 1, 3]]);
  expect(refused(() => table("a;rate;ok;price\n1,5;5;yes;2\n", inputs, ";")).message).toBe(
    'r.csv, line 2: "5" is not a number as the training\'s table writes it, which column "rate" needs',
  );
  expect(refused(() => json({ a: 1, rate: 5, ok: "si", price: 2 }, inputs)).message).toContain('"si" is not yes or no');
  const strict = await trainedOn("a,b,kind\n1,2,p\n3,4,q\n");
  expect(refused(() => table("a,b\n1,\n", strict))).toMatchObject({
    message: 'r.csv, line 2: column "b" has no value',
    hint: expect.stringContaining('missing="mean"'),
  });
});

test("classes are known by their names, and one that is not among them lists them", async () => {
  const inputs = await trainedOn("colour,ok,size,kind\nred,True,1,p\nblue,False,2,q\n", ["colour", "x"]);
  expect(table("ok,size,colour\nTrue,5,red\n", inputs)).toEqual([1, [1], [1, 5]]);
  expect(json({ colour: "blue", size: 5, ok: false }, inputs)).toEqual([1, [0], [0, 5]]);
  expect(refused(() => table("ok,size,colour\nTrue,5,green\n", inputs))).toEqual({
    message: `r.csv, line 2: "green" is none of the classes of 'colour'`,
    hint: "its classes are blue, red",
  });
  expect(refused(() => json({ colour: 7, size: 5, ok: false }, inputs))).toEqual({
    message: "--input: 7 is not a class from 0 to 1, which 'colour' needs",
    hint: "its classes are blue, red, given by name or, in this order, from 0",
  });
});

test("a number in place of a class whose column holds numbers is its name, as in a table", async () => {
  const inputs = await trainedOn("zip,size,kind\n3,1,p\n1,2,q\n2,3,p\n10115,4,q\n", ["zip", "x"], {
    types: "zip: class",
  });
  for (const zip of [1, "1"]) expect(json({ zip, size: 5 }, inputs)).toEqual(table(`zip,size\n${zip},5\n`, inputs));
  expect(json({ zip: 10115, size: 5 }, inputs)).not.toEqual(json({ zip: 1, size: 5 }, inputs));
  expect(refused(() => json({ zip: 0, size: 5 }, inputs)).message).toBe(`--input: "0" is none of the classes of 'zip'`);
});

test("an object without its quotes is answered with the quotes put in", async () => {
  const inputs = await trainedOn("a,b,kind\n1,2,p\n3,4,q\n");
  for (const written of ["{a: 1, b: 2}", "{'a': 1, 'b': 2}"])
    expect(refused(() => fromJson(written, "--input", inputs)).hint).toBe(`write --input '{"a": 1, "b": 2}'`);
  expect(refused(() => fromJson("{kind: red}", "--input", inputs)).hint).toBe(`write --input '{"kind": "red"}'`);
  expect(refused(() => fromJson("{a: 1, ", "--input", inputs)).hint).toContain("--input '[0, 1]'");
});

test("numbers without names are taken in the order of the columns, and only where there are as many", () => {
  const inputs: ModelInput[] = [{ name: "x", field: { name: "x", shape: [2] } }];
  expect(table("a,b\n1,2\n", inputs)).toEqual([1, [1, 2]]);
  expect(refused(() => table("a,b,c\n1,2,3\n", inputs)).message).toContain("2 numbers without names");
});

test("how a table was read travels with the weights: the file of the training is predicted as it is", async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `${i},5;${i}%;${i % 2 ? "p" : "\x1b[31mq"}`).join("\n");
  place.write("t.data", `Gr\u00f6\u00dfe (m);rate;kind\n${rows}\n`);
  place.write(
    "t.dnn",
    `model net(x: [2]) { dense 2 }

data d = csv("t.data", separator=";")

train net on d { loss cross_entropy(net(x), label); epochs 1 }
`,
  );
  const trained = await place.run("train", "t.dnn", "--out", "run");
  expect([trained.code, trained.err]).toEqual([
    0,
    expect.stringContaining("x holds Gr\u00f6\u00dfe (m) (decimal comma), rate (decimal comma, 12% is 12)"),
  ]);
  const { code, out, err } = await place.run("predict", "t.dnn", "--weights", "run", "--input", "t.data");
  expect([code, err, out.trim().split("\n").length]).toEqual([0, "", 20]);
  // Text of the data never reaches the terminal as a command to it.
  expect(out).not.toContain("\x1b");
});
