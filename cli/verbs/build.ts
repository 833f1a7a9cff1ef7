// `dnn build`: what the compiler makes of a training, as files to read: the plan, the module, a listing of the kernels.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileTraining, planWasm, planWgsl } from "../../compiler/compile.ts";
import type { Observer } from "../../compiler/loops/stage.ts";
import { stages } from "../../compiler/pipeline.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { parseDataOption, replaceData } from "../../project/data/override.ts";
import { placeOf } from "../../project/data/place.ts";
import { EXIT, usage } from "../../project/failure.ts";
import type { Prepared } from "../../project/train/job.ts";
import { prepare } from "../../project/train/job.ts";
import { chosenTrainings, parseSettings } from "../../project/trainings.ts";
import type { BuiltTraining } from "../../runtime/browser.ts";
import type { WgslPlan } from "../../runtime/plan.ts";
import { type Flags, oneOf, path, text, type Values } from "../command/flag.ts";
import { program as programArgument, shared } from "../command/shared.ts";
import { defineVerb } from "../command/verb.ts";
import { machine, sources } from "../terminal/machine.ts";
import { note, out, printDiagnostics } from "../terminal/say.ts";

const flags = {
  target: {
    value: "target",
    type: oneOf("wasm", "wgsl"),
    isRequired: true,
    description: "what the kernels are written in",
  },
  out: { value: "dir", type: path(), isRequired: true, description: "where the files go" },
  only: shared.only,
  data: shared.data,
  set: shared.set,
  printAfter: {
    value: "stage",
    type: text,
    description: "print what a stage gives: the graphs after a pass, loop nests, schedules, the layout",
  },
  verify: { description: "check every stage's result against what must hold of it" },
} as const satisfies Flags;

type BuildFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn build examples/xor.dnn --target wasm --out built --print-after differentiate",
  run: ([file], flags) => build(file, flags),
});

async function build(file: string, flags: BuildFlags): Promise<number> {
  const names = stages.map((s) => s.name);
  if (flags.printAfter !== undefined && !names.includes(flags.printAfter))
    throw usage(`--print-after ${flags.printAfter}: there is no such stage`, `the stages are ${names.join(", ")}`);
  const set = parseSettings(flags.set);
  const opened = sources.openForUse(file, set);
  const data = flags.data.map((d) => parseDataOption(d, machine.currentFolder));
  for (const d of data) replaceData(opened, d);
  const { program } = opened;
  const trainings = chosenTrainings(opened, flags.only);
  for (const definition of trainings) {
    const loaded = await loadData(program, dataOf(program, definition), placeOf(opened), { data });
    const prepared = prepare(program, definition, loaded, { seed: 1, set, data });
    const { batch } = prepared.training;
    const folder = trainings.length > 1 ? join(flags.out, definition.name.text) : flags.out;
    const observer = observe(prepared, flags);
    if (flags.target === "wgsl")
      await writeWgsl(planWgsl(prepared.entries, prepared.sizes, batch, undefined, observer), folder);
    else await writeWasm(prepared, folder, observer);
    await writeTraining(definition.name.text, prepared, folder);
    note(`${definition.name.text}: written to ${folder}`);
  }
  printDiagnostics(program.diagnostics);
  return EXIT.fine;
}

/** Prints what `--print-after` names and checks what `--verify` asks for: at once for graphs and nests, in plans as they are made. */
function observe({ training }: Prepared, { printAfter, verify = false }: BuildFlags): Observer {
  const observer: Observer = {
    verify,
    after: (stage, of, text) => {
      if (stage.name === printAfter) out(`# ${of} after ${stage.name}: ${stage.doc}\n${text()}`);
    },
  };
  if (verify || printAfter !== undefined) compileTraining(training, { batch: training.batch, ...observer });
  return observer;
}

/** The module with threads, and the one for pages that cannot share memory; both run the same records. */
async function writeWasm({ entries, sizes, training }: Prepared, folder: string, observer: Observer): Promise<void> {
  const plan = planWasm(entries, sizes, training.batch, true, observer);
  const single = planWasm(entries, sizes, training.batch, false);
  const { module, records, ...rest } = plan;
  const facts = { ...rest, moduleBytes: module.length, recordBytes: records.length };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "module.wasm"), module);
  await writeFile(join(folder, "module.single.wasm"), single.module);
  await writeFile(join(folder, "records.bin"), records);
  await writeFile(join(folder, "plan.json"), `${JSON.stringify(facts, undefined, 1)}\n`);
  const listing = plan.kernels.map((k) => `${k.name}: ${k.schedule}\n${k.nest}\n`);
  await writeFile(join(folder, "kernels.txt"), listing.join("\n"));
}

async function writeTraining(name: string, { session, sizes }: Prepared, folder: string): Promise<void> {
  const built: BuiltTraining = { name, session, columns: sizes.fields };
  await writeFile(join(folder, "training.json"), `${JSON.stringify(built, undefined, 1)}\n`);
}

/** The whole plan, as a page loads it, and a file for each kernel that says what it computes. */
async function writeWgsl(plan: WgslPlan, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "plan.json"), `${JSON.stringify(plan, undefined, 1)}\n`);
  for (const k of plan.kernels) {
    const about = `${k.schedule}\n${k.nest}`.replaceAll(/^/gm, "// ");
    await writeFile(join(folder, `${k.name}.wgsl`), `${about}\n${k.code}`);
  }
}
