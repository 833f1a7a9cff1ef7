// In: names of workloads. Out: a report of our steps beside PyTorch's. Every run times each workload's sides one after the other, so
// that a ratio is of one stretch of the machine's time; runs go over all workloads before the next begins.

import { describeMachine } from "./machine.ts";
import {
  avx2Environment,
  bestEnvironment,
  bestKernels,
  clearedVariables,
  findTorch,
  kernelsOf,
  torchTime,
} from "./pytorch.ts";
import type { Peer, Report, Run } from "./report.ts";
import { medianOf } from "./statistics.ts";
import { type Effort, startTimer, thisCheckout } from "./steptimer.ts";

export interface Settings {
  readonly names: readonly string[];
  readonly threads: number;
  readonly effort: Effort;
  readonly onRun: (workload: string, run: Run) => void;
}

/** PyTorch as this machine has it. Only x64 has a choice of vector widths that all its libraries know. */
async function findPeer(threads: number, vectorBits: number | undefined): Promise<Peer | undefined> {
  const python = await findTorch();
  if (python === undefined) return undefined;
  const { kernels: best, core } = await bestKernels(python, threads, vectorBits);
  const isX64 = process.arch === "x64";
  return {
    python,
    best,
    core,
    avx2: isX64 ? await kernelsOf(python, avx2Environment(process.env, threads)) : undefined,
  };
}

async function ourTime(workload: string, threads: number, effort: Effort): Promise<number> {
  const timer = await startTimer(thisCheckout, workload, threads, effort.warmUpMs);
  const times: number[] = [];
  for (let i = 0; i < effort.stretches; i++) times.push(await timer.time(effort.stretchMs));
  timer.stop();
  return medianOf(times);
}

/** PyTorch's better time of one thread and of all. */
async function peerTime(
  python: string,
  workload: string,
  { threads, effort }: Settings,
  environment: typeof avx2Environment,
): Promise<number | undefined> {
  const seconds = (effort.warmUpMs + effort.stretches * effort.stretchMs) / 1000;
  const times: number[] = [];
  for (const n of new Set([1, threads])) {
    const ms = await torchTime(python, workload, n, seconds, environment(process.env, n));
    if (ms !== undefined) times.push(ms);
  }
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** PyTorch at its best is never slower than a choice that its users have: sometimes narrow vectors are the faster ones. */
const leastOf = (...times: readonly (number | undefined)[]): number | undefined => {
  const known = times.filter((t) => t !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

async function timeRun(workload: string, peer: Peer | undefined, settings: Settings): Promise<Run> {
  const ours = await ourTime(workload, settings.threads, settings.effort);
  if (!peer) return { ours, best: undefined, avx2: undefined };
  const chosen: typeof avx2Environment = (from, threads) => bestEnvironment(from, threads, peer.core);
  const wide = await peerTime(peer.python, workload, settings, chosen);
  const avx2 = peer.avx2 && (await peerTime(peer.python, workload, settings, avx2Environment));
  return { ours, best: leastOf(wide, avx2), avx2 };
}

export async function measureBeside(settings: Settings): Promise<Report> {
  const { names, threads, effort, onRun } = settings;
  const machine = describeMachine();
  const peer = await findPeer(threads, machine.vectorBits);
  const rows = names.map((workload) => ({ workload, runs: [] as Run[] }));
  for (let i = 0; i < effort.runs; i++)
    for (const { workload, runs } of rows) {
      const run = await timeRun(workload, peer, settings);
      runs.push(run);
      onRun(workload, run);
    }
  const date = new Date().toISOString().slice(0, 10);
  return { date, machine, threads, cleared: clearedVariables(process.env), peer, rows };
}
