// Proves that a series is cut into windows in time order, that no training window sees what a held-out one foretells, and that a
// trained model continues a table in the units of the data.

import { afterAll, expect, test } from "vitest";
import { column, failure, load, utf8 } from "../data/rawfiles.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const read = (text: string, named: Record<string, string | number | readonly string[]> = {}) =>
  load("series", { "s.csv": utf8(text) }, { positional: ["s.csv"], named: { window: 3, horizon: 2, ...named } });
const count = (n: number) => `t,a,b\n${Array.from({ length: n }, (_, i) => `${i},${i},${10 * i}`).join("\n")}\n`;

test("windows follow each other, and what is held out is foretold by no training window", async () => {
  const data = await read(count(20), { time: "t" });
  expect(column(data, "past").shape).toEqual([3, 2]);
  expect([...column(data, "past").values.subarray(0, 6)]).toEqual([0, 0, 1, 10, 2, 20]);
  expect([...column(data, "future").values.subarray(0, 4)]).toEqual([3, 30, 4, 40]);
  const seen = [...column(data, "past").values, ...column(data, "future").values].filter((_, i) => i % 2 === 0);
  expect(Math.max(...seen)).toBe(15);
  expect(column(data, "future", "heldout").values[0]).toBe(16);
  const wide = await read(count(20), { columns: ["b"], step: 4 });
  expect([column(wide, "past").shape, [...(wide.train.rows ?? [])]]).toEqual([
    [3, 1],
    [0, 4, 8],
  ]);
});

test("what is no series is told: too short, out of order, words, gaps, columns that are not there", async () => {
  const cases: readonly [text: string, named: Record<string, string>, code: string, message: string][] = [
    [count(4), {}, "data/too-few", "s.csv has 4 rows, which are too few for a window of 3"],
    [count(20).replace("5,5,50", "3,5,50"), { time: "t" }, "data/series", "s.csv, line 7: the time"],
    [count(20).replaceAll(/^(\d+),(\d+)/gm, "$1,w$2"), { columns: "a" }, "data/series", 'column "a" holds no numbers'],
    [count(20).replace("5,5,50", "5,,50"), {}, "data/csv-missing", 's.csv, line 7: column "a" has no value'],
    [count(20), { columns: "c" }, "data/no-column", 'no column "c"'],
    [count(20), { time: "when" }, "data/no-column", 'no column "when"'],
  ];
  for (const [text, named, code, message] of cases) {
    const error = await failure(read(text, named));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});

test("a table is continued in the units of the data, from its last rows, into a file", async () => {
  const wave = (i: number) => `${(i % 7) * 2}.02.2024;${(100 + 20 * Math.sin(i / 3)).toFixed(3).replace(".", ",")}`;
  place.write("w.csv", `mark;load\n${Array.from({ length: 240 }, (_, i) => `m${wave(i)}`).join("\n")}\n`);
  place.write(
    "w.dnn",
    'model net(past: [12, 1]) { flatten; dense 8; it * 10; reshape [8, 1]; it + 100 }\ndata d = series("w.csv", window=12, horizon=8) { past = normalize(past) }\ntrain net on d { loss mse(net(past), future); epochs 60; batch 16; optimizer adam lr=0.02 }\n',
  );
  const { code, err } = await place.run("train", "w.dnn", "--out", "w");
  expect(code, err).toBe(0);
  const done = await place.run("predict", "w.dnn", "--weights", "w", "--input", "w.csv", "--out", "next.csv");
  expect(done.code, done.err).toBe(0);
  const [head = "", row = "", ...more] = Buffer.from(place.bytes("next.csv")).toString().trim().split("\n");
  expect([head.split(",").length, more]).toEqual([8, []]);
  for (const [i, value] of row.split(",").entries())
    expect(Math.abs(Number(value) - (100 + 20 * Math.sin((240 + i) / 3)))).toBeLessThan(4);
  place.write("short.csv", "load\n1\n2\n");
  const short = await place.run("predict", "w.dnn", "--weights", "w", "--input", "short.csv");
  expect(short.err).toContain("it has 2 rows, and the past is 12");
});
