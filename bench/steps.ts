// Milliseconds of whole training steps, ours beside PyTorch's at its best, or beside those of another checkout: see bench/README.md.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { defaultThreads } from "../runtime/wasm/node.ts";
import { measureBeside } from "./beside.ts";
import { COMPARISON_HEAD, type Comparison, compareWorkload, comparisonRow } from "./compare.ts";
import { page, type Run, replaceBetweenMarks, summarise, tableRow } from "./report.ts";
import { type Effort, thisCheckout } from "./steptimer.ts";
import { workloads } from "./workloads.ts";

const FULL: Effort = { runs: 3, warmUpMs: 1500, stretches: 10, stretchMs: 300 };
const QUICK: Effort = { runs: 1, warmUpMs: 200, stretches: 4, stretchMs: 50 };

/** Where the table stands. */
const PAGES = ["README.md", "bench/RESULTS.md"];

interface Flags {
  readonly runs?: number;
  readonly threads: number;
  readonly quick?: true;
  readonly json?: true;
  readonly write?: true;
  readonly against?: string;
}

interface Settings {
  readonly names: readonly string[];
  readonly threads: number;
  readonly effort: Effort;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError("It is a whole number from 1.");
  return value;
}

function checkout(folder: string): string {
  if (!existsSync(join(folder, "bench/plans.ts"))) throw new InvalidArgumentError("There is no bench/plans.ts.");
  return resolve(folder);
}

async function besidePyTorch(settings: Settings, { json, write }: Flags): Promise<void> {
  const onRun = (workload: string, run: Run): void =>
    void process.stderr.write(`${tableRow(summarise({ workload, runs: [run] }))}\n`);
  const report = await measureBeside({ ...settings, onRun });
  console.log(json ? JSON.stringify(report, null, 2) : page(report));
  if (!write) return;
  if (!report.peer) throw new Error("the pages are left as they are: there is no PyTorch to stand beside");
  for (const name of PAGES) {
    const file = join(thisCheckout, name);
    writeFileSync(file, replaceBetweenMarks(readFileSync(file, "utf8"), page(report)));
  }
}

async function besideCheckout(folder: string, { names, threads, effort }: Settings, { json }: Flags): Promise<void> {
  const compared: (Comparison & { workload: string })[] = [];
  if (!json) console.log(COMPARISON_HEAD);
  for (const workload of names) {
    const comparison = await compareWorkload(folder, workload, threads, effort);
    compared.push({ workload, ...comparison });
    if (!json) console.log(comparisonRow(workload, comparison));
  }
  if (json) console.log(JSON.stringify({ other: folder, threads, workloads: compared }, null, 2));
}

const command = new Command("npm run bench --")
  .description("Times training steps beside PyTorch's at its best, or beside another checkout's.")
  .addArgument(new Argument("[workloads...]", "all without names").choices(Object.keys(workloads)))
  .option("--runs <count>", "runs, of which the median and the range are shown (default: 3)", wholeNumber)
  .option("--threads <count>", "our threads; PyTorch's better of one and this", wholeNumber, defaultThreads())
  .option("--quick", "measure so briefly that it only shows whether all works")
  .option("--json", "print every run as JSON")
  .addOption(new Option("--write", "put the table into README.md and bench/RESULTS.md").conflicts(["quick", "against"]))
  .addOption(new Option("--against <folder>", "compare with another checkout, pair by pair").argParser(checkout))
  .parse();

const flags = command.opts<Flags>();
if (flags.write && command.args.length > 0) command.error("error: --write takes all workloads: leave the names out");
const usual = flags.quick ? QUICK : FULL;
const effort = { ...usual, runs: flags.runs ?? usual.runs };
const names = command.args.length > 0 ? command.args : Object.keys(workloads);
const settings = { names, threads: flags.threads, effort };
try {
  await (flags.against === undefined ? besidePyTorch(settings, flags) : besideCheckout(flags.against, settings, flags));
} catch (error) {
  command.error(`error: ${error instanceof Error ? error.message : error}`);
}
process.exit(0);
