// Times the start of a command: `dnn train examples/lenet.dnn` in a process of its own until the end of its first step, from the sources
// or built (`dist/`), phase by phase. The medians are those of later starts, which find the caches that the first one leaves. Beside the
// time on the clock stands that of the processor, which says nearly the same on a busy machine.
// `node bench/start.ts [PROGRAM] [--starts 5] [--only source|built] [--json]`; `npm run build` makes `dist/`.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { describeMachine } from "./machine.ts";
import { medianOf, showSpread, spreadOf } from "./statistics.ts";

const { values: flags, positionals } = parseArgs({
  options: {
    starts: { type: "string", default: "5" },
    only: { type: "string" },
    json: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

const root = fileURLToPath(new URL("..", import.meta.url));
const program = positionals[0] ?? join(root, "examples", "lenet.dnn");
const FORMS = { source: join(root, "cli", "bin.ts"), built: join(root, "dist", "cli", "bin.js") };

/** A phase ends with the mark of its name; times since the process began, in milliseconds. */
interface Mark {
  readonly name: string;
  readonly clock: number;
  /** Of all threads. */
  readonly processor: number;
}

/** One start; `caches`: the folder that stands for the user's caches. */
function start(entry: string, caches: string): readonly Mark[] {
  const folder = mkdtempSync(join(tmpdir(), "dnn-start-"));
  try {
    const marks = join(folder, "marks.json");
    const words = [entry, "train", program, "--steps", "1", "--device", "cpu", "--out", join(folder, "run")];
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--require", join(root, "bench", "startmarks.cjs"), ...words],
      {
        encoding: "utf8",
        env: { ...process.env, XDG_CACHE_HOME: caches, LOCALAPPDATA: caches, DNN_START_MARKS: marks },
      },
    );
    if (status !== 0) throw new Error(`it ended with ${status}: ${stderr}`);
    const found = JSON.parse(readFileSync(marks, "utf8")) as Mark[];
    return found.slice(0, 1 + found.findIndex(({ name }) => name === "first step"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The phases, each with the median of its times. */
function phasesOf(starts: readonly (readonly Mark[])[]): Mark[] {
  const took = (marks: readonly Mark[], i: number, of: "clock" | "processor"): number =>
    (marks[i]?.[of] ?? Number.NaN) - (marks[i - 1]?.[of] ?? 0);
  return (starts[0] ?? []).map(({ name }, i) => ({
    name,
    clock: medianOf(starts.map((marks) => took(marks, i, "clock"))),
    processor: medianOf(starts.map((marks) => took(marks, i, "processor"))),
  }));
}

const endOf = (marks: readonly Mark[]): Mark => {
  const last = marks.at(-1);
  if (!last) throw new Error("the first step left no mark");
  return last;
};

function measure(entry: string) {
  const caches = mkdtempSync(join(tmpdir(), "dnn-start-caches-"));
  try {
    const first = endOf(start(entry, caches));
    const later = Array.from({ length: Number(flags.starts) }, () => start(entry, caches));
    const ends = later.map(endOf);
    const clock = spreadOf(ends.map((m) => m.clock));
    return { first, clock, processor: spreadOf(ends.map((m) => m.processor)), phases: phasesOf(later) };
  } finally {
    rmSync(caches, { recursive: true, force: true });
  }
}

const measured = Object.entries(FORMS)
  .filter(([form, entry]) => (flags.only ?? form) === form && existsSync(entry))
  .map(([form, entry]) => ({ form, ...measure(entry) }));

if (flags.json) console.log(JSON.stringify({ machine: describeMachine(), program, measured }, null, 2));
else
  for (const { form, first, clock, processor, phases } of measured) {
    console.log(`${form}: to the end of the first step, ms by the clock | of the processor`);
    console.log(`  first start      ${first.clock.toFixed(0)} | ${first.processor.toFixed(0)}`);
    console.log(`  later starts     ${showSpread(clock, 0)} | ${showSpread(processor, 0)}`);
    for (const p of phases) console.log(`    ${p.name.padEnd(16)} ${p.clock.toFixed(0)} | ${p.processor.toFixed(0)}`);
  }
