// The parts of the benchmark that run on an adapter. In: an adapter and a workload. Out: figures as plain data; `gpu.ts` prints them.

import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { sidesOf } from "../../compiler/targets/wgsl/tiles/shapes.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { timingOn } from "../../project/tune/gpucache.node.ts";
import { copyProbe, type ProductSizes, productProbe } from "../../project/tune/gputuning.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { GpuTuning, WgslDispatch } from "../../runtime/plan.ts";
import { limitsOf } from "../../runtime/webgpu/device.ts";
import { matricesOf } from "../../runtime/webgpu/matrices.ts";
import { anotherOf, type Found, startGpu } from "../../runtime/webgpu/node.ts";
import { microsecondsOf } from "../../runtime/webgpu/timing.ts";
import { entriesOf } from "../plans.ts";
import { begin, type Program, planFor } from "./check.ts";
import { figuresOf } from "./figures.ts";
import type { Clock } from "./parts.ts";
import { timePasses } from "./timestamps.ts";

export interface Swept extends ProductSizes {
  /** TFLOP/s by tile and parts, best first. */
  readonly tiles: readonly { readonly tile: string; readonly parts: number; readonly rate: number }[];
}

/** Products in every tile and so many parts. */
export async function sweep(
  found: Found,
  { products, parts }: { readonly products: readonly ProductSizes[]; readonly parts: readonly number[] },
  clock: Clock<Swept[]>,
): Promise<Swept[]> {
  const time = timingOn(found);
  const swept: Swept[] = [];
  for (const sizes of products) {
    const tiles: { tile: string; parts: number; rate: number }[] = [];
    for (const shape of GPU.tile.shapes)
      for (const cut of parts.filter((p) => p === 1 || sizes.k / p >= GPU.parts.fewestSteps)) {
        if (clock.isOver) break;
        const microseconds = await time(productProbe(sizes, shape, cut));
        const tile = `${sidesOf(shape).join("x")}/${shape.each.join("x")}`;
        tiles.push({ tile, parts: cut, rate: (2 * sizes.m * sizes.n * sizes.k) / microseconds / 1e6 });
      }
    if (tiles.length > 0) swept.push({ ...sizes, tiles: tiles.sort((a, b) => b.rate - a.rate) });
    clock.keep(swept);
  }
  return swept;
}

export interface Convolutions {
  readonly side: number;
  readonly channels: number;
  readonly batch: number;
}

export interface SweptConvolutions extends Convolutions {
  readonly tiles: Swept["tiles"];
}

/** Steps of two 3x3 convolutions, forwards and backwards, in every tile. */
export async function sweepConvolutions(
  found: Found,
  all: readonly Convolutions[],
  clock: Clock<SweptConvolutions[]>,
): Promise<SweptConvolutions[]> {
  const swept: SweptConvolutions[] = [];
  for (const sizes of all) {
    const program = convolutions(sizes);
    const tiles: { tile: string; parts: number; rate: number }[] = [];
    for (const shape of GPU.tile.shapes) {
      if (clock.isOver) break;
      const tuning = { ...GPU, tile: { ...GPU.tile, shapes: [shape] } };
      const { entries } = program;
      const { flops } = figuresOf({ entries, batch: sizes.batch }, tuning);
      const plan = wgslTarget.plan(
        { entries, batch: sizes.batch },
        { limits: { ...limitsOf(found.adapter), matrices: matricesOf(found.adapter) }, tuning },
      );
      const engine = await startGpu(await anotherOf(found), plan);
      await begin(engine, program);
      const microseconds = await microsecondsOf(engine, "train");
      await engine.stop();
      const rate = flops.tiles / microseconds / 1e6;
      tiles.push({ tile: `${sidesOf(shape).join("x")}/${shape.each.join("x")}`, parts: 1, rate });
    }
    if (tiles.length > 0) swept.push({ ...sizes, tiles: tiles.sort((a, b) => b.rate - a.rate) });
    clock.keep(swept);
  }
  return swept;
}

function convolutions({ side, channels, batch }: Convolutions): Program {
  const shape = [side, side, channels];
  const workload = {
    text: `model net(image: [${shape.join(", ")}]) { repeat 2 { conv 3x3 ${channels} p1 nobias } }
train run on d { loss mean(net(image) ^ 2); optimizer sgd lr=0.001; batch ${batch} }`,
    fields: [{ name: "image", shape }],
    batch,
  };
  return { name: `conv ${channels}`, workload, entries: entriesOf(workload) };
}

export interface Ceilings {
  /** GB/s of a copy. */
  readonly copy: number;
  /** Microseconds of a dispatch that waits for the one before. */
  readonly dispatch: number;
  /** TFLOP/s of independent multiplications and additions in registers. */
  readonly fma: number;
}

export async function measureCeilings(found: Found, count: number): Promise<Ceilings> {
  const time = timingOn(found);
  const copy = (8 * count) / (await time(copyProbe(count))) / 1000;
  const dispatch = (await time(copyProbe(1))) / 2;
  return { copy, dispatch, fma: await measureFma(found, count) };
}

/** Chains of so many multiply-adds in a thread, eight beside each other. */
const CHAIN = 256;

async function measureFma(found: Found, count: number): Promise<number> {
  const threads = Math.max(256, Math.min(2 ** 20, count));
  const sums = Array.from({ length: 8 }, (_, i) => `s${i}`);
  const body = sums.map((s) => `    ${s} = fma(${s}, x, y);`).join("\n");
  const code = `  for (var k = 0; k < ${CHAIN}; k++) {\n${body}\n  }`;
  const plan = copyProbe(threads);
  // The kernel of a copy with arithmetic before its store: whatever else a dispatch costs is in it, too.
  const kernels = plan.kernels.map((k) => {
    const store = /^(\s*)(m\d+\[[^\n]*\] = )([^\n;]+);$/m.exec(k.code);
    if (!k.nest.includes("out")) return k;
    if (!store) throw new Error(`there is no store in ${k.code}`);
    const [line, indent = "", target = "", value = ""] = store;
    const before = sums.map((s, i) => `${indent}var ${s} = ${value} + ${i}f;`).join("\n");
    const lines = [`${indent}let x = ${value}; let y = ${value} * 0.5f;`, before, code];
    return { ...k, code: k.code.replace(line, `${lines.join("\n")}\n${indent}${target}${sums.join(" + ")};`) };
  });
  const [bare, full] = [await timingOn(found)(plan), await timingOn(found)({ ...plan, kernels })];
  return (2 * sums.length * CHAIN * threads) / Math.max(1e-3, full - bare) / 1e6;
}

export interface KernelTime {
  readonly workload: string;
  readonly kernel: string;
  readonly microseconds: number;
  /** Of a step: the kernel may be dispatched several times. */
  readonly times: number;
  readonly nest: string;
}

export interface Stepped {
  readonly workload: string;
  /** Milliseconds of a step by the clock, and of the device alone where it has timestamps. */
  readonly wall: number;
  readonly device?: number;
  readonly kernels: readonly KernelTime[];
}

/** A step as a whole, then each of its dispatches by itself. */
export async function timeProgram(
  found: Found,
  program: Program,
  clock: Pick<Clock<unknown>, "isOver">,
  tuning?: GpuTuning,
): Promise<Stepped> {
  const plan = planFor(found, program, tuning);
  const train = plan.entries.find((e) => e.name === "train");
  const dispatches = (train?.steps ?? []).flatMap((s): WgslDispatch[] => (s.kind === "loop" ? [...s.body] : [s]));
  const alone = Map.groupBy(dispatches, (d) => d.kernel);
  const single = [...alone].map(([kernel, [first]]) => ({
    name: `alone ${kernel}`,
    steps: first ? [first] : [],
    logged: [],
    fields: [],
    batches: 0,
    parts: 0,
  }));
  const engine = await startGpu(await anotherOf(found), { ...plan, entries: [...plan.entries, ...single] });
  await begin(engine, program);
  const wall = (await microsecondsOf(engine, "train")) / 1000;
  const passes = timePasses(engine.gpu);
  const kernels: KernelTime[] = [];
  let device: number | undefined;
  const runs = 20;
  if (passes) {
    await engine.run("train", runs);
    device = (await passes.take()).nanoseconds / runs / 1e6;
  }
  for (const [kernel, all] of alone) {
    if (clock.isOver) break;
    const entry = `alone ${kernel}`;
    const microseconds = passes ? await byPasses(engine, entry, passes, runs) : await microsecondsOf(engine, entry);
    const { name, nest } = plan.kernels[kernel] ?? { name: entry, nest: "" };
    kernels.push({ workload: program.name, kernel: name, microseconds, times: all.length, nest });
  }
  await engine.stop();
  kernels.sort((a, b) => b.microseconds * b.times - a.microseconds * a.times);
  return { workload: program.name, wall, kernels, ...(device === undefined ? {} : { device }) };
}

async function byPasses(
  engine: Engine,
  entry: string,
  passes: NonNullable<ReturnType<typeof timePasses>>,
  runs: number,
): Promise<number> {
  await engine.run(entry);
  await passes.take();
  await engine.run(entry, runs);
  return (await passes.take()).nanoseconds / runs / 1000;
}
