// All parts of the benchmark on one adapter, the most useful first, in case time runs out. In: an adapter, programs, an effort.
// Out: figures as plain data. The figures of the device go into the user's cache, so that trainings use them.

import { keepTuning, measureFound, tuningFolder } from "../../project/tune/gpucache.node.ts";
import type { ProductSizes } from "../../project/tune/gputuning.ts";
import type { GpuTuning } from "../../runtime/plan.ts";
import { type DeviceRecord, messageOf, recordOf } from "../../runtime/webgpu/device.ts";
import { type Found, findAdapter } from "../../runtime/webgpu/node.ts";
import { entriesOf } from "../plans.ts";
import { type Checked, checkProgram, type Program } from "./check.ts";
import type { Ceilings, Convolutions, Stepped, Swept, SweptConvolutions } from "./onadapter.ts";
import { measureCeilings, sweep, sweepConvolutions, timeProgram } from "./onadapter.ts";
import type { Clock, Part, PartEnd } from "./parts.ts";
import { runPart } from "./parts.ts";
import { askTorch, type TorchLine } from "./torch.ts";

/** In their order: what is most useful comes first, in case that the machine is taken away. */
export const PARTS = ["check", "ceilings", "tuning", "steps", "sweep", "convolutions", "torch"] as const;
export type PartName = (typeof PARTS)[number];

export interface Effort {
  /** Seconds of each part. */
  readonly seconds: Readonly<Record<PartName, number>>;
  /** Numbers that a copy reads. */
  readonly copied: number;
  readonly products: readonly ProductSizes[];
  readonly cuts: readonly number[];
  readonly convolutions: readonly Convolutions[];
  /** Whether the device's figures are measured and kept, and PyTorch is asked. */
  readonly isFull: boolean;
}

const cube = (side: number): ProductSizes => ({ m: side, n: side, k: side });

/** All of it within half an hour, for which a machine may be lent. */
export const FULL: Effort = {
  seconds: { check: 180, ceilings: 30, tuning: 60, steps: 420, sweep: 300, convolutions: 90, torch: 300 },
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
  seconds: { check: 20, ceilings: 10, tuning: 1, steps: 10, sweep: 2, convolutions: 2, torch: 1 },
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

export interface Wish {
  /** Which parts, all where absent. */
  readonly parts?: readonly PartName[];
  /** Seconds of all of them. */
  readonly most?: number;
  /** How many times as large batches are. */
  readonly times?: number;
  /** Gets what there is after each part. */
  readonly keep?: (sofar: Measured) => void;
}

/** Seconds that are left for the last lines. */
const RESERVE = 5;

export async function measure(
  found: Found,
  programs: readonly Program[],
  effort: Effort,
  { parts = PARTS, most = Number.POSITIVE_INFINITY, keep, times = 1 }: Wish = {},
): Promise<Measured> {
  const began = performance.now();
  let measured: Measured = { device: recordOf(found.adapter), parts: [] };
  async function part<Name extends PartName>(name: Name, run: Part<NonNullable<Measured[Name]>>["run"]): Promise<void> {
    const left = most - (performance.now() - began) / 1000 - RESERVE;
    if (!parts.includes(name) || left <= 0) return;
    const { result, ...end } = await runPart({ name, seconds: Math.min(effort.seconds[name], left), run });
    measured = { ...measured, parts: [...measured.parts, end], [name]: result };
    keep?.(measured);
  }
  async function each<T>(clock: Clock<T[]>, one: (program: Program) => Promise<T>): Promise<T[]> {
    const all: T[] = [];
    for (const program of programs) {
      if (clock.isOver) break;
      try {
        all.push(await one(program));
      } catch (error) {
        // A device that is lost takes one program with it: the next gets one of its own.
        clock.fail(`${program.name}: ${messageOf(error)}`);
      }
      clock.keep(all);
    }
    return all;
  }
  const guarded = await findAdapter({ isGuarded: true });
  const other = typeof guarded === "string" ? found : guarded;
  await part("check", (clock) => each(clock, (p) => checkProgram([found, other], p)));
  await part("ceilings", () => measureCeilings(found, effort.copied));
  if (effort.isFull) await part("tuning", () => tuned(found));
  const { tuning } = measured;
  await part("steps", (clock) => each(clock, (p) => timeProgram(found, p, clock, tuning)));
  await part("sweep", (clock) => sweep(found, { products: effort.products, parts: effort.cuts }, clock));
  await part("convolutions", (clock) => sweepConvolutions(found, effort.convolutions, clock));
  const seconds = Math.min(effort.seconds.torch, most - (performance.now() - began) / 1000 - RESERVE);
  if (effort.isFull) await part("torch", () => askTorch(programs, effort.products, seconds, times));
  return measured;
}

async function tuned(found: Found): Promise<GpuTuning> {
  const tuning = await measureFound(found);
  const folder = tuningFolder();
  if (folder !== undefined) keepTuning(folder, tuning);
  return tuning;
}
