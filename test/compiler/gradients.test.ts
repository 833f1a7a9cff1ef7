// Proves where optimizers take gradients: `grad` where the parameters are, `grad(point)` with all of them at their points at
// once, points that other gradients gave, and both at most as long as `clip` says. Against the same walk written out by hand.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

type Point = readonly [a: number, b: number];

const START: Point = [0.5, 3];

/** The derivatives of (ab - 1)^2 + a^2: of each parameter they depend on where the other is. */
const slope = ([a, b]: Point): Point => [2 * (a * b - 1) * b + 2 * a, 2 * (a * b - 1) * a];
const plus = (p: Point, q: Point, k = 1): Point => [p[0] + k * q[0], p[1] + k * q[1]];
const times = (p: Point, k: number): Point => [k * p[0], k * p[1]];
const atMost = (p: Point, limit: number): Point => times(p, Math.min(1, limit / Math.hypot(...p)));

async function walked(definition: string, line: string, steps: number): Promise<Point[]> {
  const text = `${definition}
model m(x: [1]) { param a: [] = ${START[0]}, b: [] = ${START[1]}; a * b }
train m on d { y = m(x); loss (y - 1)^2 + m.a^2; ${line}; batch 1 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [1] }], 1));
  await engine.run("initialise");
  const points: Point[] = [];
  for (let i = 0; i < steps; i++) {
    await engine.run("train");
    points.push([engine.view("m.a")[0]!, engine.view("m.b")[0]!]);
  }
  return points;
}

function expectWalk(found: readonly Point[], next: (p: Point) => Point): void {
  let p = START;
  for (const [i, q] of found.entries()) {
    p = next(p);
    expect(Math.hypot(...plus(q, p, -1)), `step ${i + 1}`).toBeLessThan(1e-5);
  }
}

/** The course's Nesterov: v = rho v - lr f'(p + rho v); p = p + v. */
function nesterov(lr: number, rho: number, of: (p: Point) => Point): (p: Point) => Point {
  let v: Point = [0, 0];
  return (p) => {
    v = plus(times(v, rho), of(plus(p, v, rho)), -lr);
    return plus(p, v);
  };
}

test("a gradient ahead is taken with all parameters ahead", async () => {
  const own = "optimizer ahead(lr, rho=0.9) { state v = 0; v = rho * v - lr * grad(param + rho * v); param += v }";
  const walk = nesterov(0.02, 0.8, slope);
  expectWalk(await walked(own, "optimizer ahead lr=0.02 rho=0.8", 6), walk);
  expectWalk(await walked("", "optimizer nesterov lr=0.02 rho=0.8", 6), nesterov(0.02, 0.8, slope));
});

test("it is as long as `clip` says, all parameters together", async () => {
  const short = (p: Point): Point => atMost(slope(p), 0.5);
  expectWalk(await walked("", "optimizer nesterov lr=0.1; clip 0.5", 6), nesterov(0.1, 0.9, short));
  expectWalk(await walked("", "optimizer sgd lr=0.1; clip 0.5", 6), (p) => plus(p, short(p), -0.1));
});

test("a point may come from a gradient, and a second one from both", async () => {
  // The explicit midpoint and Heun's method, as steps down a slope.
  const midpoint = "optimizer midpoint(lr) { param -= lr * grad(param - lr / 2 * grad) }";
  expectWalk(await walked(midpoint, "optimizer midpoint lr=0.05", 5), (p) =>
    plus(p, slope(plus(p, slope(p), -0.025)), -0.05),
  );
  const three = `optimizer three(lr) {
  first = grad
  second = grad(param - lr / 2 * first)
  third = grad(param + lr * first - 2 * lr * second)
  param -= lr * (first + 4 * second + third) / 6
}`;
  expectWalk(await walked(three, "optimizer three lr=0.05", 5), (p) => {
    const first = slope(p);
    const second = slope(plus(p, first, -0.025));
    const third = slope(plus(plus(p, first, 0.05), second, -0.1));
    return plus(p, plus(plus(first, second, 4), third), -0.05 / 6);
  });
});

test("the largest of a batch gives its gradient to the examples that are it, in equal shares", async () => {
  const text = `model m(x: [2]) { param w: [] = 2; w * x }
train m on d { loss max(m(x)[0], over=batch) + 0 * min(m(x)[1], over=batch) + 3 * max(m.w, over=batch); optimizer sgd lr=0.5; batch 4 }`;
  const engine = await startEngine(compileText(text, [{ name: "x", shape: [2] }], 4));
  await engine.run("initialise");
  engine.view("x").set([1, 0, 5, 0, 5, 0, -7, 0]);
  await engine.run("train");
  // The slopes are 5, not 1 + 5 + 5 - 7, and 3.
  expect(engine.view("m.w")[0]).toBeCloseTo(2 - 0.5 * (5 + 3), 5);
});
