// Proves what the library's definitions compute where no fixture has them, against their formulas written out by hand.

import { expect, test } from "vitest";
import { computed } from "../support/computed.ts";
import { compileText, startEngine } from "../support/engine.ts";

const wave = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => Math.sin(i * 1.7) * 3);

function expectClose(found: ArrayLike<number>, wanted: readonly number[]): void {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((w, i) => {
    expect(Math.abs(found[i]! - w), `[${i}]`).toBeLessThan(1e-5 * (1 + Math.abs(w)));
  });
}

for (const [n, before, after] of [
  [1, 0, 0],
  [2, 1, 0],
  [3, 1, 1],
  [4, 2, 1],
  [5, 2, 2],
  [20, 10, 9],
] as const)
  for (const shape of [[2, 3, 7], [4, 7], [7]])
    test(`lrn ${n} divides the channels of [${shape.join(", ")}] by ${before} before and ${after} after`, async () => {
      const c = 7;
      const x = wave(shape.reduce((a, b) => a * b));
      const wanted = Array.from(x, (v, i) => {
        const [pixel, channel] = [Math.floor(i / c) * c, i % c];
        let sum = 0;
        for (let k = Math.max(0, channel - before); k <= Math.min(c - 1, channel + after); k++)
          sum += x[pixel + k]! ** 2;
        return v / (2 + 0.5 * sum) ** 0.75;
      });
      expectClose(await computed(`lrn(x, ${n}, alpha=0.5)`, shape, x, shape), wanted);
    });

test("cosine_similarity is x . y / (|x| |y| + eps) of each row, and 0 where a row is zero", async () => {
  const [n, d, eps] = [4, 3, 1e-6];
  const x = wave(n * d);
  x.fill(0, d, 2 * d);
  const row = (i: number): number[] => Array.from(x.subarray(i * d, (i + 1) * d));
  const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
  const length = (a: readonly number[]): number => Math.sqrt(dot(a, a));
  const wanted = Array.from({ length: n }, (_, i) => dot(row(i), row(0)) / (length(row(i)) * length(row(0)) + eps));
  expectClose(await computed("cosine_similarity(x, x[0])", [n, d], x, [n]), wanted);
});

const DRAWN = 20_000;
const share = (x: ArrayLike<number>, holds: (v: number) => boolean): number =>
  Array.from(x).filter(holds).length / x.length;

test("dropout zeroes a share p of the numbers and scales the others by 1 / (1 - p)", async () => {
  const y = await computed("dropout(0.25)(x)", [DRAWN], new Float32Array(DRAWN).fill(3), [DRAWN]);
  expect(new Set(Array.from(y))).toEqual(new Set([0, 4]));
  expect(share(y, (v) => v === 0)).toBeCloseTo(0.25, 1.7);
});

test("mask zeroes a share p of the numbers and leaves the others", async () => {
  const y = await computed("mask(x, 0.3)", [DRAWN], new Float32Array(DRAWN).fill(3), [DRAWN]);
  expect(new Set(Array.from(y))).toEqual(new Set([0, 3]));
  expect(share(y, (v) => v === 0)).toBeCloseTo(0.3, 1.7);
});

test("noise adds normal numbers of mean 0 and the deviation it is given", async () => {
  const y = await computed("noise(x, 0.5)", [DRAWN], new Float32Array(DRAWN).fill(3), [DRAWN]);
  const mean = Array.from(y).reduce((a, b) => a + b) / DRAWN;
  const variance = Array.from(y).reduce((a, b) => a + (b - mean) ** 2, 0) / DRAWN;
  expect(Math.abs(mean - 3)).toBeLessThan(0.02);
  expect(Math.abs(variance - 0.25)).toBeLessThan(0.01);
  // Of a normal distribution 68.3% lie within one deviation.
  expect(share(y, (v) => Math.abs(v - 3) < 0.5)).toBeCloseTo(0.683, 1.7);
});

test("upsample repeats pixels in both directions", async () => {
  const [h, w, c] = [2, 3, 2];
  const x = wave(h * w * c);
  const wanted = Array.from({ length: 4 * h * w * c }, (_, i) => {
    const [y, column, k] = [Math.floor(i / (2 * w * c)), Math.floor(i / c) % (2 * w), i % c];
    return x[(Math.floor(y / 2) * w + Math.floor(column / 2)) * c + k]!;
  });
  expectClose(await computed("upsample(x)", [h, w, c], x, [2 * h, 2 * w, c]), wanted);
});

test("causal attention sees no later step, and weighs the others by softmax", async () => {
  const [T, d] = [4, 3];
  const x = wave(T * d).map((v) => v / 3);
  const row = (t: number): number[] => Array.from(x.subarray(t * d, (t + 1) * d));
  const wanted = Array.from({ length: T }, (_, t) => {
    const scores = Array.from({ length: t + 1 }, (_, s) => row(t).reduce((a, v, i) => a + v * row(s)[i]!, 0));
    const weights = scores.map((s) => Math.exp(s / Math.sqrt(d)));
    const total = weights.reduce((a, b) => a + b);
    return Array.from({ length: d }, (_, i) => weights.reduce((a, v, s) => a + (v / total) * row(s)[i]!, 0));
  }).flat();
  expectClose(await computed("attend(x, x, x, causal=true)", [T, d], x, [T, d]), wanted);
});

test("l2 is the sum of the squares of weight matrices, wherever it is first asked for", async () => {
  const text = `model net(x: [3]) { dense 4; tanh; dense 2 }
model kept(x: [3]) { param y: [] = 0; y }
train net on d { step { update kept.y = l2(net) }; batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [3] }], 1));
  engine.set("seed", 4);
  await engine.run("initialise");
  await engine.run("train");
  const squares = ["net.dense1.weight", "net.dense2.weight"].flatMap((n) => Array.from(engine.view(n), (v) => v * v));
  expectClose(engine.view("kept.y"), [squares.reduce((a, b) => a + b)]);
});

test("crop gives a window of the picture with zeros around", async () => {
  const [h, w, c, p] = [4, 5, 2, 1];
  const x = wave(h * w * c);
  const found = Array.from(await computed("crop(x, 3x3, padding=1)", [h, w, c], x, [3, 3, c]));
  const at = (row: number, column: number, k: number): number =>
    row < 0 || row >= h || column < 0 || column >= w ? 0 : x[(row * w + column) * c + k]!;
  const windowAt = (top: number, left: number): number[] =>
    Array.from({ length: 9 * c }, (_, i) =>
      at(top + Math.floor(i / (3 * c)) - p, left + (Math.floor(i / c) % 3) - p, i % c),
    );
  const places = Array.from({ length: (h + 2 * p - 2) * (w + 2 * p - 2) }, (_, i) => {
    const columns = w + 2 * p - 2;
    return windowAt(Math.floor(i / columns), i % columns);
  });
  const fits = places.filter((window) => window.every((v, i) => Math.abs(v - found[i]!) < 1e-5));
  expect(fits).toHaveLength(1);
});

test("flip mirrors a picture from side to side or leaves it", async () => {
  const [h, w, c] = [2, 4, 3];
  const x = wave(h * w * c);
  const mirrored = Array.from(x, (_, i) => {
    const [row, column, k] = [Math.floor(i / (w * c)), Math.floor(i / c) % w, i % c];
    return x[(row * w + (w - 1 - column)) * c + k]!;
  });
  const close = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
    Array.from(a).every((v, i) => Math.abs(v - b[i]!) < 1e-6);
  const found = await computed("flip(x)", [h, w, c], x, [h, w, c]);
  expect(close(found, x) || close(found, mirrored)).toBe(true);
  const always = await computed("reverse(x, axis=1)", [h, w, c], x, [h, w, c]);
  expect(close(always, mirrored)).toBe(true);
});

test("lab puts grey on the axis of lightness, white at 1", async () => {
  const x = Float32Array.of(1, 1, 1, 0.5, 0.5, 0.5, 1, 0, 0);
  const found = await computed("lab(x)", [1, 3, 3], x, [1, 3, 3]);
  // L*, a*, b* of sRGB red: 53.24, 80.09, 67.20; of the middle grey: 53.39, 0, 0 (CIE 15:2004).
  const wanted = [100, 0, 0, 53.39, 0, 0, 53.24, 80.09, 67.2].map((v) => v / 100);
  wanted.forEach((v, i) => {
    expect(Math.abs(found[i]! - v), `[${i}]`).toBeLessThan(2e-3);
  });
});

test("batchnorm whose scale is the deviation and whose shift is the mean gives back its input", async () => {
  const text = `model net(x: [3]) { batchnorm }
model kept(x: [3]) { param off: [3] = 0; off }
train net on d { step { update kept.off = mean(abs(net(x) - x), over=batch) }; batch 5 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [3] }], 5));
  const x = wave(15);
  const column = (k: number): number[] => Array.from({ length: 5 }, (_, i) => x[3 * i + k]!);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
  const middles = [0, 1, 2].map((k) => mean(column(k)));
  const variances = [0, 1, 2].map((k) => mean(column(k).map((v) => (v - middles[k]!) ** 2)));
  await engine.run("initialise");
  await engine.write("x", x);
  await engine.run("train");
  for (const off of engine.view("kept.off")) expect(off).toBeGreaterThan(0.1);
  engine.view("net.batchnorm1.scale").set(variances.map((v) => Math.sqrt(v + 1e-5)));
  engine.view("net.batchnorm1.bias").set(middles);
  await engine.run("train");
  for (const off of engine.view("kept.off")) expect(off).toBeLessThan(1e-6);
});

test("weights begin with the spread that their formulas ask for", async () => {
  const spread = async (start: string): Promise<number> => {
    const text = `model net(x: [300]) { param w: [300, 100] = ${start}; it @ w }
train net on d { loss net(x); batch 1 }`;
    const engine = await startEngine(compileText(text, [{ name: "x", shape: [300] }], 1));
    engine.set("seed", 2);
    await engine.run("initialise");
    return Array.from(engine.view("net.w"), (w) => w * w).reduce((a, b) => a + b) / 30_000;
  };
  expect((await spread("he")) * 300).toBeCloseTo(2, 1);
  expect((await spread("xavier")) * 400).toBeCloseTo(2, 1);
  // A hundred columns of length 1.
  expect((await spread("orthogonal")) * 300).toBeCloseTo(1, 4);
  expect((await spread("sparse 0.2")) * 300).toBeCloseTo(1, 1);
});

test("columns of an orthogonal start have length 1 and nothing in common", async () => {
  const text = `model net(x: [9]) { param w: [9, 5] = orthogonal; it @ w }
train net on d { loss net(x); batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [9] }], 1));
  engine.set("seed", 3);
  await engine.run("initialise");
  const w = engine.view("net.w");
  const product = (a: number, b: number): number =>
    Array.from({ length: 9 }, (_, i) => w[5 * i + a]! * w[5 * i + b]!).reduce((x, y) => x + y);
  for (let a = 0; a < 5; a++) for (let b = 0; b < 5; b++) expect(product(a, b)).toBeCloseTo(a === b ? 1 : 0, 4);
});
