// Proves that numbers which stand for no value and equal inputs with contrary labels are told, in figures, and that what tables of
// measurements, of grades and of labels with noise hold is not.

import { expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { Random } from "../../runtime/data/random.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { openText } from "../support/opened.ts";

type Row = readonly (string | number)[];

const ROWS = 120;
const rows = (row: (i: number) => Row, count = ROWS): readonly Row[] => Array.from({ length: count }, (_, i) => row(i));

/** Warnings and errors about a table of two columns of numbers and a label. */
async function saidOf(table: readonly Row[], more = ""): Promise<readonly string[]> {
  const text = `a,b,kind\n${table.map((row) => `${row.join()}\n`).join("")}`;
  const files = memoryFiles({ "t.csv": new TextEncoder().encode(text) });
  const classes = new Set(table.map((row) => row[2])).size;
  const program = `model m(x: [2]) { dense 8; tanh; dense ${classes} }\ndata d = csv("t.csv"${more}) { x = normalize(x) }\ntrain m on d { loss cross_entropy(m(x), label) }\n`;
  const found = await checkOpened(openText("net.dnn", program), { base: "", files });
  return found.map((d) => [`${d.code}: ${d.message}`, ...(d.notes ?? []), d.hint].join("; "));
}

/** Of the same table as rows that follow each other in time, in windows that overlap. */
async function saidOfSeries(table: readonly Row[]): Promise<readonly string[]> {
  const text = `a,b,kind\n${table.map((row) => `${row.join()}\n`).join("")}`;
  const files = memoryFiles({ "t.csv": new TextEncoder().encode(text) });
  const program = `model m(past: [8, 2]) { gru 4; last; dense 8; reshape [4, 2] }\ndata d = series("t.csv", window=8, horizon=4, columns=["a", "b"])\ntrain m on d { loss mse(m(past), future) }\n`;
  const found = await checkOpened(openText("net.dnn", program), { base: "", files });
  return found.map((d) => [`${d.code}: ${d.message}`, ...(d.notes ?? []), d.hint].join("; "));
}

const measure = (i: number, seed = 0): number => Math.round(1e4 * new Random(1000 * seed + i).normal()) / 1e3;
const side = (i: number): string => (measure(i) + measure(i, 1) > 0 ? "u" : "v");
const gone = (i: number, number: number): number => (i % 5 === 0 ? number : measure(i));

test("numbers that stand for no value are told for every column, and several of one column", async () => {
  const one = await saidOf(rows((i) => [gone(i, -999), measure(i, 1), side(i)]));
  expect(one).toEqual([expect.stringContaining('"a" is -999 in ')]);
  const two = await saidOf(rows((i) => [gone(i, 9999), i % 7 === 0 ? -9999 : measure(i, 1), side(i)]));
  expect(two).toEqual([expect.stringMatching(/"a" is 9999 in .*; so the column "b" is -9999 in /)]);
  const both = await saidOf(rows((i) => [i % 7 === 0 ? 9999 : gone(i, -999), measure(i, 1), side(i)]));
  expect(both).toEqual([expect.stringMatching(/is -999 in \d+ and 9999 in \d+ of 96 training rows/)]);
});

test("such a number among others of its size is one of them, and hides no other", async () => {
  expect(await saidOf(rows((i) => [i % 9 === 0 ? 999 : 990 + (i % 20), measure(i, 1), side(i)]))).toEqual([]);
  expect(await saidOf(rows((i) => [i % 9 === 0 ? 999 : 100 * measure(i), measure(i, 1), side(i)]))).toEqual([]);
  const wider = await saidOf(rows((i) => [i % 9 === 0 ? 999 : i % 5 === 0 ? 99999 : 5 * i, measure(i, 1), side(i)]));
  expect(wider).toEqual([expect.stringMatching(/"a" is 99999 in .* and from \d to 999 in all others/)]);
  const mixed = await saidOf(
    rows((i) => [i % 9 === 0 ? 999 : i % 5 === 0 ? -99999 : 990 + (i % 20), measure(i, 1), side(i)]),
  );
  expect(mixed).toEqual([expect.stringMatching(/"a" is -99999 in \d+ of 96 training rows, and from 99\d to 1009/)]);
});

test("such numbers are told of tables that are read while a training goes on, and of rows in time, each row once", async () => {
  const table = rows((i) => [gone(i, -999), measure(i, 1), side(i)]);
  const inMemory = await saidOf(table);
  expect(await saidOf(table, ", stream=true")).toEqual(inMemory);
  const both = rows((i) => [i % 7 === 0 ? 9999 : gone(i, -999), i % 11 === 0 ? -99 : measure(i, 1), side(i)]);
  expect(await saidOf(both, ", stream=true")).toEqual(await saidOf(both));
  const near = rows((i) => [i % 9 === 0 ? 999 : 990 + (i % 20), measure(i, 1), side(i)]);
  expect(await saidOf(near, ", stream=true")).toEqual([]);
  const told = await saidOfSeries(rows((i) => [gone(i, -999), measure(i, 1), i]));
  expect(told).toEqual([
    expect.stringMatching(
      /^data\/stand-in: the column "a" is -999 in 19 of 92 training rows, and from .*a series has no gaps/,
    ),
  ]);
  expect(await saidOfSeries(rows((i) => [measure(i), measure(i, 1), i]))).toEqual([]);
});

test.each(["missing=-999", 'missing="-999"', "missing=[-999, 0]", "na_values=-999", 'na_values=["-999"]'])(
  "%s says that a cell without a value is left empty",
  async (argument) => {
    expect(
      await saidOf(
        rows((i) => [measure(i), measure(i, 1), side(i)]),
        `, ${argument}`,
      ),
    ).toEqual([expect.stringMatching(/^data\/bad-argument: .*leave the cell empty in the file/)]);
  },
);

test("a row for each of several labels is told, with a count and an example", async () => {
  const found = await saidOf(rows((i) => [measure(i >> 1), measure(i >> 1, 1), i % 2 === 0 ? "red" : "round"]));
  expect(found).toEqual([
    expect.stringMatching(/^data\/contrary-labels: \d+ of 96 training rows.*for example rows \d+ and \d+: "r/),
  ]);
  const three = await saidOf(
    rows((i) => [measure(Math.floor(i / 3)), 1 / (1 + Math.floor(i / 3)), "abc".charAt(i % 3)]),
  );
  expect(three).toEqual([expect.stringContaining('label=["red", "round"]')]);
});

test.each<[string, readonly Row[]]>([
  ["measurements", rows((i) => [measure(i), measure(i, 1), side(i)])],
  ["rows that stand there twice", rows((i) => [measure(i >> 1), measure(i >> 1, 1), side(i >> 1)])],
  [
    "a few contrary rows",
    rows((i) => [measure(i), measure(i, 1), side(i)]).concat(
      rows((i) => [measure(i), measure(i, 1), side(i) === "u" ? "v" : "u"], 4),
    ),
  ],
  ["labels by chance", rows((i) => [measure(i >> 1), measure(i >> 1, 1), measure(i, 2) > 0 ? "u" : "v"])],
  ["grades", rows((i) => [(i * 7) % 5, (i * 3) % 4, "uvw".charAt((i * 11) % 3)])],
  ["yes and no with noise", rows((i) => [i % 2, (i >> 1) % 2, measure(i, 2) > 3 === (i % 2 === 0) ? "u" : "v"])],
])("of %s nothing is said", async (_, table) => {
  expect(await saidOf(table)).toEqual([]);
});
