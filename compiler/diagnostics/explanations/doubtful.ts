// Explanations of warnings of trainings: programs that are valid and rarely what their author intended.
import type { Explanation } from "./explanation.ts";

/** Forty rows: a width, a number that stands for the kind, and the number of the row. */
const ROWS = `id,width,kind_id,kind\n${Array.from({ length: 40 }, (_, i) => `${i},${(i * 7) % 11},${i % 2},${i % 2 ? "rose" : "tulip"}\n`).join("")}`;
const classifier = (drop: string): string =>
  `model m(x: [N]) { dense 2 }\n\ndata d = csv("table.csv"${drop}) { x = normalize(x) }\n\ntrain m on d {\n  loss cross_entropy(m(x), label)\n}`;

export const doubtful: readonly Explanation[] = [
  {
    code: "train/wrong-direction",
    text: "A warning: a loss is small where answers are right, and the logarithm of a probability is large there. Made larger, or smaller, they\nteach a model to be wrong, further and further. A step may do so to another model than its own, as a generator does to the one that\njudges it. A penalty of weights without a square falls without end as they go below 0.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  maximize cross_entropy(m(x), label)\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  minimize cross_entropy(m(x), label)\n}",
  },
  {
    code: "train/opposite-targets",
    text: "A warning: losses of one step are added up, and all models that they call are moved by the sum. Two that ask the same answer to be\nyes and no meet in the middle. A generator and the model that judges it are trained in turns, each by a step of its own.",
    bad: "model G(z: [4]) { dense 8; tanh; dense 2 }\nmodel D(x: [2]) { dense 8; tanh; dense 1 }\n\ndata points = gaussians()\n\ntrain gan on points {\n  made = D(G(normal([4])))\n  loss bce(D(x), 1) + bce(made, 0)\n  loss bce(made, 1)\n}",
    good: "model G(z: [4]) { dense 8; tanh; dense 2 }\nmodel D(x: [2]) { dense 8; tanh; dense 1 }\n\ndata points = gaussians()\n\ntrain gan on points {\n  made = D(G(normal([4])))\n  step D { minimize bce(D(x), 1) + bce(made, 0) }\n  step G { minimize bce(made, 1) }\n}",
  },
  {
    code: "train/epoch-loop",
    text: "A warning: the lines of a training say what is done with one batch, and are run for each, as many times as `epochs` says. A loop around\nall of them makes several steps on the same batch. One whose turns differ, or that draws in each, is none of these.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  for epoch in 0..10 {\n    step m { minimize cross_entropy(m(x), label) }\n  }\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  step m { minimize cross_entropy(m(x), label) }\n  epochs 10\n}",
  },
  {
    code: "train/no-divergence",
    text: "A warning: a variational autoencoder draws its code around a mean with a deviation that it learns, and its loss has two terms: how good\nthe reconstruction is, and how far the distribution of the code is from a normal one (Kingma and Welling, 2013). By the first alone\nthe deviation becomes 0, and the decoder gives nothing sensible for codes that are drawn.",
    bad: "model m(x: [2]) {\n  mu = dense(2)(x)\n  s = dense(2)(x)\n  mu + exp(s / 2) * normal([2])\n  dense 8; tanh; dense 2\n}\n\ndata points = moons()\n\ntrain m on points {\n  loss mse(m(x), x)\n}",
    good: "model m(x: [2]) {\n  mu = dense(2)(x)\n  s = dense(2)(x)\n  mu + exp(s / 2) * normal([2])\n  dense 8; tanh; dense 2\n}\n\ndata points = moons()\n\ntrain m on points {\n  y = m(x)\n  loss mse(y, x) + 0.05 * sum(exp(y.s) + y.mu^2 - 1 - y.s)\n}",
  },
  {
    code: "train/altered-label",
    text: "A warning: the number of a class is its name. `9 - label` gives each example another class, in the loss and in all answers. Where\nexamples are turned or mirrored, they keep their class.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), 1 - label)\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
  },
  {
    code: "layers/drops-nearly-all",
    text: "A warning: the number of `dropout` is the share that is set to 0, and not the one that is kept, as it was called in early\nTensorFlow (keep_prob).",
    bad: "model m(x: [2]) { dense 64; relu; dropout 0.95; dense 2 }",
    good: "model m(x: [2]) { dense 64; relu; dropout 0.05; dense 2 }",
  },
  {
    code: "cells/unit-for-step",
    text: "A warning: shapes are written without the batch, so the first axis of a sequence is that of its steps. `[:, -1]`, which takes the last\nstep where the batch comes first, takes one unit of every step here.",
    bad: "model m(x: [28, 4]) { lstm 16; it[:, -1]; dense 2 }",
    good: "model m(x: [28, 4]) { lstm 16; it[-1]; dense 2 }",
  },
  {
    code: "train/same-answer",
    text: "A warning: nothing of a model's input comes to its last line, so it answers the same to all examples, and at best learns how often\neach answer is right.",
    bad: "model m(x: [2]) { dense(2)(ones([8])) }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
    good: "model m(x: [2]) { dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
  },
  {
    code: "train/untrained-model",
    text: "A warning: a step trains the models that it names, and all others that its loss calls stay as they are. One that no step of any\ntraining names keeps the weights that it began with.",
    bad: "model G(z: [4]) { dense 8; tanh; dense 2 }\nmodel D(x: [2]) { dense 8; tanh; dense 1 }\n\ndata points = gaussians()\n\ntrain gan on points {\n  step D { minimize bce(D(x), 1) + bce(D(G(normal([4]))), 0) }\n}",
    good: "model G(z: [4]) { dense 8; tanh; dense 2 }\nmodel D(x: [2]) { dense 8; tanh; dense 1 }\n\ndata points = gaussians()\n\ntrain gan on points {\n  step D { minimize bce(D(x), 1) + bce(D(G(normal([4]))), 0) }\n  step G { minimize bce(D(G(normal([4]))), 1) }\n}",
  },
  {
    code: "train/other-model",
    text: "A warning: which models a training trains is said by what its losses call. Its own name may be any, but that of a model that it does\nnot call leads astray.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\nmodel small(x: [2]) { dense 2 }\n\ndata points = xor()\n\ntrain small on points {\n  loss cross_entropy(m(x), label)\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\nmodel small(x: [2]) { dense 2 }\n\ndata points = xor()\n\ntrain small on points {\n  loss cross_entropy(small(x), label)\n}",
  },
  {
    code: "train/alike-weights",
    text: "A warning: units of a hidden layer whose weights are the same get the same gradient, in each step, so they stay the same, and the layer\nhas the power of one unit. Weights of hidden layers begin with random numbers; biases and the last layer may begin at 0.",
    bad: "model m(x: [2]) { param w: [2, 8] = 0; tanh(it @ w); dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
    good: "model m(x: [2]) { param w: [2, 8] = xavier; tanh(it @ w); dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
  },
  {
    code: "train/summed-number",
    text: "A warning: the lines of a training are about one example, and `loss` and `metric` take the mean over the batch. A sum of the single\nnumber that an example gives is that number, and a division by the size of the batch makes the gradient that much smaller.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss sum(cross_entropy(m(x), label)) / 32\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
  },
  {
    code: "shapes/batch-in-shape",
    text: "A warning: a shape is that of one example, and the batch is added by the training. A name such as `None` or `batch` in its first place\nis the name of a further axis.",
    bad: "model m(x: [None, 784]) { dense 10 }",
    good: "model m(x: [784]) { dense 10 }",
  },
  {
    code: "layers/window-product",
    text: "A warning: the size of a window is written with an x between its sides, `3x3`. A product is one number, the side of a square.",
    bad: "model m(x: [28, 28, 1]) { conv 3*3 16 }",
    good: "model m(x: [28, 28, 1]) { conv 3x3 16 }",
  },
  {
    code: "data/says-label",
    text: "A warning: a column of a table stands for the label, value by value, such as the number of a class beside its name. A model that is\ngiven it is right at once and learns nothing else, and where the label is to be foretold the column is not known.",
    bad: classifier(', drop="id"'),
    good: classifier(', drop=["id", "kind_id"]'),
    files: { bad: { "table.csv": ROWS }, good: { "table.csv": ROWS } },
  },
  {
    code: "data/row-number",
    text: "A warning: a column counts the rows of a table. Rows can be learned by heart with it, and of new ones it says nothing.",
    bad: classifier(', drop="kind_id"'),
    good: classifier(', drop=["id", "kind_id"]'),
    files: { bad: { "table.csv": ROWS }, good: { "table.csv": ROWS } },
  },
  {
    code: "data/large-numbers",
    text: "A warning: arrays of pictures often hold bytes, 0 to 255, as in the data sets that Keras saves. Layers begin with weights for numbers near 0\nand 1: divide by 255 in the body of the declaration, and predictions are made of bytes in the same way.",
  },
];
