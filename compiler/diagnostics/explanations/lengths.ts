// Sequences of one batch that differ in length.
import type { Explanation } from "./explanation.ts";

const trained = (model: string, loss: string): string =>
  `data people = names(n=40)\n\nmodel m(name: [T] of V) {\n${model}\n}\n\ntrain m on people { loss ${loss}; batch 4 }`;

export const lengths: readonly Explanation[] = [
  {
    code: "lengths/differ",
    text: "Two sequences are put together step by step, each with a length of its own: at some steps there would be only one of them.\nParts of a sequence go together if they have equally many steps in every example, as `x[1:]` and `x[0:-1]` have.",
    bad: trained("  embed 8\n  it[1:6] + it[0:5]\n  dense 18", "mean(m(name))"),
    good: trained("  embed 8\n  it[1:] + it[0:-1]\n  dense 18", "mean(m(name))"),
  },
  {
    code: "lengths/reshaped",
    text: "Where sequences differ in length, a shape may join time with the axes behind it, as `flatten` does: the real numbers\nstill come first. With an axis before it they would not, and could no longer be told from padding.",
    bad: trained(
      "  embed 8\n  heads(it, 2)\n  reshape(it, [2 * T, 4])\n  mean(it, over=0)\n  dense 18",
      "cross_entropy(m(name), label)",
    ),
    good: trained("  embed 8\n  heads(it, 2)\n  mean(it, over=[0, 1])\n  dense 18", "cross_entropy(m(name), label)"),
  },
  {
    code: "lengths/moved",
    text: "An operation along the steps of sequences that differ in length would put padding among real steps: joining two of them\nin one axis, cutting one into parts of fixed size, a mean over all data at each step.",
    bad: trained(
      "  embed 8\n  scores = dense(1)(it)[:, 0]\n  concat(scores, scores)\n  mean(it) * ones([18])",
      "cross_entropy(m(name), label)",
    ),
    good: trained(
      "  embed 8\n  scores = dense(1)(it)[:, 0]\n  sum(scores) * ones([18])",
      "cross_entropy(m(name), label)",
    ),
  },
  {
    code: "lengths/gathered",
    text: "`all_examples` puts the values of all examples side by side, and sequences that differ in length do not end at one place. What is\nread from a sequence has one size for all.",
    bad: trained(
      "  embed 8\n  rnn 8 -> h\n  mean(all_examples(h)[argmax(h[0]), 0])\n  last(h)\n  dense 18",
      "cross_entropy(m(name), label)",
    ),
    good: trained(
      "  embed 8\n  rnn 8\n  last\n  it - mean(all_examples(it), over=0)\n  dense 18",
      "cross_entropy(m(name), label)",
    ),
  },
  {
    code: "lengths/not-fixed",
    text: "The size of an axis of steps is each example's own where sequences differ in length. As a size in a shape it is that of\nthe padded axis, and in a formula the example's; a loop or a window needs one number for all of them.",
    bad: trained(
      "  embed 8\n  h = zeros([8])\n  for t in 0..T { h = tanh(h + it[t]) }\n  dense(18)(h)",
      "cross_entropy(m(name), label)",
    ),
    good: trained("  embed 8\n  rnn 8\n  last\n  dense 18", "cross_entropy(m(name), label)"),
  },
  {
    code: "lengths/state",
    text: "A state of a cell has the same places at every step. One that has a place for each step of a sequence is declared by the\nsize of that sequence, and is then as long as it in every example.",
    bad: `cell reader(memory, size) {
  state seen: [size]
  seen = seen + softmax(memory @ it)
  seen @ memory
}

${trained("  embed 8\n  memory = it\n  reader(memory, 15)(it)\n  last\n  dense 18", "cross_entropy(m(name), label)")}`,
    good: `cell reader(memory) {
  state seen: [shape(memory)[0]]
  seen = seen + softmax(memory @ it)
  seen @ memory
}

${trained("  embed 8\n  memory = it\n  reader(memory)(it)\n  last\n  dense 18", "cross_entropy(m(name), label)")}`,
  },
];
