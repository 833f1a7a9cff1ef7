// In: names of workloads. Out: PyTorch's milliseconds per training step on this machine and the kernels that it ran, at its best
// and held to vectors of 256 bits. Python is the first at hand that can import torch; without one there is nothing to compare with.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The kernels that PyTorch's libraries choose; null where that library is absent or does not say. */
export interface Kernels {
  readonly version: string;
  readonly openblas: string | null;
  readonly mkl: string | null;
  readonly onednn: string | null;
  readonly aten: string | null;
  /** Whether a product of whole numbers is exact. */
  readonly exact: boolean;
  /** Milliseconds of a product of two matrices of 768 x 768. */
  readonly product: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const STEPS = fileURLToPath(new URL("torch_steps.py", import.meta.url));
const KERNELS = fileURLToPath(new URL("torch_kernels.py", import.meta.url));
const PYTHONS = ["python3", "/usr/bin/python3", "python"];
const run = promisify(execFile);

/** Variables that choose kernels, threads or precision of PyTorch's libraries, mostly to their cost. */
const HOLDS_BACK = /^(OPENBLAS|GOTO|ONEDNN|DNNL|MKL|ATEN|OMP|KMP|GOMP)_/;

/** The variables of an environment that `bestEnvironment` leaves out, as NAME=VALUE. */
export const clearedVariables = (from: Environment): string[] =>
  Object.entries(from).flatMap(([name, value]) => (HOLDS_BACK.test(name) ? [`${name}=${value}`] : []));

/** An environment in which PyTorch chooses its kernels itself, but for OpenBLAS's core where one is named. */
export function bestEnvironment(from: Environment, threads: number, core?: string): Environment {
  const left = Object.entries(from).filter(([name]) => !HOLDS_BACK.test(name));
  const named = core === undefined ? {} : { OPENBLAS_CORETYPE: core };
  return { ...Object.fromEntries(left), ...named, OMP_NUM_THREADS: String(threads) };
}

/** An environment in which all of PyTorch's libraries keep to the 256 bits of AVX2. */
export const avx2Environment = (from: Environment, threads: number): Environment => ({
  ...bestEnvironment(from, threads),
  OPENBLAS_CORETYPE: "Haswell",
  MKL_ENABLE_INSTRUCTIONS: "AVX2",
  ONEDNN_MAX_CPU_ISA: "AVX2",
  ATEN_CPU_CAPABILITY: "avx2",
});

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

export async function kernelsOf(python: string, env: Environment): Promise<Kernels> {
  return JSON.parse((await run(python, [KERNELS], { env, timeout: 120_000 })).stdout) as Kernels;
}

/** Cores of OpenBLAS by the vectors that they need. */
const CORES: readonly { readonly core: string; readonly bits: number }[] = [
  { core: "SkylakeX", bits: 512 },
  { core: "Haswell", bits: 256 },
];

/** A core is named only where its product takes less than this share of the time of OpenBLAS's own choice. */
const GAIN = 0.9;

export interface ChosenKernels {
  readonly kernels: Kernels;
  /** Value of OPENBLAS_CORETYPE; undefined where OpenBLAS's own choice is the best one. */
  readonly core?: string;
}

/**
 * PyTorch's best kernels. An OpenBLAS that is older than its processor does not know it and takes its oldest core, so cores that the
 * processor's vectors allow are tried beside its own choice: the fastest of those whose product is exact is taken.
 */
export async function chooseKernels(
  vectorBits: number | undefined,
  kernelsWith: (core?: string) => Promise<Kernels>,
): Promise<ChosenKernels> {
  const own = await kernelsWith();
  if (own.openblas === null) return { kernels: own };
  const tried: ChosenKernels[] = [];
  for (const { core, bits } of CORES)
    if (bits <= (vectorBits ?? 0)) tried.push({ kernels: await kernelsWith(core), core });
  const right = tried.filter((t) => t.kernels.exact).sort((a, b) => a.kernels.product - b.kernels.product);
  const fastest = right[0];
  const isBetter = fastest && (!own.exact || fastest.kernels.product < GAIN * own.product);
  return isBetter ? fastest : { kernels: own };
}

/** The kernels of `chooseKernels` on this machine. */
export const bestKernels = (python: string, threads: number, vectorBits: number | undefined): Promise<ChosenKernels> =>
  chooseKernels(vectorBits, (core) => kernelsOf(python, bestEnvironment(process.env, threads, core)));

/** The median milliseconds of a step of one workload; undefined, with the reason on stderr, when the run fails. */
export async function torchTime(
  python: string,
  workload: string,
  threads: number,
  seconds: number,
  env: Environment,
): Promise<number | undefined> {
  const flags = ["--threads", String(threads), "--seconds", String(seconds), workload];
  try {
    const { stdout } = await run(python, [STEPS, ...flags], { env, timeout: seconds * 1000 + 120_000 });
    return (JSON.parse(stdout) as { ms: number }).ms;
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    process.stderr.write(`PyTorch, ${workload}, threads: ${threads}: ${why}\n`);
    return undefined;
  }
}
