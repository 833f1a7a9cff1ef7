// Values that compare the examples of a batch.
import type { Explanation } from "./explanation.ts";

const net =
  "data digits = digits(n=200, heldout=50)\n\nmodel net(image: [28, 28, 1]) { flatten; dense 8 }\n\ntrain net on digits {\n";

const trained = "\n\nmodel net(x: [2]) { dense 3 }\n\ntrain net on points { loss cross_entropy(net(x), label) }";

export const batches: readonly Explanation[] = [
  {
    code: "batch/cut",
    text: "`all_examples(x)` has an axis over the examples of the batch, as long as the batch is when the step runs: the last one of an\nepoch may be smaller. What needs a fixed place or size along it, such as the last one, a part, a convolution or a cell, would read\nwhat is not there. Sums, means, the largest, `softmax`, `argmax`, `sort` and products go over it, however long it is.",
    bad: `${net}  others = all_examples(net(image))\n  loss mse(net(image), others[1])\n}`,
    good: `${net}  others = all_examples(net(image))\n  loss mse(net(image), mean(others, over=0))\n}`,
  },
  {
    code: "batch/learned",
    text: "Parameters have a fixed size, and how many examples a batch has is no such size: the last batch may be smaller, and `predict` takes\none row. A layer acts on the depth of a value: bring another axis there, or reduce the one of the examples first.",
    bad: `${net}  likeness = all_examples(net(image)) @ net(image)\n  loss mean(dense(1)(likeness)^2)\n}`,
    good: `${net}  others = all_examples(net(image))\n  loss mean(dense(1)(max(others, over=0))^2)\n}`,
  },
  {
    code: "batch/in-data",
    text: "The rows of a data declaration are prepared before batches are made of them, so there are no other examples to look at. A mean\nof all rows is `mean(x, over=data)`.",
    bad: `data points = spirals(n=100) {\n  x = x - mean(all_examples(x), over=0)\n}${trained}`,
    good: `data points = spirals(n=100) {\n  x = x - mean(x, over=data)\n}${trained}`,
  },
  {
    code: "batch/in-prediction",
    text: "`predict`, `sample` and a model that is built for other programs answer row by row. What compares a row with the others of its\nbatch would answer differently in other company: it belongs to the lines of a training, or behind `if training then`.",
  },
];
