// Programs as a student writes them who comes from another framework, or forgets what everybody forgets: whole files with one
// slip each, and what the first message must say for it to be put right.

export interface StudentProgram {
  readonly what: string;
  readonly text: string;
  readonly code: string;
  /** Pieces of the whole message: what was seen, what was expected, what to write. */
  readonly says: readonly string[];
  /** Nothing else is said. */
  readonly isAlone?: boolean;
}

const classifier = (model: string, call = "net(image)"): string =>
  `${model}\n\ndata d = digits()\n\ntrain net on d {\n  loss cross_entropy(${call}, label)\n}`;

export const students: readonly StudentProgram[] = [
  {
    what: "flatten forgotten before the first dense layer",
    text: classifier(
      "model net(image: [28, 28, 1]) {\n  conv 3x3 32; relu\n  maxpool 2x2\n  dense 128; relu\n  dense 10\n}",
    ),
    code: "layers/not-flattened",
    says: ["[13, 13, 32]", "last axis", "`flatten`"],
  },
  {
    what: "a reshape of another number of elements",
    text: "model net(z: [100]) {\n  dense 7*7*64; relu\n  reshape 7x7x128\n  upconv 4x4 1 s2 p1\n}",
    code: "shapes/reshape-count",
    says: ["3136", "6272", "[3136]", "[7, 7, 64] would fit"],
  },
  {
    what: "a residual block that changes the depth",
    text: "model net(image: [32, 32, 3]) {\n  conv 3x3 16 p1; relu\n  residual {\n    conv 3x3 32 p1; relu\n    conv 3x3 32 p1\n  }\n  avgpool global\n  dense 10\n}",
    code: "shapes/mismatch",
    says: [
      "the body of `residual` gives [32, 32, 32]",
      "[32, 32, 16]",
      "residual(skip={ conv 1x1 32 nobias; batchnorm })",
    ],
  },
  {
    what: "a residual block with a stride",
    text: "model net(image: [32, 32, 16]) {\n  residual {\n    conv 3x3 32 s2 p1 nobias; batchnorm; relu\n    conv 3x3 32 p1 nobias; batchnorm\n  }\n}",
    code: "shapes/mismatch",
    says: ["[16, 16, 32]", "[32, 32, 16]", "skip={ conv 1x1 32 s2 nobias; batchnorm }"],
  },
  {
    what: "a branch without padding",
    text: "model net(image: [32, 32, 3]) {\n  conv 3x3 16 p1; relu\n  concat {\n    branch { conv 1x1 8; relu }\n    branch { conv 3x3 8; relu }\n    branch { conv 5x5 8 p2; relu }\n  }\n}",
    code: "shapes/concat",
    says: ["(32 - 3 + 2*0)/1 + 1 = 30", "`p1` at `conv 3x3 8` keeps 32"],
  },
  {
    what: "a U-Net on a size that does not halve twice",
    text: "model unet(image: [30, 30, 1]) {\n  conv 3x3 8 p1; relu -> top\n  maxpool 2x2\n  conv 3x3 16 p1; relu -> mid\n  maxpool 2x2\n  conv 3x3 32 p1; relu\n  upconv 2x2 16 s2; concat(it, mid)\n  conv 3x3 16 p1; relu\n  upconv 2x2 8 s2; concat(it, top)\n  conv 1x1 1\n}",
    code: "shapes/window-does-not-fit",
    says: ["15x15", "(15 - 2 + 2*0)/2 + 1 = 7.50", "(30 - 2 + 2*0)/2 + 1 = 15", "p1 gives", "`floor`"],
  },
  {
    what: "attention without the transpose",
    text: "model net(x: [16, 32]) {\n  q = dense(8)(x)\n  k = dense(8)(x)\n  softmax(q @ k / sqrt(8)) @ x\n}",
    code: "shapes/product-mismatch",
    says: ["[16, 8] @ [16, 8]", "transpose(...)", "[8, 16]"],
  },
  {
    what: "one output for ten targets",
    text: "model net(x: [784]) { dense 128; relu; dense 1 }\n\ndata d = digits()\n\ntrain net on d {\n  loss mse(net(flat(image)), onehot(label))\n}",
    code: "shapes/repeated",
    says: ["[1] with [10]", "`dense 10`"],
  },
  {
    what: "nine outputs for ten classes",
    text: classifier("model net(x: [784]) { dense 128; relu; dense 9 }", "net(flat(image))"),
    code: "shapes/too-few-scores",
    says: ["9 scores", "10 classes", "`dense 10`"],
  },
  {
    what: "an LSTM without `last`",
    text: "model net(words: [T] of V) { embed 32; lstm 64; dense 2 }\n\ndata d = names()\n\ntrain net on d {\n  loss cross_entropy(net(name), label)\n}",
    code: "shapes/label-differs",
    says: ["each place", "one class", "`last`"],
  },
  {
    what: "a picture given to an LSTM",
    text: "model net(image: [28, 28, 1]) {\n  lstm 64\n  last\n  dense 10\n}",
    code: "shapes/state-changes",
    says: ["`lstm`", "[28, 1]", "[time, depth]", "[time, 28]", "`reshape`"],
  },
  {
    what: "depth first, as PyTorch has it",
    text: classifier("model net(image: [1, 28, 28]) {\n  conv 3x3 32; relu\n  flatten\n  dense 10\n}"),
    code: "shapes/window-larger-than-input",
    says: ["1 row", "depth stands last", "[28, 28, 1]"],
  },
  {
    what: "a picture given to a model of rows",
    text: classifier("model net(x: [784]) { dense 128; relu; dense 10 }"),
    code: "shapes/input-mismatch",
    says: ["[784]", "[28, 28, 1]", "`flat(...)`"],
  },
  {
    what: "an autoencoder whose output has another size",
    text: "model net(x: [784]) { dense 20; relu; dense 780 }\n\ndata d = digits()\n\ntrain net on d {\n  loss bce(net(flat(image)), flat(image))\n}",
    code: "shapes/mismatch",
    says: ["`bce` compares [780] with [784]", "`dense 784`"],
  },
  {
    what: "PyTorch's two sizes of a linear layer",
    text: "model net(x: [784]) {\n  dense(784, 128); relu\n  dense(128, 10)\n}",
    code: "calls/not-a-flag",
    says: ["'bias' of 'dense'", "128", "inferred"],
  },
  {
    what: "PyTorch's module names",
    text: "model net(x: [784]) {\n  nn.Linear(784, 128); relu\n  dense 10\n}",
    code: "names/unknown",
    says: ["nn.Linear", "`dense 128`", "inferred"],
  },
  {
    what: "an activation called without its value",
    text: "model net(x: [784]) {\n  dense 128; relu()\n  dense 10\n}",
    code: "calls/missing-argument",
    says: ["'relu'", "without parentheses"],
  },
  {
    what: "Keras's padding by name",
    text: 'model net(image: [28, 28, 1]) {\n  conv 3x3 8 padding="same"; relu\n}',
    code: "types/not-a-number",
    says: ['"same"', "`conv 3x3 64 same`"],
  },
  {
    what: "Darknet's sections",
    text: "[convolutional]\nfilters=32\nsize=3",
    code: "syntax/line-outside-definition",
    says: ["[convolutional]", "`conv 3x3 64`", "in a model"],
  },
  {
    what: "heads that do not divide the depth",
    text: "model net(words: [T] of V) {\n  embed 50\n  attention 8 causal\n  dense V\n}",
    code: "shapes/bad-size",
    says: ["8 heads", "50", "48 or 56"],
  },
  {
    what: "one pool too many in a loop",
    text: "model net(image: [28, 28, 1]) {\n  repeat 3 {\n    conv 3x3 32; relu\n    maxpool 2x2\n  }\n  flatten\n  dense 10\n}",
    code: "shapes/window-does-not-fit",
    says: ["11x11", "(26 - 2 + 2*0)/2 + 1 = 13", "(13 - 3 + 2*0)/1 + 1 = 11"],
  },
  {
    what: "a word misspelt in a block that nothing uses yet",
    text: "block tail(n) { flaten; dense n }\n\nmodel net(x: [784]) { dense 10 }",
    code: "names/unknown",
    says: ["flaten", "did you mean `flatten`"],
  },
  {
    what: "a field of the data by another name",
    text: classifier("model net(x: [784]) { dense 128; relu; dense 10 }", "net(flat(pixels))"),
    code: "names/unknown",
    says: ["pixels", "image: [28, 28, 1], label: class 10"],
  },
  {
    what: "an activation behind its layer",
    text: classifier("model net(image: [28, 28, 1]) { flatten; dense 64 relu; dense 10 }"),
    code: "types/not-a-number",
    says: ["`dense` takes numbers", "'relu'", "a new line or `;` before `relu`"],
  },
  {
    what: "a layer applied where it is made",
    text: classifier("model net(image: [28, 28, 1]) { flatten; layernorm(dense(10)(it)) }"),
    code: "types/not-a-number",
    says: ["`layernorm` takes numbers", "a tensor [10]", "`layernorm()(x)`"],
  },
  {
    what: "one-hot rows for cross-entropy",
    text: "model net(x: [784]) { dense 10 }\n\ndata d = digits()\n\ntrain net on d {\n  label = onehot(label)\n  loss cross_entropy(net(flat(image)), label)\n}",
    code: "shapes/label-differs",
    says: ["the class itself", "[10]", "without `onehot`"],
  },
  {
    what: "a model as it is bound to a name elsewhere",
    text: 'model = Sequential([\n  Dense(64, activation="relu"),\n  Dense(10)\n])',
    code: "syntax/keyword-as-name",
    says: ["its name stands behind it", "model net(x: [784]) { dense 64; relu; dense 10 }"],
  },
  {
    what: "data without a name",
    text: "data = digits()",
    code: "syntax/keyword-as-name",
    says: ["write data d = digits()"],
  },
  {
    what: "a loss that is only named, in quotes",
    text: 'model net(x: [784]) {\n  dense 10\n}\ndata d = digits()\ntrain net on d {\n  loss "mse"\n}',
    code: "types/not-a-tensor",
    says: ['the text "mse"', "`loss mse(net(x), y)`"],
  },
  {
    what: "a metric that is only named",
    text: "model net(image: [28, 28, 1]) {\n  flatten\n  dense 10\n}\ndata d = digits()\ntrain net on d {\n  loss cross_entropy(net(image), label)\n  metric accuracy\n}",
    code: "types/not-a-tensor",
    says: ["the function 'accuracy'", "`metric accuracy(net(x), label)`"],
  },
  {
    what: "the model itself in the loss",
    text: classifier("model net(image: [28, 28, 1]) {\n  flatten\n  dense 10\n}", "net"),
    code: "types/not-a-tensor",
    says: ["a tensor is needed here", "the model 'net'", "`net(image)`"],
  },
  {
    what: "a share that is held out, of data that counts",
    text: "data d = digits(validation_split=0.2)",
    code: "data/bad-argument",
    says: ["validation_split", "`heldout` is how many"],
  },
  {
    what: "callbacks",
    text: "model net(image: [28, 28, 1]) {\n  flatten\n  dense 10\n}\ndata d = digits()\ntrain net on d {\n  loss cross_entropy(net(image), label)\n  callbacks EarlyStopping(patience=3)\n}",
    code: "names/unknown",
    says: ["no line of a training begins with 'callbacks'", "`patience 3`"],
  },
  {
    what: "a learning rate in words",
    text: "model net(image: [28, 28, 1]) {\n  flatten\n  dense 10\n}\ndata d = digits()\ntrain net on d {\n  loss cross_entropy(net(image), label)\n  learning rate 0.01\n}",
    code: "names/unknown",
    says: ["the rate belongs to the optimizer"],
  },
  {
    what: "a number in words",
    text: "model net(image: [28, 28, 1]) {\n  flatten\n  dense ten\n}",
    code: "names/unknown",
    says: ["numbers are written in digits"],
  },
  {
    what: "a layer so many times",
    text: "model net(image: [28, 28, 1]) {\n  flatten\n  dense 64 times 3\n  dense 10\n}",
    code: "names/unknown",
    says: ["`repeat 3 { dense 64; relu }`"],
  },
  {
    what: "a size for an activation",
    text: "model net(x: [784]) {\n  dense 64\n  sigmoid 10\n}",
    code: "calls/too-many-arguments",
    says: ["no argument beside the value above it", "the number 10", "leave it out"],
  },
  {
    what: "attention by its other names",
    text: "model net(x: [16, 64]) {\n  multihead_attention 64 8\n}",
    code: "names/unknown",
    says: ["is called `attention` here", "`attention 4`"],
  },
  {
    what: "an import that is not there, and what it would define",
    text: 'import "part.dnn"\nmodel net(x: [28]) {\n  part 8\n}',
    code: "imports/cannot-read",
    says: ["part.dnn"],
    isAlone: true,
  },
  {
    what: "an import by name that is not there",
    text: 'import part from "part.dnn"\nmodel net(x: [28]) {\n  part 8\n}',
    code: "imports/cannot-read",
    says: ["part.dnn"],
    isAlone: true,
  },
];
