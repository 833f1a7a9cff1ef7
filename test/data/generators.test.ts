// Generated data is what it says, the same bits for the same seed, and refused before it would not fit into memory.

import { expect, test } from "vitest";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { describeSource, SOURCES } from "../../runtime/data/sources/all.ts";
import { companionName, companionOf } from "../../runtime/plan.ts";
import { bits, column, failure, load } from "./rawfiles.ts";

const GENERATORS = SOURCES.filter((source) => source.generated).map((source) => source.name);

function make(name: string, named: Record<string, SourceArgument> = {}, seed = 1): Promise<Dataset> {
  const small: Record<string, SourceArgument> = name === "digits" ? { n: 40, heldout: 10 } : { n: 40 };
  return load(name, {}, { named: { ...small, ...named }, seed });
}

test("every generator gives equal bits for equal seeds and other bits for another seed", async () => {
  for (const name of GENERATORS) {
    const data = bits(await make(name, {}, 5));
    expect([name, bits(await make(name, {}, 5))]).toEqual([name, data]);
    if (name !== "xor") expect([name, bits(await make(name, {}, 6))]).not.toEqual([name, data]);
  }
});

test("every generator's columns have as many finite values as length and shape say, and classes stay in range", async () => {
  for (const name of GENERATORS) {
    const data = await make(name);
    for (const part of [data.train, data.heldout]) {
      for (const { shape, values, classes, labels } of part.columns) {
        expect([name, values.length]).toEqual([name, shape.reduce((a, b) => a * b, part.length)]);
        expect(values.every((value) => Number.isFinite(value) && (classes === undefined || value < classes))).toBe(
          true,
        );
        expect([name, values instanceof Int32Array]).toEqual([name, classes !== undefined]);
        if (labels) expect(labels.length).toBe(classes);
      }
    }
  }
});

test("every field a generator gives is described, with the number of classes it has by default", async () => {
  for (const name of GENERATORS) {
    const described = describeSource(name)?.fields ?? [];
    const { train } = await make(name);
    const columns = train.columns.filter((each) => companionOf(each.name, "length") === undefined);
    expect([name, columns.map((each) => each.name)]).toEqual([name, described.map((field) => field.name)]);
    for (const [index, { classes }] of columns.entries()) {
      if (classes !== undefined) expect(described[index]?.type).toMatch(new RegExp(`(class|of) ${classes}$`));
    }
  }
});

test("digits are grey pictures of the asked size with all ten labels, ink in the middle and paper at the rim", async () => {
  const data = await make("digits", { n: 300, size: [20, 24] });
  const { values, shape } = column(data, "image");
  expect([shape, data.train.length, data.heldout.length]).toEqual([[20, 24, 1], 300, 10]);
  expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(new Set(column(data, "label").values).size).toBe(10);
  const mean = (wanted: (y: number, x: number) => boolean) => {
    const chosen = Array.from(values).filter((_, at) => wanted(Math.floor(at / 24) % 20, at % 24));
    return chosen.reduce((sum, value) => sum + value, 0) / chosen.length;
  };
  expect(mean((y, x) => y > 6 && y < 13 && x > 8 && x < 15)).toBeGreaterThan(0.25);
  expect(mean((y) => y === 0 || y === 19)).toBeLessThan(0.1);
});

test("digit k is the same picture however many are asked for, and held-out digits are not training digits", async () => {
  const [few, many] = [await make("digits", { n: 5 }), await make("digits", { n: 50, heldout: 50 })];
  expect(column(many, "image").values.subarray(0, 5 * 784)).toEqual(column(few, "image").values);
  expect(column(many, "image", "heldout").values.subarray(0, 10 * 784)).toEqual(column(few, "image", "heldout").values);
  expect(column(many, "image", "heldout").values).not.toEqual(column(many, "image").values);
});

test("the first ten labels of seed 1 stay what they are, so published results can be repeated", async () => {
  const { values } = column(await make("digits", { n: 10 }, 1), "label");
  expect([...values]).toEqual([0, 5, 5, 6, 0, 6, 8, 4, 0, 9]);
});

test("a single number is a size in both directions", async () => {
  expect(column(await make("digits", { size: 8 }), "image").shape).toEqual([8, 8, 1]);
});

test("moons, spirals, blobs and gaussians without noise lie exactly on their curves", async () => {
  const pairs = (data: Dataset) =>
    Array.from({ length: data.train.length }, (_, row) => {
      const [x, y] = column(data, "x").values.subarray(2 * row, 2 * row + 2);
      return [x!, y!] as const;
    });
  const moons = await make("moons", { noise: 0 });
  for (const [row, [x, y]] of pairs(moons).entries()) {
    const upper = column(moons, "label").values[row] === 0;
    expect(upper ? x * x + y * y : (x - 1) ** 2 + (y - 0.5) ** 2).toBeCloseTo(1, 5);
  }
  for (const [x, y] of pairs(await make("gaussians", { noise: 0, modes: 4, radius: 3 }))) {
    expect(Math.max(Math.abs(x), Math.abs(y))).toBeCloseTo(3, 5);
  }
  expect(new Set(pairs(await make("blobs", { noise: 0, classes: 3 })).map(String)).size).toBe(3);
  for (const [x, y] of pairs(await make("spirals", { noise: 0, classes: 1 }))) {
    const turn = (Math.atan2(y, x) / (2 * Math.PI) + 1) % 1;
    expect(turn).toBeCloseTo(0.75 * Math.hypot(x, y), 4);
  }
});

test("line is y = 2x + 1, and its noise has the asked standard deviation", async () => {
  const exact = await make("line", { noise: 0 });
  expect([...column(exact, "y").values]).toEqual(Array.from(column(exact, "x").values, (x) => Math.fround(2 * x + 1)));
  const noisy = await make("line", { n: 20_000, noise: 0.5, split: 1 });
  const x = column(noisy, "x").values;
  const off = Array.from(column(noisy, "y").values, (y, row) => y - 2 * x[row]! - 1);
  const squares = off.reduce((sum, each) => sum + each ** 2, 0);
  expect(Math.sqrt(squares / 20_000)).toBeCloseTo(0.5, 1);
});

test("xor holds its truth table, in training and held out", async () => {
  const data = await make("xor", { n: 8 });
  expect([...column(data, "x", "heldout").values]).toEqual([0, 0, 0, 1, 1, 0, 1, 1]);
  expect([...column(data, "label", "heldout").values]).toEqual([0, 1, 1, 0]);
  expect([...column(data, "label").values]).toEqual([0, 1, 1, 0, 0, 1, 1, 0]);
});

test("adding marks one step in each half, and y is the sum of the marked numbers", async () => {
  const data = await make("adding", { seq: 7 });
  const [x, y] = [column(data, "x").values, column(data, "y").values];
  for (let row = 0; row < data.train.length; row++) {
    const steps = Array.from({ length: 7 }, (_, step) => {
      const [value, mark] = x.subarray((row * 7 + step) * 2);
      return { step, value: value!, mark };
    });
    const marked = steps.filter(({ mark }) => mark === 1);
    expect(marked.map(({ step }) => step < 3)).toEqual([true, false]);
    expect(y[row]).toBe(Math.fround(marked.reduce((sum, { value }) => sum + value, 0)));
  }
  expect((await failure(make("adding", { seq: 1 }))).message).toContain("at least 2");
});

test("copying shows letters, waits, gives the sign and asks for the letters again", async () => {
  const data = await make("copying", { seq: 3, delay: 4 });
  const [text, next] = [column(data, "text"), column(data, "next")];
  const show = (values: ArrayLike<number>) => Array.from(values, (id) => text.labels?.[id]).join("");
  expect(text.shape).toEqual([10]);
  for (let row = 0; row < data.train.length; row++) {
    const [asked, answer] = [text, next].map(({ values }) => show(values.subarray(row * 10, row * 10 + 10)));
    expect(asked).toMatch(/^[a-h]{3}_{3}>_{3}$/);
    expect(answer).toBe(`_______${asked!.slice(0, 3)}`);
  }
});

test("names are all different, carry their lengths, and come from all eighteen languages", async () => {
  const data = await make("names", { n: 2000 });
  const seen = new Set<string>();
  for (const part of [data.train, data.heldout]) {
    const {
      values,
      labels,
      shape: [steps = 0],
    } = part.columns[0]!;
    const lengths = part.columns.find((c) => c.name === companionName("name", "length"))?.values;
    for (let row = 0; row < part.length; row++) {
      const letters = Array.from(values.subarray(row * steps, (row + 1) * steps), (id) => labels?.[id]).join("");
      const length = lengths?.[row] ?? 0;
      expect(letters.slice(0, length)).toMatch(/^[a-z' ]+$/);
      expect(letters.slice(length)).toMatch(/^\.*$/);
      seen.add(letters);
    }
  }
  expect(seen.size).toBe(2000);
  expect(new Set(column(data, "label").values).size).toBe(18);
  expect((await failure(make("names", { n: 1_000_000 }))).message).toContain("there are");
});

test("in prose lines are as wide as they may be, quotations and brackets close in their order, whatever the seed", async () => {
  const data = await make("prose", { n: 60, seq: 100, width: 30 });
  const [text, next] = [column(data, "text"), column(data, "next")];
  const written = Array.from(text.values, (id) => text.labels?.[id]).join("");
  expect([...next.values.slice(0, -1)]).toEqual([...text.values.slice(1)]);
  const lines = written.split("\n").slice(0, -1);
  for (const [i, line] of lines.entries()) {
    expect(line.length).toBeLessThanOrEqual(30);
    const [word = ""] = lines[i + 1]?.split(" ") ?? [];
    if (i + 1 < lines.length) expect(line.length + 1 + word.length, line).toBeGreaterThan(30);
  }
  const open: string[] = [];
  for (const letter of written) {
    const closes = { ")": "(", "]": "[", "}": "{" }[letter];
    if ("([{".includes(letter)) open.push(letter);
    if (closes) expect(open.pop()).toBe(closes);
  }
  expect(Math.max(...column(data, "nesting").values)).toBe(3);
  // Three letters in ten are spoken, or more: long enough to forget that.
  const share = Array.from(column(data, "quoted").values).reduce((a, b) => a + b) / written.length;
  expect(share).toBeGreaterThan(0.3);
  const error = await failure(make("prose", { width: 19 }));
  expect([error.code, error.hint]).toEqual(["data/bad-argument", "write at least width=20"]);
});

test("captions say what is drawn: the colour of the ink, more of it where it is big, and nothing where there is none", async () => {
  const data = await make("captions", { n: 300 });
  const [image, caption] = [column(data, "image"), column(data, "caption")];
  const ink: Record<string, number[]> = {};
  for (let i = 0; i < 300; i++) {
    const words = Array.from(caption.values.slice(4 * i, 4 * i + 4), (id) => caption.labels![id]!);
    const points = Array.from(image.values.slice(768 * i, 768 * (i + 1)));
    const shares = [0, 1, 2].map((c) => points.filter((_, at) => at % 3 === c).reduce((a, b) => a + b));
    const total = shares.reduce((a, b) => a + b);
    const [size = "", colour = "", , stop] = words;
    expect(stop).toBe(".");
    if (size === "nothing") expect([total, words]).toEqual([0, ["nothing", ".", ".", "."]]);
    else {
      const brightest = ["red", "green", "blue"][shares.indexOf(Math.max(...shares))];
      expect(colour === "yellow" ? ["red", "green"] : [colour]).toContain(brightest);
      ink[size] = [...(ink[size] ?? []), total];
    }
  }
  const mean = (x: readonly number[] = []): number => x.reduce((a, b) => a + b, 0) / x.length;
  expect(mean(ink.big)).toBeGreaterThan(1.4 * mean(ink.small));
});

test("in sets of turned digits one thing differs: equal angles are equal pictures of a hand, and others are of one angle", async () => {
  const data = await make("turned", { n: 40, views: 3 });
  const [turned, others] = [column(data, "turned").values, column(data, "others").values];
  const angles = column(data, "angle").values;
  const apart = (all: ArrayLike<number>, i: number, a: number, b: number): number => {
    const picture = (v: number): number[] => Array.from({ length: 256 }, (_, p) => all[(3 * i + v) * 256 + p]!);
    const other = picture(b);
    return picture(a).reduce((sum, v, p) => sum + (v - other[p]!) ** 2, 0);
  };
  // The further two angles are apart, the more two pictures of one hand differ; other digits differ more than that.
  const pairs = Array.from({ length: 40 }, (_, i) => [Math.abs(angles[3 * i]! - angles[3 * i + 1]!), i] as const);
  const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
  const near = pairs.filter(([d]) => d < 0.25).map(([, i]) => apart(turned, i, 0, 1));
  const far = pairs.filter(([d]) => d > 0.8).map(([, i]) => apart(turned, i, 0, 1));
  expect(mean(near)).toBeLessThan(0.5 * mean(far));
  expect(mean(pairs.map(([, i]) => apart(others, i, 0, 1)))).toBeGreaterThan(mean(near) * 2);
  expect(Math.max(...angles)).toBeLessThanOrEqual(1);
});

test("in sequences next is x one step later, and the four forms take turns", async () => {
  const data = await make("sequences", { seq: 12 });
  const [x, next] = [column(data, "x").values, column(data, "next").values];
  for (let row = 0; row < data.train.length; row++) {
    expect(x.subarray(row * 12 + 1, row * 12 + 12)).toEqual(next.subarray(row * 12, row * 12 + 11));
  }
  expect([...column(data, "label").values.subarray(0, 5)]).toEqual([0, 1, 2, 3, 0]);
});

test("what would not fit into memory is refused with its size", async () => {
  const error = await failure(make("digits", { n: 10_000_000 }));
  expect([error.code, error.message]).toEqual(["data/too-large", expect.stringContaining("7840000000")]);
  for (const name of ["spirals", "line", "adding", "copying", "sequences", "xor"]) {
    expect([name, (await failure(make(name, { n: 1e12 }))).code]).toEqual([name, "data/too-large"]);
  }
});
