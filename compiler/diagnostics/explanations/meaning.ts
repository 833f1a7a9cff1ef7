// Names, calls, types and flow.

import type { Explanation } from "./all.ts";

export const meaning: readonly Explanation[] = [
  {
    code: "names/unknown",
    text: "No definition, parameter, label or word of the library has this name. Names of other frameworks are recognised:\nthe hint says what the thing is called here.",
    bad: "model m(x: [4]) {\n  Linear 3\n}",
    good: "model m(x: [4]) {\n  dense 3\n}",
  },
  {
    code: "names/defined-twice",
    text: "A file has one namespace: blocks, cells, models, functions, optimizers and schedules have different names.",
    bad: "block head(n) { dense n }\nblock head(n) { dense n; relu }\n\nmodel m(x: [4]) { head 2 }",
    good: "block head(n) { dense n }\nblock head_relu(n) { dense n; relu }\n\nmodel m(x: [4]) { head 2 }",
  },
  {
    code: "names/replaces-library",
    text: "A warning: a definition has the name of one in the library, and stands for it in this file. That is how a copy of a\nlibrary definition is tried with a change; where it is not meant, calls of the library's end up here. The library's own\ndefinitions go on using the library's.",
    bad: "block dense(n) { conv 1x1 n }\n\nmodel m(x: [4, 4, 2]) { dense 3 }",
    good: "block mix(n) { conv 1x1 n }\n\nmodel m(x: [4, 4, 2]) { mix 3 }",
  },
  {
    code: "names/no-field",
    text: "Every name bound in a body is a field of its result, and every parameter a field of its layer. This one is neither.",
    bad: "model m(x: [4]) {\n  e = dense 3\n  a = e(x)\n  a + sum(e.bias)\n}",
    good: "model m(x: [4]) {\n  e = dense 3\n  a = e(x)\n  a + sum(e.shift)\n}",
  },
  {
    code: "names/field-too-early",
    text: "The shapes of a layer's parameters are known once it has been applied to something; read them after that.",
    bad: "model m(x: [4]) {\n  e = dense 3\n  s = sum(e.weight)\n  e(x) + s\n}",
    good: "model m(x: [4]) {\n  e = dense 3\n  a = e(x)\n  a + sum(e.weight)\n}",
  },
  {
    code: "flow/no-input",
    text: "A line that is a layer is applied to the value above it, and there is none: a model without an input begins with a\nvalue.",
    bad: "model m() {\n  dense 3\n}",
    good: "model m() {\n  normal([4])\n  dense 3\n}",
  },
  {
    code: "calls/unknown-parameter",
    text: "The definition has no parameter of this name; the hint names the nearest one.",
    bad: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 strides=2 p1\n}",
    good: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 stride=1 p1\n}",
  },
  {
    code: "calls/too-many-arguments",
    text: "More values are given than the definition has parameters. Options such as `s2` and `p1` count as parameters.",
    bad: "model m(x: [4]) {\n  dense 3 4 5\n}",
    good: "model m(x: [4]) {\n  dense 3\n}",
  },
  {
    code: "calls/missing-argument",
    text: "A parameter without a default has to be given.",
    bad: "model m(x: [4]) {\n  dense\n}",
    good: "model m(x: [4]) {\n  dense 3\n}",
  },
  {
    code: "types/not-a-tensor",
    text: "Arithmetic works on tensors and numbers. A layer becomes a value when it is applied: `f(x)`.",
    bad: "model m(x: [4]) {\n  e = dense 3\n  e + 1\n}",
    good: "model m(x: [4]) {\n  e = dense 3\n  e(x) + 1\n}",
  },
  {
    code: "types/not-a-list",
    text: "`for` goes over a list `[16, 32]` or a range `0..4`.",
    bad: "model m(x: [4]) {\n  for n in 3 { dense 4 }\n}",
    good: "model m(x: [4]) {\n  for n in 0..3 { dense 4; relu }\n}",
  },
  {
    code: "types/not-decided",
    text: "`if c { } else { }` writes out one of its bodies while the program is compiled, so c cannot depend on data.\n`if c then a else b` chooses element by element while it runs.",
    bad: "model m(x: [4]) {\n  if x > 0 { dense 3 } else { dense 3; relu }\n}",
    good: "model m(x: [4]) {\n  if x > 0 then x else 0.1 * x\n}",
  },
  {
    code: "types/cannot-take-apart",
    text: "`a, b = e` needs a list of as many values as there are names.",
    bad: "model m(x: [4]) {\n  a, b = dense(3)(x)\n  a + b\n}",
    good: "model m(x: [4]) {\n  a, b = split(x, 2)\n  a + b\n}",
  },
  {
    code: "cells/no-sequence",
    text: "A cell is one time step, and as a layer it runs over the first axis of its input: a single number has none.",
    bad: "model m(x: []) {\n  lstm 4\n}",
    good: "model m(x: [T, 1]) {\n  lstm 4\n}",
  },
  {
    code: "limits/too-deep",
    text: "Calls may be nested 200 deep. A block that calls itself never ends: definitions are written out when the program is\ncompiled, so recursion must stop by an `if`.",
    bad: "block again(n) { dense n; again n }\n\nmodel m(x: [4]) { again 3 }",
    good: "block twice(n) { dense n; relu; dense n }\n\nmodel m(x: [4]) { twice 3 }",
  },
  {
    code: "limits/too-large",
    text: "Loops are written out when the program is compiled, to at most 100,000 statements.",
    bad: "model m(x: [4]) {\n  repeat 1e9 { dense 4 }\n}",
    good: "model m(x: [4]) {\n  repeat 10 { dense 4; relu }\n}",
  },
  {
    code: "names/no-model",
    text: "A model is needed and the file has none: blocks are parts of models, and are not run by themselves.",
  },
  {
    code: "names/unused",
    text: "A warning: the label or name is never read, in the file or as a field. Maybe a line that should read it was left out. A\nname that begins with `_` is not complained about.",
    bad: "model m(x: [4]) {\n  dense 3 -> h\n  relu\n}",
    good: "model m(x: [4]) {\n  dense 3 -> h\n  relu\n  it + h\n}",
  },
  {
    code: "calls/argument-twice",
    text: "One parameter is given two values.",
    bad: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 stride=1 stride=2\n}",
    good: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 stride=1\n}",
  },
  {
    code: "calls/flag-or-value",
    text: "A bare word that is the name of a boolean parameter sets it. Here the same word is also a name with a value, so it could\nmean either.",
    bad: "block scaled(n, wide=false) { dense (if wide then 2 * n else n) }\n\nmodel m(x: [4]) {\n  wide = 3\n  scaled wide\n}",
    good: "block scaled(n, wide=false) { dense (if wide then 2 * n else n) }\n\nmodel m(x: [4]) {\n  width = 3\n  scaled width wide\n}",
  },
  {
    code: "calls/not-a-flag",
    text: "A parameter such as `bias` is on or off, and a number came to stand in its place. In other frameworks a layer is given the\nsize of its input as well; here that is inferred.",
    bad: "model m(x: [4]) {\n  dense(4, 3)\n}",
    good: "model m(x: [4]) {\n  dense(3)\n}",
  },
  {
    code: "calls/not-callable",
    text: "Only layers, functions and models are applied to a value. A number or a tensor is not.",
    bad: "model m(x: [4]) {\n  a = 3\n  a(x)\n}",
    good: "model m(x: [4]) {\n  a = 3\n  a * x\n}",
  },
  {
    code: "types/list-index",
    text: "A list is read at one place: `list[0]`, `list[-1]`.",
    bad: "model m(x: [4]) {\n  widths = [3, 4]\n  dense widths[0, 1]\n}",
    good: "model m(x: [4]) {\n  widths = [3, 4]\n  dense widths[0]\n}",
  },
  {
    code: "types/not-a-number",
    text: "A size or a count is a number that is known before the program runs. A tensor's values are known only when it does.",
    bad: "model m(x: [4]) {\n  dense x\n}",
    good: "model m(x: [4]) {\n  dense depth(x)\n}",
  },
  {
    code: "types/not-classes",
    text: "`embed`, `onehot` and `cross_entropy` take class indices: a field or input declared as `class 10` or `[T] of V`.",
    bad: "model m(x: [4]) {\n  embed 8\n}",
    good: "model m(x: [4] of 10) {\n  embed 8\n}",
  },
  {
    code: "flow/dead-layer",
    text: "A warning: a line gives a value that nothing reads, because the next line does not go on from it. Lines that are layers take\nthe value above them; a line that is a value begins anew.",
    bad: "model m(x: [4]) {\n  dense 3\n  x + 1\n}",
    good: "model m(x: [4]) {\n  dense 4\n  x + it\n}",
  },
  {
    code: "layers/no-activation",
    text: "A warning: two linear layers in a row compute what one could. Unless the first is narrower than both its neighbours, the\nsecond adds parameters and nothing else. An activation between them is what makes a network more than a matrix.",
    bad: "model m(x: [4]) {\n  dense 8\n  dense 2\n}",
    good: "model m(x: [4]) {\n  dense 8; relu\n  dense 2\n}",
  },
  {
    code: "layers/not-flattened",
    text: "A warning: `dense` works on the last axis, so behind a convolution or a pool it is applied at every place of the picture. A\nclassifier wants the places in one row first.",
    bad: "model m(x: [8, 8, 1]) {\n  conv 3x3 4; relu\n  dense 10\n}",
    good: "model m(x: [8, 8, 1]) {\n  conv 3x3 4; relu\n  flatten\n  dense 10\n}",
  },
  {
    code: "layers/lost-bias",
    text: "A warning: batch normalisation subtracts the mean of every channel, and with it whatever the layer before added. The bias is\nlearned for nothing.",
    bad: "model m(x: [8, 8, 1]) {\n  conv 3x3 4; batchnorm; relu\n}",
    good: "model m(x: [8, 8, 1]) {\n  conv 3x3 4 nobias; batchnorm; relu\n}",
  },
  {
    code: "calls/swapped",
    text: "Losses and metrics take what the model says first and what is true second.",
    bad: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(label, m(x))\n}",
    good: "model m(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\ntrain m on points {\n  loss cross_entropy(m(x), label)\n}",
  },
];
