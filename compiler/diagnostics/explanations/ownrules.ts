// Explanations of warnings of what a program defines itself: cells, optimizers, loops over time, losses of models with each other.
import type { Explanation } from "./explanation.ts";

const XOR = "data points = xor()\n\ntrain m on points {";
const NET = "model m(x: [2]) { dense 8; tanh; dense 2 }";
const AUTOENCODER = "model ae(x: [2]) { dense 1; tanh; dense 2 }\n\ndata points = moons()\n\ntrain ae on points {";
const cell = (line: string): string =>
  `cell mine(n) {\n  state h: [n]\n  ${line}\n}\n\nmodel adder(x: [T, 2]) { mine 16; last; dense 1 }`;
const climber = (line: string): string =>
  `optimizer plain(lr) { ${line} }\n\n${NET}\n\n${XOR}\n  loss cross_entropy(m(x), label)\n  optimizer plain lr=0.1\n}`;
const loop = (above: string, layer: string): string =>
  `model reader(x: [12, 2]) {\n  h = zeros([16])\n${above}  for t in 0..12 { h = tanh(${layer}(x[t], h)) }\n  dense(1)(h)\n}`;
const imitation = (answer: string): string =>
  `model teacher(x: [2]) { dense 8; tanh; dense 2 }\nmodel pupil(x: [2]) { dense 4; tanh; dense 2 }\n\ndata points = xor()\n\ntrain teacher on points {\n  loss cross_entropy(teacher(x), label)\n}\n\ntrain pupil on points {\n  loss mse(pupil(x), ${answer})\n}`;

export const ownrules: readonly Explanation[] = [
  {
    code: "states/no-memory",
    text: "A warning: a state of a cell or an optimizer is what one step hands on to the next. One that no line gives a new value stays 0, and one\nthat is given a new value before anything has read the old one hands nothing on. A state that begins with a draw, or that a call\nstarts (`decoder(32)(x, thought=y)`), may stay as it is.",
    bad: cell("tanh(dense(n)(it, h))"),
    good: cell("h = tanh(dense(n)(it, h))\n  h"),
  },
  {
    code: "train/upwards",
    text: "A warning: `grad` is the direction in which the loss grows, so an optimizer moves parameters against it, by `param -= ...`. A training that\nis to make something larger says `maximize`, and its optimizer stays the same.",
    bad: climber("param += lr * grad"),
    good: climber("param -= lr * grad"),
  },
  {
    code: "flow/unshared-turns",
    text: "A warning: a body that is written out makes new layers in each turn, as the blocks of a deep network are. Where the turns are steps in\ntime, each step would have weights of its own. A layer that is bound above the loop is the same in all turns; a `cell` is written for\none step and runs over sequences of any length.",
    bad: loop("", "dense(16)"),
    good: loop("  turn = dense 16\n", "turn"),
  },
  {
    code: "train/moving-teacher",
    text: "A warning: a `loss` trains every model that it calls. Where it compares a new model with one that was trained before, as in distillation\n(Hinton et al., 2015), the trained one moves towards the new one as well: it forgets what it learned, and the two agree on answers that say little, such as\nthe same one for every example. `stop(teacher(x))` keeps the trained model as it is.",
    bad: imitation("teacher(x)"),
    good: imitation("stop(teacher(x))"),
  },
  {
    code: "train/cancelling",
    text: "A warning: differences above and below 0 cancel in a sum and in a mean, so the square of one is small for answers that are wrong in both\ndirections. A squared error squares first.",
    bad: `${AUTOENCODER}\n  loss mean(ae(x) - x)^2\n}`,
    good: `${AUTOENCODER}\n  loss mean((ae(x) - x)^2)\n}`,
  },
  {
    code: "train/below-zero",
    text: "A warning: a layer gives numbers of any sign, and below 0 there is no logarithm and no root: the loss is NaN in the first step. `log_softmax`,\nand `cross_entropy` and `bce`, take scores as they are, and keep their digits where a probability is small.",
    bad: `${NET}\n\n${XOR}\n  loss -sum(onehot(label) * log(m(x)))\n}`,
    good: `${NET}\n\n${XOR}\n  loss -sum(onehot(label) * log_softmax(m(x)))\n}`,
  },
];
