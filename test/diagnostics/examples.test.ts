// Proves that no warning is false: nothing is said of any example, all of which are as their authors meant them.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { parseDataOption, replaceData } from "../../project/data/override.ts";
import { TARGETS } from "../examples/targets.ts";
import { machine, openText, texts } from "../support/opened.ts";

const folder = new URL("../../examples/", import.meta.url);

for (const name of readdirSync(folder).filter((n) => n.endsWith(".dnn")))
  test(name, async () => {
    const opened = openText(name, readFileSync(new URL(name, folder), "utf8"));
    // A text that the user has: what the gallery reads in its place.
    const { data = [] } = TARGETS[name.replace(".dnn", "")] ?? {};
    for (const option of data.slice(1)) replaceData(opened, parseDataOption(option, machine.currentFolder));
    const found = await checkOpened(opened);
    expect(found.map((d) => printDiagnostic(d, texts, { colour: false }))).toEqual([]);
  });
