// Proves that a sweep is the runs that `dnn train` makes one by one: killed and gone on with, on two jobs, it ends with the same table
// to the bit; that it counts means and deviations as by hand; and that what cannot be swept is one clear error.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bestCell, type CellResult, cellResult, gridOf, someOf, valuesOf } from "../../project/train/sweep.ts";
import type { ReportData } from "../../report/run/data.ts";
import { differences, Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const program = `model m(x: [2]) { dense 24; relu; dense 2 }
data points = moons(n=120, noise=0.3)
train t(lr=0.02) on points {
  loss cross_entropy(m(x), label)
  metric accuracy(m(x), label)
  optimizer adam lr=lr
  batch 16
  epochs 6
}
`;

const grid = ["--set", "lr=0.1,0.001", "--seeds", "2", "--jobs", "2"];
/** `npm test` has 2 settings of 2 seeds; with SWEEPS=1 it is 12 of 3. */
const long = process.env.SWEEPS
  ? [
      "--set",
      "lr=0.1,0.01,0.001",
      "--set",
      "batch=16,96",
      "--set",
      "optimizer.beta1=0.9,0.5",
      "--seeds",
      "3",
      "--jobs",
      "2",
    ]
  : grid;

interface Row extends CellResult {
  readonly best: boolean;
}

let whole: string;
const rowsOf = (out: string): Row[] =>
  out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

beforeAll(async () => {
  place.write("m.dnn", program);
  const { code, out } = await place.run("sweep", "m.dnn", ...long, "--out", "whole", "--json");
  expect(code).toBe(0);
  whole = out;
}, 600_000);

describe("by hand", () => {
  test("settings are every value with every other", () => {
    expect(gridOf(["a=1,2", "b=x,y"])).toEqual([
      ["a=1", "b=x"],
      ["a=1", "b=y"],
      ["a=2", "b=x"],
      ["a=2", "b=y"],
    ]);
    expect(valuesOf('a=[1,2],"p,q",3')).toEqual(["a=[1,2]", 'a="p,q"', "a=3"]);
    expect(gridOf([])).toEqual([[]]);
    expect(() => valuesOf("a=1,,2")).toThrow("a value is missing");
    expect(() => gridOf(["a=1", "a=2"])).toThrow("--set a is given twice");
  });

  test("some of them are chosen once each, the same for the same seed", () => {
    const all = Array.from({ length: 20 }, (_, i) => i);
    const some = someOf(all, 6, 3);
    expect(new Set(some).size).toBe(6);
    expect(some).toEqual(someOf(all, 6, 3));
    expect(some).not.toEqual(someOf(all, 6, 4));
    expect(some).toEqual(some.toSorted((a, b) => a - b));
  });

  test("mean and deviation, and a setting of which a run diverged is behind the others", () => {
    const run = (loss: number) => ({ result: { epoch: 1, train: {}, heldout: { loss } } }) as never;
    const [a, b] = [cellResult(["lr=1"], [run(1), run(2), run(6)]), cellResult(["lr=2"], [run(0.5), undefined])];
    expect(a.figures.loss).toEqual({ mean: 3, deviation: Math.sqrt(7) });
    expect([b.figures.loss, b.diverged]).toEqual([{ mean: 0.5, deviation: undefined }, 1]);
    expect(bestCell([a, b], { figure: "loss", isLowest: true })).toBe(0);
    expect(bestCell([b, cellResult([], [run(9)]), a], { figure: "loss", isLowest: false })).toBe(1);
  });
});

test("each run is the one that train makes of its settings and seed", async () => {
  const [{ settings }] = rowsOf(whole) as [Row];
  const sets = settings.flatMap((s) => ["--set", s]);
  await place.run("train", "m.dnn", ...sets, "--seed", "2", "--out", "alone");
  expect(differences(place.checkpoint("alone"), place.checkpoint("whole/cell-1/seed-2"))).toEqual([]);
});

test("the best has the least mean loss, and the page has the table and every curve", async () => {
  const rows = rowsOf(whole);
  const means = rows.map((r) => r.figures.loss!.mean);
  expect(rows.findIndex((r) => r.best)).toBe(means.indexOf(Math.min(...means)));
  const html = readFileSync(place.path("whole", "report.html"), "utf8");
  expect(statSync(place.path("whole", "report.html")).size).toBeLessThan(1.5e6);
  const data: ReportData = JSON.parse(/id="data">(.*?)<\/script>/s.exec(html)![1]!);
  expect(data.comparison!.best).toBe(rows.findIndex((r) => r.best));
  expect(data.runs).toHaveLength(rows.reduce((sum, r) => sum + r.runs, 0));
  expect(data.facts.find(([name]) => name === "outcome")![1]).toContain("±");
});

test("killed and gone on with, it ends with the same table to the bit", async () => {
  const running = place.start("sweep", "m.dnn", ...long, "--out", "killed", "--json");
  await running.said(process.env.SWEEPS ? "5/36" : "1/4");
  running.child.kill("SIGKILL");
  await running.done;
  expect(existsSync(place.path("killed", "report.html"))).toBe(false);
  const { code, out, err } = await place.run("sweep", "m.dnn", "--resume", "killed", "--jobs", "2", "--json");
  expect([code, err.includes("are there")]).toEqual([0, true]);
  expect(out).toBe(whole);
  const folders = readdirSync(place.path("whole"), { recursive: true, encoding: "utf8" }).filter((f) =>
    existsSync(place.path("whole", f, "latest")),
  );
  expect(folders.length).toBeGreaterThan(3);
  for (const folder of folders)
    expect(differences(place.checkpoint(`whole/${folder}`), place.checkpoint(`killed/${folder}`)), folder).toEqual([]);
}, 600_000);

test("a run that diverges is counted, and the others go on", async () => {
  const { code, out } = await place.run("sweep", "m.dnn", "--set", "lr=0.01,1e38", "--out", "far", "--json");
  expect(code).toBe(0);
  const [near, far] = rowsOf(out);
  expect([near!.diverged, near!.best, far!.diverged, far!.best]).toEqual([0, true, 1, false]);
});

test("what cannot be swept is one error", async () => {
  const said = async (...args: string[]): Promise<string> => {
    const { code, err } = await place.run("sweep", "m.dnn", ...args);
    expect(code).toBe(2);
    expect(err.match(/^error/gm)).toHaveLength(1);
    return err;
  };
  expect(await said("--set", "rate=1,2", "--jobs", "2", "--out", "none")).toContain("'t' has no such setting");
  expect(existsSync(place.path("none"))).toBe(false);
  expect(await said("--set", "rl=1,2", "--out", "none")).toContain("did you mean `lr`?");
  expect(await said("--resume", "whole", "--set", "lr=1")).toContain("--set and --resume exclude each other");
  expect(await said("--set", "lr")).toContain("write key=value,value");
  place.write("other.dnn", program.replace("dense 24", "dense 25"));
  expect((await place.run("sweep", "other.dnn", "--resume", "whole")).err).toContain("is not the program that whole");
  expect((await place.run("sweep", "m.dnn", "--out", "whole")).err).toContain("whole already holds a sweep");
  expect((await place.run("sweep", "m.dnn", "--resume", "alone")).err).toContain("alone holds no sweep");
});

test("runs are compared by what differs, and those of other programs with a warning", async () => {
  const runs = ["whole/cell-1/seed-1", "whole/cell-1/seed-2", "whole/cell-2/seed-1"];
  const { code, out, err } = await place.run("compare", ...runs, "--out", "c.html");
  expect([code, err]).toEqual([0, "the page is c.html\n"]);
  expect(out.split("\n")[0]).toMatch(/^run +(?:lr|optimizer.beta1) +seed +epoch +loss +accuracy +time$/);
  expect(out.trimEnd().split("\n")).toHaveLength(4);
  expect(readFileSync(place.path("c.html"), "utf8")).toContain("whole/cell-2/seed-1");
  await place.run("train", "other.dnn", "--out", "other", "--epochs", "1");
  const other = await place.run("compare", "alone", "other");
  expect([other.code, other.err.match(/warning/g)?.length]).toEqual([0, 1]);
  expect(other.err).toContain("alone and other differ in their programs");
  const one = await place.run("compare", "alone");
  expect([one.code, one.err.includes("is one run")]).toEqual([2, true]);
});
