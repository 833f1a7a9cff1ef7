// Proves what the course says of pairs: of two ways to do one thing, trained for as many steps, which one succeeds.

import { afterAll, expect, test } from "vitest";
import { Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());
const example = (name: string): string => new URL(`../../examples/${name}.dnn`, import.meta.url).pathname;

interface End {
  readonly event: string;
  readonly steps: number;
  readonly heldout: Readonly<Record<string, number>>;
}

/** How each training of an example ended. */
async function ends(name: string, ...flags: string[]): Promise<End[]> {
  const run = await place.run("train", example(name), "--json", "--out", name, ...flags);
  expect([run.code, run.err]).toEqual([0, expect.anything()]);
  return (run.events as unknown as End[]).filter((e) => e.event === "end");
}

test("attention recalls what an LSTM of as many steps does not", async () => {
  const [recurrent, attentive] = await ends("recall");
  expect(attentive!.steps).toBe(recurrent!.steps);
  expect(recurrent!.heldout.loss).toBeGreaterThan(0.4);
  expect(attentive!.heldout.loss).toBeLessThan(0.02);
}, 120_000);
