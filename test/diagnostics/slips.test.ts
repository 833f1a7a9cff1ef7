// Proves that one slip gives one message, at its own place, with a hint that says what to write: where a first mistake makes others
// look wrong, these are not said, and where a program means something else than it seems to, a warning says so.

import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const found = (text: string): Promise<readonly Diagnostic[]> => checkOpened(openText("net.dnn", text));
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

/** Programs, the code of the first message, and pieces of it. */
type Slip = readonly [program: string, code: string, ...says: readonly string[]];
const sayFirst = async (text: string, code: string, says: readonly string[]): Promise<void> => {
  const [first] = await found(text);
  expect(first?.code).toBe(code);
  const said = [first?.message, first?.hint, ...(first?.notes ?? [])].join("\n");
  for (const piece of says) expect(said).toContain(piece);
};

const DEPTH_FIRST: readonly Slip[] = [
  [
    "model net(image: [3, 32, 32]) { conv 5x5 16; relu }\n",
    "shapes/window-larger-than-input",
    "`image: [32, 32, 3]`",
    "[1, 2, 0]",
  ],
  [
    "model net(image: [3, 32, 32]) { conv 3x3 16 p1; relu }\n",
    "layers/depth-first",
    "3 rows of 32 channels",
    "`image: [32, 32, 3]`",
  ],
  ["model net(image: [3, H, W]) { conv 3x3 16 p1; relu }\n", "layers/depth-first", "`image: [H, W, 3]`"],
  ["model net(image: [1, 28, 28]) { avgpool 2x2 s1 p1 }\n", "layers/depth-first", "1 row of 28 channels"],
  [
    "model net(image: [28, 28, 1]) { reshape [1, 28, 28]; conv 3x3 16 p1 }\n",
    "layers/depth-first",
    "leave out what turns it",
  ],
  ["model net(image: [28, 28, 1]) { transpose(it, [2, 0, 1]); conv 3x3 16 p1 }\n", "layers/depth-first", "[28, 28, 1]"],
];

describe("of a picture with its depth first", () => {
  test.each(DEPTH_FIRST)("%s", (text, code, ...says) => sayFirst(text, code, says));

  test("an error further down says it too, in the place of a padding", async () => {
    const all = await found("model net(image: [3, 224, 224]) { conv 7x7 64 s2 p3; relu; maxpool 3x3 s2 }\n");
    expect(all.at(-1)?.code).toBe("shapes/window-larger-than-input");
    expect(all.at(-1)?.hint).toContain("`image: [224, 224, 3]`");
  });

  test("a model that wants the depth last says so of data that was turned", async () => {
    const text = trained(
      "model net(image: [28, 28, 1]) { flatten; dense 10 }",
      "cross_entropy(net(transpose(image, [2, 0, 1])), label)",
    );
    await sayFirst(text, "shapes/input-mismatch", ["leave out", "`transpose`"]);
  });

  test.each(["[1, 100, 64]", "[3, 3, 3]", "[12, 32, 32]", "[32, 32, 3]", "[3, 32]"])("%s is none", async (shape) => {
    const window = shape === "[3, 32]" ? "3" : "3x3";
    const codes = (await found(`model net(x: ${shape}) { conv ${window} 16 p1; relu }\n`)).map((d) => d.code);
    expect(codes).not.toContain("layers/depth-first");
  });
});

const MODEL = "model net(image: [28, 28, 1]) { flatten; dense 10 }";
const PICTURE_AS_LABEL: readonly Slip[] = [
  [
    trained(MODEL, "cross_entropy(net(image), image)"),
    "shapes/label-differs",
    "`image` is a picture",
    "`cross_entropy(net(image), label)`",
    "`mse(net(image), image)`",
  ],
  [
    trained(MODEL, "cross_entropy(net(image), label)\n  metric accuracy(net(image), image)"),
    "shapes/label-differs",
    "`accuracy(net(image), label)`",
  ],
  [
    trained(
      "model net(label: class 10) { embed 16; dense 784; reshape [28, 28, 1] }",
      "cross_entropy(net(label), image)",
    ),
    "shapes/label-differs",
    "`mse(net(label), image)`",
  ],
  [trained(MODEL, "mse(net(image), image)"), "shapes/repeated", "`dense 784; reshape [28, 28, 1]`", "cross_entropy"],
  [trained(MODEL, "bce(net(image), image)"), "shapes/repeated", "`dense 784; reshape [28, 28, 1]`"],
];

describe("of a picture in the place of a label", () => {
  test.each(PICTURE_AS_LABEL)("%s", (text, code, ...says) => sayFirst(text, code, says));
});

const learned = (lines: string, model = "flatten; dense 16; relu; dense 10"): string =>
  `model net(image: [28, 28, 1]) { ${model} }\ndata d = digits()\ntrain net on d {\n  ${lines}\n}\n`;
const LOSS = "loss cross_entropy(net(image), label)";

const SEEMING: readonly Slip[] = [
  [
    learned(LOSS, "flatten; it = dense 16; dense 10").replace("it =", "image ="),
    "names/layer-for-value",
    "`image = dense(16)(image)`",
  ],
  [learned(LOSS, "flatten; image = relu; dense 10"), "names/layer-for-value", "`image = relu(image)`"],
  [learned(`${LOSS}; loss accuracy(net(image), label)`), "train/flat-loss", "`metric`"],
  [learned("loss cross_entropy(stop(net(image)), label)"), "train/flat-loss", "`stop`"],
  [learned(LOSS, "flatten; dense 16; stop(it); relu; dense 10"), "train/unreached", "net.dense1", "`fixed`"],
  [learned(`${LOSS}; optimizer adam lr=0`), "train/unusual-rate", "nothing moves"],
  [learned(`${LOSS}; optimizer sgd lr=1e-6`), "train/unusual-rate", "very small"],
  [learned(`${LOSS}; schedule warmup(500); epochs 2`), "train/idle-schedule", "`warmup(500, per=steps)`"],
  [learned(`${LOSS}; schedule step_decay(every=30); epochs 2`), "train/idle-schedule", "2 epochs"],
  [learned(`${LOSS}; swa 9; epochs 4`), "train/late-mean", "`swa 3`"],
  [learned(LOSS, "flatten; dense 16; relu; dense 10; dropout 0.5"), "train/activation-last", "before the last layer"],
  [
    learned(LOSS, "conv 3x3 4 nobias; batchnorm momentum=0.1; flatten; dense 10"),
    "layers/unusual-momentum",
    "`momentum=0.9`",
  ],
  [
    learned("loss cross_entropy(argmax(net(image)), label)"),
    "calls/class-for-scores",
    "`cross_entropy(net(image), label)`",
  ],
  [learned(LOSS, "flatten; dense 10; argmax"), "calls/class-for-scores", "`argmax`"],
  [learned("loss mse(net(image), mean(image))"), "shapes/repeated", "one number", "`dense 1`"],
  [learned(`${LOSS}; optimizer adam lr 0.01`), "names/unknown", "`lr=0.01`"],
  ["model net(x: [8, 8, 1]) { conv 3x3 filters 64 }\n", "names/unknown", "`filters=64`"],
];

const named = (lines: string): string =>
  `model net(name: [T] of V) { ${lines} }\ndata d = names(n=400)\ntrain net on d { loss cross_entropy(net(name), label) }\n`;
const sides = (loss: string): string =>
  `model net(x: [2]) { dense 1 }\ndata d = moons()\ntrain net on d { side = 2 * label - 1; y = net(x)[0]; loss ${loss} }\n`;
const scaled = (last: string, loss = "mse"): string =>
  learned(`loss ${loss}(net(image), image)`, `conv 3x3 4 p1; relu; conv 3x3 1 p1${last}`).replace(
    "digits()",
    "digits() { image = normalize(image) }",
  );

/** Numbers that a layer or a loss takes for what they are not. */
const TAKEN_FOR: readonly Slip[] = [
  [named("dense 16; relu; dense 18"), "layers/class-as-number", "`embed 16`"],
  [named("embed 8; attention 4; mean over=1; dense 18"), "layers/steps-as-depth", "`mean over=time`"],
  [named("embed 8; flatten; dense 18"), "layers/steps-as-depth", "`mean over=time`"],
  [scaled("; sigmoid"), "train/target-out-of-reach", "`sigmoid`", "from 0 to 1"],
  [scaled("; tanh"), "train/target-out-of-reach", "from -1 to 1"],
  [scaled("; relu"), "train/target-out-of-reach", "no number below 0"],
  [scaled("; softmax"), "train/target-out-of-reach", "`softmax`"],
  [scaled("", "bce"), "train/target-out-of-range", "mean 0"],
  [sides("bce(y, side)"), "train/target-out-of-range", "-1 or 1", "`hinge`"],
];

describe("of numbers that are taken for what they are not", () => {
  test.each(TAKEN_FOR)("%s", (text, code, ...says) => sayFirst(text, code, says));
  test.each([
    named("embed 8; mean over=time; dense 18"),
    named("embed 8; lstm 8; last; dense 18"),
    scaled(""),
    scaled("").replace(" { image = normalize(image) }", ""),
    scaled("; sigmoid").replace(" { image = normalize(image) }", ""),
    sides("hinge(y, side)"),
    sides("bce(y, (side + 1) / 2)"),
    sides("bce(y, label)"),
  ])("nothing is said of %s", async (text) => expect(await found(text)).toEqual([]));
});

const foretold = (lines: string, loss = "cross_entropy(lm(text), next)"): string =>
  `model lm(text: [T] of V) { embed 8; ${lines}; dense V }\ndata d = prose(n=50)\ntrain lm on d { loss ${loss} }\n`;
const wave = (loss: string): string =>
  `model fore(x: [T, D]) { lstm 8; dense 1 }\ndata d = sequences(n=50)\ntrain fore on d { loss ${loss} }\n`;

describe("of a model that is given what it is to foretell", () => {
  test.each<Slip>([
    [foretold("attention 4"), "train/sees-target", "`attention`", "`causal`"],
    [foretold("bidirectional { lstm 8 }"), "train/sees-target", "`bidirectional`"],
    [foretold("conv 3 8 p1; relu"), "train/sees-target", "`conv`", "`causal`"],
    [foretold("lstm 8", "cross_entropy(lm(text), text)"), "train/sees-target", "'text'", "`next`"],
    [foretold("lstm 8", "cross_entropy(lm(next), next)"), "train/sees-target", "'next'"],
    [wave("mse(fore(next), next)"), "train/sees-target", "'next'"],
  ])("%s", (text, code, ...says) => sayFirst(text, code, says));
  test.each([
    foretold("attention 4 causal"),
    foretold("lstm 8"),
    foretold("conv 3 8 causal; relu"),
    wave("mse(fore(x), next)"),
  ])("nothing is said of %s", async (text) => expect(await found(text)).toEqual([]));
});

const SEEMING_TOO: readonly Slip[] = [
  [learned(LOSS, "flatten; h = dense 16; h = dense 10; h(it)"), "names/unused", "'h'", "a line of its own"],
  [
    learned("loss mse(flat(net(image)), onehot(label))", "flatten; dense 10; dropout 0.5"),
    "train/activation-last",
    "before the last layer",
  ],
  [learned(`${LOSS}; ${LOSS}`), "train/loss-twice", "`loss 2 * ...`"],
  [learned(LOSS, "flatten; dense 100; softmax; dense 10"), "layers/softmax-inside", "`relu`"],
  [learned(LOSS, "flatten; dense 100; relu; relu; dense 10"), "layers/activation-twice", "leave out one"],
  [
    learned("loss bce(mean(image, over=space), net(image)[0:1])"),
    "calls/swapped",
    "`bce(net(image)[0:1], mean(image, over=space))`",
  ],
];

/** Words and signs of other languages, and slips of the pen: what the first message says of them. */
const WORDS: readonly Slip[] = [
  ["model net(x: [2]) {\n  dense 16; relu\n  dense 3\nend\n", "syntax/mismatched-bracket", "`end`", "write `}`"],
  [`${trained(MODEL).replace("net on d {", "net on d")}`, "syntax/expected-block", "on the same line"],
  [`${trained(MODEL).replace("data d =", "data =")}`, "syntax/keyword-as-name", "data d = digits(), and train on d"],
  [trained(`export ${MODEL}`), "syntax/unexpected", "`export`", "leave it out"],
  ["function act(x) { return x }\n", "syntax/line-outside-definition", "`fn`"],
  ["model my-net(x: [2]) { dense 3 }\n", "syntax/expected-block", "my_net"],
  ["model 2net(x: [2]) { dense 3 }\n", "syntax/glued-number", "net_2"],
  ["model net(x: [2]) { dense 1,000 }\n", "syntax/unexpected", "write 1000"],
  ["model net(x: [2]) { dense = 16; dense 3 }\n", "calls/not-callable", "`dense = ...`"],
  ['model net(x: [2]) { dense "16" }\n', "types/not-a-number", "without quotes: 16"],
  ["model net(x: [8, 8, 1]) { pool 2x2 }\n", "names/unknown", "`maxpool 2x2`"],
  ["model net(x: [8, 8, 1]) { maxpool(x, 2) }\n", "types/not-a-number", "`maxpool(2)(x)`"],
  ["model net(x: [T] of V) { embed V 32; last }\n", "calls/too-many-arguments", "`embed 32`", "inferred"],
  ["model net(a: [], b: []) { dense 3 }\n", "shapes/no-depth", "`concat(a, b)`"],
  ['data d = load("table.csv")\n', "data/unknown-source", 'csv("table.csv")'],
  ['data d = DataLoader("pictures")\n', "data/unknown-source", 'images("FOLDER")'],
  ['data d = torchvision.datasets.MNIST("f")\n', "data/not-a-source", "`mnist(...)`"],
  [trained(MODEL, "cross_entropy(net(image) label)"), "calls/not-callable", "`net(image), label`"],
  [trained(MODEL, "cross_entropy(flat(image)[0:3], label)"), "shapes/too-few-scores", "3 scores"],
  [
    trained("model net(x: [2]) { dense 10 }", "cross_entropy(x, label)").replace("digits()", "spirals()"),
    "shapes/too-few-scores",
    "`cross_entropy(net(x), label)`",
  ],
  [learned(`${LOSS}; epochs 20 batch 32`), "calls/too-many-arguments", "`;`"],
  [learned(`${LOSS}; optimizer adam(net.parameters(), lr=1e-3)`), "names/no-field", "leave it out"],
  [
    trained("model net(image: [28, 28, 1]) { flatten; dense 4 -> mu; dense 10 }", "mean(net.mu)"),
    "names/no-field",
    "`y.mu`",
  ],
  [
    trained("model net(image: [28, 28, 1]) { flatten; dense 4 -> mu; dense 10 }", "sum(net.dense1^2)"),
    "names/no-field",
    "`net.dense1.weight`",
  ],
];

describe("of words and signs from elsewhere", () => {
  test.each(WORDS)("%s", (text, code, ...says) => sayFirst(text, code, says));

  test.each(WORDS.slice(0, 4).map(([text]) => text))("nothing is said of what follows from it: %s", async (text) => {
    expect((await found(text)).filter((d) => d.severity === "error")).toHaveLength(1);
  });

  test("the ways out that hints name are programs", async () => {
    for (const lines of [
      "loss (label != 0) * cross_entropy(net(image), label)",
      `${LOSS}; y = net(image)[0]; x = mean(image); metric r2 = 1 - mean((y - x)^2) / (mean(x^2) - mean(x)^2)`,
      `${LOSS}; y = net(image)[0]; x = mean(image); metric rmse = sqrt(mean((y - x)^2))`,
    ])
      expect(await found(learned(lines))).toEqual([]);
  });
});

describe("of a program that means something else than it seems to", () => {
  test.each([...SEEMING, ...SEEMING_TOO])("%s", (text, code, ...says) => sayFirst(text, code, says));

  test.each([
    learned(`${LOSS}; optimizer adam lr=1e-3; schedule warmup(1) * cosine(); epochs 4`),
    learned(`${LOSS}; optimizer sgd lr=0; epochs 1`),
    learned(`${LOSS}; optimizer sgd lr=1; schedule warmup(1) * inverse(1) * 0.001; epochs 4`),
    learned(LOSS, "flatten; h = dense(16)(it); h = relu(h); for n in 0..2 { h = tanh(h) }; h; dense 10"),
    learned(`${LOSS}; optimizer adam lr=1e-3; schedule warmup(50, per=steps); epochs 4`),
    learned(`${LOSS}; optimizer adam lr=1e-3; schedule warmup(500, per=steps); epochs 40`),
    learned(LOSS, "flatten; x = dense(16)(it); relu(x); dense 10"),
    learned(LOSS, "flatten; fixed dense 16; stop(it); relu; dense 10"),
    learned(LOSS, "conv 3x3 4 nobias; batchnorm momentum=0.99; flatten; dense 10"),
  ])("of one that is well meant nothing is said: %s", async (text) => {
    expect(await found(text)).toEqual([]);
  });
});
