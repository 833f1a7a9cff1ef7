// Milliseconds of whole training steps, ours and PyTorch's side by side in one run: `npm run bench [-- WORKLOAD ...]`.
// Each figure is the median of several stretches after a warm-up; the ratio is ours over PyTorch's better thread count.

import { readdirSync, readFileSync } from "node:fs";
import { libraryScope, openProgram } from "../compiler/check/program.ts";
import { elaborateTraining } from "../compiler/check/train.ts";
import { compileTraining } from "../compiler/compile.ts";
import { compileWasm } from "../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../runtime/wasm/engine.ts";
import { defaultThreads, enableRevectorize, spawnWorker } from "../runtime/wasm/node.ts";
import { torchTimes } from "./pytorch.ts";
import type { Workload } from "./workloads.ts";
import { workloads } from "./workloads.ts";

const STRETCHES = 9;
const STRETCH_MS = 300;
const WARM_UP_MS = 1500;

const folder = new URL("../stdlib/", import.meta.url);
const library = libraryScope(
  readdirSync(folder).map((name) => ({ file: `stdlib/${name}`, text: readFileSync(new URL(name, folder), "utf8") })),
);

async function startWorkload(w: Workload): Promise<WasmEngine> {
  const { program, diagnostics } = openProgram({ file: "bench.dnn", text: w.text }, library);
  const options = { fields: w.fields, examples: w.batch, overrides: new Map<string, string>() };
  const training = elaborateTraining(program, program.trains[0]!, options);
  const wrong = [...diagnostics, ...program.diagnostics];
  if (!training || wrong.length > 0) throw new Error(wrong.map((d) => d.message).join("\n"));
  // The batch lies in its fields all the time, as PyTorch's does.
  const entries = compileTraining(training, { batch: w.batch }).map((e) => ({
    ...e,
    parts: e.parts.map((p) => ({ ...p, fields: [] })),
  }));
  const engine = await WasmEngine.start(compileWasm(entries, w.batch, true), defaultThreads(), spawnWorker);
  engine.set("batch", w.batch);
  await engine.run("initialise");
  for (const f of w.fields) {
    const view = engine.view(f.name);
    for (let i = 0; i < view.length; i++) view[i] = f.classes ? Math.floor(Math.random() * f.classes) : Math.random();
  }
  return engine;
}

async function ourTime(w: Workload): Promise<number> {
  const engine = await startWorkload(w);
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
  const ours = await ourTime(workloads[name]!);
  const torch = (await torchTimes([name]))?.[name];
  const best = Math.min(torch?.ms1 ?? Number.POSITIVE_INFINITY, torch?.ms2 ?? Number.POSITIVE_INFINITY);
  const theirs = torch ? `${torch.ms1?.toFixed(1)}, ${torch.ms2?.toFixed(1)}` : "not installed";
  console.log(
    `| ${name} | ${ours.toFixed(2)} | ${theirs} | ${Number.isFinite(best) ? (ours / best).toFixed(2) : "-"} |`,
  );
}
process.exit(0);
