// The sources read data from the world outside; the files lie beside the project and are not part of it.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import { column } from "./rawfiles.ts";

const base = resolve(import.meta.dirname, "../../../shared/data");
const present = existsSync(base);
if (!present) console.warn("skipped: the tests on real data, because ../shared/data does not exist");

function load(name: string, path: string, named: Record<string, SourceArgument> = {}) {
  return loadDataset({ name, positional: [path], named, seed: 1, base }, nodeFiles());
}

test.skipIf(!present)("half of MNIST gives 8,000 training and 2,000 held-out digits of all classes", async () => {
  const data = await load("mnist", "mnist");
  expect([data.train.length, data.heldout.length, column(data, "image").shape]).toEqual([8000, 2000, [28, 28, 1]]);
  expect(new Set(column(data, "label", "heldout").values).size).toBe(10);
  expect([...column(data, "label").values.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
});

test.skipIf(!present)("Tiny Shakespeare has 65 characters and 15,685 windows of 64 to train on", async () => {
  const data = await load("text", "tinyshakespeare.txt");
  expect([column(data, "text").classes, data.train.length, data.heldout.length]).toEqual([65, 15685, 1742]);
  const { values, labels } = column(data, "text");
  expect(Array.from(values.subarray(0, 14), (id) => labels?.[id]).join("")).toBe("First Citizen:");
});

test.skipIf(!present)("iris has four numbers and three species", async () => {
  const data = await load("csv", "iris.csv");
  expect([data.train.length, data.heldout.length]).toEqual([120, 30]);
  expect([column(data, "x").shape, column(data, "label").classes]).toEqual([[4], 3]);
});

test.skipIf(!present)("penguins have empty cells: an error by default, rows dropped or filled when asked", async () => {
  await expect(load("csv", "penguins.csv")).rejects.toMatchObject({
    code: "data/csv-missing",
    message: expect.stringContaining("line 5"),
  });
  const dropped = await load("csv", "penguins.csv", { label: "species", missing: "drop" });
  expect(dropped.train.length + dropped.heldout.length).toBe(333);
  const filled = await load("csv", "penguins.csv", { label: "species", missing: "mean" });
  expect(filled.train.length + filled.heldout.length).toBe(344);
  expect([column(filled, "island").classes, column(filled, "sex").labels]).toEqual([3, ["FEMALE", "MALE"]]);
});
