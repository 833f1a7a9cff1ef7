// Proves that weights start as their formulas say: orthogonal as matrices, with the spectral radius asked for, and with the
// variance that keeps a layer's numbers as large as those it is given, whatever the layer.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

/** The parameter `name` of a model of this body on this input, as it starts. */
async function started(input: readonly number[], body: string, name: string, seed = 3): Promise<Float32Array> {
  const text = `model net(x: [${input.join(", ")}]) { ${body} }
train net on d { loss mean(net(x)); batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: input }], 1));
  engine.set("seed", seed);
  await engine.run("initialise");
  return engine.view(`net.${name}`) as Float32Array;
}

const meanSquare = (x: Float32Array): number => x.reduce((sum, v) => sum + v * v, 0) / x.length;

/** The largest difference of W^T W, or of W W^T where W is wider than high, from the unit matrix. */
function fromOrthogonal(w: Float32Array, rows: number, columns: number): number {
  const tall = rows >= columns;
  const [n, m] = tall ? [columns, rows] : [rows, columns];
  const at = (i: number, k: number): number => (tall ? w[k * columns + i]! : w[i * columns + k]!);
  let worst = 0;
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      let product = 0;
      for (let k = 0; k < m; k++) product += at(i, k) * at(j, k);
      worst = Math.max(worst, Math.abs(product - (i === j ? 1 : 0)));
    }
  return worst;
}

const ORTHOGONAL: readonly [string, number[], string, number, number][] = [
  ["a tall matrix", [9], "param w: [9, 5] = orthogonal; it @ w", 9, 5],
  ["a wide matrix", [4], "param w: [4, 7] = orthogonal; it @ w", 4, 7],
  ["a square matrix", [40], "param w: [40, 40] = orthogonal; it @ w", 40, 40],
  ["a convolution's windows by filters", [5, 5, 8], "param w: [3, 3, 8, 16] = orthogonal; convolve(it, w)", 72, 16],
  ["a convolution over time", [7, 2], "param w: [3, 2, 10] = orthogonal; convolve(it, w)", 6, 10],
  ["a convolution in groups", [5, 5, 8], "param w: [3, 3, 2, 12] = orthogonal; convolve(it, w, groups=4)", 18, 12],
];

for (const [what, input, body, rows, columns] of ORTHOGONAL)
  test(`orthogonal starts ${what} as an orthogonal matrix of fan in x units`, async () => {
    expect(fromOrthogonal(await started(input, body, "w"), rows, columns)).toBeLessThan(1e-5);
  });

test("orthogonal's gain is the length of its columns", async () => {
  const w = await started([9], "param w: [9, 5] = orthogonal gain=3; it @ w", "w");
  expect(meanSquare(w) * 9).toBeCloseTo(9, 3);
});

/** |W^k|^(1/k) for k = 2^rounds, in float64: the spectral radius by Gelfand's formula. */
function spectralRadius(w: Float32Array, n: number): number {
  let power = Float64Array.from(w);
  let logarithm = 0;
  for (let round = 0, share = 1; round < 40; round++, share /= 2) {
    const size = Math.hypot(...power);
    logarithm += share * Math.log(size);
    const next = new Float64Array(n * n);
    for (let i = 0; i < n; i++)
      for (let k = 0; k < n; k++)
        for (let j = 0; j < n; j++) next[i * n + j]! += (power[i * n + k]! / size) * (power[k * n + j]! / size);
    power = next;
  }
  return Math.exp(logarithm);
}

test("Gelfand's formula finds the radius of matrices whose eigenvalues are known", () => {
  // A rotation by 2 has the eigenvalues 2i and -2i; a shear keeps 3, whatever stands above.
  expect(spectralRadius(Float32Array.of(0, -2, 2, 0), 2)).toBeCloseTo(2, 9);
  expect(spectralRadius(Float32Array.of(3, 50, 0, -1), 2)).toBeCloseTo(3, 9);
});

for (const [n, radius] of [
  [1, 0.9],
  [2, 1.25],
  [7, 0.5],
  [30, 0.95],
] as const)
  test(`spectral gives a matrix of ${n} x ${n} the spectral radius ${radius}`, async () => {
    for (const seed of [1, 2, 3]) {
      const w = await started([n], `param w: [${n}, ${n}] = spectral ${radius}; it @ w`, "w", seed);
      expect(spectralRadius(w, n) / radius).toBeCloseTo(1, 4);
    }
  });

/** Layers whose input has the mean square 1, and how many numbers reach one of their outputs. */
const FANS: readonly [string, number[], number][] = [
  ["dense 400", [300], 300],
  ["conv 3x3 64", [8, 8, 32], 9 * 32],
  ["conv 3x3 256 g4", [8, 8, 64], (9 * 64) / 4],
  ["conv 5 128", [12, 24], 5 * 24],
  ["upconv 4x4 64 s2 p1", [8, 8, 32], (16 * 32) / 4],
  ["upconv 3x3 64", [8, 8, 32], 9 * 32],
  ["upconv 3x3 64 s2", [8, 8, 32], (9 * 32) / 4],
  ["upconv 6 128 s3", [12, 24], (6 * 24) / 3],
  ["upconv 2x4 64 s2", [8, 8, 32], (8 * 32) / 4],
  // Windows that leave gaps reach their outputs once.
  ["upconv 2x2 128 s3", [8, 8, 32], 32],
];

for (const [layer, input, fan] of FANS)
  test(`${layer} starts with the variance 2 / ${fan}`, async () => {
    const name = `${layer.split(" ")[0]}1.weight`;
    expect((meanSquare(await started(input, layer, name)) * fan) / 2).toBeCloseTo(1, 1);
  });

test("xavier starts a convolution with the variance 2 / (fan in + fan out), within its bound", async () => {
  const w = await started([5, 5, 16], "param w: [3, 3, 16, 48] = xavier; convolve(it, w)", "w");
  const fans = 9 * 16 + 9 * 48;
  expect((meanSquare(w) * fans) / 2).toBeCloseTo(1, 1);
  expect(Math.max(...w.map(Math.abs))).toBeLessThanOrEqual(Math.sqrt(6 / fans));
});

test("sparse keeps a share of the numbers, with the sum's variance at one", async () => {
  const w = await started([200], "param w: [200, 200] = sparse 0.2; it @ w", "w");
  expect(w.filter((v) => v !== 0).length / w.length).toBeCloseTo(0.2, 1);
  expect(meanSquare(w) * 200).toBeCloseTo(1, 1);
});

test("a decoder of transposed convolutions keeps the size of its numbers from layer to layer", async () => {
  const text = `model up(x: [6, 6, 16]) { upconv 4x4 32 s2 p1; relu -> a; upconv 4x4 32 s2 p1; relu -> b }
model kept(x: [6, 6, 16]) { param a: [] = 0, b: [] = 0; a + b }
train up on d { step { y = up(x); update kept.a = mean(mean(y.a^2), over=batch); update kept.b = mean(mean(y.b^2), over=batch) }; batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [6, 6, 16] }], 1));
  engine.set("seed", 5);
  await engine.run("initialise");
  engine.set("step", 1);
  await engine.write(
    "x",
    Float32Array.from({ length: 576 }, (_, i) => Math.SQRT2 * Math.sin(i * 1.7 + (i % 16))),
  );
  await engine.run("train");
  // Windows at the border have fewer terms.
  expect(engine.view("kept.a")[0]!).toBeGreaterThan(0.6);
  expect(engine.view("kept.b")[0]! / engine.view("kept.a")[0]!).toBeGreaterThan(0.6);
  expect(engine.view("kept.b")[0]! / engine.view("kept.a")[0]!).toBeLessThan(1.5);
});

test("an initialiser in its call form leaves the shape out, as in its flow form, and draws the same", async () => {
  const drawn = (start: string): Promise<Float32Array> => started([6], `param w: [6, 5] = ${start}; it @ w`, "w");
  expect(await drawn("normal(std=0.02)")).toEqual(await drawn("normal std=0.02"));
  expect(await drawn("he(fan=3)")).toEqual(await drawn("he fan=3"));
  expect(meanSquare(await drawn("uniform(bound=0.1)"))).toBeLessThan(0.01);
});
