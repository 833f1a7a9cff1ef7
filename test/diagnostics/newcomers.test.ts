// Proves that what newcomers write first is answered once, with what to write instead.

import { expect, test } from "vitest";
import { hintOnUsage } from "../../cli/terminal/usagehints.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const NET = "model net(x: [2]) { dense 2 }\n";
const DATA = "data d = blobs(classes=2)\n";
const training = (line: string, header = "net on d"): string =>
  `${NET}${DATA}train ${header} { loss cross_entropy(net(x), label); ${line} }`;
const body = (lines: string): string => `model net(x: [2]) { ${lines} }`;

const judged = (last: string, loss: string, classes: number): string =>
  `model m(z: [2]) { ${last} }\ndata d = blobs(classes=${classes}) { z = x; kind = label }\ntrain m on d { loss ${loss} }`;

/** Programs, and a part of the one answer that each gets. */
const ANSWERED: readonly (readonly [program: string, part: string])[] = [
  [body("dense 2; batchnormalization"), "`batchnorm`"],
  [body("dense 2; BatchNormalisation"), "batchnorm"],
  [body("dense 2; SELU"), "elu(it, alpha=1.6733)"],
  [body("dense 2; prelu"), "param a"],
  [body("dense 2; resize 32x32"), "size=64x64"],
  [body("dense 2; transformer 4"), "attention 4"],
  ["model net(image: [28, 28, 1]) { conv 3x3 8 padding=same }", "`conv 3x3 64 same`"],
  [body("dense 64.5"), "write 64 or 65"],
  [body("x = dense(10)(x)"), "end with a line `x`"],
  [body("h = dense 64; dense 2"), "`... -> h` applies it"],
  [`/* hello */\n${NET}`, "begins with #"],
  ["def net(x):\n  dense 2", "model net(x: [2])"],
  [training("optimizer = adam(lr=0.1)"), "write optimizer adam lr=1e-3"],
  [training("schedule = cosine"), "write schedule cosine"],
  [training('optimizer "adam"'), "`optimizer adam`"],
  [training("optimizer if 1 > 0 then adam(lr=1) else sgd(lr=1)"), "one name with its arguments"],
  [training("epochs = 3"), "write `epochs 3`"],
  [training("batch_size = 16"), "write `batch 16`"],
  [training("learning_rate = 0.1"), "optimizer sgd lr=0.1"],
  [training("metric accuracy"), "`metric accuracy(net(x), label)`"],
  [training("dropout 0.5"), "is a layer, and a training has none"],
  [training("plot net"), "dnn train --json"],
  [training("", "net on blobs()"), "data d = blobs(...) above"],
  [training("", "net on d, val"), "a training has one data"],
  [training("", "net on d, val"), "write a training for each"],
  [
    `${NET}model head(x: [2]) { dense 2 }\n${DATA}train both on d { step net head { minimize mse(head(net(x)), x) } }`,
    "write step net, head { ... }",
  ],
  [`${NET}${DATA}train both on d { step net on d { minimize mse(net(x), x) } }`, "a step has the data of its training"],
  [training("", "on d"), "a training has a name"],
  [`${NET}test net on d { metric accuracy(net(x), label) }`, "`dnn eval FILE --weights RUN`"],
  // A column is often called like the model that foretells it.
  [
    "model label(x: [2]) { dense 2 }\ndata d = blobs(classes=2)\ntrain label on d { loss cross_entropy(label(x), label) }",
    "hides the model of that name",
  ],
  ["fn x(z) = z + 1\nmodel net(x: [2]) { x(x) }", "another name, such as `x_function`"],
  [`${NET}train net on digits { loss cross_entropy(net(x), label) }`, "data digits = digits()"],
  [
    `model net(image) { dense 2 }\ndata d = digits()\ntrain net on d { loss cross_entropy(net(image), label) }`,
    "`image: [28, 28, 1]`",
  ],
  // The correction writes what the hint writes: names of the program, not of a textbook.
  [judged("dense 1", "bce(m(z), kind)", 3), "`cross_entropy(m(z), kind)` with `dense 3`"],
  [judged("dense 1", "hinge(m(z), kind)", 3), "`cross_entropy(m(z), kind)` with `dense 3`"],
  [judged("dense 1", "hinge(m(z), kind)", 2), "`hinge(m(z), 2 * kind - 1)`"],
  [judged("dense 1", "cross_entropy(m(z), kind)", 2), "`bce(m(z), kind)`"],
  [judged("dense 1", "bce(m(z), kind); metric accuracy(m(z), kind)", 2), "`metric accuracy = (m(z) > 0) == kind`"],
  [judged("dense 2", "cross_entropy(kind, m(z))", 2), "write `cross_entropy(m(z), kind)`"],
  [judged("dense 3", "mse(m(z), kind)", 3), "`mse(m(z), onehot(kind))`"],
  // Arguments that a layer hands on are the layer's own, whatever function finds the mistake.
  ["model m(x: [4, 4, 2]) { upconv 3x3 4 s2 output_padding=2 }", "'output_padding' of `upconv`"],
  ["model m(x: [4, 4, 2]) { conv 3x3 4 stride=[1, 2, 3] }", "'stride' of `conv`"],
  [
    `norm = layernorm
model net(x: [2]) { dense 4; norm; dense 2 }
${DATA}train net on d { loss cross_entropy(net(x), label); freeze norm }`,
    "such as `net.layernorm1`",
  ],
  // A course shows filters and channels, freezes layers, and writes layers and functions of its own.
  [training("freeze dense1"), "`net.dense1`"],
  [training("metric norm(net.dense2.weight)"), "did you mean `dense1`?"],
  [training("show images(normal([8, 8, 4]))"), "`x[:, :, 0]` is the first"],
  [training("show images(normal([3, 3, 1, 8]))"), "[8 * 3, 3, 1])`"],
  [training("show images(normal([8, 8])) every 5 epochs"), "write `every epoch`"],
  [training("update net = net"), "`update net.dense1.weight = ...`"],
  // Two pictures of one generator are answers of one kind, whatever it draws.
  [
    `model G(z: [4]) { dense 8; tanh; dense 2 }\nmodel D(x: [2]) { dense 8; tanh; dense 1 }\n${DATA}train gan on d { loss bce(D(x), 1) + bce(D(G(normal([4]))), 0); loss bce(D(G(normal([4]))), 1) }`,
    "`step D { ... }` and `step G { ... }`",
  ],
  [training("while epoch < 3 { loss 1 }"), "`epochs 10` times"],
  [training("net.train()"), "dropout and batch norm know"],
  [training("a = if epoch == 3 then 1 else 2; metric a"), "is `progress`"],
  [training("keep best"), "`best loss` makes it the result"],
  [
    "model net(x: [2]) { dense 1 }\ndata d = blobs(classes=2) { y = normalize(x[0:1]) }\ntrain net on d { loss mse(net(x), y); metric accuracy(dense(3)(x), y[0]) }",
    "is a quantity, scaled to mean 0",
  ],
  [
    `${DATA}model net(x: [2]) { dense 2 }\ntrain net on d { loss cross_entropy(net(x), target) }`,
    "the classes of this data are called `label`",
  ],
  [training("metric mean(x * normal)"), "`normal([20])`"],
  [training("metric kl(x, x)"), "mean(mu^2 + exp(logvar)"],
  [training("show images(normal([28, 28, 785]))"), "`concat(a, b, over=1)`"],
  [training("split 0.8"), 'csv("f.csv", split=0.8)'],
  [`block swish(x) { x * sigmoid(x) }\n${body("dense 2; swish")}`, "`fn swish(x) { ... }`"],
  [training("optimizer.step()"), "has no methods"],
  [`${NET}data d = csv("a.csv") + csv("b.csv")`, "write the rows of all into one"],
  [`${NET}data d = [csv("a.csv"), csv("b.csv")]`, "write the rows of all into one"],
  [`${NET}data d = csv(["a.csv", "b.csv"])`, "write the rows of all into one"],
  [`${NET}data d = csv("part-*.csv")`, "a `*` stands for nothing here"],
  [`${NET}data d = csv("a.csv") where price > 3`, "`loss (price > 0) * mse(net(x), y)`"],
  [`${NET}data d = csv("a.csv", split="2020-01-01")`, "`shuffle=false` beside it"],
  [body("param w: [2, 8] = normal(0, 0.02); it @ w"), "`= normal(std=0.02)`"],
  [body("param w: [2, 8] = uniform(-0.1, 0.1); it @ w"), "`= uniform(bound=0.1)`"],
  [body("y = []; y.append(it); dense 2"), "a list is written whole"],
  [`fn layer(x, n) = x * n\n${body("dense 2; layer(64)")}`, "`layer(it, ...)`"],
  [`${NET}data d = gaussians()\ntrain net on d { loss cross_entropy(net(x), label) }`, "names of values here"],
];

for (const [program, part] of ANSWERED)
  test(`\`${program.split("\n").at(-1)}\` is answered once, with \`${part}\``, async () => {
    const said = await checkOpened(openText("test.dnn", `${program}\n`));
    expect(said.map((d) => `${d.message}\n${d.hint}`).join("\n")).toContain(part);
    expect(said).toHaveLength(1);
  });

for (const name of ["batchs", "relux", "bach"])
  test(`'${name}' is not taken for something that only begins like it`, async () => {
    const [said] = await checkOpened(openText("test.dnn", `${body(`dense 2; ${name}zzzzzzzz`)}\n`));
    expect(said!.hint ?? "").not.toContain("did you mean");
  });

test("verbs and flags of other tools are answered with ours", () => {
  const unknown = (code: string, named: string): string | undefined =>
    hintOnUsage({ code: `commander.${code}`, message: `error: unknown '${named}'` }, []);
  expect(unknown("unknownOption", "--lr")).toContain("--set optimizer.lr=0.1");
  expect(unknown("unknownOption", "--batch-size")).toContain("--set batch=64");
  expect(unknown("unknownCommand", "run")).toContain("dnn train");
  expect(unknown("unknownCommand", "test")).toContain("dnn eval");
  expect(unknown("unknownCommand", "xyz")).toBeUndefined();
});

test("a pair in two words is answered with the pair in one", () => {
  const surplus = (...args: string[]): string | undefined =>
    hintOnUsage({ code: "commander.excessArguments", message: "error: too many arguments" }, args);
  expect(surplus("train", "f.dnn", "--set", "batch", "8")).toBe("write --set batch=8");
  expect(surplus("train", "f.dnn", "--set", "batch=8", "g.dnn")).toBe("one program at a time: dnn train f.dnn");
  expect(surplus("train", "f.dnn", "g.txt")).toBeUndefined();
});
