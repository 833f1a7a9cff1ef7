// Proves that every schedule is its formula at its edges: the first step, the step before a restart, the restart itself, the
// last step; by the f64 reference, and by the CPU engine, which divides steps by steps of an epoch in float32.

import { expect, test } from "vitest";
import { byEngine, byReference } from "../pytorch/evaluated.ts";

/** The factors of a schedule at some steps of a training with `perEpoch` steps in an epoch. */
async function factors(schedule: string, perEpoch: number, steps: readonly number[]) {
  const numbers = steps.map((s) => Math.fround(s / perEpoch));
  const question = {
    text: `model m(t: []) { ${schedule} }`,
    training: false,
    inputs: { t: { shape: [steps.length], numbers } },
    learned: {},
    seeds: { y: "one" as const },
    gradients: [],
    states: [],
  };
  const engine = await byEngine(question);
  return { reference: byReference(question).get("y")!, engine: engine.get("y")! };
}

/** Half a cosine from 1 to low, after a share of the period. */
const half = (share: number, low = 0): number => low + (1 - low) * 0.5 * (1 + Math.cos(Math.PI * share));

/** [schedule, steps of an epoch, [step, factor]...] */
const EDGES: readonly [string, number, readonly (readonly [number, number])[]][] = [
  [
    "warmup(t=t, total=9)",
    100_000,
    [
      [0, 0],
      [1, 1e-5],
      [50_000, 0.5],
      [99_999, 0.99999],
      [100_000, 1],
      [300_000, 1],
    ],
  ],
  [
    "warmup(t=t, total=9, length=0.5, low=0.2)",
    10,
    [
      [0, 0.2],
      [1, 0.36],
      [4, 0.84],
      [5, 1],
      [90, 1],
    ],
  ],
  [
    "cosine(t=t, total=3)",
    1000,
    [
      [0, 1],
      [1, half(1 / 3000)],
      [1500, 0.5],
      [2999, half(2999 / 3000)],
      [3000, 0],
    ],
  ],
  // Each step before a restart is the last of its period, however short the steps are.
  [
    "sgdr(t=t, total=9, period=1, growth=1)",
    50_000,
    [
      [0, 1],
      [49_999, half(0.99998)],
      [50_000, 1],
      [50_001, half(2e-5)],
      [149_999, half(0.99998)],
      [150_000, 1],
    ],
  ],
  [
    "sgdr(t=t, total=99, period=1, growth=2)",
    50_000,
    [
      [0, 1],
      [49_999, half(0.99998)],
      [50_000, 1],
      [149_999, half(0.99999)],
      [150_000, 1],
      [349_999, half(0.999995)],
      [350_000, 1],
    ],
  ],
  [
    "sgdr(t=t, total=99, period=2, growth=3, low=0.1)",
    1000,
    [
      [1999, half(0.9995, 0.1)],
      [2000, 1],
      [7999, half(5999 / 6000, 0.1)],
      [8000, 1],
      [25_999, half(17_999 / 18_000, 0.1)],
      [26_000, 1],
    ],
  ],
  [
    "sgdr(t=t, total=99, period=0.1, growth=1)",
    100,
    [
      [9, half(0.9)],
      [10, 1],
      [20, 1],
      [29, half(0.9)],
      [30, 1],
      [60, 1],
      [69, half(0.9)],
      [70, 1],
    ],
  ],
  [
    "sgdr(t=t, total=99, period=1, growth=1.5)",
    400,
    [
      [399, half(399 / 400)],
      [400, 1],
      [999, half(599 / 600)],
      [1000, 1],
      [1899, half(899 / 900)],
      [1900, 1],
    ],
  ],
  [
    "step_decay(t=t, total=9, every=3, factor=0.1)",
    7,
    [
      [0, 1],
      [20, 1],
      [21, 0.1],
      [41, 0.1],
      [42, 0.01],
    ],
  ],
  [
    "step_decay(t=t, total=9, every=0.1, factor=0.5)",
    10,
    [
      [0, 1],
      [1, 0.5],
      [3, 0.125],
      [6, 1 / 64],
      [7, 1 / 128],
    ],
  ],
  [
    "exponential(t=t, total=9, k=0.5)",
    10,
    [
      [0, 1],
      [20, Math.exp(-1)],
    ],
  ],
  [
    "inverse(t=t, total=9, k=0.5)",
    10,
    [
      [0, 1],
      [20, 0.5],
    ],
  ],
  [
    "sweep(t=t, total=9, low=1e-6, high=1)",
    1000,
    [
      [0, 1e-6],
      [500, 1e-3],
      [1000, 1],
      [2000, 1],
    ],
  ],
];

for (const [schedule, perEpoch, edges] of EDGES)
  test(`${schedule} with ${perEpoch} steps in an epoch`, async () => {
    const steps = edges.map(([step]) => step);
    const { reference, engine } = await factors(schedule, perEpoch, steps);
    edges.forEach(([step, wanted], i) => {
      expect(Math.abs(reference[i]! - wanted), `reference, step ${step}`).toBeLessThan(1e-6);
      expect(Math.abs(engine[i]! - wanted), `engine, step ${step}`).toBeLessThan(2e-6);
    });
  });
