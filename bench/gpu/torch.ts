// PyTorch's times on the GPU of this machine, by `torch_gpu.py`. In: workloads and products. Out: its lines; none where there is no
// PyTorch with a GPU.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { ProductSizes } from "../../project/tune/gputuning.ts";
import { findTorch } from "../pytorch.ts";
import { workloads } from "../workloads.ts";

type TorchWay = "eager" | "graph" | "compile";

export type TorchLine =
  | { readonly workload: string; readonly way: TorchWay; readonly tf32: boolean; readonly ms?: number }
  | { readonly product: string; readonly tf32: boolean; readonly tflops: number };

const SCRIPT = fileURLToPath(new URL("../torch_gpu.py", import.meta.url));

export const productText = ({ m, n, k }: ProductSizes): string => `${m},${k},${n}`;

/** Lines count that it wrote before its time was over. */
export async function askTorch(
  programs: readonly { readonly name: string }[],
  products: readonly ProductSizes[],
  seconds: number,
  times: number,
): Promise<TorchLine[]> {
  const python = await findTorch();
  if (python === undefined) return [];
  const names = programs.map((p) => p.name).filter((name) => name in workloads);
  const child = spawn(
    python,
    [SCRIPT, ...names, "--times", String(times), "--products", ...products.map(productText)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const timer = setTimeout(() => child.kill(), 1000 * seconds);
  const lines: TorchLine[] = [];
  for await (const line of createInterface({ input: child.stdout })) lines.push(JSON.parse(line) as TorchLine);
  clearTimeout(timer);
  return lines;
}
