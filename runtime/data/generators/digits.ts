// In: how many, which size, a seed. Out: pictures of handwritten-looking digits and what they show.
// Invariant: picture k depends on the seed, k and the size only, not on how many are asked for; values are 0 to 1.

import type { Split } from "../dataset.ts";
import { Random } from "../random.ts";
import { checkNumbers, type Source } from "../source.ts";
import { DRAWINGS, type Stroke } from "./digitshapes.ts";
import { draw, type Pen, type Segment } from "./ink.ts";

/** How far hands differ: standard deviations, or the ends of a uniform range. */
const HAND = {
  rotation: 0.12, // radians
  shear: 0.14,
  scale: [0.8, 1.06],
  aspect: [0.68, 0.95], // width over height
  shift: 0.04, // of the picture, both ways
  wobble: 0.03, // of each control point, in the digit's own box
  radius: [0.85, 1.75], // of the pen, in pixels of a 28-pixel picture
  softness: [1, 2.2],
  pressure: [0.75, 1], // grey value of full ink
  grain: 0.06, // of the noise on every pixel
} as const;

/** Height of a digit of scale 1, as a share of the picture. */
const HEIGHT = 0.74;
const PIECES = 4;
/** Held-out pictures come from other streams than training pictures: the upper half of the 32-bit stream numbers. */
export const HELDOUT_STREAM = 2 ** 31;

function between(random: Random, [low, high]: readonly [number, number]): number {
  return random.uniform(low, high);
}

/** Maps the digit's unit box to pixels: x' = a x + b y + e, y' = c x + d y + f. */
type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

function randomAffine(random: Random, height: number, width: number, { scale = 1, turn = 0 }: Posed): Affine {
  const unit = scale * HEIGHT * Math.min(height, width) * between(random, HAND.scale);
  const angle = turn + HAND.rotation * random.normal();
  const shear = HAND.shear * random.normal();
  const aspect = between(random, HAND.aspect);
  const [cos, sin] = [Math.cos(angle) * unit, Math.sin(angle) * unit];
  const [a, b, c, d] = [cos * aspect, cos * shear - sin, sin * aspect, sin * shear + cos];
  const middleX = (width - 1) / 2 + HAND.shift * width * random.normal();
  const middleY = (height - 1) / 2 + HAND.shift * height * random.normal();
  return [a, b, c, d, middleX - (a + b) / 2, middleY - (c + d) / 2];
}

/** Point at t of 0..1 between b and c of the curve through a, b, c, d (Catmull and Rom 1974). */
function curve(a: number, b: number, c: number, d: number, t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

type Point = readonly [x: number, y: number];

/** The points of the stroke, each moved a little and mapped to pixels. */
function place(stroke: Stroke, affine: Affine, random: Random): Point[] {
  const [a, b, c, d, e, f] = affine;
  const points: Point[] = [];
  for (let at = 0; at < stroke.length; at += 2) {
    const x = stroke[at]! + HAND.wobble * random.normal();
    const y = stroke[at + 1]! + HAND.wobble * random.normal();
    points.push([a * x + b * y + e, c * x + d * y + f]);
  }
  return points;
}

/** Segments of the smooth line through the points; its ends are repeated as their own neighbours. */
function segmentsOf(points: readonly Point[]): Segment[] {
  const segments: Segment[] = [];
  for (const [k, start] of points.entries()) {
    const end = points[k + 1];
    if (!end) break;
    if (points.length === 2) return [[...start, ...end]];
    const [before, after] = [points[k - 1] ?? start, points[k + 2] ?? end];
    let [x, y] = start;
    for (let piece = 1; piece <= PIECES; piece++) {
      const t = piece / PIECES;
      const toX = curve(before[0], start[0], end[0], after[0], t);
      const toY = curve(before[1], start[1], end[1], after[1], t);
      segments.push([x, y, toX, toY]);
      [x, y] = [toX, toY];
    }
  }
  return segments;
}

/** Grain is triangular noise (the sum of two uniform numbers), cut off at white and black. */
function addGrain(image: Float32Array, pressure: number, random: Random): void {
  const spread = HAND.grain * Math.sqrt(6);
  for (let at = 0; at < image.length; at++) {
    const word = random.word();
    const noise = ((word >>> 16) + (word & 0xffff)) / 0xffff - 1;
    image[at] = Math.min(1, Math.max(0, image[at]! * pressure + spread * noise));
  }
}

/** How a digit stands beside what its hand does: as a share of the usual size, and turned clockwise, in radians. */
export interface Posed {
  readonly scale?: number;
  readonly turn?: number;
}

/** Draws one digit into `image` (height x width values of 0 to 1) and returns which one it is. */
export function drawDigit(
  image: Float32Array,
  height: number,
  width: number,
  random: Random,
  posed: Posed = {},
): number {
  const ways = random.choose(DRAWINGS);
  const drawing = random.choose(ways);
  const affine = randomAffine(random, height, width, posed);
  const scale = Math.min(height, width) / 28;
  const pen: Pen = {
    radius: Math.max(0.45, scale * between(random, HAND.radius)),
    softness: Math.max(1, scale * between(random, HAND.softness)),
  };
  const segments = drawing.flatMap((stroke) => segmentsOf(place(stroke, affine, random)));
  draw(image, width, height, segments, pen);
  addGrain(image, between(random, HAND.pressure), random);
  return DRAWINGS.indexOf(ways);
}

function drawSplit(count: number, size: readonly [number, number], seed: number, firstStream: number): Split {
  const [height, width] = size;
  const pixels = new Float32Array(count * height * width);
  const digits = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const image = pixels.subarray(index * height * width, (index + 1) * height * width);
    digits[index] = drawDigit(image, height, width, new Random(seed, firstStream + index));
  }
  const labels = DRAWINGS.map((_, digit) => String(digit));
  return {
    length: count,
    columns: [
      { name: "image", shape: [height, width, 1], values: pixels },
      { name: "label", shape: [], classes: labels.length, labels, values: digits },
    ],
  };
}

export const digits: Source = {
  name: "digits",
  documentation:
    "Handwritten-looking digits, drawn as pen strokes with random slant, size, place, thickness and noise.",
  parameters: [
    { name: "n", kind: "count", default: 6000, documentation: "pictures to train on" },
    { name: "heldout", kind: "count", default: 1000, documentation: "pictures held out" },
    { name: "size", kind: "size", default: [28, 28], documentation: "height and width in pixels" },
  ],
  fields: [
    { name: "image", type: "[28, 28, 1]", documentation: "grey values from 0 (paper) to 1 (ink)" },
    { name: "label", type: "class 10", documentation: "the digit" },
  ],
  generated: true,
  load(given, { seed }) {
    const size = given.size("size");
    const [train, heldout] = [given.number("n"), given.number("heldout")];
    checkNumbers("digits", Math.max(train, heldout) * size[0] * size[1]);
    return {
      unit: "images",
      unitsPerExample: 1,
      train: drawSplit(train, size, seed, 0),
      heldout: drawSplit(heldout, size, seed, HELDOUT_STREAM),
    };
  },
};
