// Compares a few steps of a workload on a GPU with those on the processor. In: an adapter and a program. Out: the largest
// difference, judged by what rounding does. A plan may be for a larger batch than the program has: its kernels are those of that batch.

import type { Entry } from "../../compiler/compile.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { Random } from "../../runtime/data/random.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { GpuTuning, WgslPlan } from "../../runtime/plan.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { limitsOf } from "../../runtime/webgpu/device.ts";
import { matricesOf } from "../../runtime/webgpu/matrices.ts";
import { anotherOf, type Found, startGpu } from "../../runtime/webgpu/node.ts";
import type { Workload } from "../workloads.ts";
import { type Difference, differenceOf, roundedOff, type Tensors } from "./rounding.ts";

export interface Program {
  readonly name: string;
  readonly workload: Workload;
  readonly entries: readonly Entry[];
}

export const planFor = (found: Found, { entries, workload }: Program, measured?: GpuTuning): WgslPlan =>
  wgslTarget.plan(
    { entries, batch: workload.batch },
    { limits: { ...limitsOf(found.adapter), matrices: matricesOf(found.adapter) }, measured },
  );

/** The same start and the same batch on any engine. */
export async function begin(engine: Engine, { workload }: Program): Promise<void> {
  const random = new Random(7);
  engine.set("seed", 3);
  engine.set("batch", workload.batch);
  await engine.run("initialise");
  for (const { name, shape, classes } of workload.fields) {
    const length = workload.batch * shape.reduce<number>((n, d) => n * Number(d), 1);
    const values = Array.from({ length }, () => (classes ? random.integer(classes) : random.uniform(0, 1)));
    if (engine.has(name)) await engine.write(name, classes ? Int32Array.from(values) : Float32Array.from(values));
  }
}

const learnedIn = (plan: WgslPlan): string[] =>
  plan.buffers.filter((b) => b.role === "parameter" || b.role === "state").map((b) => b.name);

/** Steps of the check: few, since Adam makes rounding errors of gradients near zero large. */
const STEPS = 3;
const MOST_DIFFERENCE = 1e-3;
/** Seeds. */
const ROUNDINGS = [5, 6, 7];

/** Parameters and states after a few steps; from first values that are off by rounding where there is a `random`. */
async function learned(engine: Engine, program: Program, plan: WgslPlan, random?: Random): Promise<Tensors> {
  await begin(engine, program);
  if (random) for (const name of learnedIn(plan)) await engine.write(name, roundedOff(await engine.read(name), random));
  await engine.run("train", STEPS);
  const all = new Map<string, ArrayLike<number>>();
  for (const name of learnedIn(plan)) all.set(name, await engine.read(name));
  await engine.stop();
  return all;
}

interface Expected {
  readonly here: Tensors;
  /** Each time from other numbers that are off by rounding. */
  readonly rounded: readonly Tensors[];
}

async function learnedHere(program: Program, plan: WgslPlan): Promise<Expected> {
  const wasm = wasmTarget.plan({ entries: program.entries, batch: plan.batch }, { shared: false });
  const here = await learned(await WasmEngine.start(wasm, 1), program, plan);
  const rounded: Tensors[] = [];
  for (const seed of ROUNDINGS)
    rounded.push(await learned(await WasmEngine.start(wasm, 1), program, plan, new Random(seed)));
  return { here, rounded };
}

/** The same on an adapter, from temporaries that are no numbers; and the seconds until its engine could run. */
async function learnedThere(
  found: Found,
  program: Program,
  plan: WgslPlan,
): Promise<{ there: Tensors; start: number }> {
  const began = performance.now();
  const gpu = await startGpu(await anotherOf(found), plan);
  for (const b of plan.buffers.filter(({ role, dtype }) => role === "temporary" && dtype === "f32"))
    await gpu.write(b.name, new Float32Array(b.size).fill(Number.NaN));
  const start = (performance.now() - began) / 1000;
  return { there: await learned(gpu, program, plan), start };
}

/** How far a few steps on an adapter are from those on the processor; `isRight` is by what rounding does there. */
export async function compareOnce(
  found: Found,
  program: Program,
  plan: WgslPlan,
): Promise<Difference & { readonly isRight: boolean }> {
  const { here, rounded } = await learnedHere(program, plan);
  const { there } = await learnedThere(found, program, plan);
  const difference = differenceOf(here, rounded, there, MOST_DIFFERENCE);
  return { ...difference, isRight: difference.worst < MOST_DIFFERENCE };
}

export interface Checked {
  readonly workload: string;
  /** The largest difference of a parameter or state, as a share of that tensor's largest number, or of what rounding makes of it. */
  readonly worst: number;
  readonly tensor: string;
  /** Whether a second run had the same bits. */
  readonly isRepeatable: boolean;
  /** Whether one with clamped indices and cleared memory had. */
  readonly isGuarded: boolean;
  /** Seconds until an engine could run, each time: the driver keeps what it has compiled. */
  readonly starts: readonly number[];
  readonly isRight: boolean;
}

/**
 * A few steps against the processor; and once more with guards, as in pages, for the same bits. The processor does them again, each time
 * from other numbers that are off by rounding: a difference is judged by what that does.
 */
export async function checkProgram(
  [found, guarded]: readonly [Found, Found],
  program: Program,
  change = (plan: WgslPlan): WgslPlan => plan,
): Promise<Checked> {
  const plan = change(planFor(found, program));
  const { here, rounded } = await learnedHere(program, plan);
  const runs = [];
  for (const by of [found, found, guarded]) runs.push(await learnedThere(by, program, plan));
  const [first, again, clamped] = runs.map((r) => r.there) as [Tensors, Tensors, Tensors];
  const areEqual = (a: Tensors, b: Tensors): boolean =>
    [...a].every(([name, values]) => Array.from(values).every((x, i) => Object.is(x, b.get(name)?.[i])));
  const [isRepeatable, isGuarded] = [areEqual(first, again), areEqual(first, clamped)];
  const { worst, tensor } = differenceOf(here, rounded, first, MOST_DIFFERENCE);
  const isRight = worst < MOST_DIFFERENCE && isRepeatable && isGuarded;
  const starts = runs.map((r) => r.start);
  return { workload: program.name, worst, tensor, isRepeatable, isGuarded, starts, isRight };
}
