// The buffers of a plan on a device: arenas, the step block, and the uniforms from which kernels know where their buffers begin and
// which step of a loop it is. In: a plan. Out: buffers, filled where they are constant.

import type { WgslDispatch, WgslPlan } from "../plan.ts";
import { STEP_WORDS } from "../plan.ts";
import { withoutErrors } from "./scopes.ts";

export interface Resources {
  readonly arenas: readonly GPUBuffer[];
  readonly step: GPUBuffer;
  readonly offsets: GPUBuffer;
  /** Where a dispatch's offsets stand in their buffer, in bytes. */
  readonly offsetsAt: (dispatch: WgslDispatch) => number;
  readonly times: GPUBuffer;
}

/** Uniform bindings start at multiples of this on every device. */
export const SLOT = 256;

/** GPUBufferUsage by value: Dawn in Node has no such global. */
export const GPU_USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;

export const offsetBytes = (d: WgslDispatch): number => 16 * Math.max(1, Math.ceil(d.offsets.length / 4));

const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;

/** GpuError where the device has no room; it names the arena, how large it is, and its largest buffer. */
export async function allocate(gpu: GPUDevice, plan: WgslPlan, name: string): Promise<Resources> {
  const { storage, uniform, copyFrom, copyTo } = GPU_USAGE;
  const make = (label: string, size: number, usage: number, largest?: string): Promise<GPUBuffer> => {
    const of = largest === undefined ? undefined : { buffer: largest };
    return withoutErrors(gpu, { name, what: `the program's ${label} (${mib(size)})`, of }, () =>
      gpu.createBuffer({ label, size, usage }),
    );
  };
  const { words, at } = placeOffsets(plan);
  const counts = timesOf(plan);
  const arenas = plan.arenas.map((a, i) => make(a.name, a.bytes, storage | copyFrom | copyTo, largestIn(plan, i)));
  const [step, offsets, times, ...rest] = await Promise.all([
    make("step", 4 * STEP_WORDS.size, storage | copyFrom | copyTo),
    make("offsets", words.byteLength, uniform | copyTo),
    make("times", counts.byteLength, uniform | copyTo),
    ...arenas,
  ]);
  gpu.queue.writeBuffer(offsets, 0, words);
  gpu.queue.writeBuffer(times, 0, counts);
  return { arenas: rest, step, offsets, offsetsAt: (d) => at.get(keyOf(d)) ?? 0, times };
}

/** The name of the largest buffer in an arena. */
function largestIn({ buffers }: WgslPlan, arena: number): string | undefined {
  const own = buffers.filter((b) => b.arena === arena);
  return own.toSorted((a, b) => b.size - a.size)[0]?.name;
}

const keyOf = (d: WgslDispatch): string => d.offsets.join();

/** Equal offsets stand in one place. */
function placeOffsets({ entries }: WgslPlan): { words: Int32Array<ArrayBuffer>; at: ReadonlyMap<string, number> } {
  const dispatches = entries.flatMap((e) => e.steps.flatMap((s) => (s.kind === "loop" ? s.body : [s])));
  const at = new Map<string, number>();
  let end = 0;
  for (const d of dispatches) {
    if (at.has(keyOf(d))) continue;
    at.set(keyOf(d), end);
    end += SLOT * Math.ceil(offsetBytes(d) / SLOT);
  }
  const words = new Int32Array(Math.max(SLOT, end) / 4);
  for (const d of dispatches) words.set(d.offsets, (at.get(keyOf(d)) ?? 0) / 4);
  return { words, at };
}

/** The number of each step of the longest loop, in places where a binding may begin. */
function timesOf({ entries }: WgslPlan): Int32Array<ArrayBuffer> {
  const lengths = entries.flatMap((e) => e.steps.map((s) => (s.kind === "loop" ? s.length : 1)));
  const longest = Math.max(1, ...lengths);
  const counts = new Int32Array((longest * SLOT) / 4);
  for (let t = 0; t < longest; t++) counts[(t * SLOT) / 4] = t;
  return counts;
}
