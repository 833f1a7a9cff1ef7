// In: names of workloads. Out: PyTorch's milliseconds per training step on this machine, with one and with two threads.
// Runs torch_steps.py in the first Python that can import torch; without one there is nothing to compare with.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Medians; undefined where that run failed. */
export interface TorchTime {
  readonly ms1: number | undefined;
  readonly ms2: number | undefined;
}

export const TORCH_WORKLOADS = [
  "mlp",
  "lenet",
  "charlstm",
  "chargru",
  "resnet20",
  "resnet18",
  "vae",
  "dcgan",
  "transformer",
] as const;

const SCRIPT = fileURLToPath(new URL("torch_steps.py", import.meta.url));
const PYTHONS = ["python3", "/usr/bin/python3", "python"];
const run = promisify(execFile);

async function hasTorch(python: string): Promise<boolean> {
  try {
    await run(python, ["-c", "import torch"], { timeout: 60_000 });
    return true;
  } catch {
    return false;
  }
}

/** The first Python of this machine that has PyTorch. */
export async function findTorch(): Promise<string | undefined> {
  for (const python of PYTHONS) if (await hasTorch(python)) return python;
  return undefined;
}

/** The median of one workload; undefined, with the reason on stderr, when the run fails. */
async function stepTime(python: string, workload: string, threads: number, seconds: number) {
  const flags = ["--threads", String(threads), "--seconds", String(seconds), workload];
  const env = { ...process.env, OMP_NUM_THREADS: String(threads) };
  try {
    const { stdout } = await run(python, [SCRIPT, ...flags], { env, timeout: seconds * 1000 + 120_000 });
    return (JSON.parse(stdout) as { ms: number }).ms;
  } catch (error) {
    process.stderr.write(
      `PyTorch, ${workload}, ${threads} threads: ${error instanceof Error ? error.message : error}\n`,
    );
    return undefined;
  }
}

/** Measures one after the other, `seconds` each per number of threads. Undefined when PyTorch is absent. */
export async function torchTimes(workloads: string[], seconds = 4): Promise<Record<string, TorchTime> | undefined> {
  const python = await findTorch();
  if (python === undefined) return undefined;
  const times: Record<string, TorchTime> = {};
  for (const workload of workloads) {
    const ms1 = await stepTime(python, workload, 1, seconds);
    times[workload] = { ms1, ms2: await stepTime(python, workload, 2, seconds) };
  }
  return times;
}
