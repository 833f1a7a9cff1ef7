// Proves that a series is cut into windows in time order, that no training window sees what a held-out one foretells, and that a
// trained model continues a table in the units of the data.

import { afterAll, expect, test } from "vitest";
import { column, failure, load, utf8 } from "../data/rawfiles.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const read = (text: string, named: Record<string, string | number | boolean | readonly string[]> = {}) =>
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
  const wide = await read(count(20), { columns: ["b"], every: 4 });
  expect([column(wide, "past").shape, [...(wide.train.rows ?? [])]]).toEqual([
    [3, 1],
    [0, 4, 8],
  ]);
});

test("data that is no series gets a clear error: too short, out of order, words, gaps, columns that are not there", async () => {
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

const sine = (i: number): number => 100 + 20 * Math.sin(i / 3);

test("a table is continued in the units of the data, from its last rows, into a file", async () => {
  const day = (i: number) =>
    new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10).split("-").reverse().join(".");
  const wave = (i: number) => `${day(i)};m${i % 7};${sine(i).toFixed(3).replace(".", ",")}`;
  place.write("w.csv", `when;mark;load\n${Array.from({ length: 240 }, (_, i) => wave(i)).join("\n")}\n`);
  place.write(
    "w.dnn",
    'model net(past: [12, 1]) { flatten; dense 8; reshape [8, 1] }\ndata d = series("w.csv", window=12, horizon=8, time="when")\ntrain net on d { loss mse(net(past), future); metric off = mean(abs(net(past) - future)); epochs 60; batch 16; optimizer adam lr=0.02 }\n',
  );
  const { code, err, events } = await place.run("train", "w.dnn", "--out", "w", "--json");
  expect(code, err).toBe(0);
  const done = await place.run("predict", "w.dnn", "--weights", "w", "--input", "w.csv", "--out", "next.csv");
  expect(done.code, done.err).toBe(0);
  const [head, ...rows] = Buffer.from(place.bytes("next.csv")).toString().trim().split("\n");
  expect([head, rows.length]).toEqual(["when,load", 8]);
  for (const [i, row] of rows.entries()) {
    const [when, value] = row.split(",");
    expect(when).toBe(day(240 + i));
    expect(Math.abs(Number(value) - sine(240 + i))).toBeLessThan(2);
  }
  const eval_ = JSON.parse((await place.run("eval", "w.dnn", "--weights", "w", "--json")).out);
  const [all, first] = eval_.assessment.figures;
  expect([all.name, first.name]).toEqual(["all", "load +1"]);
  // The deviation of the data is about 14: losses are of scaled numbers, figures of the data's own.
  expect(all.rmse / Math.sqrt(eval_.loss)).toBeCloseTo(Math.sqrt(200), 0);
  expect(eval_.off).toBeCloseTo(all.mae, 3);
  expect(events.length).toBeGreaterThan(0);
  const shown = await place.run("data", "w.dnn");
  expect(shown.out).toMatch(/models see numbers scaled by the rows that train.*: load less 9?\d+\.?\d*, over 14/);
  place.write("short.csv", "load\n1\n2\n");
  const short = await place.run("predict", "w.dnn", "--weights", "w", "--input", "short.csv");
  expect(short.err).toContain("it has 2 rows, and the past is 12");
});

test("several channels are foretold with what is known ahead, whose rows stand below the past", async () => {
  const plan = (i: number): number => (i % 5 === 0 ? 1 : 0);
  const row = (i: number) => [i, plan(i), 1000 + 50 * plan(i), -3 + Math.sin(i / 2)].join(",");
  const rows = Array.from({ length: 300 }, (_, i) => row(i));
  place.write("k.csv", `t,plan,up,down\n${rows.join("\n")}\n`);
  place.write(
    "k.dnn",
    'model net(past: [10, 3], known: [5, 1]) { concat(reshape(past, [30]), reshape(known, [5])); dense 10; reshape [5, 2] }\ndata d = series("k.csv", window=10, horizon=5, time="t", known="plan")\ntrain net on d { loss mse(net(past, known), future); epochs 40; batch 16; optimizer adam lr=0.02 }\n',
  );
  const { code, err } = await place.run("train", "k.dnn", "--out", "k");
  expect(code, err).toBe(0);
  place.write(
    "ahead.csv",
    `t,plan,up,down\n${[...rows, ...[300, 301, 302, 303, 304].map((i) => `${i},${plan(i)},,`)].join("\n")}\n`,
  );
  const done = await place.run("predict", "k.dnn", "--weights", "k", "--input", "ahead.csv", "--format", "csv");
  expect(done.code, done.err).toBe(0);
  const [head, ...next] = done.out.trim().split("\n");
  expect(head).toBe("t,up,down");
  for (const [k, line] of next.entries()) {
    const [t, up, down] = line.split(",").map(Number);
    expect(t).toBe(300 + k);
    expect(Math.abs(up! - 1000 - 50 * plan(300 + k))).toBeLessThan(10);
    expect(Math.abs(down! + 3 - Math.sin((300 + k) / 2))).toBeLessThan(0.5);
  }
  const figures = JSON.parse((await place.run("eval", "k.dnn", "--weights", "k", "--json")).out).assessment.figures;
  expect(figures.map(({ name }: { name: string }) => name)).toEqual(["all", "up", "down"]);
  // A table without rows ahead foretells its own last rows.
  const own = await place.run("predict", "k.dnn", "--weights", "k", "--input", "k.csv", "--format", "csv");
  expect(own.out.split("\n")[1]).toMatch(/^295,/);
  place.write("few.csv", `t,plan,up,down\n${rows.slice(0, 12).join("\n")}\n`);
  const few = await place.run("predict", "k.dnn", "--weights", "k", "--input", "few.csv");
  expect(few.err).toContain("it has 12 rows, and the past is 10 and 5 rows of what is known after it");
});

test("what a program may name is checked: a column that is known and foretold, and none that is left to foretell", async () => {
  for (const [named, message] of [
    [{ known: ["a"], target: ["a"] }, 'column "a" is known, and to be foretold'],
    [{ columns: ["a"], known: ["a"] }, "every column is known, and none is left to foretell"],
    [{ known: ["c"] }, 'no column "c"'],
  ] as const) {
    const error = await failure(read(count(20), named));
    expect(error.message).toContain(message);
  }
});

test("the figures of the scale are those of the rows that train, and scale=false leaves numbers as they are", async () => {
  const data = await read(count(20), { columns: ["b"] });
  expect(column(data, "past").scale?.means).toEqual([75]);
  expect(column(data, "future").scale?.deviations[0]).toBeCloseTo(Math.sqrt((16 ** 2 - 1) / 12) * 10, 6);
  const constant = await read(count(20).replaceAll(/,\d+$/gm, ",7"), { columns: ["b"] });
  expect(column(constant, "past").scale).toEqual({ means: [7], deviations: [1] });
  expect(column(await read(count(20), { scale: false }), "past").scale).toBeUndefined();
});
