// How the work of compiling grows with depth: residual networks and plain chains of layers, each in a process of its own, by stage,
// in seconds of processor time, with the megabytes that the process took at most. `node bench/depth.ts`, or some of them:
// `node bench/depth.ts residual 20 110 1202`; `looped` is a chain as a loop, `written` the same chain layer by layer.

import { spawnSync } from "node:child_process";
import { openProgram } from "../compiler/check/program/program.ts";
import { elaborateTraining } from "../compiler/check/training/train.ts";
import { compileTraining } from "../compiler/compile.ts";
import { planWasm } from "../compiler/compilewasm.ts";
import { planWgsl } from "../compiler/compilewgsl.ts";
import { format } from "../grammar/format/format.ts";
import { deepPrograms } from "../test/support/deepprograms.ts";
import { library } from "../test/support/engine.ts";

type Kind = keyof typeof deepPrograms;

const DEPTHS: Readonly<Record<Kind, readonly number[]>> = {
  residual: [20, 110, 302, 1202],
  looped: [1000, 10_000],
  written: [1000, 10_000],
};

const seconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Seconds of each stage. */
function stagesOf(kind: Kind, layers: number): Record<string, number> {
  const took: Record<string, number> = {};
  const timed = <T>(stage: string, run: () => T): T => {
    const began = seconds();
    const result = run();
    took[stage] = seconds() - began;
    return result;
  };
  const { text, fields } = deepPrograms[kind](layers);
  timed("format", () => format(text, "deep.dnn"));
  const { program, diagnostics } = timed("open", () => openProgram({ file: "deep.dnn", text }, library));
  const options = { fields, examples: 8, overrides: new Map<string, string>() };
  const training = timed("check", () => elaborateTraining(program, program.trains[0]!, options));
  const wrong = [...diagnostics, ...program.diagnostics].filter((d) => d.severity === "error");
  if (!training || wrong.length > 0) throw new Error(wrong.map((d) => d.message).join("\n"));
  const entries = timed("nests", () => compileTraining(training, { batch: 2 }));
  const sizes = fields.map(({ name, shape, classes }) => ({
    name,
    size: shape.reduce<number>((a, d) => a * Number(d), 1),
    dtype: classes ? ("i32" as const) : ("f32" as const),
  }));
  const data = { fields: sizes, train: 8, heldout: 0 };
  const plan = timed("cpu plan", () => planWasm(entries, data, 2, false));
  timed("module", () => new WebAssembly.Module(plan.module));
  timed("gpu plan", () => planWgsl(entries, data, 2));
  return took;
}

function measure(kind: Kind, layers: number): void {
  const child = spawnSync(process.execPath, [import.meta.filename, "--one", kind, String(layers)], {
    encoding: "utf8",
  });
  const last = child.stdout.trim();
  console.log(
    `${kind} ${layers}: ${child.status === 0 ? last : child.stderr.trim().split("\n").slice(0, 12).join("\n")}`,
  );
}

const [first, ...rest] = process.argv.slice(2);
if (first === "--one") {
  const took = stagesOf(rest[0] as Kind, Number(rest[1]));
  const total = Object.values(took).reduce((a, b) => a + b, 0);
  const parts = Object.entries(took).map(([stage, s]) => `${stage} ${s.toFixed(2)}`);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`${total.toFixed(2)} s (${parts.join(", ")}), ${megabytes} MB`);
} else {
  const kinds = first === undefined ? (Object.keys(DEPTHS) as Kind[]) : [first as Kind];
  for (const kind of kinds) for (const n of rest.length > 0 ? rest.map(Number) : DEPTHS[kind]) measure(kind, n);
}
