// Rules of windows over one or two axes: convolutions, transposed convolutions and pools, with strides, padding, dilation and groups.

import type { Random } from "../../../runtime/data/random.ts";
import type { Array64 } from "./arrays.ts";
import { build, coordinates, read, sizeOf } from "./arrays.ts";
import type { Rule } from "./tree.ts";

interface Window {
  readonly size: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

const pick = <T>(list: readonly T[], random: Random): T => list[random.integer(list.length)]!;

function drawWindow(random: Random): Window {
  const size = 1 + random.integer(3);
  return {
    size,
    stride: 1 + random.integer(3),
    padding: random.integer(2),
    dilation: size > 1 && random.integer(3) === 0 ? 2 : 1,
  };
}

/** The size of an axis that has so many places of a window. */
const reach = (places: number, w: Window): number =>
  (places - 1) * w.stride + w.dilation * (w.size - 1) + 1 - 2 * w.padding;

/** Sums a function of the operand over a window of every axis before the last. */
function overWindow(
  x: Array64,
  place: readonly number[],
  w: Window,
  take: (offsets: readonly number[], at: readonly number[]) => void,
): void {
  const sizes = place.map(() => w.size);
  for (let i = 0; i < sizeOf(sizes); i++) {
    const offsets = coordinates(sizes, i);
    const at = place.map((p, d) => p * w.stride + offsets[d]! * w.dilation - w.padding);
    if (at.every((v, d) => v >= 0 && v < x.shape[d]!)) take(offsets, at);
  }
}

const convolveRule: Rule = {
  name: "convolve",
  weight: 2,
  plan: (shape, random) => {
    if (shape.length < 2 || shape.length > 3) return undefined;
    const window = drawWindow(random);
    const [places, n] = [shape.slice(0, -1), shape.at(-1)!];
    const groups = n % 2 === 0 && random.integer(3) === 0 ? 2 : 1;
    const into = groups * (1 + random.integer(2));
    const sizes = places.map((p) => reach(p, window));
    if (sizes.some((s) => s < 1 || s > 9)) return undefined;
    const kernel = places.map(() => window.size);
    return {
      kids: [
        [...sizes, into],
        [...kernel, into / groups, n],
      ],
      data: { ...window, groups },
    };
  },
  text: ([x, w], { data }) => {
    const { stride, padding, dilation, groups } = data as Window & { groups: number };
    return `convolve(${x}, ${w}, stride=${stride}, padding=${padding}, dilation=${dilation}, groups=${groups})`;
  },
  value: ([x, w], { data, shape }) => {
    const { groups, ...window } = data as Window & { groups: number };
    const [per, each] = [w!.shape.at(-2)!, shape.at(-1)! / groups];
    return build(shape, (at) => {
      const [place, n] = [at.slice(0, -1), at.at(-1)!];
      const first = Math.floor(n / each) * per;
      let total = 0;
      overWindow(x!, place, window, (offsets, from) => {
        for (let c = 0; c < per; c++) total += read(x!, [...from, first + c]) * read(w!, [...offsets, c, n]);
      });
      return total;
    });
  },
};

const deconvolveRule: Rule = {
  name: "deconvolve",
  plan: (shape, random) => {
    if (shape.length < 2 || shape.length > 3) return undefined;
    const stride = 1 + random.integer(2);
    const size = stride + random.integer(2);
    const sizes = shape.slice(0, -1).map((d) => (d - size) / stride + 1);
    if (sizes.some((s) => s < 1 || !Number.isInteger(s))) return undefined;
    const into = 1 + random.integer(3);
    return {
      kids: [
        [...sizes, into],
        [...sizes.map(() => size), into, shape.at(-1)!],
      ],
      data: { stride, size },
    };
  },
  text: ([x, w], { data }) => `deconvolve(${x}, ${w}, stride=${(data as { stride: number }).stride})`,
  value: ([x, w], { data, shape }) => {
    const { stride, size } = data as { stride: number; size: number };
    return build(shape, (at) => {
      const [place, n] = [at.slice(0, -1), at.at(-1)!];
      let total = 0;
      const sizes = place.map(() => size);
      for (let i = 0; i < sizeOf(sizes); i++) {
        const offsets = coordinates(sizes, i);
        const from = place.map((p, d) => (p - offsets[d]!) / stride);
        if (!from.every(Number.isInteger)) continue;
        for (let c = 0; c < x!.shape.at(-1)!; c++) total += read(x!, [...from, c]) * read(w!, [...offsets, c, n]);
      }
      return total;
    });
  },
};

const poolRule: Rule = {
  name: "pool",
  weight: 2,
  plan: (shape, random) => {
    if (shape.length < 2 || shape.length > 3) return undefined;
    const size = 1 + random.integer(3);
    const window = { size, stride: 1 + random.integer(3), padding: size > 1 ? random.integer(2) : 0, dilation: 1 };
    const sizes = shape.slice(0, -1).map((p) => reach(p, window));
    if (sizes.some((s) => s < 1 || s > 9)) return undefined;
    return { kids: [[...sizes, shape.at(-1)!]], data: { ...window, op: pick(["maxpool", "avgpool"], random) } };
  },
  text: ([x], { data, shape }) => {
    const { op, size, stride, padding } = data as Window & { op: string };
    const window = shape.length === 2 ? `[${size}]` : `${size}x${size}`;
    return `${op}(${window}, stride=${stride}, padding=${padding})(${x})`;
  },
  value: ([x], { data, shape }) => {
    const { op, ...window } = data as Window & { op: string };
    return build(shape, (at) => {
      const [place, c] = [at.slice(0, -1), at.at(-1)!];
      const values: number[] = [];
      overWindow(x!, place, window, (_, from) => values.push(read(x!, [...from, c])));
      // An average counts the padding.
      return op === "maxpool" ? Math.max(...values) : values.reduce((a, b) => a + b, 0) / window.size ** place.length;
    });
  },
};

export const windowRules: readonly Rule[] = [convolveRule, deconvolveRule, poolRule];
