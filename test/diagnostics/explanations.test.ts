// Proves the catalogue of mistakes: each code's bad program is reported with it and its good one not at all, each is printed as
// recorded in snapshots/ (UPDATE=1 writes them again), every code of the sources is explained, and none is explained in vain.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { explanations, shownFiles } from "../../compiler/diagnostics/explanations/all.ts";
import type { Explanation } from "../../compiler/diagnostics/explanations/explanation.ts";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { placeIn, remarksOn, requestOf } from "../../project/data/declaration.ts";
import { asFailure } from "../../project/failure.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { openText, texts } from "../support/opened.ts";
import { beyond } from "./beyond.ts";

const print = (d: Diagnostic): string => printDiagnostic(d, texts, { colour: false });

/** Diagnostics of a program, its data loaded from the files beside it. */
async function saidOf(
  text: string,
  files: Readonly<Record<string, string>> | undefined,
): Promise<readonly Diagnostic[]> {
  const opened = openText("test.dnn", `${text}\n`);
  if (!files) return checkOpened(opened);
  const bytes = Object.entries(files).map(([name, content]) => [name, new TextEncoder().encode(content)] as const);
  const [definition] = opened.program.data.values();
  try {
    const files = memoryFiles(Object.fromEntries(bytes));
    // A program that trains, or cannot be read, is checked with its data, as the command does.
    if (opened.program.trains.length > 0 || opened.syntax.length > 0) return checkOpened(opened, { base: "", files });
    return remarksOn(await loadDataset(requestOf(opened.program, definition!, ""), files), definition!);
  } catch (error) {
    const failed = asFailure(error, { span: placeIn(definition!, error) });
    if (!failed) throw error;
    return failed.diagnostics;
  }
}

const snapshots = new Map<string, string[]>();

function note(code: string, shown: string): void {
  const phase = code.split("/")[0]!;
  snapshots.set(phase, [...(snapshots.get(phase) ?? []), `== ${code}\n\n${shown.trimEnd()}\n`]);
}

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, "    ");

function programText({ bad, files }: Explanation): string {
  const beside = Object.entries(files?.bad ?? {}).map(([name, content]) => `${name}:\n${indented(content)}`);
  return [indented(bad!), ...beside].join("\n\n");
}

for (const e of explanations.filter((e) => e.bad !== undefined)) {
  test(`${e.code}: the bad program is reported so, the good one not at all`, async () => {
    const found = await saidOf(e.bad!, e.files?.bad);
    const wanted = found.filter((d) => d.code === e.code);
    expect(found.map((d) => d.code)).toContain(e.code);
    note(e.code, `${programText(e)}\n\n${wanted.map(print).join("\n\n")}`);
    expect((await saidOf(e.good!, e.files?.good)).map(print)).toEqual([]);
  });
}

for (const [code, make] of beyond) {
  test(`${code}, which no text of a program shows`, { timeout: 30_000 }, async () => {
    const text = await make();
    expect(text).toContain(`[${code}]`);
    note(code, text);
  });
}

test("each is printed as it was reviewed", () => {
  const folder = new URL("snapshots/", import.meta.url);
  for (const [phase, parts] of snapshots) {
    const file = new URL(`${phase}.txt`, folder);
    const text = parts.join("\n\n");
    if (process.env.UPDATE) writeFileSync(file, text);
    expect(text, phase).toBe(readFileSync(file, "utf8"));
  }
  const shown = new Set([...snapshots.values()].flat().map((part) => /^== (\S+)/.exec(part)![1]));
  expect(explanations.map((e) => e.code).filter((code) => !shown.has(code))).toEqual([]);
});

test("every mistake says what to do about it", () => {
  const silent = [...snapshots.values()].flat().filter((part) => !part.includes("= hint: "));
  expect(silent.map((part) => part.split("\n")[0])).toEqual([]);
});

test("no example shows the same with and without the mistake", () => {
  const shown = (text: string | undefined, files: Readonly<Record<string, string>> | undefined) =>
    [text, ...shownFiles(files).map((file) => file.text)].join("\n");
  const same = explanations.filter(
    (e) => e.bad !== undefined && shown(e.bad, e.files?.bad) === shown(e.good, e.files?.good),
  );
  expect(same.map((e) => e.code)).toEqual([]);
});

test("no code is explained twice, and every explanation ends as a sentence", () => {
  const codes = explanations.map((e) => e.code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { text } of explanations) expect(text).toMatch(/[.?]$/);
});

/** Codes as the sources write them; `describeExpected("name")` of the grammar gives `syntax/name`. */
function codesOfSources(): Set<string> {
  const root = new URL("../../", import.meta.url);
  const codes = new Set<string>();
  for (const folder of ["grammar", "compiler", "runtime", "project", "embed", "report", "cli"])
    for (const name of readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts") || name.includes("explanations")) continue;
      const text = readFileSync(new URL(`${folder}/${name}`, root), "utf8");
      const phases = [...new Set(explanations.map((e) => e.code.split("/")[0]))].join("|");
      for (const [, code] of text.matchAll(new RegExp(`"((?:${phases})/[a-z0-9-]+)"`, "g"))) codes.add(code!);
      if (folder === "grammar")
        for (const [, name] of text.matchAll(/(?:describeExpected\(|code: )"([a-z-]+)"/g)) codes.add(`syntax/${name}`);
    }
  // Never shown: stands for what was said already.
  codes.delete("types/unknown");
  return codes;
}

test("every code of the sources is explained, and every explained code is used", () => {
  const used = codesOfSources();
  const explained = new Set(explanations.map((e) => e.code));
  expect([...used].filter((c) => !explained.has(c))).toEqual([]);
  expect([...explained].filter((c) => !used.has(c))).toEqual([]);
});
