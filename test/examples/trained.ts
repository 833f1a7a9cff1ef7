// Trains each example once, through the command line, and proves of that one training its target and what the course says of it.
// In: groups of the gallery. Every example of a group is trained in the file of tests that names the group.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { GROUPS } from "../../scripts/gallerytables.ts";
import { Place } from "../cli/dnn.ts";
import { CLAIMS } from "./claims.ts";
import { EXAMPLES, type Run, trainExample } from "./run.ts";
import { TARGETS } from "./targets.ts";
import { type Trivial, trivialFigure } from "./trivial.ts";

/** The groups that each file of tests trains: every group stands in exactly one. */
export const SHARES: Readonly<Record<string, readonly string[]>> = {
  pictures: ["Classic convolutional networks", "Other convolution"],
  sequences: ["Recurrent networks", "Attention", "Gradients as values"],
  generative: ["Learning without labels", "Densities and adversaries"],
  foundations: ["Foundations", "Training", "The rest of the zoo"],
};

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
  for (const name of names) testTarget(name, trained);
  for (const { title, of, holds } of CLAIMS.filter((c) => names.includes(c.of[0]!)))
    test(title, async () => {
      const told: Run[] = [];
      for (const name of of) told.push(await trained(name));
      await holds(...told);
    }, 120_000);
}

function testTarget(name: string, trained: (name: string) => Promise<Run>): void {
  const { metric, atLeast, atMost, own, trivial } = TARGETS[name]!;
  test(`${name} reaches its target`, async () => {
    const end = (await trained(name)).ends.at(-1)!;
    const figure = (own ? end.train : end.heldout)[metric]!;
    expect(Number.isFinite(figure), `${metric} is ${figure}`).toBe(true);
    if (atLeast !== undefined) expect(figure).toBeGreaterThanOrEqual(atLeast);
    if (atMost !== undefined) expect(figure).toBeLessThanOrEqual(atMost);
  }, 120_000);
  if (trivial) testTrivial(name, trivial, trained);
}

/** How far what is trivial has to stay from a target, as a factor. */
const CLEARLY = 1.2;

function testTrivial(name: string, trivial: Trivial, trained: (name: string) => Promise<Run>): void {
  const target = { ...TARGETS[name]!, trivial };
  test(`${name}: ${trivial.what} misses the target clearly`, async () => {
    const figure = await trivialFigure(target, () => trained(name));
    expect(Math.abs(figure - trivial.figure), `${figure}`).toBeLessThan(0.1 * Math.max(0.1, Math.abs(trivial.figure)));
    const { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = target;
    expect(figure * CLEARLY < atLeast || figure > atMost * CLEARLY, `${figure}`).toBe(true);
  }, 120_000);
}
