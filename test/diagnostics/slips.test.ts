// Proves that one slip gives one message, at its own place, with a hint that says what to write: where a first mistake makes others
// look wrong, these are not said, and where a program means something else than it seems to, a warning says so.

import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const found = (text: string): Promise<Diagnostic[]> => checkOpened(openText("net.dnn", text));
const trained = (model: string, loss = "cross_entropy(net(image), label)"): string =>
  `${model}\ndata d = digits()\ntrain net on d {\n  loss ${loss}\n}\n`;

describe("of a bracket that is never closed", () => {
  const picture = (lines: string): string => trained(`model net(image: [28, 28, 1]) {\n${lines}\n}`);
  test.each([
    [picture("  conv 3x3 16 p1; relu\n  dense(10\n  flatten"), "(10"],
    [picture("  flatten\n  h = relu(dense(64)(it)\n  h; dense 12"), "(dense"],
    [picture("  residual { conv 3x3 16 p1; relu\n  flatten\n  dense 10"), "{ conv"],
    [picture("  y = reshape(image, [2, 3)\n  flatten; dense 10"), "[2, 3"],
    [picture("  y = (image + ones([3])\n  flatten; dense 10"), "(image +"],
    [trained("model net(image: [28, 28, 1]) { flatten; dense 10 }", "cross_entropy(net(image, label)"), "(net"],
    ["model net(x: [4]) {\n  param w: [4, 3 = 0\n  it @ w\n}\n", "[4, 3 ="],
    ["model net(x: [4]) {\n  for n in [2, 3 { dense n }\n  dense 2\n}\n", "[2, 3"],
    ["optimizer slow(lr) { param -= lr * (grad }\nmodel net(x: [4]) { dense 2 }\n", "(grad"],
  ])("nothing else is said: %s", async (text, at) => {
    const all = await found(text);
    expect(all.map((d) => [d.code, text.slice(d.span?.start).startsWith(at)])).toEqual([
      ["syntax/unclosed-bracket", true],
    ]);
  });
});
