// A child process that runs training steps of one workload of one checkout. In: FOLDER WORKLOAD THREADS WARM_UP_MS, then messages
// of milliseconds. Out: "ready", then for each message the milliseconds per step of a stretch about that long. The folder's own
// engine, compiler and workload are used, so two checkouts are timed alike and share nothing.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder = ".", workload = "lenet", threads = "1", warmUp = "0"] = process.argv.slice(2);
const load = (file: string): Promise<unknown> => import(pathToFileURL(join(folder, file)).href);

const { enableRevectorize, spawnWorker } = (await load(
  "runtime/wasm/node.ts",
)) as typeof import("../runtime/wasm/node.ts");
enableRevectorize();
const { WasmEngine } = (await load("runtime/wasm/engine.ts")) as typeof import("../runtime/wasm/engine.ts");
const { planWorkload } = (await load("bench/plans.ts")) as typeof import("./plans.ts");

const { plan, fill } = planWorkload(workload, true);
const engine = await WasmEngine.start(plan, Number(threads), spawnWorker);
engine.set("batch", plan.batch);
await engine.run("initialise");
fill(engine.memory);

async function timeSteps(steps: number): Promise<number> {
  const start = performance.now();
  await engine.run("train", steps);
  return (performance.now() - start) / steps;
}

let each = await timeSteps(1);
const stepsIn = (ms: number): number => Math.max(1, Math.round(ms / each));
for (const end = performance.now() + Number(warmUp); performance.now() < end; ) each = await timeSteps(stepsIn(100));

process.on("message", async (ms: number) => {
  each = await timeSteps(stepsIn(ms));
  process.send?.(each);
});
process.on("disconnect", () => process.exit(0));
process.send?.("ready");
