// How long a plan is expected to take on a GPU and on the processor, from the work of its kernels: small programs are done on the processor
// before a GPU has begun. In: a plan for a GPU with the work of its dispatches. Out: seconds on either, and the sentence that says why
// the GPU was left alone. The figures are rough, and only the order of the two counts.

import type { Work } from "../compiler/loops/stage.ts";
import type { WgslEntry, WgslPlan } from "../runtime/plan.ts";
import { countText } from "./numbertext.ts";

export interface Times {
  readonly processor: number;
  readonly gpu: number;
  /** Of so many runs, with the start of the GPU; of one without it where it is not known how many there will be. */
  readonly runs: number | undefined;
}

/** Operations that a thread does in a microsecond: vectors of eight, not always fed. */
const THREAD = 8000;
/** Microseconds for which the threads of the processor wait for each other at a kernel. */
const MEETING = 2;
/** Seconds until a driver has made a pipeline of a kernel, several at once. */
const COMPILING = 0.01;

export function expectedTimes(
  { entries, kernels }: WgslPlan,
  works: ReadonlyMap<string, readonly Work[]>,
  threads: number,
  runs?: number,
): Times {
  // One entry is run again and again; `initialise` is run once.
  const repeated = entries.filter((e) => e.name !== "initialise");
  const step = repeated.find((e) => e.name === "train") ?? repeated[0] ?? entries[0];
  if (!step) return { processor: 0, gpu: 0, runs };
  const own = works.get(step.name) ?? [];
  const operations = own.reduce((n, w) => n + w.operations, 0);
  const processor = operations / (THREAD * threads) + (threads > 1 ? MEETING * own.length : 0);
  const gpu = microsecondsOf(step);
  return runs === undefined
    ? { processor: processor / 1e6, gpu: gpu / 1e6, runs }
    : { processor: (runs * processor) / 1e6, gpu: (runs * gpu) / 1e6 + COMPILING * kernels.length, runs };
}

const microsecondsOf = ({ steps }: WgslEntry): number =>
  steps.reduce(
    (n, s) => n + (s.kind === "loop" ? s.length * s.body.reduce((sum, d) => sum + d.microseconds, 0) : s.microseconds),
    0,
  );

/** `too small for the GPU X: 200 steps take about 0.02 s on the processor, and 1.2 s there; --device gpu takes it all the same` */
export function leftAloneText(name: string, { processor, gpu, runs }: Times): string {
  const [here, there] = [duration(processor), duration(gpu)];
  const what = runs === undefined ? "a run takes" : runs === 1 ? "the step takes" : `${countText(runs)} steps take`;
  const began = runs === undefined ? "there" : "there, its start included";
  return `too small for the GPU ${name}: ${what} about ${here} on the processor and ${there} ${began}; --device gpu takes it all the same`;
}

function duration(seconds: number): string {
  if (seconds >= 1) return `${Number(seconds.toPrecision(2))} s`;
  return seconds >= 1e-3
    ? `${Number((1e3 * seconds).toPrecision(2))} ms`
    : `${Number((1e6 * seconds).toPrecision(2))} µs`;
}
