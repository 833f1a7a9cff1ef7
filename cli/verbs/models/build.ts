// `dnn build`: what the compiler makes of a training, as files to read: the plan, the module, a listing of the kernels.

import { writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { compileTraining, type DataSizes } from "../../../compiler/compile.ts";
import { planWasm } from "../../../compiler/compilewasm.ts";
import { planWgslAnywhere } from "../../../compiler/compilewgsl.ts";
import type { Observer } from "../../../compiler/loops/stage.ts";
import { stages } from "../../../compiler/pipeline.ts";
import { bundleText } from "../../../embed/build/bundle.node.ts";
import { type ModuleTarget, makeArtifact } from "../../../embed/build/make.ts";
import { moduleFiles } from "../../../embed/build/write.ts";
import { loadData } from "../../../project/data/dataset.ts";
import { dataOf } from "../../../project/data/declaration.ts";
import { parseDataOption, replaceData } from "../../../project/data/override.ts";
import { placeOf } from "../../../project/data/place.ts";
import { EXIT, usage } from "../../../project/failure.ts";
import type { Prepared } from "../../../project/train/job.ts";
import { prepare } from "../../../project/train/job.ts";
import { chosenTrainings, parseSettings } from "../../../project/trainings.ts";
import { chosenModel, modelGraph } from "../../../project/use/model/apply.ts";
import { openWeights } from "../../../project/use/model/weights.ts";
import type { BuiltTraining, WrittenNumbers, WrittenTraining } from "../../../runtime/browser.ts";
import type { Numbers } from "../../../runtime/engine.ts";
import type { WgslPlan } from "../../../runtime/plan.ts";
import { type Flags, oneOf, path, text, type Values } from "../../command/flag.ts";
import { program as programArgument, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { makeOutFolder, writeOut } from "../../terminal/outfile.ts";
import { note, out, printDiagnostics } from "../../terminal/say.ts";

const flags = {
  target: {
    value: "target",
    type: oneOf("wasm", "wgsl", "wasm,wgsl"),
    description:
      "what kernels are written in: one of a training; of a trained model one or both, wasm unless said otherwise",
  },
  out: {
    value: "place",
    type: path(),
    isRequired: true,
    description: "the folder of the files, or FILE.js of a trained model",
  },
  weights: {
    value: "dir",
    type: path(),
    description: "a run: builds a trained model as a module without dependencies, for pages and Node",
  },
  model: shared.model,
  singleFile: { description: "the weights stand in the module" },
  threads: { description: "threads compute the trained model where memory can be shared" },
  f16: { description: "weights of 16 bits: half the size, and answers that differ a little" },
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
  example: "dnn build examples/lenet.dnn --weights runs/lenet-1 --out lenet.js",
  run: ([file], flags) => (flags.weights === undefined ? build(file, flags) : buildModule(file, flags, flags.weights)),
});

/** The forward pass of a trained model as `OUT.js`, with `OUT.d.ts` and, unless these stand in it, its weights as `OUT.bin`. */
async function buildModule(file: string, flags: BuildFlags, run: string): Promise<number> {
  const given = [
    ["--only", flags.only],
    ["--print-after", flags.printAfter],
  ] as const;
  for (const [flag, value] of given)
    if (value !== undefined) throw usage(`${flag} is of a training, and --weights builds a trained model`);
  if (!/\.m?js$/.test(flags.out))
    throw usage(`--out ${flags.out}: a trained model is built as a module`, "--out NAME.js");
  const weights = await openWeights(file, { weights: run, data: flags.data }, sources, note);
  const graph = modelGraph(weights, chosenModel(weights, flags.model));
  const targets = TARGETS[flags.target ?? "wasm"] ?? [];
  const hasThreads = flags.threads === true;
  if (hasThreads && !targets.includes("wasm"))
    throw usage("--threads: threads run kernels of the processor, and --target wgsl has none", "--target wasm,wgsl");
  const built = makeArtifact(graph, { isHalf: flags.f16 === true, targets, hasThreads });
  const files = await moduleFiles(built, basename(flags.out), bundleText, flags.singleFile === true);
  const folder = dirname(flags.out);
  makeOutFolder(folder);
  for (const { name, contents } of files) await writeOut(join(folder, name), contents);
  const others = files
    .filter(({ name }) => /\.bin$|\.threads\.|\.wasm$/.test(name))
    .map(({ name }) => join(folder, name));
  note(`${built.artifact.model}: built as ${[flags.out, ...others].join(" and ")}, with types beside`);
  return EXIT.fine;
}

const TARGETS: Readonly<Record<string, readonly ModuleTarget[]>> = {
  wasm: ["wasm"],
  wgsl: ["wgsl"],
  "wasm,wgsl": ["wasm", "wgsl"],
};

async function build(file: string, flags: BuildFlags): Promise<number> {
  if (flags.target === undefined || flags.target === "wasm,wgsl")
    throw usage(
      "build needs --target wasm or --target wgsl for a training, or --weights RUN for a trained model",
      "--weights runs/NAME-1 --out NAME.js",
    );
  for (const [flag, value] of [
    ["--model", flags.model],
    ["--single-file", flags.singleFile],
    ["--threads", flags.threads],
    ["--f16", flags.f16],
  ])
    if (value !== undefined && value !== false) throw usage(`${flag} is of a trained model: it needs --weights RUN`);
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
      await writeWgsl(planWgslAnywhere(prepared.entries, numberSizes(prepared.sizes), batch, observer), folder);
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

/** A page brings numbers, whatever the data of the program was held as. */
const numberSizes = (sizes: DataSizes): BuiltSizes => ({
  ...sizes,
  fields: sizes.fields.map(({ name, size, dtype }) => ({ name, size, dtype: dtype === "u8" ? "f32" : dtype })),
});

type BuiltSizes = DataSizes & { readonly fields: BuiltTraining["columns"] };

/** The module with threads, and the one for pages that cannot share memory; both run the same records. */
async function writeWasm({ entries, sizes, training }: Prepared, folder: string, observer: Observer): Promise<void> {
  const numbers = numberSizes(sizes);
  const plan = planWasm(entries, numbers, training.batch, true, observer);
  const single = planWasm(entries, numbers, training.batch, false);
  const { module, records, ...rest } = plan;
  const facts = { ...rest, moduleBytes: module.length, recordBytes: records.length };
  makeOutFolder(folder);
  await writeFile(join(folder, "module.wasm"), module);
  await writeFile(join(folder, "module.single.wasm"), single.module);
  await writeFile(join(folder, "records.bin"), records);
  await writeFile(join(folder, "plan.json"), `${JSON.stringify(facts, undefined, 1)}\n`);
  const listing = plan.kernels.map((k) => `${k.name}: ${k.schedule}\n${k.nest}\n`);
  await writeFile(join(folder, "kernels.txt"), listing.join("\n"));
}

async function writeTraining(name: string, { session, sizes }: Prepared, folder: string): Promise<void> {
  const { constants = new Map<string, Numbers>(), ...plain } = session;
  const written = [...constants].map(
    ([own, values]): WrittenNumbers => ({
      name: own,
      dtype: values instanceof Int32Array ? "i32" : "f32",
      base64: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
    }),
  );
  const built: WrittenTraining = { name, session: plain, columns: numberSizes(sizes).fields, constants: written };
  await writeFile(join(folder, "training.json"), `${JSON.stringify(built, undefined, 1)}\n`);
}

/** The whole plan, as a page loads it, and a file for each kernel that says what it computes. */
async function writeWgsl(plan: WgslPlan, folder: string): Promise<void> {
  makeOutFolder(folder);
  await writeFile(join(folder, "plan.json"), `${JSON.stringify(plan, undefined, 1)}\n`);
  for (const k of plan.kernels) {
    const about = `${k.schedule}\n${k.nest}`.replaceAll(/^/gm, "// ");
    await writeFile(join(folder, `${k.name}.wgsl`), `${about}\n${k.code}`);
  }
}
