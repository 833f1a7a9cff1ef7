// Proves the figures by which a trained model is judged: on cases that were counted by hand, and against the training's own figures.

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClassCounter, confusions, hardest, NumberCounter } from "../../project/use/assessment.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const subject = { part: "held out", field: "kind", positions: 1 };

describe("by hand", () => {
  // Right, then the probabilities of a, b and c: a is right twice and taken for b once; b is right once; c is never answered.
  const cases: [number, number[]][] = [
    [0, [0.5, 0.25, 0.25]],
    [0, [0.7, 0.2, 0.1]],
    [0, [0.25, 0.5, 0.25]],
    [1, [0.125, 0.75, 0.125]],
    [2, [0.8, 0.1, 0.1]],
  ];
  const counter = new ClassCounter(subject, ["a", "b", "c"]);
  for (const [row, [right, probabilities]] of cases.entries()) counter.add(row, 0, right, probabilities);
  counter.add(5, 0, 9, [1, 0, 0]);
  const found = counter.result();

  test("classes are counted, and a class that is none of them is not", () => {
    expect(found.count).toBe(5);
    expect(found.accuracy).toBeCloseTo(3 / 5);
    expect(found.matrix).toEqual([
      [2, 1, 0],
      [0, 1, 0],
      [1, 0, 0],
    ]);
  });

  test("precision, recall and F1 of each class", () => {
    const [a, b, c] = found.classes;
    expect([a!.precision, a!.recall, a!.f1].map((v) => v.toFixed(4))).toEqual(["0.6667", "0.6667", "0.6667"]);
    expect([b!.precision, b!.recall, b!.f1].map((v) => v.toFixed(4))).toEqual(["0.5000", "1.0000", "0.6667"]);
    expect([c!.precision, c!.recall, c!.f1]).toEqual([Number.NaN, 0, 0]);
    expect(a!.loss).toBeCloseTo((Math.log(2) - Math.log(0.7) + Math.log(4)) / 3);
  });

  test("the worst mistakes are those with the least probability of what is right, and cells keep the surest", () => {
    expect(found.worst.map((w) => w.row)).toEqual([4, 2]);
    expect(found.cases.get(0)!.map((c) => c.row)).toEqual([1, 0]);
    expect(confusions(found).map((c) => [c.right, c.answer, c.count])).toEqual([
      [0, 1, 1],
      [2, 0, 1],
    ]);
    expect(hardest(found)[0]!.label).toBe("c");
  });

  test("of equal probabilities the first is the answer, as accuracy has it", () => {
    const even = new ClassCounter(subject, ["a", "b"]);
    even.add(0, 0, 1, [0.5, 0.5]);
    expect(even.result().matrix).toEqual([
      [0, 0],
      [1, 0],
    ]);
  });

  test("R2, RMSE and MAE of numbers, together and each", () => {
    const numbers = new NumberCounter({ ...subject, positions: 2 }, ["up", "down"], 3);
    numbers.addRow(0, [1, 10], [1, 12]);
    numbers.addRow(1, [2, 20], [3, 18]);
    numbers.addRow(2, [3, 30], [3, 30]);
    const { figures, worst, points } = numbers.result();
    const [all, up, down] = figures;
    // Errors 0, 1, 0 around a mean of 2, whose squares are 1 + 0 + 1; then 2, -2, 0 around 20, with 100 + 0 + 100.
    expect([up!.name, up!.r2, up!.rmse, up!.mae]).toEqual(["up", 0.5, Math.sqrt(1 / 3), 1 / 3]);
    expect([down!.r2, down!.mae]).toEqual([1 - 8 / 200, 4 / 3]);
    expect(all!.rmse).toBeCloseTo(Math.sqrt(9 / 6));
    // Sum of squares around 11: 100 + 81 + 64 + 1 + 81 + 361.
    expect(all!.r2).toBeCloseTo(1 - 9 / 688);
    expect(worst[0]).toEqual({ row: 1, position: 1, right: 20, answer: 18 });
    expect(points).toHaveLength(6);
  });
});

describe("of a run", () => {
  const rows = Array.from({ length: 120 }, (_, i) => {
    const [x, y] = [((i * 37) % 100) / 50 - 1, ((i * 53) % 100) / 50 - 1];
    return `${x},${y},${x > 0.3 ? "sunny" : y > 0 ? "rain" : "snow"},${2 * x - y}`;
  });
  const program = (body: string, size: number): string => `model m(x: [2]) { dense 16; tanh; dense ${size} }
${body}`;

  beforeAll(() => {
    place.write("t.csv", `a,b,sky,z\n${rows.join("\n")}\n`);
    place.write("n.csv", `a,b,z\n${rows.map((r) => r.replace(/,[a-z]+,/, ",")).join("\n")}\n`);
  });

  interface Printed {
    readonly loss: number;
    readonly accuracy: number;
    readonly assessment: Record<string, never> & { readonly [name: string]: never };
  }

  async function evaluated(text: string, name: string): Promise<{ printed: Printed; out: string }> {
    place.write(`${name}.dnn`, text);
    const { code, err } = await place.run("train", `${name}.dnn`, "--out", name, "--epochs", "4");
    expect([code, err.includes("error")]).toEqual([0, false]);
    const { events } = await place.run("eval", `${name}.dnn`, "--weights", name, "--json");
    const { out } = await place.run("eval", `${name}.dnn`, "--weights", name);
    return { printed: events[0] as never, out };
  }

  test("the matrix agrees with the accuracy, and the classes' losses with the loss", async () => {
    const lines =
      'data sky = csv("t.csv", label="sky")\ntrain t on sky { loss cross_entropy(m(x), label); metric accuracy(m(x), label); optimizer adam lr=0.02 }';
    const text = program(lines.replace("x)", "x)"), 3).replace("x: [2]", "x: [3]");
    const { printed, out } = await evaluated(text, "sky");
    const { labels, matrix, classes, accuracy, crossEntropy, part } = printed.assessment as unknown as {
      labels: string[];
      matrix: number[][];
      classes: { label: string; count: number; recall: number }[];
      accuracy: number;
      crossEntropy: number;
      part: string;
    };
    expect(part).toBe("held out");
    expect([...labels].sort()).toEqual(["rain", "snow", "sunny"]);
    expect(accuracy).toBeCloseTo(printed.accuracy, 6);
    expect(crossEntropy).toBeCloseTo(printed.loss, 4);
    const diagonal = matrix.map((line, i) => line[i]! / line.reduce((a, b) => a + b, 0));
    expect(classes.map((c) => c.recall)).toEqual(diagonal.map((v) => (Number.isNaN(v) ? "NaN" : v)));
    expect(out).toContain("right \\ answer");
    for (const label of labels) expect(out).toContain(label);
  });

  test("a score for yes or no has two classes", async () => {
    const lines =
      'data sky = csv("n.csv") { yes = z > 0 }\ntrain t on sky { yes = x[0] > 0; loss bce(m(x)[0], yes); metric right = (m(x)[0] > 0) == yes }';
    const text = program(lines.replace(" { yes = z > 0 }", ""), 1).replace("x: [2]", "x: [N]");
    const { printed } = await evaluated(text, "yes");
    const { accuracy, labels } = printed.assessment as unknown as { accuracy: number; labels: string[] };
    expect(labels).toEqual(["0", "1"]);
    expect(accuracy).toBeCloseTo((printed as unknown as { right: number }).right, 6);
  });

  test("numbers have R2 and a mean error that agrees with the loss", async () => {
    const lines =
      "data points = line(n=200, noise=0.1)\ntrain t on points { loss mse(m(x), y); optimizer adam lr=0.02 }";
    const { printed } = await evaluated(program(lines, 1).replace("x: [2]", "x: [1]"), "line");
    const { figures } = printed.assessment as unknown as { figures: { rmse: number; r2: number }[] };
    expect(figures[0]!.rmse ** 2).toBeCloseTo(printed.loss, 5);
    expect(figures[0]!.r2).toBeGreaterThan(0.5);
  });

  test("a training that compares nothing is not assessed", async () => {
    const lines = "data points = line(n=60, noise=0.1)\ntrain t on points { loss mean(m(x)^2) }";
    const { printed } = await evaluated(program(lines, 1).replace("x: [2]", "x: [1]"), "nothing");
    expect(printed.assessment).toBeUndefined();
  });
});
