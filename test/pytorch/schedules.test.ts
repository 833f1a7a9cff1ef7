// Proves that every schedule gives PyTorch's factors, at whole epochs and between them.

import { expect, test } from "vitest";
import { byReference, worst } from "./evaluated.ts";
import { readLayers, type ScheduleCase } from "./fixtures.ts";

/** Our names for PyTorch's schedules. */
const SPELLING: Readonly<Record<string, string>> = { step: "step_decay" };

/** Our options for theirs: e^(-k t) is the power t of their factor for an epoch. */
function optionOf(kind: string, name: string, value: number): string {
  if (name !== "rate") return `${name}=${value}`;
  return kind === "exponential" ? `k=${-Math.log(value)}` : `k=${value}`;
}

function lineOf({ kind, options }: ScheduleCase): string {
  const named = Object.entries(options).map(([name, value]) => optionOf(kind, name, value));
  const total = "total" in options ? [] : ["total=100"];
  return `${SPELLING[kind] ?? kind}(t=t, ${[...total, ...named].join(", ")})`;
}

for (const c of readLayers().schedules) {
  test(lineOf(c), () => {
    const answers = byReference({
      text: `model m(t: []) { ${lineOf(c)} }`,
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
