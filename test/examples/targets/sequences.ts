// Targets of recurrent networks, of attention, and of gradients as values.

import { commonest, mean, pairsOfLetters, simpler } from "../trivial.ts";
import type { Target } from "./target.ts";

export const SEQUENCES: Readonly<Record<string, Target>> = {
  captions: {
    metric: "exact",
    atLeast: 0.8,
    trivial: { what: "the commonest caption", figure: 0.092, metric: "constant" },
    seeds: [0.874, 0.892, 0.88],
  },
  sentiment: {
    metric: "accuracy",
    atLeast: 0.97,
    trivial: simpler(
      "the words without their order",
      0.81,
      "model sentiment(words: [T] of V) { embed 2; mean(it, over=time) * 8 }",
      { epochs: 3, lr: 0.05 },
    ),
    seeds: [0.999, 0.999, 0.999],
  },
  translate: {
    metric: "letters",
    atLeast: 0.97,
    flags: ["--epochs", "6"],
    trivial: simpler(
      "the commonest letter of each place",
      0.115,
      "model translate(source: [S] of V, target: [T] of W = none, length=8) { param place: [length, V] = 0; place }",
      { epochs: 1, lr: 0.1 },
    ),
    seeds: [0.992, 0.996, 0.984],
  },
  seq2seq: {
    metric: "letters",
    atLeast: 0.6,
    trivial: simpler(
      "the commonest letter of each place",
      0.115,
      "model speak(source: [S] of V, target: [T] of W = none, length=8) { param place: [length, V] = 0; place }",
      { epochs: 1, lr: 0.1 },
    ),
    seeds: [0.771, 0.782, 0.76],
  },
  tagger: {
    metric: "accuracy",
    atLeast: 0.97,
    trivial: simpler(
      "from what stands before each letter alone",
      0.873,
      "model tagger(name: [T] of V) { embed 16; lstm 16; dense 2 }",
      { epochs: 3 },
    ),
    seeds: [0.987, 1, 0.994],
  },
  stacked_bidirectional: {
    metric: "accuracy",
    atLeast: 0.89,
    trivial: { what: "no letter occurs twice", figure: 0.719, metric: "constant" },
    seeds: [0.925, 0.92, 0.915],
  },
  rows: { metric: "accuracy", atLeast: 0.93, trivial: commonest(0.102), seeds: [0.978, 0.968, 0.968] },
  video: {
    metric: "way",
    atLeast: 0.97,
    trivial: simpler(
      "from the last frame alone",
      0.506,
      "model watch(frames: [6, 28, 28, 1]) { each { flatten; dense 32; relu } -> seen; way = dense(1)(seen[-1]); dense 1 }",
      { epochs: 3 },
    ),
    seeds: [1, 1, 1],
  },
  names_rnn: { metric: "accuracy", atLeast: 0.77, trivial: commonest(0.05), seeds: [0.815, 0.812, 0.831] },
  long_term: {
    metric: "error",
    atMost: 0.02,
    trivial: { what: "always answering the mean", figure: 0.175, metric: "mean_only" },
    seeds: [0.001, 0.0017, 0.001],
  },
  adding_lstm: {
    metric: "loss",
    atMost: 0.005,
    trivial: mean(0.172),
    seeds: [0.000362, 0.000473, 0.000181],
  },
  copy_task: {
    metric: "recalled",
    atLeast: 0.95,
    trivial: { what: "the plain cell", figure: 0.13, training: "without" },
    seeds: [0.962, 0.996, 0.962],
  },
  custom_cell: {
    metric: "loss",
    atMost: 0.002,
    trivial: mean(0.152),
    seeds: [0.0002, 0.000313, 0.000301],
  },
  lstm_variants: {
    metric: "loss",
    atMost: 0.05,
    // Of five cells together.
    trivial: mean(0.771, 5),
    seeds: [0.00883, 0.00353, 0.00534],
  },
  gru: {
    metric: "loss",
    atMost: 1.65,
    trivial: simpler("how often each letter follows each", 2.49, "model speller(text: [T] of V) { embed V }", {
      epochs: 2,
      lr: 0.1,
    }),
    seeds: [1.49, 1.49, 1.46],
  },
  charlm: {
    metric: "loss",
    atMost: 0.45,
    flags: ["--epochs", "9"],
    trivial: { what: "how often each letter follows each", figure: 1.64, computed: pairsOfLetters },
    seeds: [0.412, 0.405, 0.397],
  },
  transformer: {
    metric: "loss",
    atMost: 1.65,
    trivial: simpler("how often each letter follows each", 2.49, "model lm(text: [T] of V) { embed V }", {
      epochs: 2,
      lr: 0.1,
    }),
    seeds: [1.54, 1.52, 1.58],
  },
  recall: {
    metric: "loss",
    atMost: 0.02,
    trivial: { what: "an LSTM of as many steps", figure: 0.641, training: "first" },
    seeds: [0.000384, 0.000305, 0.00038],
  },
  oscillator: {
    metric: "error",
    atMost: 0.005,
    trivial: { what: "a function that is zero everywhere", figure: 0.34, metric: "nothing" },
    seeds: [0.000026, 0.000046, 0.00003],
  },
  meta_learning: {
    metric: "off",
    atMost: 1.5,
    flags: ["--epochs", "14"],
    trivial: { what: "the same step of a network that learned all waves at once", figure: 4.4, metric: "usual" },
    seeds: [1.06, 0.797, 0.826],
  },
  adversarial: {
    metric: "attacked",
    atLeast: 0.55,
    trivial: { what: "a network that has not seen moved pictures", figure: 0.04, training: "plain" },
    seeds: [0.656, 0.716, 0.717],
  },
  saliency: {
    metric: "recognised",
    atLeast: 0.45,
    flags: ["--data", "few=digits(n=100, heldout=100)", "--data", "digits=digits(n=3000)"],
    trivial: { what: "what a network draws that has not learned", figure: 0.1, after: "judge" },
    seeds: [0.94, 0.7, 0.74],
  },
  wgan_gp: {
    metric: "good",
    atLeast: 0.8,
    flags: ["--epochs", "110"],
    // The share of eight discs of radius 0.5 in a square of side 5.
    trivial: { what: "points anywhere around", figure: 0.25, computed: () => (8 * Math.PI * 0.5 ** 2) / 5 ** 2 },
    seeds: [0.821, 0.824, 0.859],
  },
  score: {
    metric: "loss",
    atMost: 1.1,
    flags: ["--epochs", "60"],
    trivial: { what: "a score of zero everywhere", figure: 2, metric: "flat" },
    seeds: [0.986, 0.944, 0.928],
  },
};
