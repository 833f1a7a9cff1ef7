// Targets of convolutional networks.

import { commonest, simpler } from "../trivial.ts";
import type { Target } from "./target.ts";

export const PICTURES: Readonly<Record<string, Target>> = {
  lenet: {
    metric: "accuracy",
    atLeast: 0.97,
    flags: ["--epochs", "3"],
    trivial: commonest(0.102),
    seeds: [0.983, 0.981, 0.98],
  },
  alexnet_small: { metric: "accuracy", atLeast: 0.88, trivial: commonest(0.117), seeds: [0.947, 0.957, 0.95] },
  vgg_small: { metric: "accuracy", atLeast: 0.95, trivial: commonest(0.102), seeds: [0.981, 0.991, 0.991] },
  inception: { metric: "accuracy", atLeast: 0.85, trivial: commonest(0.102), seeds: [0.934, 0.967, 0.966] },
  resnet20: {
    metric: "accuracy",
    atLeast: 0.97,
    flags: ["--data", "digits=digits(n=850, heldout=200, size=32x32)"],
    trivial: commonest(0.11),
    seeds: [0.99, 0.985, 0.99],
  },
  plain_residual: {
    metric: "accuracy",
    atLeast: 0.65,
    trivial: { what: "as many layers without shortcuts", figure: 0.218, training: "plain" },
    seeds: [0.733, 0.834, 0.755],
  },
  dilated: {
    metric: "right",
    atLeast: 0.7,
    flags: ["--epochs", "3"],
    trivial: { what: "windows without gaps", figure: 0.195, training: "near" },
    seeds: [0.812, 0.764, 0.78],
  },
  depthwise: { metric: "accuracy", atLeast: 0.8, trivial: commonest(0.11), seeds: [0.898, 0.844, 0.872] },
  deconvnet: {
    metric: "read",
    atLeast: 0.8,
    flags: ["--epochs", "5"],
    trivial: { what: "what the network draws before its first step", figure: 0.138, after: "judges" },
    seeds: [0.848, 0.894, 0.91],
  },
  inverse_graphics: {
    metric: "error",
    atMost: 0.034,
    flags: ["--epochs", "6"],
    trivial: { what: "the picture as it is, not turned", figure: 0.048, metric: "unturned" },
    seeds: [0.0273, 0.0288, 0.0278],
  },
  unet: {
    metric: "iou",
    atLeast: 0.6,
    flags: ["--epochs", "4"],
    trivial: simpler(
      "a threshold on the noisy picture",
      0.289,
      "model unet(image: [H, W, 1]) { param at: [] = 0.5; image - at }",
    ),
    seeds: [0.716, 0.714, 0.713],
  },
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
  detection: {
    metric: "near",
    atLeast: 0.5,
    trivial: simpler(
      "always the middle",
      0.029,
      "model detect(picture: [28, 28, 1]) { corner = 0.5 * ones([2]); param b: [10] = 0; b }",
    ),
    seeds: [0.726, 0.684, 0.73],
  },
  graph_convolution: {
    metric: "accuracy",
    atLeast: 0.85,
    trivial: simpler(
      "the same network without friendships",
      0.25,
      "model club_of(member: [] of N) { param w: [N, 16] = xavier; y = dense(4)(relu(w)); y[member] }",
      { epochs: 100 },
    ),
    seeds: [0.963, 0.954, 0.963],
  },
};
