// Proves that sheets of examples show sequences as long as they are, masks as pictures, and boxes around what they are boxes of.

import { expect, test } from "vitest";
import { exampleRows, sheetOf } from "../../report/datasheets.ts";
import type { Column } from "../../runtime/data/dataset.ts";
import type { Picture } from "../../runtime/pictures/png.ts";
import { readPicture } from "../../runtime/pictures/read.ts";

const [HEIGHT, WIDTH] = [8, 16];
const POINTS = HEIGHT * WIDTH;

/** Two dark pictures; the first has one box, the second two. */
const columns: readonly Column[] = [
  { name: "image", shape: [HEIGHT, WIDTH, 3], values: new Uint8Array(2 * POINTS * 3).fill(20), byteUnit: 255 },
  {
    name: "boxes",
    shape: [2, 4],
    isBox: true,
    values: Float32Array.of(0.25, 0.25, 0.5, 0.75, 0, 0, 0, 0, 0, 0, 1, 1, 0.5, 0.5, 0.75, 1),
  },
  { name: "boxes~length", shape: [], values: Float32Array.of(1, 2) },
  { name: "labels", shape: [2], classes: 2, labels: ["cat", "dog"], values: Int32Array.of(1, 0, 1, 0) },
  { name: "labels~length", shape: [], values: Float32Array.of(1, 2) },
  {
    name: "mask",
    shape: [HEIGHT, WIDTH],
    classes: 3,
    values: Int32Array.from({ length: 2 * POINTS }, (_, i) => i % 3),
  },
  { name: "words", shape: [2, 3], classes: 3, values: Int32Array.from({ length: 12 }, (_, i) => i % 3) },
];

test("a line of an example ends where the example does, and fields of lengths are no fields of their own", () => {
  const [head, first, second] = exampleRows(columns, 2);
  expect(head).toEqual(["image", "boxes", "labels", "mask", "words"]);
  expect(first).toEqual(["0.07843 to 0.07843", "0.25 0.25 0.5 0.75", "dog", "3 of 3 classes", "0 1 2 0 1 2"]);
  expect(second?.slice(1, 3)).toEqual(["0 0 1 1 0.5 0.5 0.75 1", "dog cat"]);
});

async function picturesIn(html: string): Promise<readonly Picture[]> {
  const files = [...html.matchAll(/data:image\/png;base64,([A-Za-z0-9+/=]+)/g)];
  return Promise.all(
    files.map(([, base64 = ""]) => readPicture(new Uint8Array(Buffer.from(base64, "base64")), "p.png")),
  );
}

test("boxes are drawn at the edges of their pictures' parts, padding is not, and a class for each point is a picture", async () => {
  const html = sheetOf("First", columns, 2)
    .map((section) => section.html)
    .join("\n");
  const [image, mask, ...others] = await picturesIn(html);
  expect(others).toEqual([]);
  const margin = 2;
  const at = (picture: Picture | undefined, n: number, y: number, x: number): number =>
    picture?.bytes[((y + margin) * picture.width + margin + n * (WIDTH + margin) + x) * picture.channels] ?? Number.NaN;
  const lit = (n: number): string[] =>
    Array.from({ length: HEIGHT }, (_, y) =>
      Array.from({ length: WIDTH }, (__, x) => (at(image, n, y, x) > 128 ? "#" : ".")).join(""),
    );
  expect(lit(0)).toEqual([
    "................",
    "................",
    "....####........",
    "....#..#........",
    "....#..#........",
    "....####........",
    "................",
    "................",
  ]);
  expect(lit(1).slice(0, 5)).toEqual([
    "################",
    "#..............#",
    "#..............#",
    "#..............#",
    "#.......####...#",
  ]);
  expect([0, 1, 2].map((x) => at(mask, 0, 0, x))).toEqual([0, 128, 255]);
  expect(html).toContain("mask, 3 classes from black to white");
});
