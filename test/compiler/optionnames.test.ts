// Proves that values may be called like short options (p3, s1, d2), and that an ambiguous one is an error.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";

const FINE: readonly string[] = [
  "model net(x: [8, 8, 4]) { p1 = conv(1x1, 4)(x); p2 = maxpool(2)(p1); concat(upsample(p2), p1) }",
  "model net(x: [8]) { d1 = dense(4)(x); d2 = dense(4)(relu(d1)); d1 + d2 }",
  "model net(x: [8, 8, 4]) { s1 = conv(3x3, 8, padding=1)(x); conv(3x3, 4, padding=1)(s1) }",
  "model net(x: [8, 2]) { param w10: [3, 2, 4] = normal; p10 = tanh(x); convolve(p10, w10, stride=1, padding=1) }",
  "model net(x: [8, 8, 4]) { p1 = tanh(x); conv(3x3, 4, p1)(p1) }",
  "model net(x: [8, 8, 4]) { g2 = relu(x); conv 3x3 4 p1 g2; it + g2 }",
  "fn twice(v) = 2 * v\nmodel net(x: [8]) { s3 = tanh(x); twice(s3) }",
  "block after(skip) { dense 8; it + skip }\nmodel net(x: [8]) { s1 = tanh(x); after(s1) }",
  "block after(skip) { dense 8; it + skip }\nmodel net(x: [8]) { dense 8 -> s1; relu; after s1 }",
  "cell simple(n) { state h: [n]; h = tanh(dense(n)(it, h)); h }\nmodel net(s2: [5, 8]) { r = simple 4; r(s2) }",
  "model one(p1: [8]) { dense 8 }\nmodel net(x: [8]) { p1 = tanh(x); one(p1) }",
];

for (const program of FINE)
  test(`nothing is said of \`${program.split("\n").at(-1)}\``, () => {
    expect(checkText(program)).toEqual([]);
  });

const SAID: readonly (readonly [program: string, code: string, part: string])[] = [
  ["model net(x: [8, 8, 4]) { p1 = 2; conv 3x3 4 p1; it * p1 }", "calls/flag-or-value", "`p1` is short for padding=1"],
  [
    "block b(skip, padding=0) { dense(8 + padding)(it) + skip }\nmodel net(x: [8]) { p1 = tanh(x); b(p1) }",
    "calls/flag-or-value",
    "write `padding=1` for the option, or `(p1)` for the value",
  ],
  ["model net(x: [8, 8, 4]) { upsample(p2) }", "calls/unknown-parameter", "`p2` is short for padding=2"],
  ["model net(x: [8, 8, 4]) { maxpool(2)(p2) }", "calls/unknown-parameter", "`p2` is short for padding=2"],
  ["model net(x: [7, 7, 4]) { dense 4 s2 }", "calls/unknown-parameter", "'dense' has no 'stride'"],
];

for (const [program, code, part] of SAID)
  test(`\`${program.split("\n").at(-1)}\` is answered at its argument`, () => {
    const said = checkText(program);
    expect(said.map((d) => d.code)).toContain(code);
    expect(said.map((d) => `${d.message} ${d.hint}`).join("\n")).toContain(part);
  });

test("a loss may be a value that is called like an option", () => {
  const program = `model net(x: [4]) { dense 1 }
train net on d { p1 = mse(net(x), 1); loss p1; s2 = mean(net(x)); metric s2 }`;
  expect(checkText(program, [{ name: "x", shape: [4] }])).toEqual([]);
});
