// Proves that the first message about each of forty slips is enough to put it right: it names what was seen, what was expected
// and what to write. All forty are printed in snapshots/seeded.txt, to be read (UPDATE=1 rewrites it).

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText, texts } from "../support/opened.ts";
import { seeded } from "./seeded.ts";

const said: string[] = [];

for (const { example, from, to, code, says, inLibrary } of seeded) {
  test(`${example}: ${JSON.stringify(from)} becomes ${JSON.stringify(to)}`, async () => {
    const text = readFileSync(new URL(`../../examples/${example}.dnn`, import.meta.url), "utf8");
    expect(text.split(from).length, "the place is in the example once").toBe(2);
    const file = `${example}.dnn`;
    const found = await checkOpened(openText(file, text.replace(from, to)));
    const printed = found.map((d) => printDiagnostic(d, texts, { colour: false }));
    said.push(`== ${example}: ${from.trim()} -> ${to.trim()}\n\n${printed[0]}`);
    expect(printed[0]).toMatch(new RegExp(`\\[${code}\\]`));
    for (const piece of says) expect(printed[0]).toContain(piece);
    // The place is in the program, whatever the library was doing.
    expect(found[0]!.span!.file).toBe(file);
    if (inLibrary) expect(printed[0]).toContain("stdlib/");
    // No cascade: one slip, one mistake. Two where the slip stands in two lines that are both wrong.
    expect(found.length, printed.join("\n\n")).toBeLessThanOrEqual(2);
  });
}

test("the messages are as they were read and found good", () => {
  expect(seeded.length).toBeGreaterThanOrEqual(40);
  expect(seeded.filter((s) => s.inLibrary).length).toBeGreaterThanOrEqual(5);
  const file = new URL("snapshots/seeded.txt", import.meta.url);
  const text = `${said.join("\n\n\n")}\n`;
  if (process.env.UPDATE) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
});
