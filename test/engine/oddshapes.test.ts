// Proves that programs whose sizes fill no tile, no workgroup and no vector learn on a GPU what they learn on the processor: widths and
// batches of 1, 3, 17 and 65, plans run with fewer rows than they are for, convolutions of every kind, recurrences and attention over one place
// and over 65, a vocabulary of 50,000, grids of more than 65,535 workgroups, many parameters with clip, ties in windows.
//
// In `npm test` there are three of them; ODD_SHAPES=1 asks for all. Skipped without a software adapter.

import { expect, test } from "vitest";
import { distances, type Trial } from "../support/bothengines.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const isLong = process.env.ODD_SHAPES !== undefined;
const ALLOWED = 1e-5;

interface Odd extends Partial<Pick<Trial, "most" | "batch">> {
  readonly name: string;
  readonly blocks: string;
  readonly shape: readonly number[];
  readonly classes?: number;
  readonly optimizer?: string;
  readonly isShort?: boolean;
  readonly allowed?: number;
}

const picture = (name: string, blocks: string, more: Partial<Odd> = {}): Odd => ({
  name,
  blocks: `${blocks}; flatten; dense 3`,
  shape: [9, 9, 6],
  ...more,
});

const SIZES = [1, 3, 17, 65];
const ODD: readonly Odd[] = [
  ...SIZES.flatMap((width) =>
    SIZES.map(
      (batch): Odd => ({
        name: `width ${width}, batch ${batch}`,
        blocks: `dense ${width}; tanh; dense ${width}; tanh; dense 3`,
        shape: [width],
        most: batch,
        batch,
      }),
    ),
  ),
  ...[1, 5, 16].map(
    (batch): Odd => ({
      name: `a plan for 17 rows with ${batch}`,
      blocks: "dense 9; relu; dense 3",
      shape: [7],
      most: 17,
      batch,
    }),
  ),
  picture("windows of 1 x 7 and 7 x 1", "conv 1x7 5; relu; conv 7x1 4; relu"),
  picture("dilations of 2 and 3", "conv 3x3 5 d2; relu; conv 2x2 4 d3; relu", { isShort: true }),
  picture("a stride of 3", "conv 3x3 7 s3; relu"),
  picture("groups of 3", "conv 3x3 9 g3; relu"),
  picture("groups of 12", "conv 1x1 12; conv 3x3 24 g12; relu"),
  picture("depthwise", "conv 3x3 6 g6 p1; relu; conv 3x3 12 g6 s2; relu"),
  picture("a projection of stride 2", "residual(skip={ conv 1x1 8 s2 nobias }) { conv 3x3 8 s2 p1 }; relu"),
  picture("a transposed convolution to one channel", "conv 3x3 8 s2; relu; upconv 4x4 1 s2 p1; tanh"),
  picture("overlapping windows with ties", "relu; maxpool 3 s2; conv 2x2 4; relu; maxpool 2 s1"),
  {
    name: "thirty parameters with clip",
    blocks: Array.from({ length: 15 }, () => "dense 5; tanh").join("; "),
    shape: [5],
    classes: 5,
    optimizer: "sgd lr=0.1\n  clip 0.01",
  },
  {
    name: "Adam with dropout",
    blocks: "dense 33; relu; dropout 0.3; dense 3",
    shape: [17],
    optimizer: "adam lr=0.01",
    allowed: 1e-3,
  },
  ...(
    [
      ["one step of an LSTM", "lstm 7", 1],
      ["an LSTM of one unit", "lstm 1", 6],
      ["an LSTM of 130 units", "lstm 130", 4],
      ["a GRU over 17 steps", "gru 5", 17],
      ["attention over one place", "attention 2", 1],
      ["attention of 3 heads over 65 places", "attention 3", 65],
    ] as const
  ).map(([name, block, steps]): Odd => {
    const shape = [steps, block.startsWith("attention") ? 6 : 5];
    return { name, blocks: `${block}; flatten; dense 3`, shape, isShort: name.startsWith("one step") };
  }),
  {
    name: "a million pixels",
    blocks: "conv 1x1 2; relu; avgpool global; dense 3",
    shape: [1030, 1030, 1],
    most: 1,
    batch: 1,
  },
  { name: "four million points", blocks: "dense 4300000; relu; dense 3", shape: [1], most: 1, batch: 1, allowed: 1e-4 },
];

const programOf = ({ blocks, shape, optimizer = "sgd lr=0.1", most = 5 }: Odd): string =>
  `model net(x: [${shape.join(", ")}]) { ${blocks} }
train net on d {
  loss cross_entropy(net(x), label)
  optimizer ${optimizer}
  batch ${most}
}`;

const some = ODD.filter((odd) => isLong || odd.isShort);
test.skipIf(typeof gpu === "string").each(some)(
  "$name",
  async (odd) => {
    if (typeof gpu === "string") return;
    const { shape, classes = 3, most = 5, batch = 4, allowed = ALLOWED } = odd;
    const fields = [
      { name: "x", shape },
      { name: "label", shape: [], classes },
    ];
    const found = await distances(await gpu.again(), { text: programOf(odd), fields, most, batch, steps: 3 });
    expect(found.size).toBeGreaterThan(1);
    for (const [tensor, distance] of found) expect(distance, tensor).toBeLessThan(allowed);
  },
  300_000,
);

test.skipIf(typeof gpu === "string" || !isLong)(
  "a vocabulary of 50,000",
  async () => {
    if (typeof gpu === "string") return;
    const text = `model net(text: [T] of V) { embed 5; gru 7; dense V }
train net on d { loss cross_entropy(net(text), next); optimizer sgd lr=0.1; batch 3 }`;
    const fields = ["text", "next"].map((name) => ({ name, shape: [3], classes: 50_000 }));
    const found = await distances(await gpu.again(), { text, fields, most: 3, batch: 2, steps: 2 });
    for (const [tensor, distance] of found) expect(distance, tensor).toBeLessThan(ALLOWED);
  },
  300_000,
);
