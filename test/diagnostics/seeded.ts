// Forty slips in real programs: what someone changes in an example, and what the first message must tell. Each names what was
// seen, what was expected and what to write.

export interface Seeded {
  readonly example: string;
  /** A text of the example, once in it, and what stands there instead. */
  readonly from: string;
  readonly to: string;
  readonly code: string;
  /** Pieces that the whole message must have: what was seen, what was expected, what to write. */
  readonly says: readonly string[];
  /** The mistake comes up inside the library, at a call in the program. */
  readonly inLibrary?: true;
}

const s = (example: string, from: string, to: string, code: string, ...says: string[]): Seeded => ({
  example,
  from,
  to,
  code,
  says,
});
const library = (seeded: Seeded): Seeded => ({ ...seeded, inLibrary: true });

export const seeded: readonly Seeded[] = [
  // Words of other frameworks, and words misspelled.
  s("lenet", "dense 120", "Linear 120", "names/unknown", "Linear", "`dense`"),
  s("lenet", "conv 5x5 16", "Conv2d 5x5 16", "names/unknown", "Conv2d", "`conv`"),
  s("lenet", "avgpool 2x2\n  conv", "avgpol 2x2\n  conv", "names/unknown", "avgpol", "`avgpool`"),
  s("lenet", "conv 5x5 16", "conv 5x5 out_channels=16", "calls/unknown-parameter", "out_channels", "`filters`"),
  s("lenet", "dense 84; tanh", "dense 84 activation=tanh", "calls/unknown-parameter", "activation", "line of its own"),
  s("lenet", "optimizer sgd", "optimizer SGD", "names/unknown", "SGD", "`sgd`"),
  s("lenet", "lr=0.1", "learning_rate=0.1", "calls/unknown-parameter", "learning_rate", "`lr`"),
  s("charlm", "lstm 64", "LSTM 64", "names/unknown", "LSTM", "`lstm`"),
  s("charlm", "embed 16", "embed num_embeddings=65", "calls/unknown-parameter", "num_embeddings", "inferred"),
  s("lenet", "loss cross_entropy", "loss CrossEntropyLoss", "names/unknown", "CrossEntropyLoss", "`cross_entropy`"),
  // Names of the program.
  s("lenet", "on digits", "on digit", "names/unknown-data", "digit", "`digits`"),
  s("lenet", "accuracy(lenet(image), label)", "accuracy(lenet(images), label)", "names/unknown", "images", "`image`"),
  s("vae", "exp(y.logvar) +", "exp(y.logvr) +", "names/no-field", "logvr", "`logvar`"),
  s("unet", "concat(it, mid)", "concat(it, middle)", "names/unknown", "middle", "`mid`"),
  s("resnet20", "repeat 2 { basic width }", "repeat 2 { basc width }", "names/unknown", "basc", "`basic`"),
  s("transformer", "transpose(e.weight)", "transpose(e.bias)", "names/no-field", "bias", "it has weight"),
  // Shapes.
  s("lenet", "conv 5x5 16", "conv 15x15 16", "shapes/window-larger-than-input", "15x15", "14 rows", "`p1` fits"),
  s(
    "lenet",
    "avgpool 2x2\n  flatten",
    "avgpool 3x3\n  flatten",
    "shapes/window-does-not-fit",
    "3x3",
    "10x10",
    "(10 - 3 + 2*0)/3 + 1 = 3.33",
    "p1",
  ),
  s(
    "unet",
    "maxpool 2x2; double 16 -> mid",
    "double 16 -> mid",
    "shapes/concat",
    "cannot be joined",
    "[56, 56, 8]",
    "[28, 28",
  ),
  s(
    "hopfield",
    "model hopfield(x: [100]) {\n  param w: [100, 100] = 0",
    "model hopfield(x: [100]) {\n  param w: [50, 100] = 0",
    "shapes/product-mismatch",
    "100 and 50",
    "[100, 100] would fit",
  ),
  s("vae", "normal([16])\n", "normal([30])\n", "shapes/mismatch", "[16]", "[30]", "last axis"),
  s(
    "lenet",
    "image: [28, 28, 1]",
    "image: [32, 32, 1]",
    "shapes/input-mismatch",
    "[32, 32, 1]",
    "[28, 28, 1]",
    "expected 32, got 28",
  ),
  s("lenet", "  flatten\n", "", "layers/not-flattened", "[5, 5, 16]", "last axis", "`flatten`"),
  s(
    "vae",
    "reshape(sigmoid(decoder(normal([16]))), [28, 28])",
    "reshape(sigmoid(decoder(normal([16]))), [28, 29])",
    "shapes/reshape-count",
    "784",
    "812",
    "[28, 28] would fit",
  ),
  s(
    "gan_gaussians",
    "D(G(z)[0] + fade * normal([2])))) }\n  # How",
    "D(z[0] + fade * normal([2])))) }\n  # How",
    "shapes/mismatch",
    "[8]",
    "[2]",
  ),
  // Syntax.
  s("lenet", "conv 5x5 6 p2; tanh", "conv 5 x 5 6 p2; tanh", "syntax/spaced-size", "5x5"),
  s("lenet", "  dense 10\n}", "  dense 10\n", "syntax/unclosed-bracket", "never closed", "add the missing `}`"),
  s("lenet", "# warm restarts", "// warm restarts", "syntax/foreign-comment", "`//`", "`#`"),
  s("vae", "logvar = dense(16)(it)", "logvar == dense(16)(it)", "names/unknown", "logvar", "`logvar = ...`"),
  s(
    "hopfield",
    "model hopfield(x: [100]) {\n  param w: [100, 100] = 0\n  repeat 10 { if it @ w >= 0 then 1 else -1",
    "model hopfield(x: [100]) {\n  param w: [100, 100] = 0\n  repeat 10 { it @ w >= 0 ? 1 : -1",
    "syntax/unknown-character",
    '"?"',
    "if c then a else b",
  ),
  s(
    "lenet",
    "model lenet(image: [28, 28, 1]) {",
    "model lenet(image: [28, 28, 1])\n{",
    "syntax/brace-on-next-line",
    "same line",
    "move it up",
  ),
  s("vae", "y.mu^2", "y.mu**2", "syntax/foreign-operator", "`**`", "`^`"),
  // Training.
  s(
    "lenet",
    "  loss cross_entropy(lenet(image), label)\n",
    "",
    "train/nothing-to-do",
    "has no loss",
    "add a line such as `loss",
  ),
  s("lenet", "dense 10\n}", "dense 10; softmax\n}", "train/softmax-twice", "`softmax`", "leave out"),
  s("gan_gaussians", "step D {", "step d {", "names/unknown", "'d'", "`D`"),
  // Mistakes that surface inside the library.
  library(
    s(
      "resnet20",
      "conv 3x3 width p1 nobias; batchnorm\n  }",
      "conv 3x3 width nobias; batchnorm\n  }",
      "shapes/mismatch",
      "in 'residual'",
      "[30, 30, 16]",
      "[32, 32, 16]",
    ),
  ),
  library(
    s(
      "transformer",
      "attention 4 causal",
      "attention 5 causal",
      "shapes/bad-size",
      "in 'attention'",
      "5 heads",
      "64",
      "60 or 65",
    ),
  ),
  library(s("charlm", "  embed 16\n", "", "shapes/no-depth", "`embed`")),
  s(
    "lenet",
    "cross_entropy(lenet(image), label)\n  metric",
    "cross_entropy(label, lenet(image))\n  metric",
    "calls/swapped",
    "scores first",
    "`cross_entropy(lenet(image), label)`",
  ),
  library(
    s(
      "unet",
      "maxpool 2x2; double 16 -> mid",
      "maxpool 3x3 s2; double 16 -> mid",
      "shapes/window-does-not-fit",
      "in 'maxpool'",
      "(28 - 3 + 2*0)/2 + 1 = 13.5",
      "p1",
    ),
  ),
  s(
    "lenet",
    "conv 5x5 16",
    "conv 5x5 16 g4",
    "shapes/groups-do-not-divide",
    "must divide the depth 6",
    "g1, g2 divide both",
  ),
  library(
    s(
      "lenet",
      "avgpool 2x2\n  flatten",
      "avgpool 4x4\n  flatten",
      "shapes/window-does-not-fit",
      "in 'avgpool'",
      "10 - 4",
    ),
  ),
];
