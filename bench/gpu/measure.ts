// All parts of the benchmark on one adapter, the most useful first, in case time runs out. In: an adapter, programs, an effort.
// Out: figures as plain data. The figures of the device go into the user's cache, so that trainings use them.

import { keepTuning, measureFound, tuningFolder } from "../../project/tune/gpucache.node.ts";
import type { ProductSizes } from "../../project/tune/gputuning.ts";
import type { GpuTuning } from "../../runtime/plan.ts";
import { type DeviceRecord, recordOf } from "../../runtime/webgpu/device.ts";
import type { Found } from "../../runtime/webgpu/node.ts";
import { entriesOf } from "../plans.ts";
import type { Ceilings, Checked, Convolutions, Program, Stepped, Swept, SweptConvolutions } from "./onadapter.ts";
import { checkProgram, measureCeilings, sweep, sweepConvolutions, timeProgram } from "./onadapter.ts";
import type { Clock, Part, PartEnd } from "./parts.ts";
import { runPart } from "./parts.ts";
import { askTorch, type TorchLine } from "./torch.ts";

export interface Effort {
  /** Seconds of each part. */
  readonly seconds: Readonly<
    Record<"check" | "ceilings" | "tuning" | "sweep" | "convolutions" | "steps" | "torch", number>
  >;
  /** Numbers that a copy reads. */
  readonly copied: number;
  readonly products: readonly ProductSizes[];
  readonly cuts: readonly number[];
  readonly convolutions: readonly Convolutions[];
  /** Whether the device's figures are measured and kept, and PyTorch is asked. */
  readonly isFull: boolean;
}

const cube = (side: number): ProductSizes => ({ m: side, n: side, k: side });

/** Within the 45 minutes that a machine may be lent for. */
export const FULL: Effort = {
  seconds: { check: 240, ceilings: 60, tuning: 120, sweep: 360, convolutions: 120, steps: 600, torch: 480 },
  copied: 2 ** 26,
  products: [
    ...[256, 512, 1024, 2048, 4096].map(cube),
    { m: 128, n: 512, k: 784 },
    { m: 2048, n: 512, k: 128 },
    { m: 512, n: 512, k: 65536 },
  ],
  cuts: [1, 4, 16, 64],
  convolutions: [
    { side: 32, channels: 16, batch: 128 },
    { side: 32, channels: 64, batch: 64 },
    { side: 16, channels: 512, batch: 64 },
  ],
  isFull: true,
};

export const QUICK: Effort = {
  seconds: { check: 20, ceilings: 10, tuning: 1, sweep: 2, convolutions: 2, steps: 10, torch: 1 },
  copied: 2 ** 12,
  products: [cube(32)],
  cuts: [1],
  convolutions: [{ side: 4, channels: 4, batch: 4 }],
  isFull: false,
};

/** A program that a processor is soon through with. */
export function tiny(): Program {
  const workload = {
    text: `model net(x: [16]) { dense 16; tanh; dense 4 }
train run on d { loss cross_entropy(net(x), label); optimizer sgd lr=0.1 momentum=0.9; batch 8 }`,
    fields: [
      { name: "x", shape: [16] },
      { name: "label", shape: [], classes: 4 },
    ],
    batch: 8,
  };
  return { name: "tiny", workload, entries: entriesOf(workload) };
}

export interface Measured {
  readonly device: DeviceRecord;
  readonly parts: readonly Omit<PartEnd<unknown>, "result">[];
  readonly check?: readonly Checked[] | undefined;
  readonly ceilings?: Ceilings | undefined;
  readonly tuning?: GpuTuning | undefined;
  readonly sweep?: readonly Swept[] | undefined;
  readonly convolutions?: readonly SweptConvolutions[] | undefined;
  readonly steps?: readonly Stepped[] | undefined;
  readonly torch?: readonly TorchLine[] | undefined;
}

export async function measure(found: Found, programs: readonly Program[], effort: Effort): Promise<Measured> {
  const ends: PartEnd<unknown>[] = [];
  async function part<T>(name: keyof Effort["seconds"], run: Part<T>["run"]): Promise<T | undefined> {
    const end = await runPart({ name, seconds: effort.seconds[name], run });
    ends.push(end);
    return end.result;
  }
  async function each<T>(clock: Clock, one: (program: Program) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (const program of programs) if (!clock.isOver) all.push(await one(program));
    return all;
  }
  const check = await part("check", (clock) => each(clock, (p) => checkProgram(found, p)));
  const ceilings = await part("ceilings", () => measureCeilings(found, effort.copied));
  const tuning = effort.isFull ? await part("tuning", () => tuned(found)) : undefined;
  const steps = await part("steps", (clock) => each(clock, (p) => timeProgram(found, p, clock, tuning)));
  const swept = await part("sweep", (clock) => sweep(found, { products: effort.products, parts: effort.cuts }, clock));
  const convolutions = await part("convolutions", (clock) => sweepConvolutions(found, effort.convolutions, clock));
  const torch = effort.isFull
    ? await part("torch", () => askTorch(programs, effort.products, effort.seconds.torch))
    : undefined;
  const parts = ends.map(({ result: _, ...rest }) => rest);
  return { device: recordOf(found.adapter), parts, check, ceilings, tuning, sweep: swept, convolutions, steps, torch };
}

async function tuned(found: Found): Promise<GpuTuning> {
  const tuning = await measureFound(found);
  const folder = tuningFolder();
  if (folder !== undefined) keepTuning(folder, tuning);
  return tuning;
}
