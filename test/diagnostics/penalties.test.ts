// Proves that a penalty which holds no weight back is told, however it is written, and that penalties, energies and learned scales which
// are meant as they are written are not.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const said = (program: string): Promise<readonly Diagnostic[]> => checkOpened(openText("test.dnn", program));

const LOSS = "cross_entropy(m(x), label)";
const training = (lines: string, model = "model m(x: [2]) { param w: [2, 2]; it @ w }"): string =>
  `${model}\ndata d = xor()\ntrain m on d { ${lines} }\n`;
const LAYERS = "model m(x: [2]) { dense 8; tanh; dense 2 }";

test.each([
  [training(`loss ${LOSS} + 0.01 * sum(m.w)`), "train/wrong-direction", "sum(m.w^2)"],
  [training(`loss ${LOSS} + 0.01 * mean(m.dense1.weight)`, LAYERS), "train/wrong-direction", "l2(m)"],
  [training(`loss ${LOSS} - 0.01 * sum(m.w)`), "train/wrong-direction", "one way"],
  [training(`loss ${LOSS}; loss sum(m.w) / 100`), "train/wrong-direction", "sum(abs(m.w))"],
  [training(`loss ${LOSS} + 0.01 * sum(m.w^3)`), "train/wrong-direction", "one way"],
  [training(`w = m.w; loss ${LOSS} + 0.01 * sum(w * w * w)`), "train/wrong-direction", "one way"],
  [training(`step m { maximize -${LOSS} - 0.01 * sum(m.w) }`), "train/wrong-direction", "sum(m.w^2)"],
  [
    training(`r = 0; for w in weights(m) { r = r + sum(w) }; loss ${LOSS} + 0.01 * r`, LAYERS),
    "train/wrong-direction",
    "m.dense1.weight",
  ],
  [training(`loss ${LOSS} - 0.01 * sum(m.w^2)`), "train/wrong-direction", "larger, without end"],
  [training(`loss ${LOSS} - 0.01 * l2(m)`, LAYERS), "train/wrong-direction", "larger, without end"],
  [training(`maximize -${LOSS} + 0.01 * sum(abs(m.w))`), "train/wrong-direction", "a minus in a `maximize`"],
  [training(`loss ${LOSS} + 0.01 * sum(m.w)^2`), "train/cancelling", "before the sum"],
])("%j is told", async (program, code, part) => {
  const found = await said(program);
  expect(found.map((d) => d.code)).toEqual([code]);
  expect(`${found[0]?.message}; ${found[0]?.hint}`).toContain(part);
});

test.each([
  training(`loss ${LOSS} + 0.01 * sum(m.w^2)`),
  training(`loss ${LOSS} + 0.01 * sum(abs(m.w))`),
  training(`loss ${LOSS} + 0.01 * l2(m)`, LAYERS),
  training(`maximize -${LOSS} - 0.01 * sum(m.w^2)`),
  training(`loss ${LOSS} + 0.01 * sqrt(sum(m.w^2) + 1e-9)`),
  training(`loss ${LOSS} + 0.01 * sum(max(m.w, 0))`),
  training(`loss ${LOSS} + sum((m.w @ transpose(m.w) - eye(2))^2)`),
  training(`loss ${LOSS} + (sum(m.w) - 1)^2`),
  training(`loss ${LOSS} - 0.1 * sum((m.w[0] - m.w[1])^2)`),
  training(`loss ${LOSS} + 0.01 * sum(x * m.w[0])`),
  // A rule keeps the weights from falling below 0.
  training(`step m { minimize ${LOSS} + 0.01 * sum(m.w) }; step { update m.w = max(m.w, 0) }`),
  // A deviation that is learned: its logarithm stands beside the error that it divides (Kendall and Gal, 2017).
  training(`loss exp(-m.s) * ${LOSS} + m.s`, "model m(x: [2]) { param s: [] = 0; dense 8; tanh; dense 2 }"),
  // The margin of a machine of one class (Schoelkopf et al., 2001).
  training(
    "loss 0.5 * sum(m.w^2) + 10 * relu(m.rho - m(x)[0]) - m.rho",
    "model m(x: [2]) { param w: [2, 1]; param rho: [] = 0; it @ w }",
  ),
])("of %j nothing is said", async (program) => {
  expect((await said(program)).map((d) => `${d.code}: ${d.message}`)).toEqual([]);
});
