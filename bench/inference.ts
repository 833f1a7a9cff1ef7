// Milliseconds of an answer for one picture of 224 x 224, ours beside PyTorch's and onnxruntime's where they are installed:
// `node bench/inference.ts [NAME...] [--runs 3] [--threads 2] [--json]`. Every run times all of them one after the other.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Argument, Command } from "commander";
import { openProgram } from "../compiler/check/program/program.ts";
import { elaborateTraining } from "../compiler/check/training/train.ts";
import { compileTraining } from "../compiler/compile.ts";
import { wasmTarget } from "../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../runtime/wasm/engine.ts";
import { defaultThreads, spawnWorker } from "../runtime/wasm/node.ts";
import { describeMachine } from "./machine.ts";
import { library } from "./plans.ts";
import { bestEnvironment, bestKernels, findTorch } from "./pytorch.ts";
import { medianOf, showSpread, spreadOf } from "./statistics.ts";
import { thisCheckout } from "./steptimer.ts";

const NAMES = ["resnet18", "resnet50", "vgg16"];
const PEERS = ["PyTorch", "onnxruntime-node", "onnxruntime-web"] as const;
const SECONDS = 4;
const run = promisify(execFile);

type Times = Readonly<Partial<Record<"ours" | (typeof PEERS)[number], number>>>;

/** The network as a loss of one picture, forwards only. */
async function startOurs(name: string, threads: number): Promise<WasmEngine> {
  const training = `train run on d { loss cross_entropy(${name}(image), label); optimizer sgd lr=0.1; batch 1 }`;
  const text = `${readFileSync(join(thisCheckout, `examples/${name}.dnn`), "utf8")}\n${training}\n`;
  const { program } = openProgram({ file: `${name}.dnn`, text }, library);
  const fields = [
    { name: "image", shape: [224, 224, 3] },
    { name: "label", shape: [], classes: 1000 },
  ];
  const checked = elaborateTraining(program, program.trains[0]!, { fields, examples: 1, overrides: new Map() });
  if (!checked) throw new Error(program.diagnostics.map((d) => d.message).join("\n"));
  const entries = compileTraining(checked, { batch: 1 })
    .filter((e) => ["initialise", "evaluate"].includes(e.name))
    .map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }))
    .map((e) => (e.name === "evaluate" ? { ...e, hasFixedWeights: true as const } : e));
  const engine = await WasmEngine.start(wasmTarget.plan({ entries, batch: 1 }, { shared: true }), threads, spawnWorker);
  engine.set("batch", 1);
  await engine.run("initialise");
  await engine.write(
    "image",
    Float32Array.from({ length: 3 * 224 * 224 }, (_, i) => Math.sin(i)),
  );
  await engine.prepareWeights();
  return engine;
}

async function ourTime(name: string, threads: number): Promise<number> {
  const engine = await startOurs(name, threads);
  const times: number[] = [];
  for (let i = 0; i < 3; i++) await engine.run("evaluate");
  for (const end = performance.now() + 1000 * SECONDS; performance.now() < end || times.length < 3; ) {
    const start = performance.now();
    await engine.run("evaluate");
    times.push(performance.now() - start);
  }
  await engine.stop();
  return medianOf(times);
}

/** A Python with PyTorch, and the value of OPENBLAS_CORETYPE that it runs with. */
interface Torch {
  readonly python: string;
  readonly core: string | undefined;
}

/** PyTorch's better time of one thread and of all; it leaves the network in the folder for the others. */
async function torchTime({ python, core }: Torch, name: string, threads: number, folder: string): Promise<number> {
  const times: number[] = [];
  for (const n of new Set([1, threads])) {
    const file = join(thisCheckout, "bench/torch_models.py");
    const flags = ["--threads", String(n), "--seconds", String(SECONDS), "--export", folder, name];
    const { stdout } = await run(python, [file, ...flags], {
      env: bestEnvironment(process.env, n, core),
      timeout: 300_000,
    });
    times.push((JSON.parse(stdout.trim().split("\n").at(-1)!) as { ms: number }).ms);
  }
  return Math.min(...times);
}

async function onnxTime(runtime: "node" | "web", file: string, threads: number): Promise<number | undefined> {
  const peers = join(thisCheckout, "bench/peers");
  if (!existsSync(file) || !existsSync(join(peers, `node_modules/onnxruntime-${runtime}`))) return undefined;
  const flags = [join(peers, "answers.js"), runtime, file, String(threads), String(SECONDS)];
  const { stdout } = await run(process.execPath, flags, { cwd: peers, timeout: 300_000 });
  return Number(stdout.trim().split("\n").at(-1));
}

async function timeAll(name: string, threads: number, torch: Torch | undefined, folder: string): Promise<Times> {
  const ours = await ourTime(name, threads);
  const torchMs = torch && (await torchTime(torch, name, threads, folder));
  const file = join(folder, `${name}.onnx`);
  const [node, web] = [await onnxTime("node", file, threads), await onnxTime("web", file, threads)];
  return {
    ours,
    ...(torchMs === undefined ? {} : { PyTorch: torchMs }),
    ...(node === undefined ? {} : { "onnxruntime-node": node }),
    ...(web === undefined ? {} : { "onnxruntime-web": web }),
  };
}

function rowOf(name: string, runs: readonly Times[]): string {
  const ours = runs.map((r) => r.ours!);
  const cells = PEERS.flatMap((peer) => {
    const times = runs.flatMap((r) => r[peer] ?? []);
    if (times.length < runs.length) return ["-", "-"];
    return [showSpread(spreadOf(times), 1), showSpread(spreadOf(ours.map((t, i) => t / times[i]!)), 2)];
  });
  return `| ${[name, showSpread(spreadOf(ours), 1), ...cells].join(" | ")} |`;
}

const command = new Command("node bench/inference.ts")
  .addArgument(new Argument("[names...]", "all without names").choices(NAMES))
  .option("--runs <count>", "runs, of which the median and the range are shown", "3")
  .option("--threads <count>", "threads of all of them", String(defaultThreads()))
  .option("--json", "print every run as JSON")
  .parse();
const { runs, threads, json } = command.opts<{ runs: string; threads: string; json?: true }>();
const machine = describeMachine();
const python = await findTorch();
const torch =
  python === undefined
    ? undefined
    : { python, core: (await bestKernels(python, Number(threads), machine.vectorBits)).core };
const folder = mkdtempSync(join(tmpdir(), "dnn-inference-"));
try {
  const found = new Map<string, Times[]>();
  for (let i = 0; i < Number(runs); i++)
    for (const name of command.args.length > 0 ? command.args : NAMES)
      found.set(name, [...(found.get(name) ?? []), await timeAll(name, Number(threads), torch, folder)]);
  if (json)
    console.log(JSON.stringify({ machine, threads: Number(threads), runs: Object.fromEntries(found) }, null, 2));
  else {
    console.log(
      `- ${machine.cores} cores of ${machine.processor}, threads: ${threads}, load before: ${machine.load.toFixed(1)}\n`,
    );
    console.log(`| network | ours, ms | ${PEERS.map((p) => `${p}, ms | ours / ${p}`).join(" | ")} |`);
    console.log(`|${" --- |".repeat(2 + 2 * PEERS.length)}`);
    for (const [name, list] of found) console.log(rowOf(name, list));
  }
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
