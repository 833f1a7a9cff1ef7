// In: how many, which size, a seed. Out: coloured pictures of digits, and what is to be seen in words.
// Invariant: a caption says all that was chosen (size, colour, digit), and full stops fill what is left of its four words.

import type { Split } from "../dataset.ts";
import { Random } from "../random.ts";
import { checkNumbers, type Source } from "../source.ts";
import { drawDigit, HELDOUT_STREAM } from "./digits.ts";

const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
/** Shares of the usual size. */
const SIZES = { small: 0.6, big: 1.05 };
const COLOURS: Readonly<Record<string, readonly [number, number, number]>> = {
  red: [1, 0.15, 0.1],
  green: [0.1, 0.9, 0.2],
  blue: [0.2, 0.3, 1],
  yellow: [1, 0.9, 0.1],
};
const WORDS = [".", "nothing", ...Object.keys(SIZES), ...Object.keys(COLOURS), ...NAMES];
const LONGEST = 4;
/** The share of pictures without a digit. */
const EMPTY = 0.1;

const chosen = <T>(random: Random, all: Readonly<Record<string, T>>): readonly [string, T] =>
  random.choose(Object.entries(all) as [[string, T], ...[string, T][]]);

/** Draws a picture and gives its caption. */
function drawCaptioned(image: Float32Array, [height, width]: readonly [number, number], random: Random): string[] {
  const [size, scale] = chosen(random, SIZES);
  const [colour, shares] = chosen(random, COLOURS);
  const isEmpty = random.uniform() < EMPTY;
  const ink = new Float32Array(height * width);
  const digit = drawDigit(ink, height, width, random, { scale });
  if (!isEmpty) for (let i = 0; i < image.length; i++) image[i] = ink[Math.floor(i / 3)]! * shares[i % 3]!;
  return isEmpty ? ["nothing"] : [size, colour, NAMES[digit] ?? ""];
}

function drawSplit(count: number, size: readonly [number, number], seed: number, firstStream: number): Split {
  const width = size[0] * size[1] * 3;
  const pixels = new Float32Array(count * width);
  // The first word is the full stop.
  const words = new Int32Array(count * LONGEST);
  for (let i = 0; i < count; i++) {
    const image = pixels.subarray(i * width, (i + 1) * width);
    const caption = drawCaptioned(image, size, new Random(seed, firstStream + i));
    words.set(
      caption.map((word) => WORDS.indexOf(word)),
      i * LONGEST,
    );
  }
  return {
    length: count,
    columns: [
      { name: "image", shape: [...size, 3], values: pixels },
      { name: "caption", shape: [LONGEST], classes: WORDS.length, labels: WORDS, values: words },
    ],
  };
}

export const captions: Source = {
  name: "captions",
  documentation: "Coloured digits, small or big, or nothing at all, and what is to be seen in words: small red seven.",
  parameters: [
    { name: "n", kind: "count", default: 2000, documentation: "pictures to train on" },
    { name: "heldout", kind: "count", default: 500, documentation: "pictures held out" },
    { name: "size", kind: "size", default: [16, 16], documentation: "height and width in pixels" },
  ],
  fields: [
    { name: "image", type: "[16, 16, 3]", documentation: "red, green and blue from 0 to 1, on black" },
    { name: "caption", type: "[4] of 18", documentation: "size, colour and name, or `nothing`; then full stops" },
  ],
  generated: true,
  load(given, { seed }) {
    const [size, n, heldout] = [given.size("size"), given.number("n"), given.number("heldout")];
    checkNumbers("captions", Math.max(n, heldout) * size[0] * size[1] * 3);
    return {
      unit: "images",
      unitsPerExample: 1,
      train: drawSplit(n, size, seed, 0),
      heldout: drawSplit(heldout, size, seed, HELDOUT_STREAM),
    };
  },
};
