// `dnn bench`: it names every kernel of a step with its line and its work. How long they take is not looked at.

import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

test("bench names kernels and layers with their lines and operations, and writes a page", async () => {
  place.write("xor.dnn", xor);
  const { code, events } = await place.run("bench", "xor.dnn", "--ms", "1", "--json", "--out", "kernels.html");
  expect(code).toBe(0);
  const [figures] = events as unknown as [
    {
      training: string;
      threads: number;
      kernels: { line: number; source: string; operations: number; ms: number; share: number }[];
      layers: { source: string; kernels: number }[];
    },
  ];
  expect([figures.training, figures.threads]).toEqual(["xor", 1]);
  const dense = figures.kernels.filter((k) => k.source.startsWith("dense") && k.operations > 0);
  expect(dense.length).toBeGreaterThanOrEqual(4);
  const lines = xor.split("\n");
  for (const k of figures.kernels.filter((k) => k.source !== ""))
    expect(lines[k.line - 1]).toContain(k.source.slice(0, 20));
  for (const k of figures.kernels) expect(k.ms * k.share).toBeGreaterThanOrEqual(0);
  expect(figures.layers.reduce((n, l) => n + l.kernels, 0)).toBe(figures.kernels.length);
  const page = readFileSync(place.path("kernels.html"), "utf8");
  for (const k of dense) expect(page).toContain(k.source);
}, 60_000);

test("bench says that a program without a training has no step", async () => {
  place.write("model.dnn", "model net(x: [4]) { dense 2 }\n");
  const { code, err } = await place.run("bench", "model.dnn");
  expect([code, err]).toEqual([1, expect.stringContaining("has no training")]);
});
