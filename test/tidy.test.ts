// The rules that keep the house in order: who may know which op, who may import whom, and how large a file grows.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { registry } from "../compiler/ops/registry.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const FOLDERS = ["grammar", "compiler", "runtime", "cli"];

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

const textOf = (file: string): string => readFileSync(join(root, file), "utf8");
const sources = FOLDERS.flatMap(filesUnder);

/** Ops that are no computation but the frame of a graph: leaves, loops, and what passes exist to replace. */
const FRAME = ["parameter", "constant", "random", "scan", "pick", "gradient", "over_batch"];

test("passes, kernels and targets ask what class an op is of, never which one it is", () => {
  const asked = /\.op\s*[!=]==\s*"(\w+)"|opOf\("(\w+)"\)/g;
  const places = ["compiler/graph", "compiler/passes", "compiler/kernel", "compiler/targets"].flatMap(filesUnder);
  const named = places.flatMap((file) => [...textOf(file).matchAll(asked)].map((m) => `${file}: ${m[1] ?? m[2]}`));
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((n) => !FRAME.includes(n.split(": ")[1]!))).toEqual([]);
  expect(named.filter((n) => /^compiler\/(kernel|targets)/.test(n))).toEqual([]);
  for (const name of FRAME) expect(registry().has(name), name).toBe(true);
});

/** Folders whose files a folder may import, and single files of others. */
const MAY_IMPORT: Readonly<Record<string, RegExp>> = {
  grammar: /^grammar\//,
  compiler: /^(compiler|grammar)\/|^runtime\/plan\.ts$/,
  runtime: /^runtime\//,
  cli: /^(cli|compiler|grammar|runtime)\//,
};

test("folders import only what is below them", () => {
  const wrong: string[] = [];
  for (const file of sources)
    for (const [, path] of textOf(file).matchAll(/(?:from|import)\s*\(?"(\.[^"]+)"/g)) {
      const target = relative(root, join(root, dirname(file), path!));
      if (!MAY_IMPORT[file.split("/")[0]!]!.test(target)) wrong.push(`${file} imports ${target}`);
    }
  expect(wrong).toEqual([]);
});

test("only the command line and files named for it know Node", () => {
  const wrong = sources.filter(
    (file) => !file.startsWith("cli/") && !/\.node\.ts$|\/node\.ts$/.test(file) && /from "node:/.test(textOf(file)),
  );
  expect(wrong).toEqual([]);
});

test("every file opens with what it is, and none has grown beyond 700 lines", () => {
  for (const file of sources) {
    const text = textOf(file);
    expect(text, file).toMatch(/^(#!.*\n)?\/\/ \S/);
    expect(text.split("\n").length, file).toBeLessThan(700);
  }
});
