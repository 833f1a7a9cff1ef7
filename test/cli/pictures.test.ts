// Proves that `dnn sample` draws what a training shows: a PNG that reads back to the model's values, the same for one seed.

import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { pictureGrid } from "../../runtime/pictures/grid.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PROGRAM = `model G(z: [4]) { dense 16; sigmoid; reshape 4x4 }
data points = gaussians(n=64)
train G on points {
  loss mean((G(normal([4])) - 0.5)^2) + 0 * x[0]
  epochs 1
  show images(G(normal([4])), 2x3) every epoch
}
`;

function readPng(bytes: Uint8Array): { width: number; height: number; colour: number; rows: Buffer } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const data: Uint8Array[] = [];
  for (let at = 8; at < bytes.length; at += 12 + view.getUint32(at))
    if (Buffer.from(bytes.subarray(at + 4, at + 8)).toString() === "IDAT")
      data.push(bytes.subarray(at + 8, at + 8 + view.getUint32(at)));
  return {
    width: view.getUint32(16),
    height: view.getUint32(20),
    colour: bytes[25]!,
    rows: inflateSync(Buffer.concat(data)),
  };
}

test("a grid of pictures is a PNG with those numbers", () => {
  const values = Float32Array.from([0, 1, 0.5, 2, -1, 0.25, 1, 0]);
  const { width, height, colour, rows } = readPng(encodePng(pictureGrid(values, [2, 2, 1], 1, 2)));
  expect([width, height, colour]).toEqual([10, 6, 0]);
  // A byte for the filter leads each row; two pixels of margin before and between the pictures.
  expect([...rows.subarray(2 * 11 + 1, 3 * 11)]).toEqual([64, 64, 0, 255, 64, 64, 0, 64, 64, 64]);
  expect([...rows.subarray(3 * 11 + 1, 4 * 11)]).toEqual([64, 64, 128, 255, 64, 64, 255, 0, 64, 64]);
});

test("sample draws a training's `show` lines, the same for one seed", async () => {
  place.write("g.dnn", PROGRAM);
  expect((await place.run("train", "g.dnn", "--out", "run")).code).toBe(0);
  const draw = async (name: string, seed: string): Promise<Buffer> => {
    const { code, err } = await place.run("sample", "g.dnn", "--weights", "run", "--out", name, "--seed", seed);
    expect([code, err]).toEqual([0, expect.stringContaining("2 x 3 pictures")]);
    return readFileSync(place.path(name));
  };
  const first = await draw("a.png", "1");
  expect(readPng(first)).toMatchObject({ width: 20, height: 14, colour: 0 });
  expect(await draw("b.png", "1")).toEqual(first);
  expect(await draw("c.png", "2")).not.toEqual(first);
});

test("a temperature is for texts", async () => {
  const { code, err } = await place.run("sample", "g.dnn", "--weights", "run", "--temperature", "0.5");
  expect([code, err]).toEqual([2, expect.stringContaining("--temperature is for texts")]);
});

test("a vector of as many numbers as a square has is that square", async () => {
  place.write("square.dnn", PROGRAM.replace("; reshape 4x4", ""));
  expect((await place.run("train", "square.dnn", "--out", "square")).code).toBe(0);
  await place.run("sample", "square.dnn", "--weights", "square", "--out", "square.png");
  await place.run("sample", "g.dnn", "--weights", "run", "--out", "g.png");
  expect(readFileSync(place.path("square.png"))).toEqual(readFileSync(place.path("g.png")));
});

test("what is no picture is said at its line", async () => {
  place.write("flat.dnn", PROGRAM.replace("dense 16; sigmoid; reshape 4x4", "dense 15"));
  const { code, out } = await place.run("check", "flat.dnn");
  expect([code, out]).toEqual([1, expect.stringContaining("shapes/not-a-picture")]);
});
