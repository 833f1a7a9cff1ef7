// Proves that `dnn explain` explains codes and names, and suggests others for words that are neither.

import { readFileSync } from "node:fs";
import { afterAll, expect, test, vi } from "vitest";
import { verb } from "../../cli/verbs/programs/explain.ts";
import { explanations } from "../../compiler/diagnostics/explanations/all.ts";
import { wordTypes } from "../../grammar/syntax/tokentypes.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

test("a layer is explained with its signature, its formula and the line where it stands", async () => {
  const { code, out } = await place.run("explain", "conv");
  expect(code).toBe(0);
  expect(out).toMatch(/^block conv\(size, filters=none, stride=1, /);
  expect(out).toContain("size = (W - F + 2P)/S + 1");
  const line = Number(/\(stdlib\/layers\.dnn:(\d+)\)\n$/.exec(out)?.[1]);
  const text = readFileSync(new URL("../../stdlib/layers.dnn", import.meta.url), "utf8");
  expect(text.split("\n")[line - 1]).toMatch(/^block conv\(/);
});

test("a source is explained with arguments and fields; so are functions, settings, and names that mean two things", async () => {
  const source = (await place.run("explain", "digits")).out;
  expect(source).toMatch(
    /arguments:\n {2}n +pictures to train on\n[\s\S]*fields:\n {2}image +\[28, 28, 1\] +grey values/,
  );
  expect((await place.run("explain", "onehot")).out).toMatch(/^onehot\(x, classes=\.\.\.\)\n\na class as a vector/);
  expect((await place.run("explain", "patience")).out).toContain("(a line of a training)");
  expect((await place.run("explain", "images")).out).toMatch(/^images\(dir, [\s\S]*\n\nimages\(picture, grid=8x8\)/);
});

test("without an argument every code is listed under its phase", async () => {
  const { code, out } = await place.run("explain");
  expect(code).toBe(0);
  const [syntax] = out.split("\n\n");
  expect(syntax).toMatch(/^syntax(\n {2}syntax\/[a-z-]+)+$/);
  for (const e of explanations) expect(out).toContain(`\n  ${e.code}\n`);
  expect((await place.run("explain", "cells")).out).toMatch(/^cells(\n {2}cells\/[a-z-]+)+\n\n/);
});

test("what is neither a code nor a name gets near ones only", async () => {
  const asked = async (what: string): Promise<string> => {
    const { code, err } = await place.run("explain", what);
    expect(code).toBe(2);
    expect(err.length).toBeLessThan(300);
    return err;
  };
  expect(await asked("convv")).toContain("did you mean conv?");
  expect(await asked("Linear")).toContain("did you mean dense?");
  expect(await asked("product-mismatch")).toContain("did you mean shapes/product-mismatch?");
  expect(await asked("shapes/product-mismach")).toContain("did you mean shapes/product-mismatch?");
  expect(await asked("qqqqqqqqq")).toContain("`dnn explain` lists the codes");
});

test("every word of the grammar is explained, not only as a name that is near", async () => {
  const written: string[] = [];
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => written.push(String(text)) > 0);
  for (const word of wordTypes.keys()) expect(await verb.run([word], {}), word).toBe(0);
  write.mockRestore();
  expect(written).toHaveLength(wordTypes.size);
  for (const text of written) expect(text.length).toBeGreaterThan(40);
});
