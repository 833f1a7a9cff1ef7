// Proves that ARCHITECTURE.md leads somewhere: each file that it names is there, and has in it what it is said to have.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("ARCHITECTURE.md", root), "utf8");

const rows = text
  .split("## Where is ...?")[1]!
  .split("\n## ")[0]!
  .split("\n")
  .filter((line) => line.startsWith("| ") && line.includes("`"))
  .map((line) => line.split(" | "));

test.each(rows)("%s: found where it is said to be", (_, files = "", name = "") => {
  const paths = [...files.matchAll(/`([^`]+)`/g)].map(([, path]) => path!);
  const [, word] = /`(\w+)`/.exec(name) ?? [];
  expect(paths.length).toBeGreaterThan(0);
  for (const path of paths) {
    const source = readFileSync(new URL(path, root), "utf8");
    if (word) expect(source).toMatch(new RegExp(`\\b${word}\\b`));
  }
});

test("the table answers what people look for first", () => {
  const asked = rows.map(([what]) => what).join("\n");
  for (const what of ["gradient of a loss", "window", "tile", "shuffling", "progress bar", "hover"])
    expect(asked).toContain(what);
});

test("every path that is written out leads to a file or folder", () => {
  const paths = [
    ...text.matchAll(/`((?:grammar|compiler|runtime|project|report|editor|cli|stdlib|test|embed)\/[\w./-]*)`/g),
  ];
  expect(paths.length).toBeGreaterThan(30);
  for (const [, path] of paths) expect(existsSync(new URL(path!, root)), path).toBe(true);
});

test("every folder of code is described", () => {
  const folders = [
    "grammar",
    "compiler",
    "runtime",
    "project",
    "report",
    "editor",
    "cli",
    "embed",
    "playground",
  ].flatMap((top) =>
    readdirSync(new URL(`${top}/`, root), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.includes("node_modules"))
      .map((path) => posix.dirname(posix.join(top, path.replaceAll("\\", "/")))),
  );
  // By its path, or in the row of the folder around it by its name.
  const isDescribed = (folder: string): boolean =>
    text.includes(`\`${folder}/`) || text.includes(`\`${posix.basename(folder)}/\``);
  expect([...new Set(folders)].filter((folder) => !isDescribed(folder))).toEqual([]);
});
