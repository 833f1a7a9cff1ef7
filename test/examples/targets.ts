// Targets that every example must reach, and how it is trained for that.

import { commonestClass, meanError, pairsOfLetters, type Trivial } from "./trivial.ts";

export interface Target {
  readonly metric: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** Makes the training shorter than the program's own settings, in tests only: the gallery trains in full. */
  readonly flags?: readonly string[];
  /** The baseline without learning: it must miss the target clearly. */
  readonly trivial?: Trivial;
  /** Of the training's own examples: what is stored is not held out. */
  readonly own?: true;
  /** The figures with the seeds 1, 2 and 3, by the settings of the tests. */
  readonly seeds?: readonly [number, number, number];
}

/** Always answering with the class that most examples have. */
const commonest = (figure: number, source: string, named: Readonly<Record<string, number>> = {}): Trivial => ({
  what: "always the commonest class",
  figure,
  computed: () => commonestClass(source, named),
});

/** Held-out figures. */
export const TARGETS: Readonly<Record<string, Target>> = {
  linear_regression: {
    metric: "loss",
    atMost: 0.012,
    trivial: { what: "always the mean", figure: 1.29, computed: () => meanError("line", { n: 1000, noise: 0.1 }) },
  },
  logistic_regression: {
    metric: "accuracy",
    atLeast: 0.95,
    trivial: commonest(0.5, "blobs", { classes: 2, noise: 0.8 }),
  },
  linear_classifier: { metric: "accuracy", atLeast: 0.83 },
  nearest_neighbour: { metric: "accuracy", atLeast: 0.83 },
  // One step from 5, against a gradient of -4.
  backpropagation: {
    metric: "y",
    atLeast: 9,
    atMost: 9,
    trivial: { what: "no step", figure: 5 },
    seeds: [9, 9, 9],
  },
  xor: { metric: "accuracy", atLeast: 1 },
  spirals: { metric: "accuracy", atLeast: 0.97, trivial: commonest(0.333, "spirals", { n: 1500, noise: 0.05 }) },
  mlp: { metric: "accuracy", atLeast: 0.93, flags: ["--epochs", "3"] },
  lenet: { metric: "accuracy", atLeast: 0.97, flags: ["--epochs", "4"] },
  resnet20: { metric: "accuracy", atLeast: 0.97, flags: ["--data", "digits=digits(n=1000, heldout=250, size=32x32)"] },
  custom_cell: {
    metric: "loss",
    atMost: 0.002,
    trivial: { what: "always the mean", figure: 0.164, computed: () => meanError("adding", { n: 4000, seq: 12 }) },
  },
  gan_gaussians: {
    metric: "distance",
    atMost: 0.1,
    trivial: { what: "always the mean", figure: 1.489, metric: "mean_only" },
    seeds: [0.057, 0.049, 0.038],
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
  wgan_gp: {
    metric: "good",
    atLeast: 0.8,
    flags: ["--epochs", "110"],
    // The share of eight discs of radius 0.5 in a square of side 5.
    trivial: { what: "points anywhere around", figure: 0.25, computed: async () => (8 * Math.PI * 0.5 ** 2) / 5 ** 2 },
  },
  adversarial: {
    metric: "attacked",
    atLeast: 0.55,
    trivial: { what: "a network that has not seen moved pictures", figure: 0.04, training: "plain" },
  },
  saliency: {
    metric: "recognised",
    atLeast: 0.45,
    flags: ["--data", "few=digits(n=100)", "--data", "digits=digits(n=4000)"],
    trivial: commonest(0.112, "digits", { n: 100 }),
  },
  score: {
    metric: "loss",
    atMost: 1.1,
    trivial: { what: "a score of zero everywhere", figure: 2, metric: "flat" },
  },
  perceptron: {
    metric: "accuracy",
    atLeast: 0.98,
    trivial: { what: "the weights after one step", figure: 0.5, steps: 1 },
    seeds: [1, 1, 1],
  },
  svm: { metric: "accuracy", atLeast: 0.98, trivial: commonest(0.5, "blobs", { classes: 2 }) },
  rbf: { metric: "accuracy", atLeast: 0.98, trivial: commonest(0.5, "moons") },
  maxout: { metric: "accuracy", atLeast: 0.97, trivial: commonest(0.335, "spirals") },
  extreme_learning_machine: {
    metric: "accuracy",
    atLeast: 0.88,
    trivial: { what: "the pixels, read out in the same way", figure: 0.82, training: "linear" },
  },
  hopfield: {
    metric: "recalled",
    atLeast: 0.99,
    own: true,
    trivial: { what: "the corrupted pattern as it comes", figure: 0.846, metric: "corrupted" },
    seeds: [1, 1, 1],
  },
  kohonen: { metric: "distance", atMost: 0.1 },
  kmeans: { metric: "spread", atMost: 0.55 },
  markov: { metric: "surprise", atMost: 2.6 },
  rbm: { metric: "error", atMost: 0.02, trivial: { what: "the weights after one step", figure: 0.047, steps: 1 } },
  dbn: { metric: "accuracy", atLeast: 0.9 },
  autoencoder: { metric: "error", atMost: 0.016, flags: ["--epochs", "10"] },
  linear_autoencoder: { metric: "loss", atMost: 1 },
  sparse_autoencoder: { metric: "error", atMost: 0.012, flags: ["--epochs", "10"] },
  denoising_autoencoder: { metric: "error", atMost: 0.012, flags: ["--epochs", "10"] },
  context_encoder: { metric: "loss", atMost: 0.05, flags: ["--epochs", "10"] },
  vae: { metric: "error", atMost: 0.018, flags: ["--data", "digits=digits(n=5000)", "--epochs", "10"] },
  inverse_graphics: {
    metric: "error",
    atMost: 0.034,
    flags: ["--epochs", "8"],
    trivial: { what: "the picture as it is, not turned", figure: 0.048, metric: "unturned" },
    seeds: [0.0253, 0.0273, 0.028],
  },
  deconvnet: {
    metric: "read",
    atLeast: 0.8,
    trivial: { what: "blank paper", figure: 0.098, metric: "blank" },
    seeds: [0.886, 0.95, 0.952],
  },
  dcgan: {
    metric: "score",
    atLeast: 3.2,
    flags: ["--data", "digits=digits(n=4000, heldout=300, size=16x16)", "--epochs", "4"],
    trivial: { what: "grey pictures", figure: 1, metric: "grey" },
    seeds: [3.68, 4.32, 4.18],
  },
  pixelcnn: { metric: "bits", atMost: 0.25, flags: ["--data", "digits=digits(n=1200)", "--epochs", "1"] },
  mirror: {
    metric: "iou",
    atLeast: 0.6,
    trivial: { what: "a threshold on the noisy picture", figure: 0.31, metric: "threshold" },
    seeds: [0.705, 0.729, 0.726],
  },
  tones: {
    metric: "accuracy",
    atLeast: 0.95,
    trivial: { what: "the network before its first step", figure: 0.25 },
    seeds: [1, 1, 1],
  },
  unet: { metric: "iou", atLeast: 0.6, flags: ["--epochs", "4"] },
  echo_state: { metric: "loss", atMost: 0.12 },
  liquid_state: { metric: "accuracy", atLeast: 0.65 },
  names_rnn: { metric: "accuracy", atLeast: 0.77, trivial: commonest(0.056, "names") },
  gru: { metric: "loss", atMost: 1.65 },
  lstm_variants: {
    metric: "loss",
    atMost: 0.05,
    // Of five cells together.
    trivial: {
      what: "always the mean",
      figure: 0.9,
      computed: async () => 5 * (await meanError("adding", { n: 3000, seq: 12 })),
    },
  },
  stacked_bidirectional: {
    metric: "accuracy",
    atLeast: 0.89,
    trivial: { what: "no letter occurs twice", figure: 0.719, metric: "constant" },
  },
  seq2seq: { metric: "letters", atLeast: 0.6 },
  tagger: { metric: "accuracy", atLeast: 0.97 },
  rows: { metric: "accuracy", atLeast: 0.93 },
  captions: {
    metric: "exact",
    atLeast: 0.8,
    trivial: { what: "the commonest caption", figure: 0.092, metric: "constant" },
    seeds: [0.874, 0.892, 0.88],
  },
  translate: { metric: "letters", atLeast: 0.97 },
  adding_lstm: {
    metric: "loss",
    atMost: 0.005,
    trivial: { what: "always the mean", figure: 0.179, computed: () => meanError("adding", { n: 3000, seq: 30 }) },
  },
  long_term: {
    metric: "error",
    atMost: 0.02,
    trivial: { what: "always answering the mean", figure: 0.175, metric: "mean_only" },
    seeds: [0.001, 0.0017, 0.001],
  },
  ntm_copy: { metric: "twice", atLeast: 0.85 },
  transformer: { metric: "loss", atMost: 1.65 },
  recall: { metric: "loss", atMost: 0.02 },
  snapshots: { metric: "accuracy", atLeast: 0.92 },
  ensemble: { metric: "accuracy", atLeast: 0.78 },
  copy_task: { metric: "recalled", atLeast: 0.95 },
  inception: { metric: "accuracy", atLeast: 0.85 },
  plain_residual: {
    metric: "accuracy",
    atLeast: 0.65,
    trivial: { what: "as many layers without shortcuts", figure: 0.218, training: "plain" },
    seeds: [0.733, 0.834, 0.755],
  },
  alexnet_small: { metric: "accuracy", atLeast: 0.88 },
  depthwise: { metric: "accuracy", atLeast: 0.8 },
  dilated: { metric: "right", atLeast: 0.7 },
  vgg_small: { metric: "accuracy", atLeast: 0.95 },
  contrastive: {
    metric: "accuracy",
    atLeast: 0.78,
    trivial: { what: "the same layer on a network that was not trained", figure: 0.62, metric: "without" },
    seeds: [0.839, 0.85, 0.847],
  },
  splitbrain: {
    metric: "accuracy",
    atLeast: 0.77,
    trivial: { what: "the same layer on halves that were not trained", figure: 0.584, metric: "untrained" },
    seeds: [0.84, 0.867, 0.885],
  },
  style_gan: {
    metric: "score",
    atLeast: 2.6,
    flags: ["--data", "digits=digits(n=3000, heldout=300, size=16x16)", "--epochs", "3"],
    trivial: { what: "grey pictures", figure: 1, metric: "grey" },
    seeds: [3.94, 4.64, 2.99],
  },
  boltzmann: { metric: "whole", atLeast: 0.8 },
  initialisation: {
    metric: "xavier",
    atLeast: 0.85,
    trivial: { what: "weights that begin too big", figure: 0.229, metric: "big" },
    seeds: [0.911, 0.894, 0.918],
  },
  activations: { metric: "all_right", atLeast: 0.85 },
  batch_norm: { metric: "accuracy", atLeast: 0.75 },
  preprocessing: { metric: "accuracy", atLeast: 0.97 },
  schedules: {
    metric: "off",
    atMost: 0.01,
    trivial: { what: "the same steps at one rate", figure: 0.051, training: "at_one_rate" },
    seeds: [0.0023, 0.0013, 0.0023],
  },
  trajectories: {
    metric: "momentum",
    atLeast: 10,
    trivial: { what: "plain descent from the saddle", figure: 0.019, metric: "sgd" },
    // Nothing is drawn at random.
    seeds: [37.56, 37.56, 37.56],
  },
  overfitting: { metric: "accuracy", atLeast: 0.75 },
  augmentation: { metric: "accuracy", atLeast: 0.93 },
  sentiment: { metric: "accuracy", atLeast: 0.97 },
  video: { metric: "way", atLeast: 0.97 },
  detection: { metric: "near", atLeast: 0.5 },
  gan_line: {
    metric: "distance",
    atMost: 0.12,
    trivial: { what: "always the mean", figure: 0.392, metric: "mean_only" },
    seeds: [0.06, 0.04, 0.061],
  },
  early_stopping: { metric: "accuracy", atLeast: 0.9 },
  charlm: {
    metric: "loss",
    atMost: 0.45,
    flags: ["--epochs", "9"],
    trivial: {
      what: "how often each letter follows each",
      figure: 1.6,
      computed: () => pairsOfLetters({ n: 1000, seq: 128, width: 20 }),
    },
    seeds: [0.412, 0.405, 0.397],
  },
};
