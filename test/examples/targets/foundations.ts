// Targets of foundations, of ways to train and of the rest of the zoo.

import { commonest, mean, simpler } from "../trivial.ts";
import type { Target } from "./target.ts";

export const FOUNDATIONS: Readonly<Record<string, Target>> = {
  // One step from 5, against a gradient of -4.
  backpropagation: {
    metric: "y",
    atLeast: 9,
    atMost: 9,
    trivial: { what: "no step", figure: 5 },
    seeds: [9, 9, 9],
  },
  linear_regression: {
    metric: "loss",
    atMost: 0.012,
    trivial: mean(1.31),
    seeds: [0.00856, 0.00856, 0.00856],
  },
  logistic_regression: {
    metric: "accuracy",
    atLeast: 0.95,
    trivial: commonest(0.5),
    seeds: [0.975, 0.975, 0.97],
  },
  linear_classifier: { metric: "accuracy", atLeast: 0.83, trivial: commonest(0.102), seeds: [0.873, 0.874, 0.879] },
  nearest_neighbour: { metric: "accuracy", atLeast: 0.83, trivial: commonest(0.102), seeds: [0.878, 0.878, 0.878] },
  mlp: {
    metric: "accuracy",
    atLeast: 0.93,
    flags: ["--epochs", "3"],
    trivial: commonest(0.102),
    seeds: [0.948, 0.943, 0.953],
  },
  spirals: { metric: "accuracy", atLeast: 0.97, trivial: commonest(0.333), seeds: [1, 1, 0.997] },
  maxout: { metric: "accuracy", atLeast: 0.97, trivial: commonest(0.335), seeds: [1, 1, 1] },
  activations: { metric: "all_right", atLeast: 0.85, trivial: commonest(0.333), seeds: [0.973, 0.98, 0.95] },
  initialisation: {
    metric: "xavier",
    atLeast: 0.85,
    trivial: { what: "weights that begin too big", figure: 0.305, metric: "big" },
    seeds: [0.911, 0.894, 0.918],
  },
  preprocessing: { metric: "accuracy", atLeast: 0.97, trivial: commonest(0.25), seeds: [1, 1, 1] },
  augmentation: {
    metric: "accuracy",
    atLeast: 0.93,
    trivial: { what: "the same network without it", figure: 0.868, training: "plain" },
    seeds: [0.964, 0.953, 0.966],
  },
  batch_norm: {
    metric: "accuracy",
    atLeast: 0.75,
    trivial: { what: "the same network without it", figure: 0.126, training: "without" },
    seeds: [0.86, 0.883, 0.834],
  },
  overfitting: {
    metric: "plain",
    atMost: 0.63,
    trivial: { what: "the loss without penalty and dropout", figure: 0.664, training: "heart", metric: "loss" },
    seeds: [0.593, 0.602, 0.595],
  },
  trajectories: {
    metric: "momentum",
    atLeast: 10,
    trivial: { what: "plain descent from the saddle", figure: 0.019, metric: "sgd" },
    // Nothing is drawn at random.
    seeds: [37.56, 37.56, 37.56],
  },
  schedules: {
    metric: "off",
    atMost: 0.01,
    trivial: { what: "the same steps at one rate", figure: 0.051, training: "at_one_rate" },
    seeds: [0.0023, 0.0013, 0.0023],
  },
  early_stopping: {
    metric: "accuracy",
    atLeast: 0.9,
    trivial: simpler("a straight line", 0.85, "model net(x: [2]) { dense 2 }", { epochs: 20 }),
    seeds: [0.942, 0.942, 0.933],
  },
  ensemble: {
    metric: "accuracy",
    atLeast: 0.745,
    trivial: { what: "its first network alone", figure: 0.72, metric: "first" },
    seeds: [0.758, 0.766, 0.771],
  },
  snapshots: { metric: "accuracy", atLeast: 0.92, trivial: commonest(0.102), seeds: [0.94, 0.943, 0.938] },
  perceptron: {
    metric: "accuracy",
    atLeast: 0.98,
    trivial: { what: "the weights after one step", figure: 0.5, steps: 1 },
    seeds: [1, 1, 1],
  },
  xor: {
    metric: "accuracy",
    atLeast: 1,
    trivial: simpler("a straight line", 0.5, "model xor(x: [2]) { dense 2 }", { epochs: 10 }),
    seeds: [1, 1, 1],
  },
  rbf: { metric: "accuracy", atLeast: 0.98, trivial: commonest(0.5), seeds: [0.995, 0.995, 0.995] },
  svm: { metric: "accuracy", atLeast: 0.98, trivial: commonest(0.5), seeds: [0.995, 0.995, 0.995] },
  markov: {
    metric: "surprise",
    atMost: 2.6,
    trivial: simpler(
      "how often each letter occurs",
      2.94,
      "model chain(name: [T] of V) { param hits: [V, V] = 1; log(sum(hits, over=0) / sum(hits)) * ones([T, 1]) }",
      { epochs: 1 },
    ),
    seeds: [2.53, 2.53, 2.53],
  },
  hopfield: {
    metric: "recalled",
    atLeast: 0.99,
    own: true,
    trivial: { what: "the corrupted pattern as it comes", figure: 0.846, metric: "corrupted" },
    seeds: [1, 1, 1],
  },
  boltzmann: {
    metric: "whole",
    atLeast: 0.8,
    trivial: { what: "the machine after one step", figure: 0.125, steps: 1 },
    seeds: [0.938, 0.875, 1],
  },
  rbm: {
    metric: "error",
    atMost: 0.02,
    flags: ["--epochs", "5"],
    trivial: { what: "the weights after one step", figure: 0.047, steps: 1 },
    seeds: [0.0143, 0.0144, 0.0142],
  },
  dbn: {
    metric: "accuracy",
    atLeast: 0.9,
    trivial: { what: "the same network without what the machines learned", figure: 0.287, metric: "without" },
    seeds: [0.936, 0.919, 0.923],
  },
  kohonen: {
    metric: "distance",
    atMost: 0.1,
    trivial: { what: "the prototypes after one step", figure: 0.575, steps: 1 },
    seeds: [0.0844, 0.084, 0.0836],
  },
  extreme_learning_machine: {
    metric: "accuracy",
    atLeast: 0.88,
    trivial: { what: "the pixels, read out in the same way", figure: 0.82, training: "linear" },
    seeds: [0.92, 0.905, 0.909],
  },
  echo_state: {
    metric: "loss",
    atMost: 0.105,
    trivial: simpler("the last value alone, without a reservoir", 0.134, "model echo(x: [T, D]) { dense D }", {
      epochs: 10,
    }),
    seeds: [0.0957, 0.0957, 0.0964],
  },
  liquid_state: {
    metric: "accuracy",
    atLeast: 0.65,
    trivial: simpler(
      "the mean of the wave, without a liquid",
      0.255,
      "model liquid(x: [T, D]) { mean(it, over=time); dense 4 }",
      { epochs: 30 },
    ),
    seeds: [0.738, 0.718, 0.723],
  },
  ntm_copy: {
    metric: "twice",
    atLeast: 0.85,
    flags: ["--epochs", "9"],
    trivial: { what: "the network before its first step", figure: 0.086 },
    // With the seeds 4 and 5 it is 1 and 0.993.
    seeds: [1, 0.998, 0.971],
  },
};
