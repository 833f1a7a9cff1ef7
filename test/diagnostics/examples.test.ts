// Proves that no warning is false: nothing is said of any example, all of which are as their authors meant them.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText, texts } from "../support/opened.ts";

const folder = new URL("../../examples/", import.meta.url);

for (const name of readdirSync(folder).filter((n) => n.endsWith(".dnn")))
  test(name, async () => {
    const path = fileURLToPath(new URL(name, folder));
    const opened = openText(path, readFileSync(path, "utf8"));
    const found = await checkOpened(opened);
    expect(found.map((d) => printDiagnostic(d, texts, { colour: false }))).toEqual([]);
  });
