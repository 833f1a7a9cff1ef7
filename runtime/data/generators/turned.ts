// In: how many, which size, a seed. Out: sets of pictures of digits in which one thing differs: how the digit is turned, or which one
// it is and whose hand wrote it (the mini-batches of Kulkarni et al., "Deep convolutional inverse graphics network", 2015).
// Invariant: in `turned` nothing but the angle differs, in `others` everything but the angle does.

import type { Split } from "../dataset.ts";
import { Random } from "../random.ts";
import { checkNumbers, type Source } from "../source.ts";
import { drawDigit, HELDOUT_STREAM } from "./digits.ts";

/** The largest angle, in radians: a 6 stays a 6. */
const FURTHEST = 0.9;

interface Wanted {
  readonly count: number;
  readonly views: number;
  readonly size: readonly [number, number];
}

function drawSplit({ count, views, size }: Wanted, seed: number, firstStream: number): Split {
  const [height, width] = size;
  const area = height * width;
  const [turned, others] = [new Float32Array(count * views * area), new Float32Array(count * views * area)];
  const [angles, tilts] = [new Float32Array(count * views), new Float32Array(count)];
  const label = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    // One stream for the angles and the hand of the set, one for each of the others.
    const stream = firstStream + i * (views + 2);
    const random = new Random(seed, stream);
    tilts[i] = random.uniform(-1, 1);
    for (let v = 0; v < views; v++) {
      const at = i * views + v;
      angles[at] = random.uniform(-1, 1);
      const place = (all: Float32Array): Float32Array => all.subarray(at * area, (at + 1) * area);
      const sameHand = new Random(seed, stream + 1);
      label[i] = drawDigit(place(turned), height, width, sameHand, { turn: FURTHEST * angles[at]! });
      const otherHand = new Random(seed, stream + 2 + v);
      drawDigit(place(others), height, width, otherHand, { turn: FURTHEST * tilts[i]! });
    }
  }
  const shape = [views, height, width, 1];
  return {
    length: count,
    columns: [
      { name: "turned", shape, values: turned },
      { name: "angle", shape: [views], values: angles },
      { name: "label", shape: [], classes: 10, labels: Array.from("0123456789"), values: label },
      { name: "others", shape, values: others },
      { name: "tilt", shape: [], values: tilts },
    ],
  };
}

export const turned: Source = {
  name: "turned",
  documentation:
    "Sets of digits in which one thing differs: one digit at several angles, and several digits at one angle.",
  parameters: [
    { name: "n", kind: "count", default: 500, documentation: "sets to train on" },
    { name: "heldout", kind: "count", default: 100, documentation: "sets held out" },
    { name: "views", kind: "count", default: 6, documentation: "pictures of a set" },
    { name: "size", kind: "size", default: [16, 16], documentation: "height and width in pixels" },
  ],
  fields: [
    { name: "turned", type: "[6, 16, 16, 1]", documentation: "one digit by one hand at several angles" },
    { name: "angle", type: "[6]", documentation: "how each of them is turned, from -1 to 1" },
    { name: "label", type: "class 10", documentation: "which digit it is" },
    { name: "others", type: "[6, 16, 16, 1]", documentation: "several digits by several hands at one angle" },
    { name: "tilt", type: "[]", documentation: "how all of these are turned, from -1 to 1" },
  ],
  generated: true,
  load(given, { seed }) {
    const [size, views] = [given.size("size"), given.number("views")];
    const [n, heldout] = [given.number("n"), given.number("heldout")];
    checkNumbers("turned", Math.max(n, heldout) * views * size[0] * size[1]);
    return {
      unit: "sets",
      unitsPerExample: 1,
      train: drawSplit({ count: n, views, size }, seed, 0),
      heldout: drawSplit({ count: heldout, views, size }, seed, HELDOUT_STREAM),
    };
  },
};
