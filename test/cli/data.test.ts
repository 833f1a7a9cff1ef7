// Proves that `dnn data` says what data holds and finds what would spoil a training: in its text, as JSON, and as a page.

import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const row = (i: number) =>
  `${i % 7},5,${i % 12 === 0 ? "u" : "v"},${i % 5 === 0 ? "" : i},${i % 12 === 0 ? "rare" : "often"}`;
const table = `a,same,code,size,kind\n${Array.from({ length: 60 }, (_, i) => row(i)).join("\n")}\n`;
place.write("t.csv", table);
place.write("t.dnn", 'data d = csv("t.csv", missing="mean", stratify=true)\n');

test("fields with their ranges, empty cells and classes, and what is remarkable, in lines", async () => {
  const { code, out } = await place.run("data", "t.dnn");
  expect(code).toBe(0);
  expect(out).toContain("d: 48 rows train, 12 are held out");
  expect(out).toMatch(/size +\[\] .* 12 *\n/);
  expect(out).toContain("often 44+11, rare 4+1");
  expect(out).toContain("warning: same has the same value in all training examples");
  expect(out).toContain("warning: code says the label");
  expect(out).toContain("warning: the classes differ in size: often has 44 training examples, rare 4");
  expect(out).not.toContain("a says the label");
});

test("a class that only held-out examples have is named", async () => {
  place.write("later.csv", "a,same,code,size,kind\n1,5,u,1,often\n2,5,u,1,rare\n3,5,u,1,never\n");
  place.write("unseen.dnn", 'data d = csv("t.csv", missing="mean", test="later.csv")\n');
  const { out } = await place.run("data", "unseen.dnn");
  expect(out).toContain("warning: only held-out examples have the label never, which nothing can learn");
  expect(out).not.toContain("differ in size");
});

test("examples of both parts are counted where they are the same, and only these", async () => {
  place.write("twice.csv", `a,kind\n${"1.5,p\n2.5,q\n".repeat(10)}`);
  place.write("twice.dnn", 'data d = csv("twice.csv")\n');
  expect((await place.run("data", "twice.dnn")).out).toContain(
    "warning: 4 of 4 held-out rows are in the training part",
  );
  place.write("once.dnn", "data d = moons(n=50)\n");
  expect((await place.run("data", "once.dnn")).out).not.toContain("warning");
});

test("the same as an object, and as a page with bars, pictures and a sheet", async () => {
  const { events } = await place.run("data", "t.dnn", "--json");
  expect(events[0]).toMatchObject({ data: "d", unit: "rows", train: 48, heldout: 12 });
  place.write("p.dnn", "data d = digits(n=40)\n");
  expect((await place.run("data", "p.dnn", "--out", "p.html")).code).toBe(0);
  const page = Buffer.from(place.bytes("p.html")).toString();
  expect(page).toContain("Training examples of each class of label");
  expect(page).toContain("data:image/png;base64,");
  expect((await place.run("data", "p.dnn", "--out", "p.pdf")).code).not.toBe(0);
});

test("the first examples after preparation are those that a training sees, by figures of all its examples", async () => {
  const values = Array.from({ length: 150 }, (_, i) => (i * i) % 97);
  place.write("n.csv", `a,y\n${values.map((v, i) => `${v},${1000 * i}.5`).join("\n")}\n`);
  place.write(
    "n.dnn",
    'data d = csv("n.csv", shuffle=false) { x = normalize(x); y = log(y) }\ndata same = csv("n.csv")\ndata p = digits(n=70) { image = normalize(image) }\n',
  );
  const { code, out, err } = await place.run("data", "n.dnn", "--out", "n.html");
  expect(code, err).toBe(0);
  const train = values.slice(0, 120);
  const mean = train.reduce((a, b) => a + b) / 120;
  const deviation = Math.sqrt(train.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 120);
  const [, sheet = ""] = out.split("d, the first training examples as models see them:\n");
  const lines = sheet
    .split("\n")
    .slice(1, 4)
    .map((line) => line.trim().split(/ +/).map(Number));
  for (const [row, [x = 0, y = 0, a]] of lines.entries()) {
    expect(x).toBeCloseTo((values[row]! - mean) / deviation, 2);
    expect(y).toBeCloseTo(Math.log(1000 * row + 0.5), 2);
    expect(a).toBe(values[row]);
  }
  expect(out).not.toContain("same, the first training examples as models see them");
  expect(out).toMatch(/p, the first training examples as models see them:\nimage +label\n-0\.\d+ to \d/);
  const page = Buffer.from(place.bytes("n.html")).toString();
  expect(page.match(/As models see them/g)).toHaveLength(3);
  expect(page.match(/data:image\/png;base64,/g)).toHaveLength(2);
  place.write("wrong.dnn", 'data d = csv("n.csv") { x = normalise(x) }\n');
  const wrong = await place.run("data", "wrong.dnn");
  expect([wrong.code === 0, wrong.err]).toEqual([false, expect.stringContaining("normalise")]);
});

test("a file or folder that is not there is shown where its path stands, and the hint puts another in its place", async () => {
  place.write("here.csv", "a,kind\n1,p\n2,q\n3,p\n");
  const lacking: readonly (readonly [written: string, at: string])[] = [
    ['csv("gone.csv")', '"gone.csv"'],
    ['csv("here.csv", test="gone.csv")', '"gone.csv"'],
    ['csv("here.csv", text="kind", tokens="gone.json")', '"gone.json"'],
    ['images("here", table="gone.csv")', '"gone.csv"'],
    ['segmentation("gone", "masks")', '"gone"'],
  ];
  for (const [written, at] of lacking) {
    place.write("lacking.dnn", `data d = ${written}\n`);
    const { err } = await place.run("data", "lacking.dnn");
    const [, column] = /lacking\.dnn:1:(\d+)/.exec(err) ?? [];
    expect(`${written} at ${column}`).toBe(`${written} at ${"data d = ".length + written.indexOf(at) + 1}`);
    expect(err).toContain(`--data 'd=${written.replace(at, '"PATH"')}'`);
  }
});

test("sequences that are all of one length are no warning", async () => {
  place.write(
    "even.jsonl",
    Array.from({ length: 20 }, (_, i) => `{"said": "word ${i}", "kind": "k${i % 2}"}`).join("\n"),
  );
  place.write("even.dnn", 'data d = jsonl("even.jsonl", text="said", label="kind")\n');
  const { out, err } = await place.run("data", "even.dnn");
  expect(`${out}${err}`).toContain("said~length");
  expect(`${out}${err}`).not.toContain("same value");
});

test("classes that a program does not learn are not warned of: a label of numbers is there as classes, too", async () => {
  place.write("few.csv", `a,rides\n${"1,5\n2,6\n3,7\n".repeat(20)}`);
  place.write("more.csv", "a,rides\n1,8\n");
  const program = (loss: string): string =>
    `model net(x: [N]) { dense 1 }\ndata d = csv("few.csv", test="more.csv")\ntrain net on d { loss ${loss} }\n`;
  place.write("numbers.dnn", program("mse(net(x), y)"));
  const { out } = await place.run("data", "numbers.dnn");
  expect(out).not.toContain("only held-out");
  expect(out.split("as numbers; label holds the same")).toHaveLength(2);
  place.write("classes.dnn", program("cross_entropy(net(x), label)"));
  expect((await place.run("data", "classes.dnn")).out).toContain("warning: only held-out examples have the label 8");
});

test("an example of a text is a window of it, and a class that cannot be seen is shown by a sign", async () => {
  place.write("text.txt", "ab ab\n".repeat(50));
  place.write("text.dnn", 'data d = text("text.txt", seq=10)\n');
  const { out } = await place.run("data", "text.dnn");
  expect(out).toMatch(/^d: \d+ windows of 10 characters train, \d+ are held out$/m);
  expect(out).toMatch(/^text .*⏎ \d+\+\d+, ␣ \d+\+\d+, a /m);
});
