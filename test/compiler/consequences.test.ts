// Proves that a mistake is said once: what follows from a value that could not be worked out is silent.

import { expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const FIRST = "model m(x: [4]) {\n  y = dens(3)\n  LINE\n  dense 2\n}\n";
const LINES = [
  "if y { dense 4 }",
  "for i in y { dense 2 }",
  "a, b = y",
  "dense y",
  "lstm y",
  "conv 3x3 y",
  "y[0]",
  "param w: [y] = he",
  "state h: [y]",
  "repeat y { dense 2 }",
  "reshape y",
  "fresh(y)",
  "y(it)",
  "it @ y",
  "concat(it, y)",
];

test.each(LINES)("nothing is said of `%s` below an unknown name", async (line) => {
  const found = await checkOpened(openText("test.dnn", FIRST.replace("LINE", line)));
  expect(found.map((d) => `${d.code} at ${d.span?.start}`)).toEqual(["names/unknown at 24"]);
});

test("an update of what is unknown, and of a model that was not called, says one thing", async () => {
  const text = "model m(x: [4]) { param w: [4] = 0; it * w }\ndata d = xor()\n";
  const train = (line: string): string => `${text}train m on d { step { ${line} } }\n`;
  const codes = async (line: string): Promise<string[]> =>
    (await checkOpened(openText("test.dnn", train(line)))).map((d) => d.code);
  expect(await codes("update m.w += q")).toEqual(["names/unknown"]);
  expect(await codes("update m.w += 1")).toEqual([]);
});
