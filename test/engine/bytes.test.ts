// Proves that data held as bytes, a quarter of the size, means what the numbers mean that it stands for: the batches are the same
// to the bit on both engines, and so are losses, what is learned, and the digest of the data.

import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { DataSizes } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { MemoryExceeded } from "../../compiler/layout/budget.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { surroundingsOf } from "../../project/train/changed.ts";
import { type Prepared, prepare } from "../../project/train/job.ts";
import { bytesAsNumbers } from "../../runtime/data/numbers.ts";
import type { Engine, StoredValues } from "../../runtime/engine.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import type { ByteUnit } from "../../runtime/plan.ts";
import { Session } from "../../runtime/train/session.ts";
import { writeStored } from "../../runtime/train/stored.ts";
import { WholeWords } from "../../runtime/train/wholewords.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { bytesOf, idx, npy } from "../data/rawfiles.ts";
import { compileText } from "../support/engine.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";
import { openText } from "../support/opened.ts";

const gpu = await softwareGpu();
const noGpu = typeof gpu === "string";

const BATCH = 5;
const ROWS = 300;

/** A program on rows of so many numbers, with its data as bytes or as the numbers that they stand for. */
function trial(width: number, byteUnit: ByteUnit, isBytes: boolean) {
  const text = `model net(x: [${width}]) { dense 3; tanh; dense 1 }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.01; batch ${BATCH} }`;
  const { entries } = compileText(text, [{ name: "x", shape: [width] }], ROWS);
  const field = {
    name: "x",
    size: width,
    ...(isBytes ? { dtype: "u8" as const, byteUnit } : { dtype: "f32" as const }),
  };
  const sizes: DataSizes = { fields: [field], train: ROWS, heldout: 0 };
  // Every byte, at every place of a row.
  const bytes = Uint8Array.from({ length: ROWS * width }, (_, i) => (i * 37 + Math.floor(i / 256)) % 256);
  return { entries, sizes, data: isBytes ? bytes : bytesAsNumbers(bytes, byteUnit) };
}

/** The batches of a few steps, and what is learned; the data is written in pieces that begin and end anywhere. */
async function stepped(
  engine: Engine,
  data: StoredValues,
  learned: readonly string[] = [],
): Promise<readonly Float32Array[]> {
  for (let at = 0, piece = 1; at < data.length; at += piece, piece = (piece * 3 + 1) % 101)
    await writeStored(engine, "data:x", data.subarray(at, at + piece), at);
  await engine.write(
    "order",
    Int32Array.from({ length: ROWS }, (_, i) => (i * 7) % ROWS),
  );
  engine.set("seed", 3);
  engine.set("batch", BATCH);
  engine.set("step", 0);
  await engine.run("initialise");
  engine.set("cursor", 0);
  const found: Float32Array[] = [];
  for (let i = 0; i < 4; i++) {
    await engine.run("train");
    found.push(Float32Array.from(await engine.read("x")));
  }
  for (const name of learned) found.push(Float32Array.from(await engine.read(name)));
  await engine.stop();
  return found;
}

const WIDTHS = [1, 3, 4, 5, 8, 11];

for (const byteUnit of [1, 255] as const)
  test(`bytes with ${byteUnit} for 1 give the batches and the weights that their numbers give, to the bit`, async () => {
    for (const width of WIDTHS) {
      const results = [];
      for (const isBytes of [true, false]) {
        const { entries, sizes, data } = trial(width, byteUnit, isBytes);
        const plan = planWasm(entries, sizes, BATCH, false);
        const learned = plan.buffers.filter(({ role }) => role === "parameter").map(({ name }) => name);
        results.push(await stepped(await WasmEngine.start(plan, 1), data, learned));
      }
      expect(results[0]!.length).toBeGreaterThan(4 + 2);
      expect(results[0]).toEqual(results[1]);
      expect(results[0]![0]!.some((x) => x !== 0)).toBe(true);
    }
  });

test.skipIf(noGpu)(
  "on a GPU bytes are the same batches to the bit, wherever in a word a row begins",
  async () => {
    if (typeof gpu === "string") return;
    for (const byteUnit of [1, 255] as const)
      for (const width of [3, 4, 11]) {
        const { entries, sizes, data } = trial(width, byteUnit, true);
        const cpu = await stepped(await WasmEngine.start(planWasm(entries, sizes, BATCH, false), 1), data);
        const other = await stepped(await startGpu(await gpu.again(), planWgsl(entries, sizes, BATCH)), data);
        expect(other).toEqual(cpu);
      }
  },
  120_000,
);

test("the null backend of WebGPU takes the kernels that fetch bytes, and an arena of a quarter of the size", async () => {
  const [bytes, numbers] = [true, false].map((isBytes) => {
    const { entries, sizes } = trial(64, 255, isBytes);
    return planWgsl(entries, { ...sizes, train: 10_000 }, BATCH);
  });
  const arena = (plan: typeof bytes, name: string): number => plan!.arenas.find((a) => a.name === name)!.bytes;
  expect(arena(numbers, "data") / arena(bytes, "data of bytes")).toBeCloseTo(4, 2);
  const engine = await startGpu(await nullGpu(), bytes!);
  await writeStored(engine, "data:x", new Uint8Array(64 * 10_000));
  await engine.run("train");
  await engine.stop();
});

test("bytes are written in whole words, and the neighbours of a word that they share stay", async () => {
  const memory = new Uint8Array(32);
  const queue = {
    writeBuffer(_: unknown, at: number, bytes: Uint8Array) {
      if (at % 4 !== 0 || bytes.length % 4 !== 0) throw new Error("a GPU takes whole words");
      memory.set(bytes, at);
    },
  };
  const device = { queue } as unknown as GPUDevice;
  const words = new WholeWords(async (_, __, at) => memory.slice(at, at + 4).buffer);
  const wanted = memory.slice();
  for (let turn = 0; turn < 2; turn++)
    for (let from = 0; from < 12; from++)
      for (let length = 1; length < 12; length++) {
        const bytes = Uint8Array.from({ length }, (_, i) => turn + from + length + i + 1);
        wanted.set(bytes, from);
        await words.write(device, {} as GPUBuffer, from, bytes);
        expect(memory).toEqual(wanted);
      }
});

// ---------------------------------------------------------------- from files

const COUNT = 60;
const pixels = Uint8Array.from({ length: COUNT * 49 }, (_, i) => (i * 31) % 256);
const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 3);

const program = (source: string, divided: string): string => `data d = ${source} { image = normalize(image) }
model net(image: [7, 7${divided}]) { conv 3 4; relu; flatten; dense 10 }
train net on d { loss cross_entropy(net(image), label); optimizer adam lr=0.01; batch 8; epochs 2 }`;

async function preparedOf(text: string, files: Readonly<Record<string, Uint8Array>>) {
  const opened = openText("bytes.dnn", text);
  const definition = opened.program.trains[0]!;
  const place = { base: "", files: memoryFiles(files) };
  const data = await loadData(opened.program, dataOf(opened.program, definition), place);
  const prepared = prepare(opened.program, definition, data, { seed: 1, set: {}, data: [] });
  return { prepared, data };
}

async function lossesOf({ entries, sizes, session, columns }: Prepared): Promise<readonly number[]> {
  const engine = await WasmEngine.start(planWasm(entries, sizes, session.batch, false), 1);
  const opened = await Session.open(engine, session, columns);
  const losses: number[] = [];
  for await (const event of opened.run())
    if (event.kind === "stretch") losses.push(...event.losses.flat());
    else if (event.kind === "epoch") losses.push(...Object.values(event.heldout ?? {}));
  await engine.stop();
  return losses;
}

const storedAs = ({ sizes }: Prepared): string | undefined => sizes.fields.find((f) => f.name === "image")?.dtype;

test("pictures in idx files and arrays of bytes train to the losses of the same numbers as floats, to the bit", async () => {
  const label = npy("'|u1'", `(${COUNT},)`, labels);
  const archive = (image: Uint8Array) => ({ "a.npz": zipSync({ "image.npy": image, "label.npy": label }) });
  const shares = npy("'<f4'", `(${COUNT}, 7, 7, 1)`, bytesOf(bytesAsNumbers(pixels, 255)));
  const plain = npy("'<f4'", `(${COUNT}, 7, 7, 1)`, bytesOf(Float32Array.from(pixels)));
  const bytes = npy("'|u1'", `(${COUNT}, 7, 7, 1)`, pixels);
  const half = (name: string) => ({
    [`m/${name}-images-idx3-ubyte`]: idx([COUNT, 7, 7], pixels),
    [`m/${name}-labels-idx1-ubyte`]: idx([COUNT], labels),
  });
  const asBytes = await preparedOf(program('npz("a.npz")', ", 1"), archive(bytes));
  const asFloats = await preparedOf(program('npz("a.npz")', ", 1"), archive(plain));
  expect([storedAs(asBytes.prepared), storedAs(asFloats.prepared)]).toEqual(["u8", "f32"]);
  const losses = await lossesOf(asBytes.prepared);
  expect(losses.length).toBeGreaterThan(12);
  expect(losses).toEqual(await lossesOf(asFloats.prepared));
  const facts = { batch: 8, device: "cpu", version: "1" };
  expect(surroundingsOf(asBytes.data.dataset, facts)).toEqual(surroundingsOf(asFloats.data.dataset, facts));
  const mnist = await preparedOf(program('mnist("m", split=0.8)', ", 1"), half("train"));
  expect(storedAs(mnist.prepared)).toBe("u8");
  const [image] = mnist.prepared.columns.filter((c) => c.name === "image");
  const numbers = await preparedOf(program('npz("a.npz")', ", 1"), archive(shares));
  const held = numbers.prepared.columns.map((c) =>
    c.name === "image" ? c : mnist.prepared.columns.find((m) => m.name === c.name)!,
  );
  const floats = held.map((c) =>
    c.name === "image"
      ? {
          ...c,
          train: bytesAsNumbers(image!.train as Uint8Array, 255),
          heldout: bytesAsNumbers(image!.heldout as Uint8Array, 255),
        }
      : c,
  );
  expect(await lossesOf(mnist.prepared)).toEqual(
    await lossesOf({ ...mnist.prepared, sizes: numbers.prepared.sizes, columns: floats }),
  );
});

test("four times as many bytes fit a memory as numbers, and a plan that does not fit says so in bytes", () => {
  const pages = (isBytes: boolean, train: number): number => {
    const { entries, sizes } = trial(784, 255, isBytes);
    return planWasm(entries, { ...sizes, train }, BATCH, false).pages;
  };
  const data = (60_000 * 784) / 2 ** 16;
  expect(pages(false, 60_000) - pages(true, 60_000)).toBeCloseTo(3 * data, -1);
  expect(() => pages(false, 1_500_000)).toThrow(MemoryExceeded);
  expect(pages(true, 5_000_000)).toBeLessThan(2 ** 16);
  expect(() => pages(true, 6_000_000)).toThrow(MemoryExceeded);
});
