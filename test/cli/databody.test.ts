// The body of a data declaration: fields are derived, figures come from the training examples, what varies examples acts
// in training only, and a trained model is given its inputs prepared as they were.

import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const rest = `
model net(x: [2]) { dense 2 }
train net on points {
  loss cross_entropy(net(x), label)
  metric middle = mean(sum(x), over=batch)
  metric square = mean(x^2)
  batch 50; epochs 2; optimizer sgd lr=0.1
}
`;

const table = (n: number, shift: number): string =>
  `a,b,label\n${Array.from({ length: n }, (_, i) => {
    const [u, v] = [Math.sin(i * 1.3), Math.cos(i * 2.1)];
    return `${shift + 4 * u},${10 * v},${u + v > 0 ? "up" : "down"}`;
  }).join("\n")}\n`;

async function figures(body: string, ...flags: string[]) {
  place.write("points.csv", table(240, 7));
  const text = `data points = csv("points.csv", label="label", split=0.75) {\n${body}\n}\n${rest}`;
  place.write("p.dnn", text);
  const run = await place.run("train", "p.dnn", "--json", ...flags);
  expect([run.code, run.err]).toEqual([0, expect.anything()]);
  return run.events.at(-1)! as { train: Record<string, number>; heldout: Record<string, number>; dir: string };
}

test("normalize takes its figures from the training examples, whatever the batch", async () => {
  const { train } = await figures("x = normalize(x)", "--set", "batch=7");
  expect(train.middle).toBeCloseTo(0, 4);
  expect(train.square).toBeCloseTo(1, 4);
});

test("a number that never changes in the training examples is 0 in them, and as far from 0 later as it differs", async () => {
  const rows = Array.from({ length: 100 }, (_, i) => {
    const late = i >= 80;
    return `${late ? 0.4 : 0.1},${late ? 12348.678 : 12345.678},${late ? 2 : 0},${i % 2 ? "up" : "down"}`;
  });
  place.write("still.csv", `a,b,c,label\n${rows.join("\n")}\n`);
  place.write(
    "still.dnn",
    `data still = csv("still.csv", shuffle=false) { x = normalize(x) }
model net(x: [3]) { dense 2 }
train net on still {
  loss cross_entropy(net(x), label)
  metric size = mean(sum(abs(x)), over=batch)
  batch 16; epochs 1
}
`,
  );
  const run = await place.run("train", "still.dnn", "--json");
  const { train, heldout } = run.events.at(-1)! as { train: Record<string, number>; heldout: Record<string, number> };
  expect(train.size).toBeLessThan(0.02);
  expect(heldout.size).toBeCloseTo(0.3 + 3 + 2, 1);
});

test("what says nothing, since it never changes in training, is named by check and train, and can be left out", async () => {
  const rows = (b: (i: number) => number | string): string =>
    Array.from({ length: 40 }, (_, i) => `${i % 7},${b(i)},9,${i % 3 ? "red" : "blue"},k${i % 2}`).join("\n");
  const program = (more: string): string => `data d = csv("d.csv", shuffle=false, categories="onehot"${more})
model net(x: [N]) { dense 2 }
train net on d { loss cross_entropy(net(x), label); epochs 1 }
`;
  const said = async (more: string, ...verb: string[]): Promise<string[]> => {
    place.write("d.dnn", program(more));
    const { err, out } = await place.run(...verb, "d.dnn");
    return `${err}${out}`.match(/warning\[data\/constant-column\].*/g) ?? [];
  };
  place.write("d.csv", `a,b,c,colour,kind\n${rows((i) => (i < 32 ? 5 : 6))}\n`);
  const both = 'warning[data/constant-column]: each of the columns "b", "c" has one value in all training examples';
  const hint = ', drop=["b", "c"]';
  for (const verb of ["check", "train"]) {
    expect(await said("", verb)).toEqual([both]);
    expect(await said(hint, verb)).toEqual([]);
  }
  // Of a stream it is known of all rows together.
  expect(await said(", stream=true", "train")).toEqual([
    'warning[data/constant-column]: the column "c" has the same value in all training examples',
  ]);
  // Of dates of one year and many days something changes, of those of one day nothing.
  for (const [days, name] of [
    [28, undefined],
    [1, "when"],
  ] as const) {
    place.write("d.csv", `a,when,c,colour,kind\n${rows((i) => `2024-01-${10 + (i % days)}`)}\n`);
    const found = await said(', drop="c", dates="parts"', "check");
    expect(found).toEqual(
      name ? ['warning[data/constant-column]: the column "when" has the same value in all training examples'] : [],
    );
  }
});

test("centre takes each number's own mean", async () => {
  const { train } = await figures("x = centre(x)");
  expect(train.middle).toBeCloseTo(0, 4);
  expect(train.square).toBeGreaterThan(5);
});

test("whitened numbers are uncorrelated, with variance 1", async () => {
  const { train } = await figures("x = whiten(x, eps=0)");
  expect(train.square).toBeCloseTo(1, 3);
  const crossed = await figures("w = whiten(x, eps=0)\nx = w * roll(w, 1)");
  expect(crossed.train.middle).toBeCloseTo(0, 3);
});

test("eval, predict and a resumed run prepare their rows with the figures that were saved", async () => {
  const end = await figures("x = normalize(x)");
  const shown = await place.run("eval", "p.dnn", "--weights", end.dir, "--json");
  expect(shown.events[0]).toMatchObject(end.heldout);
  const raw = await place.run("predict", "p.dnn", "--weights", end.dir, "--input", "[[7, 0]]", "--json");
  // (7, 0) is near the mean of the data, so the outputs are near those of (0, 0), which are the shifts: small.
  const { probabilities } = raw.events[0] as unknown as { probabilities: number[] };
  expect(Math.abs(probabilities[0]! - 0.5)).toBeLessThan(0.1);
  const more = await place.run("train", "p.dnn", "--json", "--resume", end.dir, "--epochs", "3");
  expect((more.events.at(-1)!.train as Record<string, number>).square).toBeCloseTo(1, 4);
});

test("what varies examples acts in training only", async () => {
  const { train, heldout } = await figures("x = noise(0 * x, std=2)");
  expect(train.square).toBeGreaterThan(3);
  expect(heldout.square).toBe(0);
});

test.each([
  ["mask(image, 0.3)", 0.002],
  ["flip(image)", 0.01],
  ["crop(image, 28x28, padding=4)", 0.01],
  ["flip(crop(noise(mask(image, 0.2)), 28x28, padding=4))", 0.02],
])("pictures are varied in training and stay as they are held out: %s", async (made, least) => {
  place.write(
    "pictures.dnn",
    `data d = digits(n=64, heldout=16) { raw = image; image = ${made} }
model net(image: [28, 28, 1]) { flatten; dense 2 }
train net on d { loss mean(net(image)^2); metric changed = mean((image - raw)^2); epochs 1; optimizer sgd lr=0 }
`,
  );
  const { events } = await place.run("train", "pictures.dnn", "--json");
  const end = events.at(-1)! as { train: Record<string, number>; heldout: Record<string, number> };
  expect(end.train.changed).toBeGreaterThan(least);
  expect(end.heldout.changed).toBeLessThan(1e-10);
});

test("another source for the data keeps what is made of its fields", async () => {
  place.write("other.csv", table(200, -30));
  const data = `points=csv("${place.path("other.csv")}", label="label", split=0.75)`;
  const { train } = await figures("x = normalize(x)", "--data", data);
  expect(train.middle).toBeCloseTo(0, 4);
});

test("figures of the data have their place", async () => {
  place.write("q.dnn", `data points = spirals()\n${rest.replace("mean(x^2)", "mean(x, over=data)")}`);
  const { code, out } = await place.run("check", "q.dnn");
  expect([code, out]).toEqual([1, expect.stringContaining("data/out-of-place")]);
});

test("train warns of preparations that do not do what they seem to, as check does", async () => {
  const model = "model m(x: [2]) { dense 2 }\n";
  const training = "train m on d { loss cross_entropy(m(x), label); epochs 1; batch 8 }\n";
  place.write("share.dnn", `${model}data d = moons(n=40, split=0.2) { z = x / 2 }\n${training}`);
  const codesOf = (text: string): string[] => [...text.matchAll(/warning\[(.*?)\]/g)].map(([, code]) => code ?? "");
  const [train, check] = [
    await place.run("train", "share.dnn", "--out", "share"),
    await place.run("check", "share.dnn"),
  ];
  expect([train.code, codesOf(train.err)]).toEqual([0, ["data/unread-preparation", "data/small-split"]]);
  expect(codesOf(check.out).toSorted()).toEqual(codesOf(train.err).toSorted());
});
