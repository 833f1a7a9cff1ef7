// Proves what `precision f16` promises of a training (docs/numerics.md): which buffers keep 16 bits and what memory that saves, the
// scale of the loss, gradients near those of 32 bits, one result on both engines, and runs that go on bit for bit.

import { expect, test } from "vitest";
import { bytesOf } from "../../compiler/arithmetic/dtype.ts";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import type { Buffer } from "../../compiler/loops/storage.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { Random } from "../../runtime/data/random.ts";
import type { WasmEngine } from "../../runtime/wasm/engine.ts";
import { openDevice } from "../../runtime/webgpu/device.ts";
import { WebGpuEngine } from "../../runtime/webgpu/engine.ts";
import { distance } from "../pytorch/fixtures.ts";
import { distances } from "../support/bothengines.ts";
import { type Compiled, compileText, startEngine } from "../support/engine.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();

const PICTURE: readonly Field[] = [
  { name: "x", shape: [12, 12, 1] },
  { name: "y", shape: [], classes: 3 },
];
const SEQUENCE: readonly Field[] = [
  { name: "x", shape: [16], classes: 7 },
  { name: "y", shape: [16], classes: 7 },
];

interface Net {
  readonly model: string;
  readonly fields: readonly Field[];
}

/** Smooth ones: where a value lies at a kink of `relu` or of a largest, rounding may put it on the other side. */
const NETS: Readonly<Record<string, Net>> = {
  convolutions: {
    fields: PICTURE,
    model: "model net(x: [12, 12, 1]) { conv 3x3 16 p1; layernorm; gelu; avgpool 2; flatten; dense 3 }",
  },
  residuals: {
    fields: PICTURE,
    model: `model net(x: [12, 12, 1]) {
  conv 4x4 16 s2 p1; tanh
  residual { conv 3x3 16 p1 g16; layernorm; gelu }
  avgpool 2; upconv 2x2 4 s2; sigmoid; dropout 0.1; flatten; dense 30; softplus; dense 3
}`,
  },
  attention: {
    fields: SEQUENCE,
    model: `model net(x: [T] of V) {
  embed 24; residual { layernorm; attention 2 causal }; layernorm; dense 32; gelu; dense V
}`,
  },
  recurrence: { fields: SEQUENCE, model: "model net(x: [T] of V) { embed 12; lstm 20; gru 8; dense V }" },
};

/** On the software adapter a net takes seconds to compile; LONG_AGREE=1 asks for all of them. */
const OF_GPU = process.env.LONG_AGREE ? Object.keys(NETS) : ["convolutions"];

const textOf = ({ model }: Net, precision: string, rest = "optimizer sgd lr=0.1"): string =>
  `${model}\ntrain net on d { loss cross_entropy(net(x), y); ${rest}; batch 8; precision ${precision} }`;

const compiled = (net: Net, precision: string, rest?: string): Compiled =>
  compileText(textOf(net, precision, rest), net.fields, 8);

async function started(program: Compiled, fields: readonly Field[]): Promise<WasmEngine> {
  const engine = await startEngine(program);
  engine.set("seed", 3);
  await engine.run("initialise");
  const random = new Random(7);
  for (const { name, classes } of fields.filter((f) => engine.has(f.name))) {
    const view = engine.view(name);
    view.forEach((_, i) => {
      view[i] = classes ? random.integer(classes) : random.uniform(-1, 1);
    });
  }
  return engine;
}

const parametersOf = ({ training }: Compiled, engine: WasmEngine): Map<string, Float32Array> =>
  new Map(
    training.weights
      .filter((l) => l.role === "parameter")
      .map(({ path }) => [path, Float32Array.from(engine.view(path))]),
  );

const temporaries = ({ entries }: Compiled): Buffer[] =>
  entries.flatMap((e) => e.parts.flatMap((p) => [...p.lowered.buffers.values()])).filter((b) => b.role === "temporary");

for (const [name, net] of Object.entries(NETS))
  test(`first gradients of ${name} are within 2^-8 of those in 32 bits`, async () => {
    const moved = async (precision: string): Promise<Map<string, Float32Array>> => {
      const program = compiled(net, precision);
      const engine = await started(program, net.fields);
      const before = parametersOf(program, engine);
      await engine.run("train");
      const after = parametersOf(program, engine);
      return new Map([...after].map(([path, values]) => [path, values.map((v, i) => v - before.get(path)![i]!)]));
    };
    const [wide, narrow] = [await moved("f32"), await moved("f16")];
    expect(wide.size).toBeGreaterThan(4);
    for (const [path, gradient] of wide) {
      const length = Math.hypot(...gradient);
      const off = Math.hypot(...gradient.map((v, i) => v - narrow.get(path)![i]!));
      // A shift before a norm has no gradient but what rounding leaves.
      if (length > 1e-6) expect(off / length, path).toBeLessThan(2 ** -8);
    }
  });

for (const name of OF_GPU)
  test.skipIf(typeof gpu === "string")(
    `steps of ${name} end near each other on both engines`,
    async () => {
      if (typeof gpu === "string") return;
      const net = NETS[name]!;
      const trial = { text: textOf(net, "f16"), fields: net.fields, most: 8, batch: 8, steps: 3 };
      for (const [path, far] of await distances(await gpu.again(), trial)) expect(far, path).toBeLessThan(2 ** -9);
    },
    300_000,
  );

test("activations take half the bytes, and what is summed over rows or made of the data alone keeps 32 bits", () => {
  const [wide, narrow] = ["f32", "f16"].map((precision) => temporaries(compiled(NETS.attention!, precision)));
  const large = (b: Buffer): boolean => b.size >= 8 * 16 * 24;
  expect(wide!.every((b) => b.dtype !== "f16")).toBe(true);
  expect(narrow!.filter(large).length).toBeGreaterThan(10);
  expect(narrow!.filter(large).map((b) => b.dtype)).toEqual(narrow!.filter(large).map(() => "f16"));
  // Means and deviations of the norms, largest and sum of the softmaxes: a number for each row.
  const rows = narrow!.filter((b) => [8 * 16, 8 * 16 * 2].includes(b.size));
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.filter((b) => b.dtype === "f16").map((b) => b.name)).toEqual([]);
  const bytes = (list: readonly Buffer[]): number => list.reduce((n, b) => n + bytesOf(b.dtype, b.size), 0);
  expect(bytes(narrow!.filter((b) => b.dtype !== "i32" && large(b)))).toBe(bytes(wide!.filter(large)) / 2);
});

test("a training in 16 bits asks for less memory", () => {
  const text = "model net(x: [64, 64, 1]) { conv 3x3 16 p1; gelu; conv 3x3 16 p1; gelu; avgpool 4; flatten; dense 3 }";
  const net: Net = { model: text, fields: [{ name: "x", shape: [64, 64, 1] }, PICTURE[1]!] };
  const [wide, narrow] = ["f32", "f16"].map((precision) => {
    const { entries } = compiled(net, precision);
    const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
    return wasmTarget.memoryOf(wasmTarget.plan({ entries: bare, batch: 8 }, { shared: false }));
  });
  expect(narrow! / wide!).toBeLessThan(0.65);
});

const POINTS: readonly Field[] = [
  { name: "x", shape: [4] },
  { name: "y", shape: [2] },
];
const LINE: Net = { fields: POINTS, model: "model net(x: [4]) { dense 8; tanh; dense 2 }" };
const LINE_OF_CLASSES: Net = { ...LINE, fields: [POINTS[0]!, { name: "y", shape: [], classes: 2 }] };
const STEEP: readonly Field[] = [
  { name: "x", shape: [4] },
  { name: "y", shape: [3] },
];
/** The gradients of its hidden numbers are three times `size` and the scale; 16 bits hold them below 65520. */
const steep = (size: number): Compiled => {
  const text = `model net(x: [4]) { dense 8; tanh; param w: [8, 3] = 1; it @ w }
train net on d { loss ${size} * sum(net(x) * y); optimizer adam lr=0.01; batch 1; precision f16 }`;
  return compileText(text, STEEP, 1);
};

async function startSteep(program: Compiled): Promise<WasmEngine> {
  const engine = await started(program, STEEP);
  engine.view("x").fill(1e-3);
  engine.view("y").fill(1);
  return engine;
}

const kept = (program: Compiled, engine: WasmEngine): Map<string, Float32Array> =>
  new Map(
    program.training.learned
      .filter(({ path }) => !/^net~(t|scale|good)(~rest)?$/.test(path))
      .map(({ path }) => [path, Float32Array.from(engine.view(path))]),
  );

test("where a gradient is infinite the step changes nothing, and the scale is halved until none is", async () => {
  const program = steep(1);
  const engine = await startSteep(program);
  const scale = (): number | undefined => engine.view("net~scale")[0];
  expect(scale()).toBe(2 ** 16);
  const first = kept(program, engine);
  expect([...first.keys()].some((path) => path.includes("~adam"))).toBe(true);
  for (const after of [2 ** 15, 2 ** 14]) {
    await engine.run("train");
    expect(Number.isFinite(engine.logged(1)[0])).toBe(true);
    expect([scale(), engine.view("net~good")[0]]).toEqual([after, 0]);
    expect(kept(program, engine)).toEqual(first);
  }
  await engine.run("train");
  expect([scale(), engine.view("net~good")[0]]).toEqual([2 ** 14, 1]);
  expect(kept(program, engine).get("net.dense1.weight")).not.toEqual(first.get("net.dense1.weight"));
});

test("after 2000 steps that went well the scale doubles, up to 2^24", async () => {
  const engine = await startSteep(steep(1e-6));
  engine.view("net~good")[0] = 1998;
  await engine.run("train");
  expect([engine.view("net~scale")[0], engine.view("net~good")[0]]).toEqual([2 ** 16, 1999]);
  await engine.run("train");
  expect([engine.view("net~scale")[0], engine.view("net~good")[0]]).toEqual([2 ** 17, 0]);
  engine.view("net~scale")[0] = 2 ** 24;
  engine.view("net~good")[0] = 1999;
  await engine.run("train");
  expect(engine.view("net~scale")[0]).toBe(2 ** 24);
});

test("a gradient that is infinite at a scale of 1 shows in the parameters, as it does in 32 bits", async () => {
  const program = steep(1e5);
  const engine = await startSteep(program);
  engine.view("net~scale")[0] = 2;
  await engine.run("train");
  expect(engine.view("net~scale")[0]).toBe(1);
  expect(engine.view("net.dense1.weight").every(Number.isFinite)).toBe(true);
  await engine.run("train");
  expect(engine.view("net~scale")[0]).toBe(1);
  expect(engine.view("net.dense1.weight").every(Number.isFinite)).toBe(false);
});

test("gradients that 16 bits would lose train as in 32 bits, thanks to the scale", async () => {
  const small = (precision: string): Compiled =>
    compileText(
      `${LINE.model}
train net on d { loss 1e-7 * mse(net(x), y); optimizer sgd lr=1e5; batch 8; precision ${precision} }`,
      POINTS,
      8,
    );
  const after = async (precision: string, scale?: number): Promise<Float32Array> => {
    const program = small(precision);
    const engine = await started(program, POINTS);
    if (scale !== undefined) engine.view("net~scale")[0] = scale;
    await engine.run("train", 20);
    return parametersOf(program, engine).get("net.dense1.weight")!;
  };
  const wide = await after("f32");
  expect(distance(await after("f16"), wide)).toBeLessThan(2 ** -9);
  // Without it they are nothing, or one of the smallest numbers.
  expect(distance(await after("f16", 1), wide)).toBeGreaterThan(2 ** -6);
});

test("accumulated batches, limits of gradients and averages go with it", async () => {
  const rest = "optimizer adam lr=0.01; accumulate 2; clip 0.5; ema 0.9";
  const program = compiled(LINE_OF_CLASSES, "f16", rest);
  const wide = compiled(LINE_OF_CLASSES, "f32", rest);
  const ends = await Promise.all(
    [program, wide].map(async (p) => {
      const engine = await started(p, LINE_OF_CLASSES.fields);
      await engine.run("train", 6);
      return parametersOf(p, engine);
    }),
  );
  for (const [path, values] of ends[1]!) expect(distance(ends[0]!.get(path)!, values), path).toBeLessThan(2 ** -8);
});

test("an optimizer that asks for gradients elsewhere is refused, as it is with a limit on each number", () => {
  const text = `model net(x: [4]) { dense 2 }
optimizer ahead(lr) { param -= lr * grad(param + grad) }
train net on d { loss cross_entropy(net(x), y); optimizer ahead lr=0.1; batch 8; precision f16 }`;
  expect(() => compileText(text, LINE_OF_CLASSES.fields, 8)).toThrow(/train\/bad-setting.*`precision f16`/);
});

test.skipIf(typeof gpu === "string")(
  "shaders with numbers of 16 bits pass a device's checks, and those of core WebGPU too",
  async () => {
    const { entries } = compiled(NETS.attention!, "f16");
    const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };
    const sizes = { fields: [], train: 8, heldout: 0 };
    const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
    for (const hasHalves of [true, false]) {
      const plan = planWgsl(bare, sizes, 8, { ...limits, hasHalves });
      expect(plan.features).toEqual(hasHalves ? ["shader-f16"] : []);
      expect(plan.kernels.some((k) => /\bf16\b/.test(k.code))).toBe(hasHalves);
      const found = await nullGpu();
      const engine = await WebGpuEngine.start(
        await openDevice(found.adapter, found.name, plan),
        plan,
        found.name,
        found,
      );
      await engine.stop();
    }
  },
);
