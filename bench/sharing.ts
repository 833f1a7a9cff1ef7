// How well threads share a training step: `node bench/sharing.ts [WORKLOAD...] [--threads 2] [--json]`. Several programs of one thread each
// that run beside each other slow each other down, too, by the memory and the cores that they have in common: that is the bound.

import { Argument, Command } from "commander";
import { medianOf } from "./statistics.ts";
import { type StepTimer, startTimer, thisCheckout } from "./steptimer.ts";
import { workloads } from "./workloads.ts";

const WARM_UP_MS = 1000;
const STRETCHES = 9;
const STRETCH_MS = 300;

interface Sharing {
  readonly workload: string;
  /** Milliseconds of a step: of one thread alone, of each of several programs of one thread, and of one program of several. */
  readonly alone: number;
  readonly beside: number;
  readonly shared: number;
  /** How often faster several threads are than one, and how often faster they can be where nothing is waited for. */
  readonly factor: number;
  readonly bound: number;
}

/** Takes the three times in turns, so that all are of the same stretch of the machine's time. */
async function measure(workload: string, threads: number): Promise<Sharing> {
  const start = (count: number): Promise<StepTimer> => startTimer(thisCheckout, workload, count, WARM_UP_MS);
  const singles: StepTimer[] = [];
  for (let i = 0; i < threads; i++) singles.push(await start(1));
  const several = await start(threads);
  const times = { alone: [] as number[], beside: [] as number[], shared: [] as number[] };
  for (let i = 0; i < STRETCHES; i++) {
    times.alone.push(await singles[0]!.time(STRETCH_MS));
    const each = await Promise.all(singles.map((s) => s.time(STRETCH_MS)));
    times.beside.push(each.reduce((a, b) => a + b) / threads);
    times.shared.push(await several.time(STRETCH_MS));
  }
  for (const timer of [...singles, several]) timer.stop();
  const [alone, beside, shared] = [medianOf(times.alone), medianOf(times.beside), medianOf(times.shared)];
  return { workload, alone, beside, shared, factor: alone / shared, bound: (threads * alone) / beside };
}

const command = new Command()
  .description("Times training steps on one thread and on several, beside what the machine allows.")
  .addArgument(new Argument("[workloads...]", "all without names").choices(Object.keys(workloads)))
  .option("--threads <count>", "threads that share a step", Number, 2)
  .option("--json", "print the times as JSON")
  .parse();
const { threads, json } = command.opts<{ threads: number; json?: boolean }>();
const names = command.args.length > 0 ? command.args : Object.keys(workloads);
if (!json) {
  console.log(
    `| workload | 1 thread, ms | ${threads} programs of 1 thread, ms | ${threads} threads, ms | factor | bound |`,
  );
  console.log("| --- | --- | --- | --- | --- | --- |");
}
for (const name of names) {
  const found = await measure(name, threads);
  const { alone, beside, shared, factor, bound } = found;
  if (json) console.log(JSON.stringify(found));
  else console.log(`| ${name} | ${[alone, beside, shared, factor, bound].map((v) => v.toFixed(2)).join(" | ")} |`);
}
process.exit(0);
