// Derivatives as values.
import type { Explanation } from "./explanation.ts";

export const derivatives: readonly Explanation[] = [
  {
    code: "grad/not-a-number",
    text: "`grad(y, x)` says how one number changes with x. Of several numbers there would be a derivative each: take one of\nthem, or the sum of all.",
    bad: "model m(x: [4]) {\n  dense 3; tanh -> h\n  grad(h, x)\n}",
    good: "model m(x: [4]) {\n  dense 3; tanh -> h\n  grad(sum(h), x)\n}",
  },
  {
    code: "grad/independent",
    text: "A value has a derivative by what it is computed from: an input, a value on the way that has a name, a parameter, a model.\nA part that is taken out afterwards, such as `x[0]`, is a new value. What an `update` sets is read from the next step on, so\nnothing in the same step depends on it.",
    bad: "model m(x: [4]) {\n  y = sum(x^2)\n  h = 2 * x\n  grad(y, h)\n}",
    good: "model m(x: [4]) {\n  h = 2 * x\n  y = sum(h^2)\n  grad(y, h)\n}",
  },
  {
    code: "grad/no-slope",
    text: "A comparison, `argmax`, `sign` and rounding change in jumps: between the jumps their derivative is zero, and so is the second\nderivative of `relu`, `max` and `abs`. `stop` keeps derivatives out. A smooth form has a derivative.",
    bad: "model m(x: [4]) {\n  y = sum(relu(x))\n  slope = grad(y, x)\n  grad(sum(slope), x)\n}",
    good: "model m(x: [4]) {\n  y = sum(softplus(x))\n  slope = grad(y, x)\n  grad(sum(slope), x)\n}",
  },
  {
    code: "grad/of-class",
    text: "A class is one of several names and does not change by a little. What it becomes does: the row that `embed` or `onehot` gives.",
    bad: "model m(word: [] of 20) {\n  embed 8; tanh; y = sum(it)\n  grad(y, word)\n}",
    good: "model m(word: [] of 20) {\n  embed 8 -> e; tanh; y = sum(it)\n  grad(y, e)\n}",
  },
  {
    code: "grad/other-parameters",
    text: "`moved(net, by)` is the model with each parameter moved by the value at its place in the list: as many values as there are\nparameters that are trained, each in its parameter's shape. `grad(y, net)` of the same model is such a list.",
    bad: "model net(x: [4]) { dense 1 }\n\nmodel m(x: [4]) {\n  y = sum(net(x)^2)\n  after = moved(net, [y])\n  after(x)\n}",
    good: "model net(x: [4]) { dense 1 }\n\nmodel m(x: [4]) {\n  y = sum(net(x)^2)\n  after = moved(net, grad(y, net), times=-0.1)\n  after(x)\n}",
  },
  {
    code: "grad/across-batch",
    text: "Each example has a derivative of its own, also by a parameter that all share. Where y of an example is made from the whole batch,\nas behind a batch norm in training, that derivative is not one of the example: take it of one number of the batch.",
    bad: "model m(x: [4]) {\n  param w: [4] = 1\n  h = x * w\n  h = h - mean(h, over=batch)\n  grad(sum(h^2), w)\n}",
    good: "model m(x: [4]) {\n  param w: [4] = 1\n  h = x * w\n  h = h - mean(h, over=batch)\n  grad(mean(sum(h^2), over=batch), w)\n}",
  },
  {
    code: "grad/outside-loop",
    text: "In a cell, what all steps share acts on y at once and through the states of the steps before. A derivative within the step would\nsee the first part only; after the loop it has both.",
    bad: "cell c(n) {\n  state s: [n] = 0\n  param w: [n] = 0.5\n  s = tanh(it * w + s)\n  grad(sum(s), w)\n}\n\nmodel m(x: [5, 4]) { c 4 }",
    good: "cell c(n) {\n  state s: [n] = 0\n  param w: [n] = 0.5\n  s = tanh(it * w + s)\n}\n\nmodel m(x: [5, 4]) {\n  layer = c 4\n  y = sum(layer(x))\n  grad(y, layer)[0]\n}",
  },
];
