// Proves that a folder of pictures and one of masks train a model that tells the points of another picture apart.

import { mkdirSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { encodePng } from "../../runtime/pictures/png.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** A bright square on dark ground, and the mask of it. */
function scene(i: number) {
  const inside = (y: number, x: number) => Math.abs(y - 2 - (i % 4)) < 2 && Math.abs(x - 2 - ((i * 3) % 4)) < 2;
  const at = (make: (isInside: boolean, k: number) => number, channels: 1 | 3) => {
    const bytes = Uint8Array.from({ length: 64 * channels }, (_, k) => {
      const point = Math.floor(k / channels);
      return make(inside(Math.floor(point / 8), point % 8), k);
    });
    return encodePng({ width: 8, height: 8, channels, bytes });
  };
  return {
    picture: at((isInside, k) => (isInside ? 190 : 40) + (k % 9), 3),
    mask: at((isInside) => (isInside ? 255 : 0), 1),
    inside,
  };
}

test("pictures and masks become a model of the class of each point", async () => {
  for (const folder of ["p", "m"]) mkdirSync(place.path(folder));
  for (let i = 0; i < 20; i++) {
    place.write(`p/${i}.png`, scene(i).picture);
    place.write(`m/${i}.png`, scene(i).mask);
  }
  place.write(
    "s.dnn",
    `data d = segmentation("p", "m")
model net(image: [h, w, 3]) { conv 3 4 same; relu; conv 1 2 }
train net on d { loss cross_entropy(net(image), mask); metric accuracy = accuracy(net(image), mask); optimizer adam lr=0.05; epochs 30; batch 4 }
`,
  );
  const trained = await place.run("train", "s.dnn", "--out", "run");
  expect(trained.code, trained.err).toBe(0);
  place.write("new.png", scene(31).picture);
  const { code, out, err } = await place.run("predict", "s.dnn", "--weights", "run", "--input", "new.png", "--json");
  expect(code, err).toBe(0);
  const scores: number[][][] = JSON.parse(out).output;
  const wrong = scores.flatMap((row, y) =>
    row.filter(([dark = 0, bright = 0], x) => bright > dark !== scene(31).inside(y, x)),
  );
  expect(wrong.length).toBeLessThan(4);
});
