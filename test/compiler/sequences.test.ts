// Proves that units are not read as time steps, and that half of a bidirectional network is not lost, without a word.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";

const simple = "cell simple(n) { state h: [n]; h = tanh(dense(n)(it, h)); h }\n";
const counter = "cell counter() { state s: []; s = s + it; s }\n";

const codes = (program: string): string[] => checkText(program).map((d) => d.code);

const UNITS: readonly string[] = [
  "lstm 8; last; lstm 4; last; dense 2",
  "lstm 8; last; gru 4",
  "lstm 8; last; relu; dropout 0.5; rnn 4",
  "lstm 8; last; gru_after 4",
  "lstm 8; last; bidirectional { lstm 4; last }",
  "lstm 8; last; each { dense 3 }",
  "lstm 8; it[-1]; lstm 4",
  "gru 8 -> y; y.h; gru 4",
  "mean(it, over=time); lstm 4",
  "flatten; lstm 4",
  "flatten; dense 16; relu; lstm 4",
  "lstm 8; last; simple 4",
  "lstm 8; last; layernorm; simple 4",
];
for (const body of UNITS)
  test(`units are no steps: \`${body}\``, () => {
    expect(codes(`${simple}model net(x: [12, 3]) { ${body} }`)).toContain("cells/no-sequence");
  });

const STEPS: readonly string[] = [
  "model net(x: [12, 3]) { lstm 8; lstm 4; last; dense 2 }",
  "model net(x: [T, 3]) { bidirectional { lstm 8 }; bidirectional { lstm 4; last }; dense 2 }",
  "model net(x: [12]) { reshape(it, [12, 1]); lstm 4; last }",
  "model net(x: [12, 3]) { lstm 8; last; reshape(it, [8, 1]); lstm 4; last }",
  "model net(x: [T] of V) { embed 4; lstm 4; last }",
  `${counter}model net(x: [12]) { counter() }`,
  `${counter}model net(x: [12, 3]) { sum(it^2, over=depth); counter() }`,
  `${counter}model net(x: [12, 3]) { dense 1; reshape(it, [12]); counter() }`,
  "model net(x: [12]) { each { 2 * it } }",
  "model net(x: [5, 8, 8, 1]) { each { conv 3x3 2; flatten }; lstm 4; last }",
  `${counter}model net(x: [12, 3]) { it[:, 0]; counter() }`,
];
for (const program of STEPS)
  test(`nothing is said of \`${program.split("\n").at(-1)}\``, () => {
    expect(codes(program)).toEqual([]);
  });

for (const body of [
  "lstm 4; last",
  "gru 4; last",
  "rnn 4; last",
  "bidirectional { lstm 4; last }",
  "relu; lstm 4; last",
])
  test(`a vector may be a series or quantities: \`${body}\``, () => {
    expect(codes(`model net(x: [12]) { ${body} }`)).toEqual(["cells/units-or-steps"]);
  });
test("a user's own cell is checked the same way", () => {
  expect(codes(`${simple}model net(x: [12]) { simple 4; last }`)).toEqual(["cells/units-or-steps"]);
});

const HALF: readonly string[] = [
  "bidirectional { lstm 8 }; last; dense 2",
  "bidirectional { gru 8 }; it[-1]; dense 2",
  "bidirectional { gru 8 }; it[11]; dense 2",
  "bidirectional { rnn 8 }; it[0]; dense 2",
  "bidirectional { lstm 8 }; relu; dropout 0.3; layernorm; last; dense 2",
  "bidirectional { lstm 8 }; dense 4; tanh; last; dense 2",
  "bidirectional { lstm 8 }; bidirectional { lstm 8 }; last; dense 2",
  "concat(lstm(8)(x), reverse(lstm(8)(reverse(x)))); last; dense 2",
  "a = lstm(8)(x); b = reverse(lstm(8)(reverse(x))); last(a + b)",
  "reverse(lstm(8)(reverse(x))); last; dense 2",
];
for (const body of HALF)
  test(`half is lost: \`${body}\``, () => {
    expect(codes(`model net(x: [12, 3]) { ${body} }`)).toEqual(["cells/half-read"]);
  });

test("half is lost where sequences differ in length, too", () => {
  const program = `model net(name: [T] of V) { embed 4; bidirectional { lstm 8 }; last; dense 3 }
train net on d { loss cross_entropy(net(name), label) }`;
  const fields = [
    { name: "name", shape: [6], classes: 5 },
    { name: "name~length", shape: [] },
    { name: "label", shape: [], classes: 3 },
  ];
  expect(checkText(program, fields).map((d) => d.code)).toContain("cells/half-read");
  expect(checkText(program.replace("}; last", "; last }"), fields).map((d) => d.code)).toEqual([]);
});

const WHOLE: readonly string[] = [
  "bidirectional { lstm 8; last }; dense 2",
  "bidirectional { lstm 8 }; mean(it, over=time); dense 2",
  "bidirectional { lstm 8 }; max(it, over=time); dense 2",
  "bidirectional { lstm 8 }; lstm 8; last; dense 2",
  "bidirectional { lstm 8 }; attention 2; last; dense 2",
  "lstm 8; last; dense 2",
  "lstm 8; it[0]; dense 2",
  "reverse(x); gru 8; last; dense 2",
  "reverse(x); last; dense 2",
  "concat(last(lstm(8)(x)), last(lstm(8)(reverse(x)))); dense 2",
  "bidirectional { lstm 8 }; it[5]; dense 2",
];
for (const body of WHOLE)
  test(`nothing is lost: \`${body}\``, () => {
    expect(codes(`model net(x: [12, 3]) { ${body} }`)).toEqual([]);
  });
