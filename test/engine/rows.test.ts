// Proves that work which a dispatch does row by row has one meaning on both engines: norms, softmaxes, attention and recurrences of odd
// widths, with fewer rows than planned for, from temporaries that are no numbers. LONG_ROWS=1 takes all sizes with each other.

import { expect, test } from "vitest";
import type { Trial } from "../support/bothengines.ts";
import { distances } from "../support/bothengines.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const isLong = process.env.LONG_ROWS !== undefined;
const SIZES = [1, 3, 17, 65];

const classify = (body: string, length: number, width: number): Pick<Trial, "text" | "fields"> => ({
  text: `model net(x: [${length}, ${width}]) { ${body}; flatten; dense 3 }
train net on d { loss cross_entropy(net(x), label); optimizer sgd lr=0.1; batch 4 }`,
  fields: [
    { name: "x", shape: [length, width] },
    { name: "label", shape: [], classes: 3 },
  ],
});

const language = (body: string, length: number): Pick<Trial, "text" | "fields"> => ({
  text: `model net(text: [T] of V) { embed 6; ${body}; dense V }
train net on d { loss cross_entropy(net(text), next); optimizer sgd lr=0.1; batch 4 }`,
  fields: [
    { name: "text", shape: [length], classes: 11 },
    { name: "next", shape: [length], classes: 11 },
  ],
});

const norms = (width: number): string =>
  `dense ${width}; layernorm; softmax; residual { layernorm; dense ${width} }; layernorm`;
const attention = "residual { layernorm; attention 2 causal }; layernorm";

const TRIALS: readonly (readonly [string, Pick<Trial, "text" | "fields">])[] = [
  ...(isLong ? SIZES : [3, 65]).map((w) => [`norms and softmaxes of ${w}`, classify(norms(w), 5, 4)] as const),
  ["a norm of more numbers than a row may have", classify("dense 4500; softmax; layernorm", 1, 3)],
  ...(isLong ? SIZES : [17]).map((t) => [`attention over ${t} places`, language(attention, t)] as const),
  ...(isLong ? SIZES : [17]).map((h) => [`recurrences of ${h} units`, language(`lstm ${h}; gru ${h}`, 5)] as const),
  ["recurrences of more weights than a row reads again at each step", language("lstm 132; gru_after 150", 3)],
];

for (const [name, trial] of TRIALS)
  test.skipIf(typeof gpu === "string")(
    name,
    async () => {
      if (typeof gpu === "string") return;
      for (const batch of isLong ? [1, 3, 4] : [3]) {
        const found = await distances(await gpu.again(), { ...trial, most: 4, batch, steps: 2 });
        expect(found.size).toBeGreaterThan(1);
        for (const [tensor, distance] of found) expect(distance, `${tensor}, batch ${batch}`).toBeLessThan(2e-5);
      }
    },
    300_000,
  );
