// Proves that dispatches become few submits, each below the time at which drivers reset a device, with as many waiting as the queue may
// have and no call that binds what is bound; that a session on a GPU keeps the queue filled; and that none of it changes a bit.

import { afterEach, expect, test, vi } from "vitest";
import type { Field } from "../../compiler/check/training/lines/types.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { Random } from "../../runtime/data/random.ts";
import type { WgslPlan } from "../../runtime/plan.ts";
import { Session, type SessionPlan } from "../../runtime/train/session.ts";
import type { WebGpuEngine } from "../../runtime/webgpu/engine.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { type Prepared, type QueueLimits, WorkQueue } from "../../runtime/webgpu/queue.ts";
import { countingGpu } from "../support/countinggpu.ts";
import { compileText } from "../support/engine.ts";
import { nullGpu, softwareGpu } from "../support/gpu.ts";

afterEach(() => vi.useRealTimers());

/** A device that takes `slowness` times as long as plans expect, one submit after the other, and writes down its calls. */
function slowDevice(slowness: number) {
  const calls: string[] = [];
  const submits: number[] = [];
  let [microseconds, busyUntil] = [0, 0];
  const pass = {
    setPipeline: (pipeline: unknown) => calls.push(`pipeline ${String(pipeline)}`),
    setBindGroup: (_: number, group: unknown, [at]: readonly number[] = []) =>
      calls.push(`group ${String(group)}${at === undefined ? "" : ` at ${at}`}`),
    dispatchWorkgroups: (across: number, down: number) => {
      calls.push(`dispatch ${across}x${down}`);
      microseconds += across;
    },
    end: () => {},
  };
  const gpu = {
    limits: { maxComputeWorkgroupsPerDimension: 65535 },
    createCommandEncoder: () => ({ beginComputePass: () => pass, finish: () => microseconds }),
    queue: {
      submit: ([took]: number[]) => {
        microseconds = 0;
        submits.push(took!);
        busyUntil = Math.max(busyUntil, performance.now()) + (slowness * took!) / 1000;
      },
      onSubmittedWorkDone: () =>
        new Promise((resolve) => setTimeout(resolve, Math.max(0, busyUntil - performance.now()))),
    },
  };
  return { gpu: gpu as unknown as GPUDevice, calls, submits };
}

/** A dispatch of one workgroup for each microsecond that it is expected to take. */
const work = (microseconds: number, name = "a", time = false): Prepared => ({
  pipeline: name as unknown as GPUComputePipeline,
  group: `of ${name}` as unknown as GPUBindGroup,
  dispatch: {
    kind: "kernel",
    kernel: 0,
    grids: [[{ extents: [{ constant: microseconds, perBatch: 0 }], per: 1 }]],
    arenas: [],
    offsets: [],
    microseconds,
  },
  time,
});

test("what is bound is not bound again, within a submit; a step of a loop binds its number alone", () => {
  const { gpu, calls } = slowDevice(1);
  const queue = new WorkQueue(gpu);
  const [a, b, timed] = [work(1, "a"), work(2, "b"), work(3, "c", true)];
  for (const p of [a, a, b, a]) queue.dispatch(p, 1, 0);
  for (const step of [0, 1, 1]) queue.dispatch(timed, 1, step);
  queue.submit();
  queue.dispatch(timed, 1, 1);
  expect(calls).toEqual([
    ...["pipeline a", "group of a", "dispatch 1x1", "dispatch 1x1"],
    ...["pipeline b", "group of b", "dispatch 2x1", "pipeline a", "group of a", "dispatch 1x1"],
    ...["pipeline c", "group of c at 0", "dispatch 3x1", "group of c at 256", "dispatch 3x1", "dispatch 3x1"],
    ...["pipeline c", "group of c at 256", "dispatch 3x1"],
  ]);
});

/** Gives a queue steps as an engine does; gives the most submits that were under way. */
async function give(queue: WorkQueue, steps: readonly (readonly Prepared[])[], submits: readonly number[]) {
  let most = 0;
  let done = 0;
  for (const step of steps) {
    for (const p of step) queue.dispatch(p, 1, 0);
    queue.endStep();
    most = Math.max(most, submits.length - done);
    const { full } = queue;
    if (!full) continue;
    await full;
    done++;
  }
  queue.submit();
  await queue.drained;
  return most;
}

for (const slowness of [1, 20, 1000])
  test(`on a device ${slowness} times as slow as expected, submits stay below two seconds and soon below a tenth of one`, async () => {
    vi.useFakeTimers();
    const { gpu, submits } = slowDevice(slowness);
    const steps = Array.from({ length: 200 }, () => [work(100), work(900), work(500)]);
    const giving = give(new WorkQueue(gpu), steps, submits);
    await vi.runAllTimersAsync();
    await giving;
    const took = submits.map((microseconds) => (slowness * microseconds) / 1000);
    expect(submits.reduce((a, b) => a + b, 0)).toBe(200 * 1500);
    // A dispatch by itself cannot be cut.
    const most = Math.max(100, (slowness * 900) / 1000);
    if (slowness < 1000) expect(Math.max(...took)).toBeLessThan(2000);
    expect(Math.max(...took.slice(10))).toBeLessThanOrEqual(most);
  });

test("small steps share a submit, and no more submits wait than may", async () => {
  vi.useFakeTimers();
  const { gpu, submits } = slowDevice(1);
  const steps = Array.from({ length: 3000 }, () => [work(5), work(20)]);
  const giving = give(new WorkQueue(gpu), steps, submits);
  await vi.runAllTimersAsync();
  expect(await giving).toBeLessThanOrEqual(8);
  expect(submits.length).toBeLessThan(3000 / 20);
  // The first step does not wait for others.
  expect(submits[0]).toBe(25);
});

test("a device that tells of the end of a submit a tenth of a second late is not taken for a slow one", async () => {
  vi.useFakeTimers();
  const { gpu, submits } = slowDevice(1);
  const { onSubmittedWorkDone } = gpu.queue;
  gpu.queue.onSubmittedWorkDone = async () => {
    await onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return undefined;
  };
  const queue = new WorkQueue(gpu);
  const giving = give(
    queue,
    Array.from({ length: 400 }, () => [work(1000)]),
    submits,
  );
  await vi.runAllTimersAsync();
  await giving;
  expect(queue.slowness).toBeLessThanOrEqual(32);
});

// ---------------------------------------------------------------- an engine

const TEXT = `model net(x: [4]) { dense 6; tanh; dense 3 }
train net on d { loss cross_entropy(net(x), label); optimizer adam lr=0.01; batch 8; epochs 2 }`;
const FIELDS: readonly Field[] = [
  { name: "x", shape: [4] },
  { name: "label", shape: [], classes: 3 },
];
const ROWS = 60;

function planOf(): { plan: WgslPlan; session: SessionPlan } {
  const { entries, training } = compileText(TEXT, FIELDS, ROWS);
  const sizes = {
    fields: [
      { name: "x", size: 4, dtype: "f32" as const },
      { name: "label", size: 1, dtype: "i32" as const },
    ],
    train: ROWS,
    heldout: 0,
  };
  const session: SessionPlan = {
    batch: training.batch,
    epochs: training.epochs,
    examples: ROWS,
    heldout: 0,
    unitsPerExample: 1,
    seed: 3,
    batches: 1,
    logged: [{ name: "loss", loss: { step: "net", sign: 1 } }],
    evaluated: [],
    tensors: training.learned.map((l) => l.path),
  };
  return { plan: planWgsl(entries, sizes, training.batch), session };
}

function columns() {
  const random = new Random(5);
  const x = Float32Array.from({ length: 4 * ROWS }, () => random.normal());
  const label = Int32Array.from({ length: ROWS }, () => random.integer(3));
  return [
    { name: "x", train: x, heldout: new Float32Array(0) },
    { name: "label", train: label, heldout: new Int32Array(0) },
  ];
}

async function trained(engine: WebGpuEngine, plan: SessionPlan, isAhead: boolean, longest: number) {
  const session = await Session.open(engine, plan, columns());
  session.longest = longest;
  session.goesAhead = () => isAhead;
  const losses: number[] = [];
  for await (const event of session.run()) if (event.kind === "stretch") losses.push(...event.losses.flat());
  const tensors = [...(await session.tensors())];
  return { losses, tensors };
}

test("a session has the next stretch submitted before the results of the last are there, and steps share submits", async () => {
  const { plan, session } = planOf();
  const { found, take, hold } = countingGpu(await nullGpu());
  const engine = await startGpu(found, plan);
  const opened = await Session.open(engine, session, columns());
  opened.longest = 1;
  opened.goesAhead = () => true;
  take();
  hold();
  let stretches = 0;
  // An epoch has eight.
  for await (const event of opened.run()) if (event.kind === "stretch" && ++stretches === 7) break;
  const calls = take();
  // When the results of stretch k are there, those of stretch k + 1 have been asked for, and so has the stretch itself.
  const mapped = [...calls.keys()].filter((i) => calls[i] === "mapped");
  const asked = mapped.map((at) => calls.slice(0, at).filter((c) => c === "copy").length);
  expect(asked).toEqual([2, 3, 4, 5, 6, 7, 8]);
  await engine.run("train", 10);
  take();
  await engine.run("train", 40);
  const later = take();
  const count = (name: string): number => later.filter((c) => c === name).length;
  const dispatches = plan.entries.find((e) => e.name === "train")!.steps.length;
  expect(count("dispatchWorkgroups")).toBe(40 * dispatches);
  expect(count("setPipeline")).toBeLessThanOrEqual(40 * dispatches);
  expect(count("submit")).toBeLessThan(40);
  await engine.stop();
});

const gpu = await softwareGpu();

const WAYS: Readonly<Record<string, { limits: Partial<QueueLimits>; isAhead: boolean; longest: number }>> = {
  "each step by itself": { limits: { dispatches: 1, ahead: 1 }, isAhead: false, longest: 1 },
  "each dispatch by itself": { limits: { longest: 0 }, isAhead: true, longest: 3 },
  "all steps together": { limits: { shortest: 1e9, dispatches: 1e9, longest: 1e9 }, isAhead: true, longest: 5 },
};

test.skipIf(typeof gpu === "string")(
  "losses and weights are the same to the bit however steps are cut into submits and however far the queue is ahead",
  async () => {
    if (typeof gpu === "string") return;
    const { plan, session } = planOf();
    const runs: unknown[] = [];
    const engine = await startGpu(await gpu.again(), plan);
    const { limits: usual } = engine.queue;
    for (const { limits, isAhead, longest } of Object.values(WAYS)) {
      engine.queue.limits = { ...usual, ...limits };
      runs.push(await trained(engine, session, isAhead, longest));
    }
    await engine.stop();
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
    expect((runs[0] as { losses: number[] }).losses).toHaveLength(16);
    expect((runs[0] as { losses: number[] }).losses.every(Number.isFinite)).toBe(true);
  },
  60_000,
);
