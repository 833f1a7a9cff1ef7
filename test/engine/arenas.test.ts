// Proves that it makes no difference to the bits in how many buffers of a GPU a program lies: what fits one is trained with limits so
// low that weights, values of a step and data are shared out among many.
//
// In `npm test` the programs are small; LONG_ARENAS=1 adds examples in buffers of 1 or 2 MiB (minutes).

import { expect, test } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import type { DataSizes, Entry } from "../../compiler/compile.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Numbers, StoredValues } from "../../runtime/engine.ts";
import { Session } from "../../runtime/train/session.ts";
import { writeStored } from "../../runtime/train/stored.ts";
import type { WebGpuEngine } from "../../runtime/webgpu/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { compileText } from "../support/engine.ts";
import { softwareGpu } from "../support/gpu.ts";
import { prepareExample } from "../support/prepared.ts";

const gpu = await softwareGpu();
const noGpu = typeof gpu === "string";

/** Learns in buffers as large as they come, and in buffers of so many bytes, of which there are several of these kinds: all bits are the same. */
async function expectEqualBits(
  { entries, sizes, batch }: { entries: readonly Entry[]; sizes: DataSizes; batch: number },
  bytes: number,
  several: readonly string[],
  train: (engine: WebGpuEngine) => Promise<ReadonlyMap<string, Numbers>>,
): Promise<void> {
  const limits = { maxBufferSize: bytes, maxStorageBufferBindingSize: bytes };
  const plans = [planWgsl(entries, sizes, batch), planWgsl(entries, sizes, batch, limits, { verify: true })];
  const arenas = plans[1]!.arenas.map((a) => a.name);
  expect(Math.max(...plans[1]!.arenas.map((a) => a.bytes))).toBeLessThanOrEqual(bytes);
  for (const kind of several) expect(arenas).toContain(`${kind} 2`);
  const learned: ReadonlyMap<string, Numbers>[] = [];
  for (const plan of plans) {
    if (typeof gpu === "string") throw new Error(gpu);
    const engine = await startGpu(await gpu.again(), plan);
    learned.push(await train(engine));
    await engine.stop();
  }
  expect(learned[0]!.size).toBeGreaterThan(3);
  for (const [name, values] of learned[0]!) expect(learned[1]!.get(name), name).toEqual(values);
}

interface Small {
  readonly title: string;
  readonly text: string;
  readonly shape: readonly number[];
  readonly batch: number;
  readonly isBytes: boolean;
  readonly several: readonly string[];
}

const ROWS = 600;
/** The ring of logged scalars alone takes 65,600 bytes. */
const BYTES = 66_000;

const SMALL: readonly Small[] = [
  {
    title: "layers with the states of Adam",
    text: "dense 96; tanh; dense 64; tanh; dense 1",
    shape: [60],
    batch: 48,
    isBytes: false,
    several: ["data", "weights"],
  },
  {
    title: "a recurrent layer over data of bytes",
    text: "gru 12; it[-1]; dense 1",
    shape: [12, 11],
    batch: 32,
    isBytes: true,
    several: ["data of bytes", "work"],
  },
];

for (const { title, text, shape, batch, isBytes, several } of SMALL)
  test.skipIf(noGpu)(`${title} in buffers of ${BYTES} bytes have the bits that they have in large ones`, async () => {
    const fields: Field[] = [{ name: "x", shape: [...shape] }];
    const program = `model net(x: [${shape.join(", ")}]) { ${text} }
train net on d { loss mse(net(x), 0.5); optimizer adam lr=0.01; batch ${batch} }`;
    const { entries } = compileText(program, fields, ROWS);
    const size = shape.reduce((n, d) => n * d, 1);
    const random = new Random(5);
    const values: StoredValues = isBytes
      ? Uint8Array.from({ length: ROWS * size }, () => random.integer(256))
      : Float32Array.from({ length: ROWS * size }, () => random.uniform(-1, 1));
    const field = {
      name: "x",
      size,
      ...(isBytes ? { dtype: "u8" as const, byteUnit: 255 as const } : { dtype: "f32" as const }),
    };
    const sizes: DataSizes = { fields: [field], train: ROWS, heldout: 0 };
    await expectEqualBits({ entries, sizes, batch }, BYTES, several, async (engine) => {
      // In pieces that begin and end anywhere.
      for (let at = 0; at < values.length; at += 12_345)
        await writeStored(engine, "data:x", values.subarray(at, at + 12_345), at);
      await engine.write("order", new Random(9).shuffle(ROWS));
      engine.set("seed", 3);
      engine.set("batch", batch);
      await engine.run("initialise");
      engine.set("step", 0);
      engine.set("cursor", 0);
      await engine.run("train", 3);
      const learned = engine.plan.buffers.filter(({ role }) => role === "parameter" || role === "state");
      const all = new Map<string, Numbers>();
      for (const { name } of learned) all.set(name, await engine.read(name));
      return all.set("x", await engine.read("x"));
    });
  });

const EXAMPLES = [
  { name: "lenet", mebibytes: 2, data: ["digits=digits(n=900)"], several: ["data", "work"] },
  { name: "detection", mebibytes: 1, data: [], several: ["data", "weights", "work"] },
  { name: "seq2seq", mebibytes: 1, data: [], several: ["work"] },
  { name: "translate", mebibytes: 1, data: [], several: ["numbers"] },
];

for (const { name, mebibytes, data, several } of process.env.LONG_ARENAS === undefined ? [] : EXAMPLES)
  test.skipIf(noGpu)(
    `${name} in buffers of ${mebibytes} MiB has the bits that it has in large ones`,
    async () => {
      const { entries, sizes, session, columns } = await prepareExample(name, 1, data);
      const program = { entries, sizes, batch: session.batch };
      await expectEqualBits(program, mebibytes * 2 ** 20, several, async (engine) => {
        const opened = await Session.open(engine, { ...session, steps: 1 }, columns);
        for await (const event of opened.run()) expect(event.kind).not.toBe("diverged");
        return opened.tensors();
      });
    },
    900_000,
  );
