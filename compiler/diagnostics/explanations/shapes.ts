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
    bad: "block half(n) { param w: [n/2] = 0; it + w }\n\nmodel m(x: [1]) {\n  half 3\n}",
    good: "block half(n) { param w: [n/2] = 0; it + w }\n\nmodel m(x: [1]) {\n  half 4\n}",
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
    bad: "model m(x: [4]) {\n  e = dense 3\n  a = e(x)\n  e(a)\n}",
    good: "model m(x: [3]) {\n  e = dense 3\n  a = e(x)\n  e(a)\n}",
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
    good: "model m(x: [N]) {\n  repeat 3 { dense 4 }\n}",
  },
];
