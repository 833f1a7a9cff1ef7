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
const coded = (lines: string, code = "m1 + exp(s / 2) * normal([2])"): string =>
  training(lines, `model m(x: [2]) { m1 = dense(2)(x); s = dense(2)(x); ${code}; dense 8; tanh; dense 2 }`);
const LOGITS = PAIR.replace("; sigmoid", "");

test("a place in a message is that of the program that is checked, whatever was checked before it", async () => {
  const program = "model m(x: [32, 32, 3]) { transpose(it, [2, 0, 1]); conv 3x3 16 p1 }\n";
  const placesOf = async (path: string, text: string): Promise<readonly unknown[]> =>
    (await checkOpened(openText(path, text))).flatMap((d) =>
      (d.related ?? []).map(({ span }) => [span.file, span.start]),
    );
  const [[, start] = []] = (await placesOf("first.dnn", program)) as [string, number][];
  expect(await placesOf("second.dnn", `# moved\n${program}`)).toEqual([["second.dnn", Number(start) + 8]]);
});

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
  [training("loss log_softmax(m(x))[label]"), "train/wrong-direction", "a minus before it"],
  [training("loss sum(onehot(label) * log(softmax(m(x)) + 1e-8))"), "train/wrong-direction", "write `maximize`"],
  [training("maximize -log(softmax(m(x))[label])"), "train/wrong-direction", "leave out the minus"],
  [
    training("p = sigmoid(m(x)[0]); loss label * log(p) + (1 - label) * log(1 - p)"),
    "train/wrong-direction",
    "a minus before it",
  ],
  [training("loss mean(m(x) - x)"), "train/wrong-direction", "`mse(y, target)`"],
  [training("loss mean(m(x) - x)^2"), "train/cancelling", "`mean((y - target)^2)`"],
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
  // loops, codes and labels
  [
    training("for epoch in 0..10 { step m { minimize cross_entropy(m(x), label) } }; epochs 3"),
    "train/epoch-loop",
    "`epochs 10`",
  ],
  [training("repeat 5 { loss cross_entropy(m(x), label) }"), "train/epoch-loop", "5 times"],
  [training("step m { minimize cross_entropy(m(x), label); epochs 3 }"), "train/out-of-place", "beside the step"],
  [training("loss cross_entropy(m(x), label); if 2 > 1 { batch 4 }"), "train/out-of-place", "`batch if"],
  [coded("loss mse(m(x), x)"), "train/no-divergence", "`+ 0.5 * sum"],
  [coded("y = m(x); loss 2 * sum(bce(y, x))"), "train/no-divergence", "`bce` alone"],
  [
    coded("y = m(x); loss mse(y, x) + 0.5 * sum(1 + y.s - y.m1^2 - exp(y.s))"),
    "train/wrong-direction",
    "`0.5 * sum(exp(s) + m^2 - 1 - s)`",
  ],
  [training("loss cross_entropy(m(x), 1 - label)"), "train/altered-label", "class 0 of 'label' becomes 1"],
  [
    training("loss cross_entropy(m(x), label)").replace("xor()", "xor() { label = label - 1 }"),
    "data/label-outside",
    "it is -1",
  ],
  // layers and shapes
  [
    "model m(x: [28, 28, 1]) { dense 16; relu; flatten; dense 2 }",
    "layers/not-flattened",
    "[28, 28] points, of one number",
  ],
  ["model m(x: [9]) { dense 8; relu; dropout 0.95; dense 2 }", "layers/drops-nearly-all", "`dropout 0.05`"],
  ["model m(x: [28, 4]) { lstm 16; it[:, -1]; dense 2 }", "cells/unit-for-step", "`[-1]` alone"],
  [
    "model m(x: [28, 16]) { residual { layernorm; attention 4 }; layernorm; it[:, 0]; dense 2 }",
    "cells/unit-for-step",
    "`[0]` alone",
  ],
  ["model m(x: [28, 4]) { gru 16; relu; it[:, 0]; dense 2 }", "cells/unit-for-step", "`[0]` alone"],
  ["model m(x: [9, 9, 1]) { skip = it; conv 3x3 4 p1; it + skip }", "shapes/repeated", "`conv(1x1, 4)(skip)`"],
  ["model m(x: [None, 784]) { dense 10 }", "shapes/batch-in-shape", "`x: [784]`"],
  ["model m(x: [batch_size, 28, 28, 1]) { conv 3x3 4 }", "shapes/batch-in-shape", "`x: [28, 28, 1]`"],
  ["model m(x: [28, 28, 1]) { conv 3*3 16 }", "layers/window-product", "`conv 3x3`"],
  ["model m(x: [28, 28, 1]) { maxpool 2*2 }", "layers/window-product", "`maxpool 2x2`"],
  ["model m(x: [28, 28, 1]) { conv 16 3 same }", "layers/window-for-filters", "`conv 3x3 16`"],
  ["model m(x: [64, 4]) { conv 6 5 }", "layers/window-for-filters", "`conv size=6 filters=5`"],
  ["model m(x: [28, 28, 1]) { conv 32 3 }", "shapes/window-larger-than-input", "`conv 3x3 32`"],
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
  // A cost weighs a likelihood; a share of the bias, an entropy and a variance stand beside what holds them.
  training("loss log_softmax(m(x))[label] * x[0]"),
  training("loss mse(m(x), x) + 0.1 * mean(m(x) - x)^2"),
  training("loss (sum(m(x)) - 1)^2"),
  training("y = softmax(m(x)); loss cross_entropy(m(x), label) + 0.1 * sum(y * log(y))"),
  training("v = m(x)[0:1]; loss sum(v + (x[0:1] - m(x)[1:2])^2 * exp(-v)) / 2"),
  training("loss exp(m(x)[0]) - label * m(x)[0]"),
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
  // Loops whose turns differ, or that are no loop around everything.
  training("for n in [1, 2] { loss n * cross_entropy(m(x), label) }"),
  training("for i in 1..3 { loss i * cross_entropy(m(x), label) }"),
  training("repeat 2 { step m { minimize cross_entropy(m(x), label) } }; epochs 3"),
  training("repeat 2 { step m { minimize cross_entropy(m(x + normal([2])), label) } }"),
  // Codes with a divergence, and noise that is none.
  coded("y = m(x); loss mse(y, x) + 0.05 * sum(exp(y.s) + y.m1^2 - 1 - y.s)"),
  coded("y = m(x); loss mse(y, x) - 0.5 * sum(1 + y.s - y.m1^2 - exp(y.s))"),
  coded("y = m(x); maximize 0.5 * sum(1 + y.s - y.m1^2 - exp(y.s)) - mse(y, x)"),
  training("y = m(x)[0]; loss y - exp(y - 1) + 2 * exp(y)"),
  coded("loss cross_entropy(m(x), label)"),
  coded("loss mse(m(x), x)", "m1 + s + 0.1 * normal([2])"),
  // Labels that another loss takes as they are, that stand beside others, or that count one more class.
  training("step m { minimize cross_entropy(m(x), label) + 0.1 * cross_entropy(m(-x), 1 - label) }"),
  training("loss cross_entropy(m(x), label + 1)", "model m(x: [2]) { dense 8; tanh; dense 3 }"),
  "model m(x: [28, 28, 3]) { dense 16; relu; conv 3x3 4; flatten; dense 2 }",
  "model m(x: [28, 4]) { dense 16; it[:, -1]; dense 2 }",
  "model m(x: [28, 16]) { it[:, -1]; dense 2 }",
  "model m(x: [28, 4]) { lstm 16; it[:, 2:4]; flatten; dense 2 }",
  "model m(x: [9]) { dense 8; relu; dropout 0.8; dense 2 }",
  "model m(x: [9, 9, 1]) { h = conv(3x3, 4, padding=1)(it); h + conv(3x3, 1, padding=1)(h) }",
  "model m(x: [9, 9, 1]) { skip = it; conv 3x3 4 p1; it + conv(1x1, 4)(skip) }",
  "model m(x: [9, 1]) { h = lstm(4)(it); h * x }",
  "model m(x: [2]) { concat(0, x, x); dense 2 }",
  // Windows that are as large as they are written: with large steps, over all there is, of an odd side, in so many words.
  "model m(x: [64, 64, 3]) { conv 16 3 s8 }",
  "model m(x: [16, 16, 1]) { conv 16 3 }",
  "model m(x: [64, 64, 8]) { conv 9 3 p4 }",
  "model m(x: [64, 64, 8]) { conv 6x6 3 }",
  "model m(x: [64, 4]) { conv size=16 filters=3 }",
  "model m(x: [2]) { concat(x, 1); dense 2 }",
  "model m(x: [N, 784]) { dense 10 }",
])("of %j nothing is said", async (program) => {
  expect((await said(program)).map((d) => `${d.code}: ${d.message}`)).toEqual([]);
});
