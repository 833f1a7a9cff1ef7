// Proves that a logarithm, a root and a quotient that some rows of a table do not have are told where they are written, and so is a figure
// of all rows that came out of them.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { causeIn } from "../../project/train/divergence.ts";
import { openText } from "../support/opened.ts";

const folder = mkdtempSync(join(tmpdir(), "nonumber-"));
afterAll(() => rmSync(folder, { recursive: true }));
const rows = Array.from({ length: 30 }, (_, i) => `${i},${i % 4},${(i % 9) - 2}`);
writeFileSync(join(folder, "sales.csv"), `area,sold,gain\n${rows.join("\n")}\n`);

async function said(body: string, lines = ""): Promise<string> {
  const data = `data d = csv("sales.csv", label="sold") { ${body} }`;
  const program = `model m(x: [2]) { dense 1 }\n${data}\ntrain m on d { ${lines} loss mse(m(x), y); batch 8 }\n`;
  const found = await checkOpened(openText(join(folder, "sales.dnn"), program));
  return found.flatMap((d) => (d.code === "data/no-number" ? [`${d.message}; ${d.hint}`] : [])).join("\n");
}

test.each([
  ["y = log(y)", "", /'y' is 0 in \d of 24 training rows, where there is no logarithm; write `log\(y \+ 1\)`/],
  ["x = log(x)", "", /column "gain" is 0 or less in/],
  ["gain = sqrt(gain)", "metric w = gain;", /where there is no root; .*`max\(gain, 0\)`/],
  ["x = normalize(x)", "metric share = area / sold;", /divides by 'sold', which is 0 in/],
])("%j and %j are told", async (body, lines, text) => {
  expect(await said(body, lines)).toMatch(text);
});

test.each([
  ["y = log(y + 1)", ""],
  ["y = if y > 0 then log(y) else 0", ""],
  ["y = where(y > 0, log(y), 0)", ""],
  ["y = y + 1; y = log(y)", ""],
  ["x = normalize(x)", "y = y + 1; metric size = log(y);"],
  ["area = sqrt(area)", "metric w = area;"],
])("of %j and %j nothing is said", async (body, lines) => {
  expect(await said(body, lines)).toBe("");
});

test("a figure of the data that is no number is put down to the body of its declaration, a weight to its gradient", () => {
  expect(causeIn("data.sales.mean3").hint).toContain("the body of `data sales`");
  expect(causeIn("net.dense1.weight").hint).toContain("its gradient");
});
