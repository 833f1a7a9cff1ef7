// Proves that no warning is false: nothing is said of any example, all of which are as their authors meant them.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkOpened } from "../../cli/check.ts";
import { openText, texts } from "../../cli/source.ts";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";

const folder = new URL("../../examples/", import.meta.url);

for (const name of readdirSync(folder).filter((n) => n.endsWith(".dnn")))
  test(name, async () => {
    const found = await checkOpened(openText(name, readFileSync(new URL(name, folder), "utf8")));
    expect(found.map((d) => printDiagnostic(d, texts, { colour: false }))).toEqual([]);
  });
