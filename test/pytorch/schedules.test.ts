// Proves that every schedule gives PyTorch's factors, at whole epochs and between them.

import { expect, test } from "vitest";
import { byReference, worst } from "./evaluated.ts";
import { readLayers, type ScheduleCase } from "./fixtures.ts";

/** Our names for PyTorch's schedules. */
const SPELLING: Readonly<Record<string, string>> = { step: "step_decay" };

/** Our options for theirs: e^(-k t) is the power t of their factor for an epoch, our `gamma`. */
function optionOf(kind: string, name: string, value: number, asFactor: boolean): string {
  if (name !== "rate") return `${name}=${value}`;
  if (kind !== "exponential") return `k=${value}`;
  return asFactor ? `gamma=${value}` : `k=${-Math.log(value)}`;
}

function lineOf({ kind, options }: ScheduleCase, asFactor: boolean): string {
  const named = Object.entries(options).map(([name, value]) => optionOf(kind, name, value, asFactor));
  const total = "total" in options ? [] : ["total=100"];
  return `${SPELLING[kind] ?? kind}(t=t, ${[...total, ...named].join(", ")})`;
}

const cases = readLayers().schedules.flatMap((c) =>
  (c.kind === "exponential" ? [false, true] : [false]).map((asFactor) => ({ c, line: lineOf(c, asFactor) })),
);

for (const { c, line } of cases) {
  test(line, () => {
    const answers = byReference({
      text: `model m(t: []) { ${line} }`,
      training: false,
      inputs: { t: { shape: [c.points.length], numbers: c.points.map(([t]) => t) } },
      learned: {},
      seeds: { y: "one" },
      gradients: [],
      states: [],
    });
    expect(
      worst(
        answers.get("y")!,
        c.points.map(([, factor]) => factor),
      ),
    ).toBeLessThan(1e-6);
  });
}
