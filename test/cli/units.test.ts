// Proves that what is normalised for a training comes out in the units of the data: predictions of the command, of the library and
// of a built module, the figures of `dnn eval`, and metrics that take differences from a target.

import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "../../embed/index.node.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** Prices of about 200,000 that a line gives: y = 3000 a - 500 b + 150,000. */
const price = (a: number, b: number): number => 3000 * a - 500 * b + 150_000;
const ROWS = Array.from({ length: 120 }, (_, i) => [(7 * i) % 31, (11 * i) % 17] as const);

/** How a program brings its target to another scale, and the model that answers. */
const WAYS = {
  normalised: "y = normalize(y)",
  centred: "y = centre(y)",
  logarithm: "y = normalize(log(y))",
  thousands: "y = y / 1000 - 150",
  reversed: "y = 200 - y / 1000",
} as const;
type Way = keyof typeof WAYS;
const names = Object.keys(WAYS) as Way[];

const METRICS = `  metric off = mean(abs(net(x)[0] - y))
  metric root = sqrt(mean(mse(net(x)[0], y)))
  metric share = 1 - mean((y - net(x)[0])^2) / mean((y - mean(y, over=batch))^2)
  metric determined = 1 - mean((net(x)[0] - y)^2) / (mean(y^2) - mean(y)^2)
  metric relative = mean(abs(net(x)[0] - y) / abs(y))`;

const program = (way: Way): string => `model net(x: [2]) { dense 1 }
data houses = csv("houses.csv", label="price") { x = normalize(x); ${WAYS[way]} }
train net on houses {
  loss mse(net(x)[0], y)
${METRICS}
  epochs ${way === "centred" ? 400 : 150}; batch 32; optimizer adam lr=${way === "centred" ? 300 : 0.5}
}
`;

beforeAll(async () => {
  const lines = ROWS.map(([a, b], i) => `${a},${b},${price(a, b) + 1000 * (((5 * i) % 7) - 3)}`);
  place.write("houses.csv", `a,b,price\n${lines.join("\n")}\n`);
  place.write("more.csv", "a,b\n10,10\n20,3\n");
  for (const way of names) {
    place.write(`${way}.dnn`, program(way));
    const { code, err } = await place.run("train", `${way}.dnn`, "--out", way);
    expect(code, err).toBe(0);
  }
}, 60_000);

const wanted = [price(10, 10), price(20, 3)];
const near = (value: number, right: number): void => expect(Math.abs(value / right - 1)).toBeLessThan(0.05);

test.each(names)("predictions of a target that is %s are prices, wherever they are made", async (way) => {
  const done = await place.run("predict", `${way}.dnn`, "--weights", way, "--input", "more.csv", "--format", "csv");
  expect(done.code, done.err).toBe(0);
  const answers = done.out.trim().split("\n").slice(1).map(Number);
  for (const [i, right] of wanted.entries()) near(answers[i]!, right);
  const net = await load(place.path(way));
  const rows = [
    { a: 10, b: 10 },
    { a: 20, b: 3 },
  ];
  const asked = (await net.batch(rows)).map(({ output }) => (output as number[])[0]!);
  await net.dispose();
  expect(asked).toEqual(answers.map(Math.fround));
  const built = await place.run("build", `${way}.dnn`, "--weights", way, "--out", `${way}.mjs`);
  expect(built.code, built.err).toBe(0);
  const module = (await import(/* @vite-ignore */ pathToFileURL(place.path(`${way}.mjs`)).href)) as {
    load: typeof load;
  };
  const own = await (module.load as unknown as () => ReturnType<typeof load>)();
  expect((await own.batch(rows)).map(({ output }) => (output as number[])[0]!)).toEqual(asked);
  await own.dispose();
});

test.each(names)("figures of a target that is %s are of prices", async (way) => {
  const { out, err } = await place.run("eval", `${way}.dnn`, "--weights", way, "--json");
  const found = JSON.parse(out || `{"error": ${JSON.stringify(err)}}`);
  const [{ rmse, mae, r2 }] = found.assessment.figures;
  expect(rmse).toBeGreaterThan(1);
  expect(rmse).toBeLessThan(10_000);
  expect(r2).toBeGreaterThan(0.9);
  expect(found.off / mae).toBeCloseTo(1, 3);
  expect(found.root / rmse).toBeCloseTo(1, 3);
  // The mean of logarithms is not that of prices.
  expect(found.share).toBeCloseTo(r2, way === "logarithm" ? 1 : 3);
  // The target alone is in the units of the differences that it stands beside.
  expect(found.determined).toBeCloseTo(r2, 2);
  expect((found.relative * price(15, 8)) / mae).toBeCloseTo(1, 0);
  if (way === "thousands" || way === "reversed") expect(rmse / Math.sqrt(found.loss)).toBeCloseTo(1000, -1);
});

test("what has no way back stays as the model gives it, and losses are of what it sees", async () => {
  place.write(
    "two.dnn",
    `model net(x: [1]) { dense 2 }
data houses = csv("houses.csv", label=["price", "b"]) { x = normalize(x); y = whiten(y) }
train net on houses { loss mse(net(x), y); epochs 1; batch 16 }
`,
  );
  const { code, err } = await place.run("train", "two.dnn", "--out", "two");
  expect(code, err).toBe(0);
  const done = await place.run("predict", "two.dnn", "--weights", "two", "--input", "[[1]]");
  for (const value of done.out.trim().split(" ").map(Number)) expect(Math.abs(value)).toBeLessThan(100);
});
