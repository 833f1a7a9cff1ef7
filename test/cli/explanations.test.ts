// Every explanation's programs: the bad one is reported with the code, the good one is not reported at all.

import { expect, test } from "vitest";
import { checkOpened } from "../../cli/check.ts";
import { openText } from "../../cli/source.ts";
import { explanations } from "../../compiler/diagnostics/explanations/all.ts";

const codesOf = async (text: string): Promise<string[]> =>
  (await checkOpened(openText("test.dnn", `${text}\n`))).map((d) => `${d.code} ${d.message}`);

for (const { code, bad, good } of explanations.filter((e) => e.bad !== undefined)) {
  test(`${code}: the bad program is reported so, the good one not at all`, async () => {
    const found = await codesOf(bad!);
    expect(found.map((f) => f.split(" ")[0])).toContain(code);
    expect(await codesOf(good!)).toEqual([]);
  });
}

test("no code is explained twice, and every explanation ends as a sentence", () => {
  const codes = explanations.map((e) => e.code);
  expect(new Set(codes).size).toBe(codes.length);
  for (const { text } of explanations) expect(text).toMatch(/[.?]$/);
});
