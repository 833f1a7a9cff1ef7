// Proves that a figure that is none (0/0) is shown as none and ends nothing, that only a loss that is no number does, with a
// reason that fits, and that JSON tells NaN and the infinities apart.

import { afterAll, expect, test } from "vitest";
import { jsonOf, numbersOf } from "../../runtime/json.ts";
import { load, utf8 } from "../data/rawfiles.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const model = "model m(x: [2]) { dense 2 }\ndata points = moons(n=40)\n";
const train = (body: string): string => `${model}train t on points { y = m(x); ${body}; epochs 3 }\n`;

test("numbers that JSON does not have stand as texts, and come back", () => {
  const value = { a: Number.NaN, b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5], c: null, d: "text" };
  expect(jsonOf(value)).toBe('{"a":"NaN","b":["Infinity","-Infinity",1.5],"c":null,"d":"text"}');
  expect(numbersOf(JSON.parse(jsonOf(value)))).toEqual(value);
});

test("shares of nothing are n/a for people, NaN in JSON, and the training goes on", async () => {
  const never = "hit = argmax(y) == 7; union = sum(hit + hit * hit)";
  const shares = "metric precision = mean(hit * label) / mean(hit); metric iou = mean(sum(hit * label)) / mean(union)";
  place.write("share.dnn", train(`${never}; loss cross_entropy(y, label); ${shares}`));
  const people = await place.run("train", "share.dnn", "--out", "share");
  expect(people.code).toBe(0);
  expect(people.err).toMatch(/epoch 3\/3 {2}loss [\d.]+ {2}precision n\/a {2}iou n\/a {2}held out: loss/);
  expect(people.out).toMatch(/train +[\d.]+ +n\/a +n\/a\n/);
  const programs = await place.run("train", "share.dnn", "--out", "json", "--json");
  const none = { loss: expect.any(Number), precision: "NaN", iou: "NaN" };
  expect(programs.events.at(-1)).toMatchObject({ event: "end", epochs: 3, train: none, heldout: none });
  const [figures] = (await place.run("eval", "share.dnn", "--weights", "share", "--json")).events;
  expect(figures).toMatchObject(none as object);
  expect((await place.run("eval", "share.dnn", "--weights", "share")).out).toMatch(/precision +n\/a/);
});

test("a run goes on from a checkpoint whose figures are none", async () => {
  place.write("share2.dnn", train("loss cross_entropy(y, label); metric nothing = mean(y - y) / mean(0 * y)"));
  const first = await place.run("train", "share2.dnn", "--steps", "1", "--epochs", "3", "--out", "part");
  expect(first.code).toBe(0);
  const { code, events } = await place.run("train", "share2.dnn", "--resume", "part", "--json");
  expect([code, events.at(-1)!.epochs]).toEqual([0, 3]);
  expect(events.at(-1)!.train).toMatchObject({ nothing: "NaN" });
});

test("a metric without bound is infinite, and ends nothing either", async () => {
  place.write("large.dnn", train("loss cross_entropy(y, label); metric large = 1 / mean(y - y)"));
  const { code, events } = await place.run("train", "large.dnn", "--json", "--out", "large");
  expect([code, events.at(-1)!.heldout]).toEqual([0, { loss: expect.any(Number), large: "Infinity" }]);
});

test("predict tells NaN from the infinities", async () => {
  place.write(
    "out.dnn",
    `${model.replace("dense 2", "param w: [2] = 1; concat(log(w * it), 0 * log(it * 0))")}
train t on points { loss mean(m.w^2); epochs 1; optimizer sgd lr=0 }\n`,
  );
  expect((await place.run("train", "out.dnn", "--out", "out")).code).toBe(0);
  const said = await place.run("predict", "out.dnn", "--weights", "out", "--input", "[[0, -1]]", "--json");
  expect(said.events).toEqual([{ output: ["-Infinity", "NaN", "NaN", "NaN"] }]);
});

test("a loss that is none at the first step is not put down to the rate", async () => {
  place.write("log.dnn", train("loss mean(log(y - y))"));
  const { code, err } = await place.run("train", "log.dnn", "--out", "log");
  expect(code).toBe(3);
  expect(err).toContain("nothing was learned yet, so a smaller learning rate changes nothing");
  expect(err).toContain("hint: look for what has no value: a division by 0, the logarithm");
  expect(err).not.toContain("clip");
});

test("a system without a solution is among what the first step may lack", async () => {
  place.write("solve.dnn", train("a = outer(y, y); loss mean(solve(a, y))"));
  const { code, err } = await place.run("train", "solve.dnn", "--out", "solve");
  expect(code).toBe(3);
  expect(err).toContain("`solve` with a singular matrix");
});

test("a constant column that is divided by its deviation is named", async () => {
  const rows = Array.from({ length: 12 }, (_, i) => `${i},5,${(i * 7) % 5}`);
  place.write("c.csv", `a,b,y\n${rows.join("\n")}\n`);
  const body = "d = x - mean(x, over=data); x = d / sqrt(mean(d^2, over=data))";
  const text = `model net(x: [2]) { dense 1 }
data d = csv("c.csv", label="y") { ${body} }
train net on d { loss mse(net(x), label); epochs 2 }\n`;
  place.write("c.dnn", text.replace("label)", "y)"));
  const wrong = await place.run("train", "c.dnn", "--out", "constant");
  expect(wrong.code).toBe(3);
  expect(wrong.err).toContain("number 2 of 'x' is always 5 in all training rows: its deviation is 0");
  expect(wrong.err).not.toContain("smaller learning rate, or");
  // The hint helps when followed.
  place.write("c.dnn", text.replace("label)", "y)").replace(body, "x = normalize(x)"));
  expect((await place.run("train", "c.dnn", "--out", "fine")).code).toBe(0);
});

test("a loss that grows without bound is put down to the rate", async () => {
  place.write(
    "far.dnn",
    "model m(x: [1]) { dense 1 }\ndata d = line()\ntrain m on d { loss mse(m(x), y); optimizer sgd lr=5 }\n",
  );
  const { code, err } = await place.run("train", "far.dnn", "--out", "far");
  expect([code, err]).toEqual([3, expect.stringContaining("try a smaller learning rate, or a line `clip 1`")]);
});

test("a held-out loss that is none where the training's is a number is not put down to a first step", async () => {
  const data = "data points = xor() { x = if training then x else log(x - x - 1) }";
  place.write("held.dnn", train("loss mean(y^2); batch all").replace(/data points = .*/, data));
  const { code, err } = await place.run("train", "held.dnn", "--out", "held");
  expect(code).toBe(3);
  expect(err).toContain("the loss of the training examples is a number; only that of the held-out ones is not");
  expect(err).not.toContain("nothing was learned yet");
});

test("a held-out example far outside of the training's is named, and the rate is not", async () => {
  const table = (far: string): string =>
    `a,label\n${Array.from({ length: 30 }, (_, i) => `${String(i) === far ? 1e30 : i},${i % 2 ? "u" : "v"}`).join("\n")}\n`;
  const { heldout } = await load("csv", { "t.csv": utf8(table("")) }, { positional: ["t.csv"], seed: 0 });
  place.write("t.csv", table(String(heldout.columns.find((c) => c.name === "a")!.values[0])));
  place.write(
    "far.dnn",
    'model m(x: [1]) { dense 1 }\ndata d = csv("t.csv")\ntrain m on d { loss mean(m(x)^2) * 1e-3; batch all; optimizer sgd lr=1e-4 }\n',
  );
  const { code, err } = await place.run("train", "far.dnn", "--out", "far");
  expect(code).toBe(3);
  expect(err).toContain("'x' goes as far as 1e+30 in the held-out examples, and 29 in the training ones");
  expect(err).not.toContain("try a smaller learning rate");
});
