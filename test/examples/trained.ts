// Trains each example once, through the command line, and proves of that one training its target, its stated figures, that a
// trivial answer misses the target, and what the course says of it.
// In: groups of the gallery. Every example of a group is trained in the file of tests that names the group.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Figure } from "../../scripts/gallery.ts";
import { GROUPS } from "../../scripts/gallerytables.ts";
import { Place } from "../cli/dnn.ts";
import { CLAIMS } from "./claims.ts";
import { EXAMPLES, type Run, trainExample } from "./run.ts";
import { TARGETS } from "./targets.ts";
import { isClearlyMissed, trivialFigure } from "./trivial.ts";

/** The groups that each file of tests trains: every group stands in exactly one. */
export const SHARES: Readonly<Record<string, readonly string[]>> = {
  pictures: ["Classic convolutional networks", "Other convolution"],
  sequences: ["Recurrent networks", "Attention", "Gradients as values"],
  generative: ["Learning without labels", "Densities and adversaries"],
  foundations: ["Foundations", "Training", "The rest of the zoo"],
};

/** Examples whose figure in the gallery is compared with a rerun: quick ones that the tests train as the gallery does. */
const RERUN: readonly string[] = [
  "backpropagation",
  "linear_regression",
  "logistic_regression",
  "spirals",
  "maxout",
  "perceptron",
  "svm",
  "rbf",
  "schedules",
  "trajectories",
];

/** The classic networks are models without data: `classic.test.ts` has them. */
export const TRAINED: readonly string[] = readdirSync(EXAMPLES)
  .filter((f) => f.endsWith(".dnn") && /^train /m.test(readFileSync(join(EXAMPLES, f), "utf8")))
  .map((f) => f.slice(0, -4));

/** Tests of every example of this file's groups. */
export function testExamples(share: string): void {
  const place = new Place();
  afterAll(() => place.remove());
  const runs = new Map<string, Promise<Run>>();
  const trained = (name: string): Promise<Run> => {
    const run = runs.get(name) ?? trainExample(place, name);
    runs.set(name, run);
    return run;
  };
  const names = SHARES[share]!.flatMap((group) => GROUPS[group]!).filter((name) => TRAINED.includes(name));
  for (const name of names) {
    testTarget(name, trained);
    testTrivial(name, trained);
    testSeeds(name, trained, place);
    if (RERUN.includes(name)) testGalleryFigure(name, trained);
  }
  for (const { title, of, holds } of CLAIMS.filter((c) => names.includes(c.of[0]!)))
    test(title, async () => {
      const told: Run[] = [];
      for (const name of of) told.push(await trained(name));
      await holds(...told);
    }, 120_000);
}

function testTarget(name: string, trained: (name: string) => Promise<Run>): void {
  const { metric, atLeast, atMost } = TARGETS[name]!;
  test(`${name} reaches its target`, async () => {
    const figure = reachedFigure(await trained(name));
    expect(Number.isFinite(figure), `${metric} is ${figure}`).toBe(true);
    if (atLeast !== undefined) expect(figure).toBeGreaterThanOrEqual(atLeast);
    if (atMost !== undefined) expect(figure).toBeLessThanOrEqual(atMost);
  }, 120_000);
}

/** The gallery's figure is not from an older program: a rerun comes at least four times as near to it as the target is. */
function testGalleryFigure(name: string, trained: (name: string) => Promise<Run>): void {
  test(`${name}: the gallery says what a rerun reaches`, async () => {
    const figures = JSON.parse(readFileSync(join(EXAMPLES, "figures.json"), "utf8")) as Record<string, Figure>;
    const run = await trained(name);
    const { metric, atLeast, atMost, flags } = TARGETS[name]!;
    const { metric: stated, value, params } = figures[name]!;
    expect({ stated, flags }).toEqual({ stated: metric, flags: undefined });
    expect(params).toBe(run.starts.at(-1)!.params);
    const room = Math.min(
      ...[atLeast, atMost].flatMap((bound) => (bound === undefined ? [] : [Math.abs(value - bound)])),
    );
    expect(Math.abs(reachedFigure(run) - value)).toBeLessThanOrEqual(room / 4);
  }, 120_000);
}

/** The figure that the target is about. */
function reachedFigure({ name, ends }: Run): number {
  const { metric, own } = TARGETS[name]!;
  const end = ends.at(-1)!;
  return (own ? end.train : end.heldout)[metric]!;
}

function testTrivial(name: string, trained: (name: string) => Promise<Run>): void {
  const { trivial, ...asked } = TARGETS[name]!;
  if (!trivial) return;
  test(`${name}: ${trivial.what} misses the target clearly`, async () => {
    const figure = await trivialFigure(asked, trivial, () => trained(name));
    const reached = reachedFigure(await trained(name));
    expect(Math.abs(figure - trivial.figure), `${figure}`).toBeLessThanOrEqual(Math.abs(reached - figure) / 10);
    expect(isClearlyMissed(asked, figure, reached), `${figure}`).toBe(true);
  }, 120_000);
}

/** The stated figures are those of a run: with seed 1 always, with the others where SEEDS is set. */
function testSeeds(name: string, trained: (name: string) => Promise<Run>, place: Place): void {
  const { seeds, trivial } = TARGETS[name]!;
  if (!seeds || !trivial) return;
  test(`${name} reaches its stated figures`, async () => {
    for (const [i, stated] of (process.env.SEEDS ? seeds : seeds.slice(0, 1)).entries()) {
      const figure = reachedFigure(i === 0 ? await trained(name) : await trainExample(place, name, i + 1));
      const way = Math.abs(stated - trivial.figure);
      expect(Math.abs(figure - stated), `with seed ${i + 1} it is ${figure}`).toBeLessThanOrEqual(way / 10);
    }
  }, 600_000);
}
