// Milliseconds of a training step, ours beside those of jax-js and TensorFlow.js where they are installed:
// `node bench/javascript.ts [WORKLOAD...] [--runs 3] [--threads 2] [--json]`. All begin with the same weights and batch, and their losses
// have to agree. Every run times all of them one after the other, each in a process of its own.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Argument, Command } from "commander";
import { Random } from "../runtime/data/random.ts";
import { WasmEngine } from "../runtime/wasm/engine.ts";
import { defaultThreads } from "../runtime/wasm/node.ts";
import { describeMachine } from "./machine.ts";
import { planWorkload } from "./plans.ts";
import { medianOf, showSpread, spreadOf } from "./statistics.ts";
import { type Effort, startTimer, thisCheckout } from "./steptimer.ts";

const NAMES = ["mlp", "lenet"];
const INSTALL = "ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix bench/peers --no-package-lock";
const EFFORT: Omit<Effort, "runs"> = { warmUpMs: 1500, stretches: 10, stretchMs: 300 };
/** Greatest difference of two losses after three steps from the same start. */
const TOLERANCE = 1e-4;
const PEERS = [
  { name: "jax-js", package: "@jax-js/jax", script: "steps.jax.js" },
  { name: "TensorFlow.js", package: "@tensorflow/tfjs", script: "steps.tensorflow.js" },
] as const;
const folderOfPeers = join(thisCheckout, "bench/peers");
const run = promisify(execFile);

type Peer = (typeof PEERS)[number];

/** Output of a process of a peer: times, or the kernels that it lacks. */
type Answer = { readonly losses: readonly number[]; readonly ms: number } | { readonly missing: readonly string[] };

interface Start {
  readonly workload: string;
  readonly file: string;
  /** Of the first four steps, as ours computes them. */
  readonly losses: readonly number[];
}

/** One run: ours, and of each peer the variants that ran. */
interface Times {
  readonly ours: number;
  readonly peers: Readonly<Record<string, Readonly<Record<string, Answer>>>>;
}

/** The version of a peer that is installed. */
function versionOf(peer: Peer): string | undefined {
  const file = join(folderOfPeers, "node_modules", peer.package, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version : undefined;
}

/** The ways a peer runs, of which the fastest counts. */
const variantsOf = (peer: Peer, threads: number): readonly string[] =>
  peer.name === "jax-js" ? [...new Set(["1", String(threads)])] : ["cpu", "wasm"];

function showVariant(peer: Peer, variant: string): string {
  if (peer.name === "TensorFlow.js") return `backend ${variant}`;
  return variant === "1" ? "one thread" : `${variant} threads`;
}

/** Writes our weights and one random batch, the same every time, for the others, and takes four steps from there. */
async function writeStart(workload: string, folder: string): Promise<Start> {
  const { plan } = planWorkload(workload, false);
  const engine = await WasmEngine.start(plan, 1);
  engine.set("batch", plan.batch);
  await engine.run("initialise");
  const random = new Random(1);
  const [image, label] = [engine.view("image"), engine.view("label")];
  for (let i = 0; i < image.length; i++) image[i] = random.uniform();
  for (let i = 0; i < label.length; i++) label[i] = Math.floor(random.uniform(0, 10));
  const weights = plan.buffers.filter((b) => b.name.startsWith("net.") && !b.name.includes("~")).map((b) => b.name);
  const numbers = [...weights, "image", "label"].flatMap((name) => [...engine.view(name)]);
  const file = join(folder, `${workload}.start`);
  writeFileSync(file, Float32Array.from(numbers));
  const losses: number[] = [];
  while (losses.length < 4) {
    await engine.run("train");
    losses.push(engine.logged(1)[0]!);
  }
  return { workload, file, losses };
}

async function ourTime(workload: string, threads: number): Promise<number> {
  const timer = await startTimer(thisCheckout, workload, threads, EFFORT.warmUpMs);
  const times: number[] = [];
  for (let i = 0; i < EFFORT.stretches; i++) times.push(await timer.time(EFFORT.stretchMs));
  timer.stop();
  return medianOf(times);
}

/** Throws where the peer computes anything else than ours does. */
function checkLosses(start: Start, who: string, losses: readonly number[]): void {
  const isOff = start.losses.some((loss, i) => !(Math.abs(loss - losses[i]!) <= TOLERANCE));
  if (isOff) throw new Error(`${start.workload}: the losses of ${who} are ${losses}, ours are ${start.losses}`);
}

async function askPeer(peer: Peer, variant: string, start: Start): Promise<Answer> {
  const seconds = (EFFORT.stretches * EFFORT.stretchMs) / 1000;
  const flags = [join(folderOfPeers, peer.script), start.workload, start.file, String(seconds), variant];
  const { stdout } = await run(process.execPath, flags, { cwd: folderOfPeers, timeout: 300_000 });
  const answer = JSON.parse(stdout.trim().split("\n").at(-1)!) as Answer;
  if ("losses" in answer) checkLosses(start, `${peer.name}, ${showVariant(peer, variant)},`, answer.losses);
  return answer;
}

async function timeAll(start: Start, installed: readonly Peer[], threads: number): Promise<Times> {
  const ours = await ourTime(start.workload, threads);
  const peers: Record<string, Record<string, Answer>> = {};
  for (const peer of installed) {
    const answers: Record<string, Answer> = (peers[peer.name] = {});
    for (const variant of variantsOf(peer, threads)) answers[variant] = await askPeer(peer, variant, start);
  }
  return { ours, peers };
}

/** The variant with the least median over the runs, and its times. */
function bestOf(
  peer: Peer,
  runs: readonly Times[],
): { readonly variant: string; readonly times: number[] } | undefined {
  const timesOf = (variant: string): number[] =>
    runs.flatMap((r) => {
      const answer = r.peers[peer.name]![variant]!;
      return "ms" in answer ? [answer.ms] : [];
    });
  return Object.keys(runs[0]?.peers[peer.name] ?? {})
    .map((variant) => ({ variant, times: timesOf(variant) }))
    .filter(({ times }) => times.length > 0)
    .toSorted((a, b) => medianOf(a.times) - medianOf(b.times))[0];
}

function rowOf(workload: string, runs: readonly Times[]): string {
  const cells = PEERS.flatMap((peer) => {
    const best = bestOf(peer, runs);
    if (!best) return ["-", "-"];
    const ratios = runs.map((r, i) => r.ours / best.times[i]!);
    return [showSpread(spreadOf(best.times), 2), showSpread(spreadOf(ratios), 3)];
  });
  return `| ${[workload, showSpread(spreadOf(runs.map((r) => r.ours)), 2), ...cells].join(" | ")} |`;
}

/** Names the variant of a peer that the table shows for a workload, and the time of the other. */
function describeVariants(peer: Peer, workload: string, runs: readonly Times[]): string {
  const best = bestOf(peer, runs)?.variant;
  const facts = Object.entries(runs[0]!.peers[peer.name]!).map(([variant, answer]) => {
    const who = showVariant(peer, variant);
    if ("missing" in answer) return `${who} lacks ${answer.missing.join(", ")}`;
    if (variant === best) return `${who} counts`;
    const times = runs.map((r) => (r.peers[peer.name]![variant] as { readonly ms: number }).ms);
    return `${who} takes ${medianOf(times).toFixed(2)} ms`;
  });
  return `${workload}: ${facts.join(", ")}`;
}

function describePeer(peer: Peer, found: ReadonlyMap<string, readonly Times[]>): string {
  const version = versionOf(peer);
  if (version === undefined) return `${peer.name} is not installed: ${INSTALL}`;
  const facts = [...found].map(([workload, runs]) => describeVariants(peer, workload, runs));
  return `${peer.name} ${version}, ${facts.join("; ")}`;
}

function printPage(found: ReadonlyMap<string, readonly Times[]>, machine: ReturnType<typeof describeMachine>): void {
  const { runs, threads } = command.opts<Flags>();
  const bits = `vectors of ${machine.ourVectorBits} bits`;
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${machine.cores} cores of ${machine.processor}; runs: ${runs}, load before them: ${machine.load.toFixed(1)}`,
    `Ours: ${bits}, threads: ${threads}; Node ${machine.node}, V8 ${machine.v8}`,
    ...PEERS.map((peer) => describePeer(peer, found)),
  ];
  console.log(`${lines.map((line) => `- ${line}`).join("\n")}\n`);
  console.log(`| workload | ours, ms | ${PEERS.map((p) => `${p.name}, ms | ours / ${p.name}`).join(" | ")} |`);
  console.log(`|${" --- |".repeat(2 + 2 * PEERS.length)}`);
  for (const [workload, list] of found) console.log(rowOf(workload, list));
}

interface Flags {
  readonly runs: string;
  readonly threads: string;
  readonly json?: true;
}

const command = new Command("node bench/javascript.ts")
  .description("Times training steps beside those of jax-js and TensorFlow.js.")
  .addArgument(new Argument("[workloads...]", "all without names").choices(NAMES))
  .option("--runs <count>", "runs, of which the median and the range are shown", "3")
  .option("--threads <count>", "our threads; jax-js's better of one and this", String(defaultThreads()))
  .option("--json", "print every run as JSON")
  .parse();
const { runs, threads, json } = command.opts<Flags>();
const machine = describeMachine();
const installed = PEERS.filter((peer) => versionOf(peer) !== undefined);
const folder = mkdtempSync(join(tmpdir(), "dnn-javascript-"));
try {
  const found = new Map<string, Times[]>();
  const starts: Start[] = [];
  for (const name of command.args.length > 0 ? command.args : NAMES) starts.push(await writeStart(name, folder));
  for (let i = 0; i < Number(runs); i++)
    for (const start of starts) {
      const times = await timeAll(start, installed, Number(threads));
      found.set(start.workload, [...(found.get(start.workload) ?? []), times]);
    }
  const versions = Object.fromEntries(PEERS.map((peer) => [peer.name, versionOf(peer) ?? null]));
  if (json)
    console.log(
      JSON.stringify({ machine, threads: Number(threads), versions, runs: Object.fromEntries(found) }, null, 2),
    );
  else printPage(found, machine);
} catch (error) {
  command.error(`error: ${error instanceof Error ? error.message : error}`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(0);
