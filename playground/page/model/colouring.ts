// Numbers as colours: classes by hue, sizes from blue over paper to orange, brightness of pictures. In: numbers. Out: pixels of a canvas.

import { isDark } from "../dom.ts";

type Colour = readonly [red: number, green: number, blue: number];

const CLASSES: readonly Colour[] = [
  [47, 111, 237],
  [232, 89, 12],
  [43, 158, 79],
  [155, 81, 224],
  [214, 51, 108],
  [12, 166, 180],
  [201, 148, 10],
  [122, 92, 72],
  [90, 105, 120],
  [110, 160, 30],
];

const LOW: Colour = [37, 99, 200];
const HIGH: Colour = [235, 110, 20];

export const classColour = (index: number): Colour => CLASSES[index % CLASSES.length]!;
export const cssOf = ([red, green, blue]: Colour, alpha = 1): string => `rgb(${red} ${green} ${blue} / ${alpha})`;

const paper = (): Colour => (isDark() ? [24, 28, 37] : [250, 250, 252]);

/** Between paper and a colour. */
const mixed = (from: Colour, to: Colour, share: number): Colour => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
];

/** -1 blue, 0 paper, 1 orange. */
export function signedColour(value: number): Colour {
  const share = Math.min(1, Math.abs(value));
  return mixed(paper(), value < 0 ? LOW : HIGH, share);
}

/** Of probabilities, each class's colour by its share. */
export function sharesColour(shares: ArrayLike<number>, from: number, count: number): Colour {
  let [red, green, blue, best] = [0, 0, 0, 0];
  for (let k = 0; k < count; k++) {
    const share = shares[from + k] ?? 0;
    const [r, g, b] = classColour(k);
    red += share * r;
    green += share * g;
    blue += share * b;
    best = Math.max(best, share);
  }
  const sure = Math.min(1, Math.max(0, (best - 1 / count) / (1 - 1 / count)));
  return mixed(paper(), [red, green, blue], 0.2 + 0.6 * sure);
}

/** Draws a picture of colours, one for each place. */
export function paint(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
  colourAt: (place: number) => Colour,
): void {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  if (!context) return;
  const image = context.createImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    const [red, green, blue] = colourAt(i);
    image.data.set([red, green, blue, 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
}

/** The largest size of some numbers; of none, or of zeros, 1. */
export function largestOf(values: ArrayLike<number>, from = 0, step = 1): number {
  let most = 0;
  for (let i = from; i < values.length; i += step) most = Math.max(most, Math.abs(values[i]!));
  return most > 0 && Number.isFinite(most) ? most : 1;
}
