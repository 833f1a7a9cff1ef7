// `dnn train`: the trainings of a file in order, each with its folder, its progress, its checkpoints and its end.

import { basename, dirname, join, resolve } from "node:path";
import { underCurrentNames } from "../../../compiler/check/frame/renamed.ts";
import { warnOfUntrained } from "../../../compiler/check/training/lines/frozen.ts";
import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { refuseLater } from "../../../project/check/later.ts";
import { warnOfLoaded } from "../../../project/check/loaded.ts";
import { loadData } from "../../../project/data/dataset.ts";
import { dataOf, SPLIT_SEED } from "../../../project/data/declaration.ts";
import { openWithData, parseDataOption } from "../../../project/data/override.ts";
import { placeOf } from "../../../project/data/place.ts";
import type { EngineOptions } from "../../../project/engine.ts";
import { startLasting } from "../../../project/engine.ts";
import { EXIT, failure, usage } from "../../../project/failure.ts";
import { tuningOf, tuningToKeep } from "../../../project/gpu.ts";
import { counted } from "../../../project/numbertext.ts";
import { quoted } from "../../../project/quoted.ts";
import type { Opened } from "../../../project/source.ts";
import { changesSince, surroundingsOf } from "../../../project/train/changed.ts";
import { openTensors } from "../../../project/train/checkpoints.ts";
import { jobOf, type Prepared, prepareKept } from "../../../project/train/job.ts";
import {
  givenRunFolder,
  hashOf,
  newRunFolder,
  type RunFolder,
  refuseRun,
  resumedRunFolder,
} from "../../../project/train/runfolder.node.ts";
import { endRows, rowsOf, startWithWorkers, streamText } from "../../../project/train/streams.ts";
import { foldText } from "../../../project/train/sweep.ts";
import { fitted } from "../../../project/train/warmstart.ts";
import { chosenTrainings, parseSettings } from "../../../project/trainings.ts";
import { checkTensors, type Tensor } from "../../../runtime/checkpoint/tensor.ts";
import type { CacheFile } from "../../../runtime/data/recordcache.ts";
import { isOfTraining } from "../../../runtime/plan.ts";
import type { Checkpoint, RunSettings } from "../../../runtime/train/checkpoint.ts";
import type { Progress } from "../../../runtime/train/events.ts";
import { Session, type SessionPlan } from "../../../runtime/train/session.ts";
import { program } from "../../command/shared.ts";
import { type TrainFlags, trainFlags } from "../../command/trainflags.ts";
import { defineVerb } from "../../command/verb.ts";
import { onDeviceFailure, type Reached } from "../../terminal/devicefailure.ts";
import { drawing, refuseLargePictures } from "../../terminal/drawing.ts";
import { Interrupts } from "../../terminal/interrupts.ts";
import type { LivePage } from "../../terminal/livepage.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { refuseUnwritable } from "../../terminal/outfile.ts";
import { readingBar, reporterFor } from "../../terminal/progress.ts";
import { Run } from "../../terminal/run.ts";
import { note, printDiagnostics } from "../../terminal/say.ts";
import { type Pass, trainWatching } from "../../terminal/watching.ts";

export const verb = defineVerb({
  arguments: [program],
  flags: trainFlags,
  example: "dnn train examples/lenet.dnn --set optimizer.lr=0.01 --epochs 3",
  run: ([file], flags) => (flags.watch ? watched(file, flags) : trainOnce(file, flags)),
});

async function trainOnce(file: string, flags: TrainFlags): Promise<number> {
  const interrupts = new Interrupts();
  try {
    return (await train(file, flags, interrupts)).code;
  } finally {
    interrupts.stop();
  }
}

/** Each training has a folder of its own: those after the first start from the weights of the one before. */
const watched = (file: string, flags: TrainFlags): Promise<number> =>
  trainWatching(file, ({ number, from }, interrupts) => {
    if (number === 1) return train(file, flags, interrupts);
    const { resume: _, weights: __, out, ...rest } = flags;
    const place = out === undefined ? {} : { out: `${out}-${number}` };
    return train(file, { ...rest, ...place, ...(from === undefined ? {} : { weights: from }) }, interrupts);
  });

async function train(file: string, flags: TrainFlags, interrupts: Interrupts): Promise<Pass> {
  if (flags.out !== undefined && flags.resume !== undefined)
    throw usage("--out and --resume exclude each other", "a run that is resumed goes on in its own folder");
  if (flags.weights !== undefined && flags.resume !== undefined)
    throw usage(
      "--weights and --resume exclude each other",
      "--resume goes on with a run; --weights starts a new one from the weights of another",
    );
  const engine: EngineOptions = { device: flags.device, threads: flags.threads, revectorize: flags.revec };
  const resumed = flags.resume === undefined ? undefined : await resumedRunFolder(flags.resume);
  try {
    performance.mark("modules");
    const settings = settingsOf(flags, resumed?.checkpoint);
    const opened = openWithData(file, settings, sources);
    if (resumed) compareProgram(opened, resumed.checkpoint, flags);
    const trainings = chosenTrainings(opened, flags.only, resumed?.checkpoint.facts.training);
    // Places are looked at before any data is read.
    const names = opened.program.trains.map((t) => t.name.text);
    for (const { name } of resumed ? trainings.slice(1) : trainings) refuseTaken(name.text, flags, names);
    const given = flags.weights === undefined ? undefined : await openTensors(flags.weights, machine.disk);
    const later = trainings.slice(1).map((t) => t.name.text);
    if (later.length > 0) await refuseLater(openWithData(file, settings, sources), later, settings.set);
    performance.mark("parse");
    return await trainAll(opened, trainings, { flags, settings, engine, interrupts, trainings: names, given }, resumed);
  } finally {
    await resumed?.run.release();
  }
}

interface Resumed {
  readonly run: RunFolder;
  readonly checkpoint: Checkpoint;
}

/** Settings from the flags, above those of a resumed run. */
function settingsOf(flags: TrainFlags, from: Checkpoint | undefined): RunSettings {
  const before = from?.facts.settings;
  if (before && flags.seed !== undefined && flags.seed !== before.seed)
    throw usage(`--seed ${flags.seed}: the run was started with seed ${before.seed}`);
  const split = before?.splitSeed ?? SPLIT_SEED;
  if (before && flags.splitSeed !== undefined && flags.splitSeed !== split)
    throw usage(`--split-seed ${flags.splitSeed}: the run was started with split seed ${split}`);
  if (before && flags.fold !== undefined && foldText(flags.fold) !== foldText(before.fold))
    throw usage(
      `--fold ${foldText(flags.fold)}: the run was started ${before.fold ? `with fold ${foldText(before.fold)}` : "without folds"}`,
    );
  const precision = flags.precision === undefined ? {} : { precision: flags.precision };
  const set = { ...before?.set, ...precision, ...parseSettings(flags.set) };
  const given = flags.data.map((d) => parseDataOption(d, machine.currentFolder));
  const kept = (before?.data ?? []).filter((d) => !given.some((g) => g.name === d.name));
  return {
    seed: flags.seed ?? before?.seed ?? 1,
    splitSeed: flags.splitSeed ?? before?.splitSeed,
    fold: flags.fold ?? before?.fold,
    memory: flags.memory === undefined ? before?.memory : flags.memory * 2 ** 20,
    set,
    epochs: flags.epochs ?? before?.epochs,
    // A number of steps ends a run; resuming it means to go on.
    steps: flags.steps,
    data: [...kept, ...given],
  };
}

function compareProgram(opened: Opened, { facts }: Checkpoint, { resume, only }: TrainFlags): void {
  if (only !== undefined && only !== facts.training)
    throw usage(
      `--only ${only}: ${resume} is a run of the training ${facts.training}`,
      `a new run of ${only} starts from its weights: --only ${only} --weights ${resume}`,
    );
  if (facts.hash !== hashOf(opened.text))
    note(`${opened.path} has changed since ${resume} was saved; the run goes on with the new text`);
}

async function trainAll(
  opened: Opened,
  trainings: readonly TrainDefinition[],
  asked: Pick<OneOptions, "flags" | "settings" | "engine" | "interrupts" | "trainings" | "given">,
  resumed: Resumed | undefined,
): Promise<Pass> {
  // Tensors of earlier trainings, by name.
  let learned: ReadonlyMap<string, Tensor> = resumed?.checkpoint.tensors ?? new Map();
  let before: RunFolder | undefined;
  for (const [i, definition] of trainings.entries()) {
    const going = i === 0 ? resumed : undefined;
    const result = await trainOne(opened, definition, {
      ...asked,
      learned,
      going,
      before,
    });
    if (result.exitCode !== EXIT.fine) return { code: result.exitCode, folder: savedIn(result.folder) };
    learned = result.learned;
    before = result.folder;
  }
  return { code: EXIT.fine, folder: before && savedIn(before) };
}

const savedIn = ({ folder, newest }: RunFolder): string | undefined => (newest === undefined ? undefined : folder);

interface OneOptions {
  readonly flags: TrainFlags;
  readonly settings: RunSettings;
  readonly engine: EngineOptions;
  readonly learned: ReadonlyMap<string, Tensor>;
  readonly going: Resumed | undefined;
  /** The folder of the training before it, if this command ran one. */
  readonly before: RunFolder | undefined;
  readonly interrupts: Interrupts;
  /** Tensors of the run that `--weights` names. */
  readonly given: ReadonlyMap<string, Tensor> | undefined;
  /** Names of the file's trainings. */
  readonly trainings: readonly string[];
}

async function trainOne(
  opened: Opened,
  definition: TrainDefinition,
  asked: OneOptions,
): Promise<{ exitCode: number; learned: ReadonlyMap<string, Tensor>; folder: RunFolder }> {
  const { program, path } = opened;
  const data = await loadData(program, dataOf(program, definition), placeOf(opened), {
    ...asked.settings,
    progress: asked.flags.json ? undefined : readingBar(definition.data?.text ?? ""),
  });
  performance.mark("data");
  const said = program.diagnostics.length;
  printDiagnostics(data.remarks);
  if (!asked.flags.json)
    for (const { note: text } of data.fields) if (text !== undefined) note(`${data.name}: ${text}`);
  const prepared = await prepareKept(program, definition, data, asked.settings, machine.remember);
  performance.mark("lower");
  if (prepared.ring && !asked.flags.json) note(streamText(data, prepared.ring));
  const named = { ...asked, learned: underCurrentNames(asked.learned, prepared.training.learned) };
  const o = withWarmStart(named, prepared);
  warnOfUntrained(program, prepared.training, o.learned);
  if (!o.going) warnOfLoaded(program, data.name, data.dataset, prepared.training.targets);
  printDiagnostics(program.diagnostics.slice(said));
  const expected = [...prepared.shapes].map(([name, shape]) => [name, { dtype: "F32", shape }] as const);
  if (o.going) checkResumable(new Map(expected), o, o.flags.resume ?? o.going.run.folder);
  const { training, sizes } = prepared;
  await refuseLargePictures(training, definition);
  const reporter = reporterFor(o.flags.json === true);
  const engineOptions: EngineOptions = {
    ...o.engine,
    tuning: o.going && tuningToKeep(o.going.checkpoint.facts),
    largestBatch: async (device) =>
      (await import("../../../compiler/largestbatch.ts")).largestBatch(training, sizes, device),
    applications: training.applications,
    runs: stepsOf(prepared.session, o.going?.checkpoint.facts.progress),
    note: (text) => {
      reporter.clear();
      note(text);
    },
    warn: (diagnostic) => {
      reporter.clear();
      printDiagnostics([diagnostic]);
    },
  };
  const { started, host } = await startWithWorkers(prepared.ring, machine, () =>
    startLasting(machine.devices, jobOf(prepared), engineOptions),
  );
  performance.mark("engine");
  const { engine, reopen } = started;
  let folder: RunFolder | undefined;
  let session: Session | undefined;
  let run: Run | undefined;
  let live: LivePage | undefined;
  let rows: Awaited<ReturnType<typeof rowsOf>> | undefined;
  try {
    folder = o.going?.run ?? (await folderFor(definition.name.text, o));
    rows = await rowsOf(engine, prepared, data.dataset, host, await cacheIn(folder, prepared, o));
    session = await Session.open(engine, prepared.session, rows, startOf(o), reopen);
    performance.mark("session");
    const { settings, learned } = o;
    const going = session;
    const { batch } = prepared.session;
    const surroundings = surroundingsOf(data.dataset, {
      batch,
      version: machine.version,
      tuning: tuningOf(engine),
      // Another one takes the place of a device that fails.
      get device() {
        return going.engine.device;
      },
    });
    if (o.going) for (const line of changesSince(o.going.checkpoint.facts, surroundings, folder.folder)) note(line);
    const draw = drawing({ opened, definition, settings, folder: folder.folder, epochs: prepared.session.epochs });
    run = new Run({ opened, data, prepared, settings, session, surroundings, folder, learned, ...draw });
    if (o.going && isOver(prepared.session, session.progress)) note(overText(prepared.session, session.progress));
    // Loads a server, which takes longer than all of Node's own start.
    if (o.flags.live)
      live = await (await import("../../terminal/livepage.ts")).LivePage.open(definition.name.text, folder.folder);
    if (live) note(`its page is ${live.address}`);
    const begun = run;
    const exitCode = await o.interrupts.during(() => begun.go(definition.name.text, reporter, o.interrupts));
    // A run that was asked to stop goes on with what has been decoded.
    if (!o.interrupts.asked || o.interrupts.isRestart) await folder.removeCache();
    if (o.interrupts.asked && !o.interrupts.isRestart && exitCode !== EXIT.fine)
      note(`go on with: dnn train ${quoted(path)} --resume ${quoted(folder.folder)}`);
    return { exitCode, learned: await run.result(), folder };
  } catch (error) {
    throw onDeviceFailure(error, reachedBy(run, folder, path, o));
  } finally {
    live?.close();
    endRows(rows);
    await (session?.engine ?? engine).stop();
    if (!o.going) await folder?.release();
  }
}

const CACHE_MEGABYTES = 16384;

/** Where decoded examples of a stream are kept, if they are needed again. */
async function cacheIn(folder: RunFolder, { session }: Prepared, o: OneOptions): Promise<CacheFile | undefined> {
  const mostBytes = (o.flags.cache ?? CACHE_MEGABYTES) * 2 ** 20;
  const passes = session.epochs - (o.going?.checkpoint.facts.progress.epoch ?? 0) + (session.measures?.length ?? 0);
  if (mostBytes > 0 && passes > 1) return { path: folder.cache, mostBytes };
  await folder.removeCache();
  return undefined;
}

/** The steps that are left of a training, about: it may end earlier. */
function stepsOf(plan: SessionPlan, progress: Progress | undefined): number {
  const ofEpoch = Math.ceil(plan.examples / (plan.batch * Math.max(1, plan.batches)));
  const { steps = Number.POSITIVE_INFINITY } = plan;
  return Math.max(1, Math.min(steps, plan.epochs * ofEpoch) - (progress?.step ?? 0));
}

/** How far a training has come that a device failed in. */
function reachedBy(
  run: Run | undefined,
  own: RunFolder | undefined,
  path: string,
  { flags, before }: OneOptions,
): Reached {
  const folder = own?.newest === undefined && before ? before : own;
  const isSaved = run?.isSaved === true || (folder !== undefined && folder === before);
  return { path, flags, step: run?.step, folder: folder?.folder, newest: folder?.newest, isSaved };
}

/** The weights that a first training is to start from beside what it is given. */
function withWarmStart(o: OneOptions, { shapes, training }: Prepared): OneOptions {
  const { weights } = o.flags;
  if (weights === undefined || !o.given || o.before) return o;
  const { tensors, lines } = fitted(o.given, { shapes, learned: training.learned }, weights);
  if (!o.flags.json) for (const line of lines) note(line);
  return { ...o, learned: tensors };
}

/** Whether a resumed run has nothing left to do. */
const isOver = ({ epochs, settings: { patience } = {} }: SessionPlan, at: Progress): boolean =>
  at.epoch >= epochs || (patience !== undefined && at.stale >= patience);

function overText({ epochs }: SessionPlan, { epoch }: Progress): string {
  const more =
    epoch >= epochs
      ? `--epochs ${epoch + 1}, or a larger number, adds to them`
      : "--set patience=N adds to its patience";
  return `nothing is left to do: the run has ended after ${counted(epoch, "epoch")}; ${more}`;
}

/** A resumed training goes on; a new one starts from what earlier ones learned, with an optimizer of its own. */
function startOf({ going, learned }: OneOptions) {
  const values = [...learned].filter(([name]) => going !== undefined || !isOfTraining(name));
  const tensors = new Map(values.map(([name, t]) => [name, t.values as Float32Array]));
  return going ? { progress: going.checkpoint.facts.progress, tensors } : { tensors };
}

/** Every tensor of the program must be there; those of other trainings in the file may be there too. */
function checkResumable(
  expected: ReadonlyMap<string, Pick<Tensor, "dtype" | "shape">>,
  o: OneOptions,
  folder: string,
): void {
  const found = o.trainings.length > 1 ? [...o.learned].filter(([name]) => expected.has(name)) : [...o.learned];
  const weights = [...expected].filter(([name]) => !isOfTraining(name));
  const fits = weights.every(([name, { shape }]) => o.learned.get(name)?.shape.join() === shape.join());
  const complete = [...expected.keys()].every((name) => o.learned.has(name));
  // Under another optimizer or precision a run may have states that this training has not.
  const isOther = [...o.learned.keys()].some(
    (name) => isOfTraining(name) && !expected.has(name) && o.trainings.length === 1,
  );
  if (fits && (!complete || isOther))
    throw failure(
      "weights/other-program",
      `${folder} was trained by another optimizer or in another precision, so it cannot go on with this one`,
      {
        hint: `a new run starts from its weights: --weights ${folder}`,
      },
    );
  checkTensors(new Map(found), expected, folder);
}

/** A training after a resumed one stands beside it, where that stands in a folder of the file's trainings. */
function folderFor(name: string, o: OneOptions): Promise<RunFolder> {
  const given = outOf(name, o.flags, o.trainings);
  return given === undefined ? newRunFolder(name) : givenRunFolder(given);
}

/** The folder of a training, where that is not a new one of its own name. */
function outOf(name: string, { out, resume }: TrainFlags, trainings: readonly string[]): string | undefined {
  if (out !== undefined) return trainings.length > 1 ? join(out, name) : out;
  const isBeside = resume !== undefined && trainings.includes(basename(resolve(resume)));
  return isBeside ? join(dirname(resume), name) : undefined;
}

function refuseTaken(name: string, flags: TrainFlags, trainings: readonly string[]): void {
  const folder = outOf(name, flags, trainings);
  if (folder === undefined) return;
  const said = flags.resume === undefined ? undefined : `--resume ${flags.resume} goes on with '${name}' in ${folder}`;
  refuseUnwritable(folder, "folder", said);
  refuseRun(folder);
}
