// Proves that examples train to their targets with activations of 16 bits.
//
// In `npm test` there is one example; HALVES=lenet,charlm,resnet20 asks for larger ones, which take minutes.

import { afterAll, expect, test } from "vitest";
import { Place } from "../cli/dnn.ts";
import { trainExample } from "./run.ts";
import { TARGETS } from "./targets.ts";

const place = new Place();
afterAll(() => place.remove());

for (const name of (process.env.HALVES ?? "xor").split(","))
  test(`${name} reaches its target with --precision f16`, async () => {
    const { metric, atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY } = TARGETS[name]!;
    const run = await trainExample(place, name, 1, ["--precision", "f16"]);
    const figure = run.ends.at(-1)!.heldout[metric]!;
    console.log(`${name}: ${metric} ${figure} with activations of 16 bits`);
    expect(figure).toBeGreaterThanOrEqual(atLeast);
    expect(figure).toBeLessThanOrEqual(atMost);
    const scale = place
      .checkpoint(`${name}-1`)
      .tensors.keys()
      .filter((tensor) => tensor.endsWith("~scale"));
    expect([...scale].length).toBeGreaterThan(0);
  }, 1_800_000);
