// Proves that attention which computes its scores again instead of storing them has one meaning on both engines, forwards and backwards:
// lengths and widths that no tile ends with, fewer rows than planned for, causal or not, from temporaries that are no numbers. And that no
// buffer has the square of the length.

import { expect, test } from "vitest";
import { distances } from "../support/bothengines.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();

const program = (body: string, width: number): string => `model net(text: [T] of V) { embed ${width}; ${body}; dense V }
train net on d { loss cross_entropy(net(text), next); optimizer sgd lr=0.1; batch 3 }`;
const fields = (length: number): { name: string; shape: number[]; classes: number }[] =>
  ["text", "next"].map((name) => ({ name, shape: [length], classes: 11 }));

const TRIALS = [
  {
    name: "two causal heads over 130 places",
    body: "residual { layernorm; attention 2 causal }",
    width: 6,
    length: 130,
  },
  {
    name: "steps before the row's own over 66 places, of which the first row has none",
    body: "x = it; s = dense(5)(x) @ transpose(x); softmax(s, where=index(s, -1) < index(s, -2)) @ x",
    width: 5,
    length: 66,
  },
  { name: "one head over 65 places", body: "attention 1", width: 17, length: 65 },
  ...(process.env.LONG_ROWS === undefined
    ? []
    : [
        {
          name: "steps up to two past the row's own over 131 places",
          body: "x = it; s = dense(9)(x) @ transpose(x); softmax(s, where=index(s, -1) <= index(s, -2) + 2) @ x",
          width: 9,
          length: 131,
        },
        {
          name: "steps of a window over 200 places",
          body: "x = it; s = dense(9)(x) @ transpose(x); softmax(s, where=(index(s, -1) <= index(s, -2)) * (index(s, -1) > index(s, -2) - 70)) @ x",
          width: 9,
          length: 200,
        },
        { name: "three heads of 1 over 67 places", body: "attention 3", width: 3, length: 67 },
        { name: "two causal heads of 65 over 200 places", body: "attention 2 causal", width: 130, length: 200 },
      ]),
];

for (const { name, body, width, length } of TRIALS)
  test.skipIf(typeof gpu === "string")(
    name,
    async () => {
      if (typeof gpu === "string") return;
      const trial = { text: program(body, width), fields: fields(length), most: 3, batch: 2, steps: 2 };
      const found = await distances(await gpu.again(), trial);
      expect(found.size).toBeGreaterThan(4);
      for (const [tensor, distance] of found) expect(distance, tensor).toBeLessThan(2e-5);
    },
    120_000,
  );
