// Proves that programs which do something else than their authors mean are told so, and that their like which are meant are not: a loss
// that grows, a model that no step trains, a label that is given away, weights that stay alike.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const said = (program: string): Promise<readonly Diagnostic[]> => checkOpened(openText("test.dnn", program));

const training = (lines: string, models = "model m(x: [2]) { dense 8; tanh; dense 2 }"): string =>
  `${models}\ndata d = xor()\ntrain run on d { ${lines} }\n`;
const PAIR = "model G(z: [4]) { dense 8; tanh; dense 2 }\nmodel D(x: [2]) { dense 8; tanh; dense 1; sigmoid }";
const adversarial = (lines: string, models = PAIR): string =>
  `${models}\ndata d = gaussians()\ntrain gan on d { ${lines} }\n`;
const GIVEN = "model m(x: [2], k: class 2) { concat(x, onehot(k)); dense 8; tanh; dense 2 }";
const LOGITS = PAIR.replace("; sigmoid", "");

test.each([
  // directions
  [training("maximize cross_entropy(m(x), label)"), "train/wrong-direction", "`minimize` in place of `maximize`"],
  [training("loss -mse(m(x), onehot(label))"), "train/wrong-direction", "leave out the minus"],
  [training("y = cross_entropy(m(x), label); loss -y / 2"), "train/wrong-direction", "larger"],
  [
    adversarial(
      "step D { minimize log(D(x)) + log(1 - D(G(normal([4])))) }; step G { maximize log(D(G(normal([4])))) }",
    ),
    "train/wrong-direction",
    "write `maximize`",
  ],
  // steps
  [
    adversarial("step D { minimize bce(D(x), 1) + bce(D(G(normal([4]))), 0) }", LOGITS),
    "train/untrained-model",
    "`step G { ... }`",
  ],
  [
    adversarial("y = D(G(normal([4]))); loss bce(D(x), 1) + bce(y, 0); loss bce(y, 1)", LOGITS),
    "train/opposite-targets",
    "be 0 and 1",
  ],
  [
    "model m(x: [2]) { dense 2 }\nmodel n(x: [2]) { dense 2 }\ndata d = xor()\ntrain n on d { loss cross_entropy(m(x), label) }",
    "train/other-model",
    "it trains 'm'",
  ],
  [
    adversarial(
      "step D { minimize bce(D(x), 1) + bce(D(G(normal([4]))), 1) }; step G { minimize bce(D(G(normal([4]))), 1) }",
      LOGITS,
    ),
    "train/opposite-targets",
    "every answer of this step is to be 1",
  ],
  [training("loss cross_entropy(m(x), label)", "model m(x: [2]) { dense(2)(ones([8])) }"), "train/same-answer", "'m'"],
  // labels
  [
    training("loss cross_entropy(m(x), label)").replace("xor()", "xor() { label = normalize(label) }"),
    "shapes/label-differs",
    "leave the label as the data has it",
  ],
  [training("loss cross_entropy(m(x, label), label)", GIVEN), "train/sees-target", "leave 'label' out"],
  [
    training("loss cross_entropy(m(x, label), label)", GIVEN.replace("onehot(k)", "embed(3)(k)")),
    "train/sees-target",
    "leave 'label' out",
  ],
  // weights
  [
    training("loss cross_entropy(m(x), label)", "model m(x: [2]) { param w: [2, 8] = 0.5; relu(it @ w); dense 2 }"),
    "train/alike-weights",
    "'m.w'",
  ],
  // sums and joins
  [training("loss sum(cross_entropy(m(x), label)) / 32"), "train/summed-number", "divided by 32"],
  [
    training("loss cross_entropy(m(x), label); metric a = sum(argmax(m(x)) == label) / 16"),
    "train/summed-number",
    "16",
  ],
  ["model m(x: [2]) { concat(x, x, 1); dense 2 }", "calls/by-name", "joins along depth"],
  ["model m(x: [T] of V) { embed 8; y, h = gru(8)(it); dense(2)(h) }", "types/cannot-take-apart", "`y.h`"],
  // layers and shapes
  ["model m(x: [None, 784]) { dense 10 }", "shapes/batch-in-shape", "`x: [784]`"],
  ["model m(x: [batch_size, 28, 28, 1]) { conv 3x3 4 }", "shapes/batch-in-shape", "`x: [28, 28, 1]`"],
  ["model m(x: [28, 28, 1]) { conv 3*3 16 }", "layers/window-product", "`conv 3x3`"],
  ["model m(x: [28, 28, 1]) { maxpool 2*2 }", "layers/window-product", "`maxpool 2x2`"],
  ["model m(x: [28, 28, 1]) { conv 3x3 4; softmax; flatten; dense 2 }", "layers/softmax-inside", "`dense`"],
  ["model m(x: [784]) { dense 64 -> relu; dense 10 }", "names/unused", "write `; relu`"],
])("%j is told", async (program, code, part) => {
  const found = (await said(program)).filter((d) => d.code === code);
  expect(found.length).toBeGreaterThan(0);
  expect(`${found[0]?.message}; ${found[0]?.hint}`).toContain(part);
});

test.each([
  // A step makes another model worse; what is compared with each other is pushed apart.
  adversarial(
    "step D { minimize bce(D(x), 1) + bce(D(G(normal([4]))), 0) }; step G { maximize bce(D(G(normal([4]))), 0) }",
    LOGITS,
  ),
  adversarial(
    "step D { maximize log(D(x)) + log(1 - D(G(normal([4])))) }; step G { minimize log(1 - D(G(normal([4])))) }",
  ),
  adversarial(
    "z = normal([4]); step D { minimize bce(D(x), 1) + bce(D(G(z)), 0) }; step G { minimize bce(D(G(z)), 1) }",
    LOGITS,
  ),
  training("loss cross_entropy(m(x), label) - 0.1 * mse(m(x), m(-x))"),
  training("maximize -cross_entropy(m(x), label)"),
  training("y = log_softmax(m(x)); maximize sum(y * onehot(label))"),
  adversarial(
    "step D { minimize bce(D(x), 1) + bce(D(G(normal([4]))), 0) }; step G { minimize bce(D(G(normal([4]))), 1) + bce(D(G(normal([4]))), 1) }",
    LOGITS,
  ),
  "model m() { param w: [2] = 0; w }\ndata d = xor()\ntrain m on d { loss mse(m(), x) }",
  // A conditional generator is given the class, and another model tells which it was.
  `model G(z: [4], k: class 2) { concat(z, onehot(k)); dense 8; tanh; dense 2 }\n${training("loss cross_entropy(m(G(normal([4]), label)), label)")}`,
  // Autoencoders compare with what they are given.
  "model ae(x: [8]) { dense 3; tanh; dense 8 }\ndata d = blobs(classes=2)\ntrain ae on d { x = concat(x, x, x, x); loss mse(ae(x), x) }",
  // One layer may begin at 0, and so may a part that is added to others.
  training("loss cross_entropy(m(x), label)", "model m(x: [2]) { param w: [2, 2] = 0; it @ w }"),
  training(
    "loss cross_entropy(m(x), label)",
    "model m(x: [2]) { param a: [2, 3] = normal; param b: [3, 8] = 0; dense(8)(x) + x @ a @ b; relu; dense 2 }",
  ),
  training("loss sum(onehot(label) * m(x)^2) / 2"),
  "model m(x: [2]) { concat(0, x, x); dense 2 }",
  "model m(x: [2]) { concat(x, 1); dense 2 }",
  "model m(x: [N, 784]) { dense 10 }",
])("of %j nothing is said", async (program) => {
  expect((await said(program)).map((d) => `${d.code}: ${d.message}`)).toEqual([]);
});
