// Proves that a keystroke in a thousand lines is answered soon: the time that the processor works, at both ends of the connection,
// from a change of one character until its mistakes are published. Waiting is not counted, so that other work on the machine is
// not either; `node bench/keystrokes.ts` measures what an editor sees.

import { expect, test } from "vitest";
import { measure, texts } from "../../bench/keystrokes.ts";

const worked = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

test("a keystroke in a thousand lines of programs takes less than 50 ms", { timeout: 120_000 }, async () => {
  const { lines, median } = await measure(texts["many programs"], 60, worked);
  expect(lines).toBeGreaterThanOrEqual(1000);
  expect(median).toBeLessThan(50);
});
