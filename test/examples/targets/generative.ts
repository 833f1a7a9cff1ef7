// Targets of learning without labels, of densities and of adversaries.

import { simpler } from "../trivial.ts";
import type { Target } from "./target.ts";

/** A pass in which the logits of a mean picture arrive. */
const PICTURE = { epochs: 1, lr: 0.1 };

export const GENERATIVE: Readonly<Record<string, Target>> = {
  linear_autoencoder: {
    metric: "loss",
    atMost: 1,
    flags: ["--epochs", "900", "--set", "optimizer.lr=0.03"],
    trivial: simpler("the mean picture", 1.92, "model pca(x: [64]) { param mean: [64] = 0; mean }"),
    seeds: [0.879, 0.879, 0.879],
  },
  autoencoder: {
    metric: "error",
    atMost: 0.016,
    flags: ["--epochs", "10"],
    trivial: simpler("the mean picture", 0.0422, "model decoder(z: [16]) { param mean: [784] = 0; mean }", PICTURE),
    seeds: [0.0133, 0.0138, 0.0135],
  },
  sparse_autoencoder: {
    metric: "error",
    atMost: 0.012,
    flags: ["--epochs", "10"],
    trivial: simpler("the mean picture", 0.0422, "model decoder(z: [256]) { param mean: [784] = 0; mean }", PICTURE),
    seeds: [0.00979, 0.00976, 0.00956],
  },
  denoising_autoencoder: {
    metric: "error",
    atMost: 0.012,
    flags: ["--epochs", "10"],
    trivial: simpler(
      "the erased picture as it comes",
      0.0356,
      "model restore(x: [784]) { param gain: [] = 20; gain * (it - 0.3) }",
    ),
    seeds: [0.00935, 0.0094, 0.0095],
  },
  context_encoder: {
    metric: "loss",
    atMost: 0.05,
    flags: ["--epochs", "7"],
    trivial: simpler(
      "the mean picture",
      0.0688,
      "model inpaint(image: [28, 28, 1]) { param mean: [28, 28, 1] = 0; mean }",
      PICTURE,
    ),
    seeds: [0.0425, 0.0446, 0.045],
  },
  splitbrain: {
    metric: "accuracy",
    atLeast: 0.77,
    trivial: { what: "the same layer on halves that were not trained", figure: 0.584, metric: "untrained" },
    seeds: [0.84, 0.867, 0.885],
  },
  contrastive: {
    metric: "accuracy",
    atLeast: 0.78,
    trivial: { what: "the same layer on a network that was not trained", figure: 0.62, metric: "without" },
    seeds: [0.839, 0.85, 0.847],
  },
  vae: {
    metric: "error",
    atMost: 0.018,
    flags: ["--data", "digits=digits(n=5000)", "--epochs", "10"],
    trivial: simpler(
      "the mean picture",
      0.0428,
      "model vae(x: [784]) { mu = zeros([16]); logvar = mu; param mean: [784] = 0; mean }",
      PICTURE,
    ),
    seeds: [0.017, 0.0173, 0.0166],
  },
  kmeans: {
    metric: "spread",
    atMost: 0.55,
    trivial: { what: "the centres after one step", figure: 0.755, steps: 1 },
    seeds: [0.429, 0.429, 0.429],
  },
  pixelcnn: {
    metric: "bits",
    atMost: 0.25,
    // Batches of half the size are twice the steps: 38 steps are too few from some starts.
    flags: ["--data", "digits=digits(n=1200, heldout=200)", "--epochs", "1", "--set", "batch=16"],
    trivial: simpler(
      "how often each pixel is ink",
      0.352,
      "model pixelcnn(image: [28, 28, 1]) { param often: [28, 28, 1] = 0; often }",
      { epochs: 2, lr: 0.1 },
    ),
    seeds: [0.154, 0.204, 0.154],
  },
  gan_line: {
    metric: "distance",
    atMost: 0.12,
    trivial: { what: "always the mean", figure: 0.392, metric: "mean_only" },
    seeds: [0.06, 0.04, 0.061],
  },
  gan_gaussians: {
    metric: "distance",
    atMost: 0.1,
    flags: ["--epochs", "120"],
    trivial: { what: "always the mean", figure: 1.489, metric: "mean_only" },
    seeds: [0.073, 0.054, 0.039],
  },
  dcgan: {
    metric: "score",
    atLeast: 4.5,
    // A moving average over a hundred steps would still hold much of the start after so few.
    flags: ["--data", "digits=digits(n=4000, heldout=300, size=16x16)", "--epochs", "5", "--set", "ema=0.95"],
    trivial: { what: "grey pictures", figure: 1, metric: "grey" },
    seeds: [6.12, 6.36, 6.24],
  },
  style_gan: {
    metric: "score",
    atLeast: 5,
    // Small batches are more steps.
    flags: [
      ...["--data", "digits=digits(n=3000, heldout=300, size=16x16)", "--epochs", "4"],
      ...["--set", "ema=0.95", "--set", "batch=20"],
    ],
    trivial: { what: "grey pictures", figure: 1, metric: "grey" },
    seeds: [6.29, 6.42, 5.43],
  },
};
