// The flags of `dnn train`: what a run remembers, and what the command that goes on after a failure repeats.

import { SETTINGS } from "../../compiler/check/names/settings.ts";
import { type Flags, fold, oneOf, path, type Values, whole } from "./flag.ts";
import { shared } from "./shared.ts";

export const trainFlags = {
  only: shared.only,
  data: shared.data,
  set: shared.set,
  epochs: { value: "n", type: whole(1), description: "passes over the data" },
  steps: { value: "n", type: whole(1), description: "stop after so many steps" },
  seed: { value: "n", type: whole(0), defaultText: "1", description: "where randomness starts" },
  splitSeed: {
    value: "n",
    type: whole(0),
    defaultText: "0",
    description: "which examples are held out, and what generated data draws",
  },
  fold: {
    value: "k/n",
    type: fold,
    description: "hold out the k-th of n equal parts of all examples, in place of what the program holds out",
  },
  device: shared.device,
  threads: shared.threads,
  memory: {
    value: "mb",
    type: whole(1),
    defaultText: "1024",
    description: "megabytes that examples may take; where they need more, they are streamed from the disk",
  },
  cache: {
    value: "mb",
    type: whole(0),
    defaultText: "16384",
    description: "megabytes of decoded examples of a stream that are kept beside the run while it trains; 0 for none",
  },
  revec: { isNegated: true, description: "leave vectors at 128 bits" },
  precision: {
    value: "type",
    type: oneOf(...(SETTINGS.precision.words ?? [])),
    defaultText: "the program's, else f32",
    description: "what activations are kept in, as the line `precision`",
  },
  out: { value: "dir", type: path(), defaultText: "runs/NAME-N", description: "the run's folder" },
  resume: { value: "dir", type: path(), description: "go on with a run" },
  weights: {
    value: "dir",
    type: path(),
    description:
      "start from the weights of another run or of a .safetensors file, as far as they fit by name and shape",
  },
  watch: {
    description:
      "train again whenever the program changes, from what was learned as far as it fits, each time into a folder of its own",
  },
  live: { description: "a page with the curves on 127.0.0.1, while it trains" },
  json: { description: "one object a line" },
} as const satisfies Flags;

export type TrainFlags = Values<typeof trainFlags>;
