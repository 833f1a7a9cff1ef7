// Proves that pictures and a table of the boxes in them become a model that finds the box in another picture, and one that finds several.

import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodePng } from "../../runtime/pictures/png.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const [HEIGHT, WIDTH, SIDE] = [24, 32, 8];
const KINDS = [
  ["red", [230, 60, 40]],
  ["blue", [40, 90, 240]],
] as const;

interface Square {
  readonly x: number;
  readonly y: number;
  readonly kind: 0 | 1;
}

/** The left half has a red square, the right half of every second picture a blue one. */
const squaresOf = (i: number): Square[] => [
  { x: (i * 3) % 9, y: (i * 5) % 17, kind: 0 },
  ...(i % 2 === 0 ? [{ x: 16 + ((i * 5) % 9), y: (i * 7) % 17, kind: 1 as const }] : []),
];

function picture(squares: readonly Square[]): Uint8Array {
  const bytes = new Uint8Array(HEIGHT * WIDTH * 3).fill(50);
  for (const { x, y, kind } of squares)
    for (let v = y; v < y + SIDE; v++)
      for (let u = x; u < x + SIDE; u++) bytes.set(KINDS[kind][1], 3 * (v * WIDTH + u));
  return encodePng({ width: WIDTH, height: HEIGHT, channels: 3, bytes });
}

const wanted = ({ x, y }: Square): number[] => [x / WIDTH, y / HEIGHT, (x + SIDE) / WIDTH, (y + SIDE) / HEIGHT];

const program = (
  given: string,
  model: string,
  training: string,
): string => `data shots = images("shots", table="boxes.csv", size=24x32${given})
model net(image: [24, 32, 3]) { conv 3 8 s2 p1; relu; conv 3 8 s2 p1; relu; flatten; dense 32; relu -> trunk
  ${model}
}
train net on shots { y = net(image)
  ${training}; optimizer adam lr=0.01; epochs 25; batch 8 }
`;

beforeAll(() => {
  mkdirSync(place.path("shots"));
  const rows = ["filename,class,xmin,ymin,xmax,ymax"];
  for (let i = 0; i < 120; i++) {
    place.write(`shots/${i}.png`, picture(squaresOf(i)));
    for (const { x, y, kind } of squaresOf(i))
      rows.push(`${i}.png,${KINDS[kind][0]},${x},${y},${x + SIDE},${y + SIDE}`);
  }
  place.write("boxes.csv", `${rows.join("\n")}\n`);
  place.write("new.png", picture(squaresOf(1001)));
});

const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((each, i) => Math.abs(each - (b[i] ?? Number.NaN))));

test("the first box of each picture becomes a model of its place, with its class beside it", async () => {
  const text = program(
    ", boxes=1",
    "place = dense(4)(trunk)\n  dense 2",
    "loss cross_entropy(y, label) + 10 * mse(y.place, box)",
  );
  place.write("one.dnn", `${text}model box_of(image: [24, 32, 3]) { net(image).place }\n`);
  const trained = await place.run("train", "one.dnn", "--out", "one");
  expect(trained.code, trained.err).toBe(0);
  const given = ["one.dnn", "--weights", "one", "--input", "new.png", "--json"];
  const { out, code, err } = await place.run("predict", ...given, "--model", "box_of");
  expect(code, err).toBe(0);
  expect(distance(JSON.parse(out).output, squaresOf(1001).flatMap(wanted))).toBeLessThan(0.12);
  expect(JSON.parse((await place.run("predict", ...given)).out)).toMatchObject({ label: "red" });
}, 60_000);

test("several boxes are places of a list, and a picture counts for those that it has", async () => {
  const text = program("", "dense 8; reshape [2, 4]", "loss sum(mse(y, boxes))");
  place.write("some.dnn", text);
  const trained = await place.run("train", "some.dnn", "--out", "some");
  expect(trained.code, trained.err).toBe(0);
  place.write("both.png", picture(squaresOf(1000)));
  const { out, code, err } = await place.run(
    "predict",
    "some.dnn",
    "--weights",
    "some",
    "--input",
    "both.png",
    "--json",
  );
  expect(code, err).toBe(0);
  expect(distance(JSON.parse(out).output.flat(), squaresOf(1000).flatMap(wanted))).toBeLessThan(0.15);
  const described = await place.run("data", "some.dnn");
  expect(described.out).toContain("boxes: left, top, right and bottom as shares of the picture, points in the table");
}, 60_000);
