// Trainings and how they end.

import type { Explanation } from "./all.ts";

const model = "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\n";

export const training: readonly Explanation[] = [
  {
    code: "train/no-data",
    text: "A training names its data: `train NAME on DATA { ... }`.",
    bad: `${model}train m {\n  loss cross_entropy(m(x), label)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "names/unknown-data",
    text: "After `on` stands the name of a data declaration of the file.",
    bad: `${model}train m on point {\n  loss cross_entropy(m(x), label)\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n}`,
  },
  {
    code: "train/nothing-to-do",
    text: "A training has a loss, or steps that minimise, maximise or update something.",
    bad: `${model}train m on points {\n  epochs 3\n}`,
    good: `${model}train m on points {\n  loss cross_entropy(m(x), label)\n  epochs 3\n}`,
  },
  {
    code: "train/nothing-trained",
    text: "No learned parameter takes part in the loss of this step, so there is nothing that could get better. Does the loss\ncall the model?",
    bad: `${model}train m on points {\n  loss mean(x^2)\n}`,
    good: `${model}train m on points {\n  loss mean(m(x)^2)\n}`,
  },
  {
    code: "train/not-a-model",
    text: "A step names the models it trains.",
    bad: `${model}train t on points {\n  step x { minimize cross_entropy(m(x), label) }\n}`,
    good: `${model}train t on points {\n  step m { minimize cross_entropy(m(x), label) }\n}`,
  },
  {
    code: "train/out-of-place",
    text: "Optimizers, schedules and updates belong in a training.",
    bad: "model m(x: [2]) {\n  optimizer adam lr=0.1\n  dense 2\n}",
    good: "model m(x: [2]) {\n  dense 2\n}",
  },
  {
    code: "train/none",
    text: "`dnn train` needs a `train` definition: the model alone does not say what it should learn.",
  },
  { code: "train/bad-batch", text: "A batch is a whole number of examples from 1, or `all`." },
  {
    code: "train/diverged",
    text: "The loss or a metric has become infinite or not a number: the steps were too large, or a logarithm or division met\nzero. The parameters of the last checkpoint are still good. A smaller learning rate, `clip 1` against exploding\ngradients, or a warm-up are the usual remedies. The exit code is 3.",
  },
  {
    code: "language/not-yet",
    text: "The language has this, and this build of the compiler does not have it yet.",
  },
];
