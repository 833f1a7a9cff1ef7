// A folder of pictures, from the program that names it to the class of a picture that is predicted.

import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodePng } from "../../runtime/pictures/png.ts";
import { plainJpeg } from "../data/rawpictures.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const PROGRAM = `model kind(image: [H, W, 3]) { conv 3x3 4 p1; relu; avgpool global; dense 2 }

data lights = images("lights")

train kind on lights {
  loss cross_entropy(kind(image), label)
  optimizer adam lr=0.05
  batch 4; epochs 25
}
`;

/** A picture in which one channel outshines the others by far. */
function plain(channel: number, value: number, size: number): Uint8Array {
  const bytes = Uint8Array.from({ length: size * size * 3 }, (_, i) => (i % 3 === channel ? value : 20));
  return encodePng({ width: size, height: size, channels: 3, bytes });
}

beforeAll(async () => {
  for (const [channel, name] of ["red", "green"].entries()) {
    mkdirSync(place.path("lights", name), { recursive: true });
    for (let i = 0; i < 7; i++) place.write(`lights/${name}/${i}.png`, plain(channel, 180 + 10 * i, 8));
    place.write(`lights/${name}/7.jpg`, plainJpeg(8, 8, channel === 0 ? [230, 10, 20] : [10, 230, 20]));
  }
  place.write("kind.dnn", PROGRAM);
  expect((await place.run("train", "kind.dnn", "--out", "run")).code).toBe(0);
}, 60_000);

const predict = (file: string) => place.run("predict", "kind.dnn", "--weights", "run", "--input", file, "--json");

test("a picture is predicted by the name of its class's folder, whatever its format and size", async () => {
  place.write("a.png", plain(0, 205, 8));
  place.write("b.jpg", plainJpeg(30, 20, [0, 200, 0]));
  expect((await predict("a.png")).events).toMatchObject([{ class: 1, label: "red" }]);
  expect((await predict("b.jpg")).events).toMatchObject([{ class: 0, label: "green" }]);
}, 30_000);

test("a picture that is none is refused, and so is one for a model that takes no picture", async () => {
  place.write("page.png", "<!doctype html><html></html>");
  const page = await predict("page.png");
  expect([page.code, page.err]).toEqual([1, expect.stringContaining("error[data/web-page]")]);
  place.write(
    "xor.dnn",
    "model xor(x: [2]) { dense 2 }\ndata d = xor()\ntrain xor on d { loss cross_entropy(xor(x), label); epochs 1 }\n",
  );
  await place.run("train", "xor.dnn", "--out", "xor");
  const flat = await place.run("predict", "xor.dnn", "--weights", "xor", "--input", "a.png");
  expect([flat.code, flat.err]).toEqual([1, expect.stringContaining("the model takes 'x' [2]")]);
}, 30_000);

test("check knows the size of the pictures and the number of the classes", async () => {
  place.write("wide.dnn", PROGRAM.replace("conv 3x3 4 p1", "conv 9x9 4"));
  const wide = await place.run("check", "wide.dnn");
  expect([wide.code, wide.out + wide.err]).toEqual([1, expect.stringContaining("'image' is [8, 8, 3]")]);
  const squares = PROGRAM.replace("cross_entropy(kind(image), label)", "mse(kind(image), onehot(label))");
  place.write("three.dnn", squares.replace("dense 2", "dense 3"));
  const three = await place.run("check", "three.dnn");
  expect([three.code, three.out + three.err]).toEqual([1, expect.stringContaining("`mse` compares [3] with [2]")]);
  expect((await place.run("check", "kind.dnn")).out).toBe("no problems\n");
}, 30_000);
