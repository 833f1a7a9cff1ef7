// Proves that the first message about a student's slip is enough to put it right, and that one slip gives one mistake (a
// consequence in the training counts as a second). Printed in snapshots/students.txt, to be read (UPDATE=1 rewrites it).

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText, texts } from "../support/opened.ts";
import { students } from "./students.ts";

const said: string[] = [];

for (const { what, text, code, says, isAlone } of students)
  test(what, async () => {
    const found = await checkOpened(openText("net.dnn", `${text}\n`));
    const printed = found.map((d) => printDiagnostic(d, texts, { colour: false }));
    said.push(`== ${what}\n\n${printed[0]}`);
    expect(printed[0]).toContain(`[${code}]`);
    for (const piece of says) expect(printed[0]).toContain(piece);
    expect(found[0]!.span!.file).toBe("net.dnn");
    expect(found.length, printed.join("\n\n")).toBeLessThanOrEqual(isAlone ? 1 : 2);
  });

test("the messages are as they were read and found good", () => {
  const file = new URL("snapshots/students.txt", import.meta.url);
  const text = `${said.join("\n\n\n")}\n`;
  if (process.env.UPDATE) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
});
