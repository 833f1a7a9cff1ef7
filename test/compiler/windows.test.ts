// Proves paddings of windows against sums that are written out: `same` has ceil(W/S) places with the odd one behind, as TensorFlow has
// it; `causal` sees nothing later; pairs stand on the sides they are written for.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";
import { computed } from "../support/computed.ts";

interface Sides {
  readonly before: number;
  readonly behind: number;
}

/** y[i] = sum over k of w[k] x[i S + k D - before], with w[k] = k + 1. */
function convolved(x: readonly number[], f: number, s: number, d: number, { before, behind }: Sides): number[] {
  const count = Math.floor((x.length - d * (f - 1) - 1 + before + behind) / s) + 1;
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: f }, (_, k) => (k + 1) * (x[i * s + k * d - before] ?? 0)).reduce((a, b) => a + b),
  );
}

function same(w: number, f: number, s: number, d: number): Sides {
  const total = Math.max(0, (Math.ceil(w / s) - 1) * s + d * (f - 1) + 1 - w);
  return { before: Math.floor(total / 2), behind: total - Math.floor(total / 2) };
}

const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => ((i * 7) % 5) - 1.5);

const CASES: readonly (readonly [w: number, f: number, s: number, d: number])[] = [
  [1, 1, 1, 1],
  [1, 4, 3, 1],
  [2, 3, 2, 1],
  [5, 2, 1, 1],
  [5, 2, 2, 1],
  [6, 3, 2, 1],
  [7, 3, 2, 1],
  [7, 4, 3, 1],
  [8, 3, 1, 2],
  [8, 2, 5, 1],
  [9, 4, 2, 2],
];

for (const [w, f, s, d] of CASES)
  test(`windows of ${f} over ${w} by ${s}, dilated by ${d}, have the paddings that their words say`, async () => {
    const x = numbers(w);
    const kernel = `reshape([${Array.from({ length: f }, (_, k) => k + 1).join(", ")}] * 1.0, [${f}, 1, 1])`;
    const call = async (padding: string, sides: Sides): Promise<void> => {
      const wanted = convolved(x, f, s, d, sides);
      const y = `convolve(x, ${kernel}, stride=${s}, dilation=${d}, padding=${padding}, floor=true)[:, 0]`;
      const found = await computed(y, [w, 1], Float32Array.from(x), [wanted.length]);
      expect(found.length, y).toBe(wanted.length);
      wanted.forEach((v, i) => {
        expect(found[i], `${y} at ${i}`).toBeCloseTo(v, 4);
      });
    };
    await call('"same"', same(w, f, s, d));
    expect(convolved(x, f, s, d, same(w, f, s, d))).toHaveLength(Math.ceil(w / s));
    await call('"causal"', { before: d * (f - 1), behind: 0 });
    await call(`[[${f}, ${d}]]`, { before: f, behind: d });
  });

test("pools with `same` take the largest and the mean of what there is", async () => {
  const x = Float32Array.of(-1, -2, -3, -4, -5);
  expect(await computed("maxpool(2, stride=2, same=true)(x)[:, 0]", [5, 1], x, [3])).toEqual([-1, -3, -5]);
  expect(await computed("avgpool(3, stride=2, same=true)(x)[:, 0]", [5, 1], x, [3])).toEqual([-1.5, -3, -4.5]);
});

test("paddings that cannot be are refused where they are written", () => {
  const text = (line: string): string => `model m(x: [8, 8, 2], t: [T, 2]) { ${line} }`;
  const said = (line: string): string[] =>
    checkText(text(line)).map((d) => `${d.code} ${d.span ? text(line).slice(d.span.start, d.span.end) : ""}`);
  expect(said("t; conv 3 8 s2 same")).toEqual(["shapes/unbound-dimension same"]);
  expect(said("conv 3x3 4 padding=[[0, 1, 2], [0, 1]]")).toEqual(["shapes/wrong-count [[0, 1, 2], [0, 1]]"]);
  expect(said("conv 3x3 4 padding=[[0, 1]]")).toEqual(["shapes/wrong-count [[0, 1]]"]);
  expect(said("conv 3x3 4 padding=[[0, -1], [0, 0]]")).toEqual(["calls/out-of-range [[0, -1], [0, 0]]"]);
  expect(said("maxpool 2x2 s1 padding=[[0, 5], [0, 0]]")).toEqual(["shapes/padding-only [[0, 5], [0, 0]]"]);
  expect(said('conv 3x3 4 padding="same"')).toEqual(['types/not-a-number "same"']);
});
