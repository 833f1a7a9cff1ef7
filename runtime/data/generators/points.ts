// In: how many points, how noisy, a seed. Out: the small two-dimensional data sets that every course draws.
// Invariant: examples are drawn one after the other and are independent, so the first `split` of them can train;
// classes take turns, so that both parts hold all of them equally often.

import type { Column, Dataset } from "../dataset.ts";
import { Random } from "../random.ts";
import { checkNumbers, type FieldNote, type Parameter, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";

type Point = readonly [x: number, y: number];

const split: Parameter = { name: "split", kind: "fraction", default: 0.8, documentation: "the share that trains" };
const place: FieldNote = { name: "x", type: "[2]", documentation: "a point in the plane" };

function count(n: number): Parameter {
  return { name: "n", kind: "count", default: n, documentation: "points, training and held-out together" };
}

function noise(value: number, documentation: string): Parameter {
  return { name: "noise", kind: "amount", default: value, documentation };
}

function points(n: number, at: (index: number) => Point): Column {
  checkNumbers("x", 2 * n);
  const values = new Float32Array(2 * n);
  for (let index = 0; index < n; index++) values.set(at(index), 2 * index);
  return { name: "x", shape: [2], values };
}

/** Point i is of class i mod `classes`. */
function turns(n: number, classes: number): Column {
  checkNumbers("label", n);
  const labels = Array.from({ length: classes }, (_, index) => String(index));
  return { name: "label", shape: [], classes, labels, values: Int32Array.from({ length: n }, (_, i) => i % classes) };
}

function dataset(columns: readonly Column[], n: number, share: number, name: string): Dataset {
  return { unit: "points", unitsPerExample: 1, ...splitRows(columns, n, cutAt(n, share, name)) };
}

function onCircle(turn: number, radius: number): Point {
  return [radius * Math.cos(2 * Math.PI * turn), radius * Math.sin(2 * Math.PI * turn)];
}

function scatter([x, y]: Point, spread: number, random: Random): Point {
  return [x + spread * random.normal(), y + spread * random.normal()];
}

export const spirals: Source = {
  name: "spirals",
  documentation: "Arms of a spiral around the origin, one per class: three quarters of a turn, radius 0 to 1.",
  parameters: [
    count(1000),
    { name: "classes", kind: "count", default: 3, documentation: "arms" },
    noise(0.1, "standard deviation of the angle, in radians"),
    split,
  ],
  fields: [place, { name: "label", type: "class 3", documentation: "the arm" }],
  generated: true,
  load(given, { seed }) {
    const [n, classes, spread] = [given.number("n"), given.number("classes"), given.number("noise")];
    const random = new Random(seed);
    const arms = points(n, (index) => {
      const radius = random.uniform();
      return onCircle((index % classes) / classes + 0.75 * radius + (spread / (2 * Math.PI)) * random.normal(), radius);
    });
    return dataset([arms, turns(n, classes)], n, given.number("split"), "spirals");
  },
};

export const moons: Source = {
  name: "moons",
  documentation: "Two half circles of radius 1 that reach into each other.",
  parameters: [count(1000), noise(0.1, "standard deviation of each coordinate"), split],
  fields: [place, { name: "label", type: "class 2", documentation: "the upper or the lower moon" }],
  generated: true,
  load(given, { seed }) {
    const [n, spread] = [given.number("n"), given.number("noise")];
    const random = new Random(seed);
    const both = points(n, (index) => {
      const [x, y] = onCircle(random.uniform() / 2, 1);
      return scatter(index % 2 === 0 ? [x, y] : [1 - x, 0.5 - y], spread, random);
    });
    return dataset([both, turns(n, 2)], n, given.number("split"), "moons");
  },
};

export const blobs: Source = {
  name: "blobs",
  documentation: "Round clouds, one per class, whose centres stand evenly on a circle, about 3 apart.",
  parameters: [
    count(1000),
    { name: "classes", kind: "count", default: 4, documentation: "clouds" },
    noise(0.5, "standard deviation of each coordinate around its centre"),
    split,
  ],
  fields: [place, { name: "label", type: "class 4", documentation: "the cloud" }],
  generated: true,
  load(given, { seed }) {
    const [n, classes, spread] = [given.number("n"), given.number("classes"), given.number("noise")];
    const random = new Random(seed);
    const radius = classes === 1 ? 0 : 1.5 / Math.sin(Math.PI / classes);
    const clouds = points(n, (index) => scatter(onCircle((index % classes) / classes, radius), spread, random));
    return dataset([clouds, turns(n, classes)], n, given.number("split"), "blobs");
  },
};

export const gaussians: Source = {
  name: "gaussians",
  documentation: "Points around modes that stand evenly on a circle, without labels: a density to be learned.",
  parameters: [
    count(2000),
    { name: "modes", kind: "count", default: 8, documentation: "modes on the circle" },
    { name: "radius", kind: "amount", default: 2, documentation: "radius of the circle" },
    noise(0.1, "standard deviation of each coordinate around its mode"),
    split,
  ],
  fields: [place],
  generated: true,
  load(given, { seed }) {
    const [n, modes, radius] = [given.number("n"), given.number("modes"), given.number("radius")];
    const random = new Random(seed);
    const spread = given.number("noise");
    const ring = points(n, () => scatter(onCircle(random.integer(modes) / modes, radius), spread, random));
    return dataset([ring], n, given.number("split"), "gaussians");
  },
};

export const line: Source = {
  name: "line",
  documentation: "Points on the line y = 2x + 1 with x from -1 to 1, and noise on y.",
  parameters: [count(1000), noise(0.1, "standard deviation of y"), split],
  fields: [
    { name: "x", type: "[1]", documentation: "from -1 to 1" },
    { name: "y", type: "[1]", documentation: "2x + 1 and noise" },
  ],
  generated: true,
  load(given, { seed }) {
    const [n, spread] = [given.number("n"), given.number("noise")];
    checkNumbers("line", n);
    const random = new Random(seed);
    const x = Float32Array.from({ length: n }, () => random.uniform(-1, 1));
    const y = x.map((value) => 2 * value + 1 + spread * random.normal());
    const columns = [
      { name: "x", shape: [1], values: x },
      { name: "y", shape: [1], values: y },
    ];
    return dataset(columns, n, given.number("split"), "line");
  },
};

/** 0 xor 0, 0 xor 1, 1 xor 0, 1 xor 1, over and over. */
function truthTable(n: number): readonly Column[] {
  const label: Column = { ...turns(n, 2), values: Int32Array.from({ length: n }, (_, i) => (i ^ (i >> 1)) & 1) };
  return [points(n, (index) => [(index >> 1) & 1, index & 1]), label];
}

export const xor: Source = {
  name: "xor",
  documentation: "The four points of exclusive or, repeated; the same four are held out.",
  parameters: [{ name: "n", kind: "count", default: 200, documentation: "training examples: the four points in turn" }],
  fields: [place, { name: "label", type: "class 2", documentation: "1 where exactly one coordinate is 1" }],
  generated: true,
  load(given) {
    const n = given.number("n");
    const part = (length: number) => ({ length, columns: truthTable(length) });
    return { unit: "points", unitsPerExample: 1, train: part(n), heldout: part(4) };
  },
};
