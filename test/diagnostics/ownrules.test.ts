// Proves that slips in what a program defines itself are told: states without a memory, optimizers that climb, layers that turns do not
// share, a teacher that is trained with its pupil, a mean over all steps of a text, and that what is written so on purpose is not.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const said = (program: string): Promise<readonly Diagnostic[]> => checkOpened(openText("test.dnn", program));

const cell = (lines: string, call = "mine 8"): string =>
  `cell mine(n) { ${lines} }\nmodel m(x: [T, 2]) { ${call}; last; dense 1 }`;
const optimizer = (lines: string): string =>
  `optimizer mine(lr, rho=0.9) { ${lines} }\nmodel m(x: [2]) { dense 2 }\ndata d = xor()\ntrain m on d { loss cross_entropy(m(x), label); optimizer mine lr=0.1 }`;
const loop = (lines: string, shape = "[12, 2]"): string => `model m(x: ${shape}) { ${lines}; dense 2 }`;
const MODELS = "model a(x: [2]) { dense 8; tanh; dense 2 }\nmodel b(x: [2]) { dense 4; tanh; dense 2 }\n";
const BEFORE = `${MODELS}data d = xor()\ntrain a on d { loss cross_entropy(a(x), label) }\n`;
const pair = (lines: string): string => `${BEFORE}train b on d { ${lines} }`;
const SOFT = "-sum(softmax(a(x)) * log_softmax(b(x)))";
const text = (lines: string): string =>
  `model m(text: [T] of V) { embed 8; ${lines}; dense V }\ndata d = prose(n=20, seq=16)\ntrain m on d { loss cross_entropy(m(text), next) }`;

test.each([
  [cell("state h: [n]; tanh(dense(n)(it, h))"), "states/no-memory", "as in `h = ...`"],
  [cell("state h: [n] = 0; tanh(dense(n)(it, h))"), "states/no-memory", "as in `h = ...`"],
  [cell("state h: [n]; tanh(dense(n)(it)) -> h; h"), "states/no-memory", "tanh(dense(n)(it, h))"],
  [optimizer("state v = 0; param -= lr * (rho * v + grad)"), "states/no-memory", "as in `v = ...`"],
  [optimizer("state v = 0; v = grad; param -= lr * v"), "states/no-memory", "v = rho * v + grad"],
  [optimizer("param += lr * grad"), "train/upwards", "param -= ..."],
  [optimizer("param = param + lr * grad"), "train/upwards", "param = param - ..."],
  [
    optimizer("state m = 0, v = 0; m = rho * m + (1 - rho) * grad; v = v + grad^2; param += lr * m / (sqrt(v) + 1e-8)"),
    "train/upwards",
    "param -= ...",
  ],
  [optimizer("g = -grad; if rho == 0 { param -= lr * g } else { param -= lr * sign(g) }"), "train/upwards", "grows"],
  [loop("h = zeros([4]); for t in 0..12 { h = tanh(dense(4)(x[t], h)) }; h"), "flow/unshared-turns", "of the 12 turns"],
  [loop("zeros([4]); for t in 0..12 { concat(it, x[t]); dense 4; tanh }"), "flow/unshared-turns", "`x[t]`"],
  [pair(`loss ${SOFT}`), "train/moving-teacher", "`freeze a`"],
  [pair(`loss 0.5 * cross_entropy(b(x), label) + 4 * ${SOFT}`), "train/moving-teacher", "`stop(...)`"],
  [pair("loss mse(b(x), a(x))"), "train/moving-teacher", "compares 'b' with 'a'"],
  [pair("y = b(x); loss -mean(log(y + 1e-8)[label]); freeze a"), "train/below-zero", "log_softmax(y)"],
  [pair("loss sum(sqrt(b(x)))"), "train/below-zero", "softplus(y)"],
  [text("it - mean(it)"), "train/sees-target", "over=depth, keep=true"],
  [text("concat(it, zeros([16, 1]) + max(it, over=time))"), "train/sees-target", "the largest over all steps"],
])("%j is told", async (program, code, part) => {
  const found = (await said(program)).filter((d) => d.code === code);
  expect(found.map((d) => `${d.message}; ${d.hint}`).join("\n")).toContain(part);
});

test.each([
  // States may be meant to stay as they begin: at a draw for the whole sequence, at a value of the call; and one beside others may only show.
  cell("state h: [n], keep: [n] = uniform; h = tanh(dense(n)(it, h * keep)); h"),
  cell("state h: [n], seen: [n]; h = tanh(dense(n)(it, h, seen)); h", "mine(8)(it, seen=ones([8]))"),
  cell("state h: [n], shown: [n]; h = tanh(dense(n)(it, h)); shown = 2 * h; h"),
  cell("state out: [n]; lstm n -> out; out"),
  optimizer("state v = 0; v = rho * v - lr * grad; param += v"),
  optimizer("g = -grad; param = param + lr * g"),
  optimizer("param += sqrt(lr) * normal(shape(param)) - lr * grad"),
  optimizer("param -= lr * grad * abs(grad)"),
  loop("h = zeros([4]); turn = dense 4; for t in 0..12 { h = tanh(turn(x[t], h)) }; h"),
  loop("param w: [4, 2] = normal; for i in 0..4 { residual { it + w[i]; dense 2; relu } }"),
  loop("h = mean(x, over=time); for i in 0..3 { h = relu(dense(4)(h, mean(x, over=time))) }; h"),
  loop("parts = { for c in 0..2 { branch { dense(4)(x[:, c]) } } }; concat(parts(x))"),
  pair(`loss ${SOFT}; freeze a`),
  pair(`loss ${SOFT.replace("softmax(a(x))", "stop(softmax(a(x)))")}`),
  pair(`step b { minimize ${SOFT} }`),
  // A model that was trained before goes on learning: with a head, beside another, together, and told apart within a batch.
  pair("loss cross_entropy(b(tanh(a(x))), label)"),
  pair("loss cross_entropy(a(x), label) + cross_entropy(b(x), label)"),
  pair("loss cross_entropy(a(x) + b(x), label)"),
  pair("loss cross_entropy(all_examples(a(x)) @ b(x), example_index())"),
  pair("loss mse(log(softplus(b(x))), onehot(label)); freeze a"),
  text("(it - mean(it, over=depth, keep=true)) / sqrt(var(it, over=depth, keep=true) + 1e-5)"),
  text("conv 3 8 causal nobias; batchnorm; relu"),
  text("residual { layernorm; attention 2 causal }"),
])("of %j nothing is said", async (program) => {
  expect((await said(program)).map((d) => `${d.code}: ${d.message}`)).toEqual([]);
});
