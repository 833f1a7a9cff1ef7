// Proves that numbers which are no classes are refused where they are taken for labels, by check and by train alike, with the row and
// with a remedy that works when it is followed; and that what is computed and is no class costs more than nothing.

import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

function program(file: string, label: string, scores: number, loss = "cross_entropy(m(x), LABEL)"): string {
  return `model m(x: [2]) { dense ${scores} }
data d = csv("${file}", label="y")
train m on d { loss ${loss.replace("LABEL", label)}; epochs 1 }
`;
}

/** A table whose labels these are, one after the other. */
function table(name: string, labels: readonly (number | string)[]): void {
  const rows = Array.from({ length: 24 }, (_, i) => `${i},${(i * 7) % 5},${labels[i % labels.length]}`);
  place.write(name, `a,b,y\n${rows.join("\n")}\n`);
}

const OUTSIDE: readonly [string, readonly number[], number, string, number][] = [
  ["-1 and 1", [-1, 1], 2, "`y > -1` in its place makes -1 class 0 and 1 class 1", 2],
  ["1 to 3", [1, 2, 3], 3, "write `y - 1` in its place", 3],
  ["0 to 3 for three scores", [0, 1, 2, 3], 3, "`dense 4` as the last layer", 4],
  ["-1 to 2", [-1, 0, 1, 2], 3, "write `y + 1` in its place, and `dense 4` as the last layer", 4],
];

for (const [what, labels, scores, hint, enough] of OUTSIDE)
  test(`labels that are ${what} are refused by check and train, and the hint helps`, async () => {
    table("t.csv", labels);
    place.write("t.dnn", program("t.csv", "y", scores));
    for (const verb of ["check", "train"]) {
      const { code, out, err } = await place.run(verb, "t.dnn");
      expect(code, verb).toBe(1);
      const said = out + err;
      expect(said).toContain("error[data/label-outside]");
      const [, row, value] = /in row (\d+) it is (-?\d+)/.exec(said)!;
      expect(labels[(Number(row) - 1) % labels.length]).toBe(Number(value));
      expect(said).toContain(hint);
    }
    const label = /`(y [^`]*)`/.exec(hint)?.[1] ?? "y";
    place.write("t.dnn", program("t.csv", label, enough));
    expect((await place.run("check", "t.dnn")).code).toBe(0);
    expect((await place.run("train", "t.dnn")).code).toBe(0);
  });

test("a quantity is no class", async () => {
  table("q.csv", [0.5, 1.25, 2, 7.75]);
  place.write("q.dnn", program("q.csv", "y", 3));
  const { code, out } = await place.run("check", "q.dnn");
  expect([code, out]).toEqual([
    1,
    expect.stringContaining("hint: a quantity is no class: `mse(...)` compares numbers"),
  ]);
});

test.each([
  "nll(log_softmax(m(x)), LABEL)",
  "multi_hinge(m(x), LABEL)",
  "0.1 * mean(accuracy(m(x), LABEL) * sum(m(x)))",
])("%s refuses them, too", async (loss) => {
  table("n.csv", [0, 1, 2, 3]);
  place.write("n.dnn", program("n.csv", "y", 3, loss));
  expect((await place.run("check", "n.dnn")).out).toContain("error[data/label-outside]");
});

test("numbers that are classes are taken as they are", async () => {
  table("fine.csv", [0, 1, 2]);
  place.write("fine.dnn", program("fine.csv", "y", 3));
  expect((await place.run("train", "fine.dnn", "--out", "fine")).code).toBe(0);
});

test("a computed label that is no class has no loss, instead of none to pay", async () => {
  table("far.csv", [0, 1, 2]);
  place.write("far.dnn", program("far.csv", "y + 5", 3));
  const shifted = await place.run("train", "far.dnn");
  expect([shifted.code, shifted.err]).toEqual([
    1,
    expect.stringMatching(/what is made of 'y' for a class, and in row \d+ it is [567]:/),
  ]);
  place.write("far.dnn", program("far.csv", "y * y + 5", 3));
  const { code, err } = await place.run("train", "far.dnn");
  expect([code, err]).toEqual([3, expect.stringContaining("the loss is NaN at step 1")]);
});
