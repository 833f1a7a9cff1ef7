// Milliseconds of whole training steps, ours and PyTorch's side by side in one run: `npm run bench [-- WORKLOAD ...]`.
// Each figure is the median of several stretches after a warm-up; the ratio is ours over PyTorch's better thread count.

import { WasmEngine } from "../runtime/wasm/engine.ts";
import { defaultThreads, enableRevectorize, spawnWorker } from "../runtime/wasm/node.ts";
import { planWorkload } from "./plans.ts";
import { torchTimes } from "./pytorch.ts";
import { workloads } from "./workloads.ts";

const STRETCHES = 9;
const STRETCH_MS = 300;
const WARM_UP_MS = 1500;

async function startWorkload(name: string): Promise<WasmEngine> {
  const { plan, fill } = planWorkload(name, true);
  const engine = await WasmEngine.start(plan, defaultThreads(), spawnWorker);
  engine.set("batch", plan.batch);
  await engine.run("initialise");
  fill(engine.memory);
  return engine;
}

async function ourTime(name: string): Promise<number> {
  const engine = await startWorkload(name);
  const stretch = async (steps: number): Promise<number> => {
    const start = performance.now();
    await engine.run("train", steps);
    return (performance.now() - start) / steps;
  };
  let each = await stretch(1);
  for (const end = performance.now() + WARM_UP_MS; performance.now() < end; )
    each = await stretch(Math.max(1, Math.ceil(100 / each)));
  const times: number[] = [];
  for (let i = 0; i < STRETCHES; i++) times.push(await stretch(Math.max(1, Math.round(STRETCH_MS / each))));
  await engine.stop();
  return times.sort((a, b) => a - b)[STRETCHES >> 1]!;
}

enableRevectorize();
const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : Object.keys(workloads);
console.log("| workload | ours, ms | PyTorch, ms (1 thread, 2 threads) | ours / PyTorch |");
console.log("| --- | --- | --- | --- |");
for (const name of names) {
  const ours = await ourTime(name);
  const torch = (await torchTimes([name]))?.[name];
  const best = Math.min(torch?.ms1 ?? Number.POSITIVE_INFINITY, torch?.ms2 ?? Number.POSITIVE_INFINITY);
  const theirs = torch ? `${torch.ms1?.toFixed(1)}, ${torch.ms2?.toFixed(1)}` : "not installed";
  console.log(
    `| ${name} | ${ours.toFixed(2)} | ${theirs} | ${Number.isFinite(best) ? (ours / best).toFixed(2) : "-"} |`,
  );
}
process.exit(0);
