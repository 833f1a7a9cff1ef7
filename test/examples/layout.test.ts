// Proves that every example has a target, a file of tests that trains it, its figure and its picture in the gallery, and that
// examples and library stand in the canonical layout.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { expect, test } from "vitest";
import { hasPictures } from "../../cli/terminal/showlines.ts";
import { format } from "../../grammar/format/format.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { friendsFile } from "../../scripts/friends.ts";
import type { Figure } from "../../scripts/gallery.ts";
import { GROUPS } from "../../scripts/gallerytables.ts";
import { TARGETS } from "./targets.ts";
import { SHARES, TRAINED } from "./trained.ts";
import { isClearlyMissed } from "./trivial.ts";

const root = new URL("../../", import.meta.url).pathname;

test("every example has a target", () => {
  expect(Object.keys(TARGETS).sort()).toEqual(TRAINED.toSorted());
});

test("the stated figures of three seeds reach the target, and the trivial answer beside them does not", () => {
  for (const [name, target] of Object.entries(TARGETS)) {
    const { seeds, trivial, atLeast = -Infinity, atMost = Infinity } = target;
    for (const figure of seeds ?? []) {
      expect(figure >= atLeast && figure <= atMost, `${name}: ${figure}`).toBe(true);
      expect(isClearlyMissed(target, trivial!.figure, figure), name).toBe(true);
    }
  }
});

test("the gallery's figures are those of the tests, where both train alike", () => {
  const figures = JSON.parse(readFileSync(join(root, "examples/figures.json"), "utf8")) as Record<string, Figure>;
  for (const [name, { metric, trivial, seeds, flags }] of Object.entries(TARGETS)) {
    expect(figures[name]!.metric, name).toBe(metric);
    if (!seeds || flags) continue;
    const way = Math.abs(seeds[0] - trivial!.figure);
    expect(Math.abs(figures[name]!.value - seeds[0]), name).toBeLessThanOrEqual(way / 10);
  }
});

test("the gallery has the figure of every example, and a small picture of each that draws", () => {
  const figures = JSON.parse(readFileSync(join(root, "examples/figures.json"), "utf8")) as Record<string, unknown>;
  expect(Object.keys(figures).sort()).toEqual(TRAINED.toSorted());
  const drawing = TRAINED.filter((name) => {
    const { definitions } = parse(readFileSync(join(root, "examples", `${name}.dnn`), "utf8"), name).file;
    return definitions.some((d) => d.kind === "train" && hasPictures(d));
  });
  for (const name of drawing)
    expect(statSync(join(root, "examples/pictures", `${name}.png`)).size, name).toBeLessThan(40_000);
});

test("the file of the graph is the one that its script makes", () => {
  const shipped = unzipSync(readFileSync(join(root, "examples/friends.npz")));
  expect(unzipSync(friendsFile())).toEqual(shipped);
});

test("every group of the gallery is trained in one file of tests", () => {
  expect(Object.values(SHARES).flat().sort()).toEqual(Object.keys(GROUPS).sort());
  for (const share of Object.keys(SHARES))
    expect(readFileSync(join(root, `test/examples/${share}.test.ts`), "utf8")).toContain(`testExamples("${share}")`);
});

test("`npm run trainings` trains what `npm test` leaves out, and continuous integration runs both", () => {
  const read = (file: string): string => readFileSync(join(root, file), "utf8");
  const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
  const left = /vitest run --exclude "test\/examples\/\{([\w,]+)\}\.test\.ts"$/.exec(scripts.test!)?.[1]?.split(",");
  const trained = scripts.trainings!.split(" ").flatMap((word) => /^test\/examples\/(\w+)$/.exec(word)?.[1] ?? []);
  expect(left).toEqual(Object.keys(SHARES).toSorted());
  expect(trained).toEqual(left);
  for (const file of [".ci/run", ".github/workflows/test.yml", ".github/workflows/release.yml"])
    expect(read(file), file).toMatch(/npm test\n[\s\S]*npm run trainings\n/);
});

test("examples and library stand in the canonical layout", () => {
  for (const folder of ["examples", "stdlib"]) {
    for (const file of readdirSync(join(root, folder)).filter((f) => f.endsWith(".dnn"))) {
      const text = readFileSync(join(root, folder, file), "utf8");
      expect(format(text, file), file).toEqual({ text });
    }
  }
});
