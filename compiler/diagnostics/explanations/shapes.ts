// Sizes that do not fit.

import type { Explanation } from "./all.ts";

export const shapes: readonly Explanation[] = [
  {
    code: "shapes/window-does-not-fit",
    text: "A window of size F that moves by S over an input of W with P of padding stops (W - F + 2P)/S + 1 times. Where\nthat is no whole number, some of the input would never be seen. A padding or another stride can make it whole;\nthe words `floor` and `ceil` accept what is lost or added.",
    bad: "model m(x: [7, 7, 1]) {\n  conv 3x3 8 s3\n}",
    good: "model m(x: [7, 7, 1]) {\n  conv 3x3 8 s3 p1\n}",
  },
  {
    code: "shapes/window-larger-than-input",
    text: "A window cannot be larger than what it looks at, its padding included. Usually an earlier pool or stride has made\nthe picture smaller than expected: `dnn summary` shows the sizes line by line.",
    bad: "model m(x: [8, 8, 1]) {\n  maxpool 4x4\n  conv 5x5 8\n}",
    good: "model m(x: [8, 8, 1]) {\n  maxpool 2x2\n  conv 3x3 8\n}",
  },
  {
    code: "shapes/product-mismatch",
    text: "In `a @ b` the last size of a and the second last of b are summed over, so they must be equal.",
    bad: "model m(x: [4]) {\n  param w: [5, 3] = he\n  it @ w\n}",
    good: "model m(x: [4]) {\n  param w: [4, 3] = he\n  it @ w\n}",
  },
  {
    code: "shapes/mismatch",
    text: "Two shapes are aligned at their last sizes, and sizes that stand together must be equal, or one of them 1.",
    bad: "model m(x: [4]) {\n  param w: [3] = 0\n  it + w\n}",
    good: "model m(x: [4]) {\n  param w: [4] = 0\n  it + w\n}",
  },
  {
    code: "shapes/uneven-list",
    text: "A list of numbers stands for a vector where a tensor is needed, and a list of lists for a matrix: then all of its\nrows have to be equally long.",
    bad: "model m(x: [2]) {\n  it @ [[1, 2, 3], [4, 5]]\n}",
    good: "model m(x: [2]) {\n  it @ [[1, 2, 3], [4, 5, 6]]\n}",
  },
  {
    code: "shapes/reshape-count",
    text: "A reshape keeps all numbers, so the sizes before and after have the same product.",
    bad: "model m(x: [12]) {\n  reshape 3x5\n}",
    good: "model m(x: [12]) {\n  reshape 3x4\n}",
  },
  {
    code: "shapes/input-mismatch",
    text: "A model is called with a value of another shape than its header declares. Sizes that may differ from call to call\nare written as names.",
    bad: "model m(x: [3]) { dense 2 }\n\nmodel n(x: [4]) { m(x) }",
    good: "model m(x: [D]) { dense 2 }\n\nmodel n(x: [4]) { m(x) }",
  },
  {
    code: "shapes/bad-size",
    text: "A size is a whole number from 1. What is computed, such as width/2, must be whole as well.",
    bad: "model m(x: [4]) {\n  concat(x, zeros(0))\n}",
    good: "model m(x: [4]) {\n  concat(x, zeros(1))\n}",
  },
  {
    code: "shapes/groups-do-not-divide",
    text: "A convolution in groups splits its input and its filters into equal parts.",
    bad: "model m(x: [8, 8, 8]) {\n  conv 3x3 6 g4\n}",
    good: "model m(x: [8, 8, 8]) {\n  conv 3x3 8 g4\n}",
  },
  {
    code: "shapes/shared-layer-differs",
    text: "A layer that is bound to a name, and a model, have one set of parameters for all their calls; here two calls would\nneed different shapes of them. `fresh(e)` makes another layer like it.",
    bad: "model m(x: [4]) {\n  e = dense 3\n  a = relu(e(x))\n  e(a)\n}",
    good: "model m(x: [3]) {\n  e = dense 3\n  a = relu(e(x))\n  e(a)\n}",
  },
  {
    code: "shapes/index-range",
    text: "Places in an axis count from 0; negative ones count from the end.",
    bad: "model m(x: [4, 2]) {\n  it[4]\n}",
    good: "model m(x: [4, 2]) {\n  it[3]\n}",
  },
  {
    code: "shapes/too-few-axes",
    text: "More places are asked of a value than it has axes. Shapes are written without the batch: it is never indexed.",
    bad: "model m(x: [4]) {\n  it[0, 1]\n}",
    good: "model m(x: [4]) {\n  it[0]\n}",
  },
  {
    code: "shapes/unbound-dimension",
    text: "Here a number is needed while the program is compiled, and the size is a name that each call of the model solves.",
    bad: "model m(x: [N]) {\n  repeat N { dense 4 }\n}",
    good: "model m(x: [N]) {\n  repeat 3 { dense 4; relu }\n}",
  },
  {
    code: "shapes/concat",
    text: "`concat` joins along depth, the last axis. All axes before it must be the same.",
    bad: "model m(x: [8, 8, 3]) {\n  conv 3x3 4 -> a\n  maxpool 2x2\n  concat(it, a)\n}",
    good: "model m(x: [8, 8, 3]) {\n  conv 3x3 4 -> a\n  maxpool 3x3 s1 p1\n  concat(it, a)\n}",
  },
  {
    code: "shapes/broadcast",
    text: "`put(x, place, value)` writes one place of a tensor: the value has the shape of what stands there.",
    bad: "model m(x: [4, 3]) {\n  put(x, 0, ones([2]))\n}",
    good: "model m(x: [4, 3]) {\n  put(x, 0, ones([3]))\n}",
  },
  {
    code: "shapes/does-not-divide",
    text: "`split(x, n)` takes the last axis apart into n equal parts; `split(x, [2, 3])` into parts of these sizes.",
    bad: "model m(x: [5]) {\n  a, b = split(x, 2)\n  a + b\n}",
    good: "model m(x: [6]) {\n  a, b = split(x, 2)\n  a + b\n}",
  },
  {
    code: "shapes/index-axis",
    text: "Class indices choose rows, along the first axis. Within other axes, `put` and `[...]` take single numbers.",
    bad: "model m(x: [4] of 10) {\n  param w: [8, 10] = normal\n  w[0:8, x]\n}",
    good: "model m(x: [4] of 10) {\n  param w: [10, 8] = normal\n  w[x]\n}",
  },
  {
    code: "shapes/no-depth",
    text: "A layer works on the last axis, and a single number has none. Class indices get one from `embed` or `onehot`.",
    bad: "model m(x: class 10) {\n  dense 3\n}",
    good: "model m(x: class 10) {\n  onehot(x)\n  dense 3\n}",
  },
  {
    code: "shapes/no-such-axis",
    text: "Axes are counted from 0, or from the end with -1, -2; `over` also takes the names batch, time, space and depth.",
    bad: 'model m(x: [4, 3]) {\n  sum(x, over="rows")\n}',
    good: "model m(x: [4, 3]) {\n  sum(x, over=0)\n}",
  },
  {
    code: "shapes/product-of-numbers",
    text: "`@` is the matrix product. A number has no axis to sum over; `*` multiplies by it.",
    bad: "model m(x: [4]) {\n  x @ 2\n}",
    good: "model m(x: [4]) {\n  x * 2\n}",
  },
  {
    code: "shapes/state-changes",
    text: "A state has one shape from step to step: what is assigned to it must have the shape it was declared with.",
    bad: "cell grow(n) {\n  state h: [n]\n  h = concat(it, h)\n  h\n}\n\nmodel m(x: [T, 4]) { grow 3 }",
    good: "cell keep(n) {\n  state h: [n]\n  h = tanh(dense(n)(it, h))\n  h\n}\n\nmodel m(x: [T, 4]) { keep 3 }",
  },
  {
    code: "shapes/label-differs",
    text: "A loss of classes takes a row of scores for every label. Where the model gives scores at more places than there are labels,\none label would be repeated over all of them: the loss would fall and mean nothing.",
    bad: "model m(x: [4, 4, 1]) { conv 3x3 8; relu; dense 3 }\n\ndata d = digits(size=4x4)\n\ntrain m on d {\n  loss cross_entropy(m(image), label)\n}",
    good: "model m(x: [4, 4, 1]) { conv 3x3 8; relu; flatten; dense 10 }\n\ndata d = digits(size=4x4)\n\ntrain m on d {\n  loss cross_entropy(m(image), label)\n}",
  },
  {
    code: "shapes/too-few-scores",
    text: "A loss of classes reads the score of each example's class. Where the model gives fewer scores than there are classes, some\nlabels have none.",
    bad: "model m(x: [4, 4, 1]) { flatten; dense 9 }\n\ndata d = digits(size=4x4)\n\ntrain m on d {\n  loss cross_entropy(m(image), label)\n}",
    good: "model m(x: [4, 4, 1]) { flatten; dense 10 }\n\ndata d = digits(size=4x4)\n\ntrain m on d {\n  loss cross_entropy(m(image), label)\n}",
  },
  {
    code: "shapes/repeated",
    text: "A warning: two values of different shapes are compared, and each is repeated over the other ([4, 1] and [4] make [4, 4]), or\none prediction over several targets. A model trained so learns the mean of everything.",
    bad: "model m(x: [T, 1]) { rnn 4; dense 1 }\n\ndata d = sequences()\n\ntrain m on d {\n  loss mse(m(x), flat(next))\n}",
    good: "model m(x: [T, 1]) { rnn 4; dense 1 }\n\ndata d = sequences()\n\ntrain m on d {\n  loss mse(m(x), next)\n}",
  },
  {
    code: "shapes/not-a-vector",
    text: "`outer(a, b)` makes all products of two vectors. Of other shapes, say which axes are meant with `reshape` and `*`.",
    bad: "model m(x: [4, 3]) {\n  outer(x, x)\n}",
    good: "model m(x: [4, 3]) {\n  outer(x[0], x[1])\n}",
  },
  {
    code: "shapes/padding-only",
    text: "A pool takes the largest or the mean of what each window covers. With a padding of more than half the window, windows at the\nrim would cover padding only, and what they give would be made of nothing.",
    bad: "model m(x: [8, 8, 1]) {\n  maxpool 2x2 s2 p2\n}",
    good: "model m(x: [8, 8, 1]) {\n  maxpool 2x2 s2 p1\n}",
  },
  {
    code: "shapes/wrong-count",
    text: "A stride, a padding or a window has one number for all axes, or a number for each of them.",
    bad: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 padding=[1, 1, 1]\n}",
    good: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 padding=[1, 1]\n}",
  },
];
