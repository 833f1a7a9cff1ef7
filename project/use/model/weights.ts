// Trained weights with their program: the checkpoints of the named runs, the training they come from, and its data.

import { underCurrentNames } from "../../../compiler/check/frame/renamed.ts";
import type { Learned } from "../../../compiler/check/values/instance.ts";
import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { checkTensors, type Tensor } from "../../../runtime/checkpoint/tensor.ts";
import { WeightsError } from "../../../runtime/checkpoint/weightserror.ts";
import type { Engine, Numbers } from "../../../runtime/engine.ts";
import { resolvePath } from "../../../runtime/files/files.ts";
import { companionName } from "../../../runtime/plan.ts";
import type { Checkpoint, RunSettings } from "../../../runtime/train/checkpoint.ts";
import { parseDataOption, replaceData } from "../../data/override.ts";
import { type Note, usage } from "../../failure.ts";
import type { Opened, Sources } from "../../source.ts";
import { keptIn, openCheckpoint } from "../../train/checkpoints.ts";
import { otherThanWeights } from "../../train/othertools.ts";
import { folderOfTraining, missingRun } from "../../train/runplace.ts";

/** The checkpoint of a run that was named. */
interface Saved {
  readonly folder: string;
  readonly checkpoint: Checkpoint;
}

export interface Weights {
  readonly opened: Opened;
  /** Of each run that was named. */
  readonly checkpoints: readonly [Saved, ...Saved[]];
  readonly definition: TrainDefinition;
  /** Those of the first run, with the declarations of data that this command gives. */
  readonly settings: RunSettings;
}

export interface WeightFlags {
  readonly weights: string;
  readonly data: readonly string[];
}

/** The program with the data the weights were trained on, unless other data is given; without a file the run's own text. */
export async function openWeights(
  file: string | undefined,
  flags: WeightFlags,
  sources: Sources,
  note: Note,
): Promise<Weights> {
  const { disk, currentFolder } = sources.host;
  const [first = ""] = flags.weights.split(",");
  const beside = file === undefined ? undefined : sources.host.beside(file, first);
  const missing = first === "" || otherThanWeights(first) ? undefined : await missingRun(first, disk, beside);
  if (missing) throw missing;
  const folders: string[] = [];
  for (const folder of flags.weights.split(",")) folders.push(...(await keptIn(folder, disk, note)));
  const [named, ...others] = folders;
  if (named === undefined) throw usage("--weights needs the folder of a run", "runs/NAME-1");
  const open = async (folder: string): Promise<Saved> => ({ folder, checkpoint: await openCheckpoint(folder, disk) });
  const checkpoints: [Saved, ...Saved[]] = [await open(named)];
  for (const folder of others) checkpoints.push(await open(folder));
  const [{ checkpoint }] = checkpoints;
  const { settings, arrays } = checkpoint.facts;
  const opened =
    file === undefined ? await openPlaced(named, checkpoint, sources) : sources.openForUse(file, settings.set, arrays);
  const given = flags.data.map((d) => parseDataOption(d, currentFolder));
  return weightsOf(opened, checkpoints, given);
}

/** A run with the program that its weights were saved with, and no other file. */
export async function openRun(place: string, sources: Sources): Promise<Weights> {
  const checkpoint = await openCheckpoint(place, sources.host.disk);
  return weightsOf(await openPlaced(place, checkpoint, sources), [{ folder: place, checkpoint }]);
}

/** As `openSaved`, of a run: its data lies where it was from the folder that the training ran in. */
async function openPlaced(place: string, checkpoint: Checkpoint, sources: Sources): Promise<Opened> {
  const folder = await folderOfTraining(place, checkpoint.facts.file, sources.host.disk);
  return openSaved(checkpoint, sources, folder);
}

/** The program of a checkpoint, with what it imports, from the texts that the checkpoint holds; `folder`: where its paths start. */
export function openSaved({ facts, program }: Checkpoint, sources: Sources, folder = ""): Opened {
  const at = (path: string): string =>
    folder === "" ? path : sources.host.beside(resolvePath(folder, "program"), path);
  for (const [path, text] of Object.entries(facts.imports ?? {})) sources.overlay(at(path), text);
  const arrays = facts.arrays?.map((array) => ({ ...array, file: at(array.file) }));
  return sources.openTextForUse(at(facts.file), program, facts.settings.set, arrays);
}

/** `given`: declarations of data in place of the program's own and of those that the weights were trained on. */
export function weightsOf(
  opened: Opened,
  checkpoints: Weights["checkpoints"],
  given: RunSettings["data"] = [],
): Weights {
  const [{ folder, checkpoint }] = checkpoints;
  const { facts } = checkpoint;
  const definition = opened.program.trains.find((t) => t.name.text === facts.training);
  if (!definition) {
    const hint = "use the program that the weights came from";
    throw usage(`${opened.path} has no training ${facts.training}, which ${folder} was saved by`, hint);
  }
  const kept = facts.settings.data.filter((d) => !given.some((g) => g.name === d.name));
  for (const d of [...kept, ...given]) if (opened.program.data.has(d.name)) replaceData(opened, d);
  return { opened, checkpoints, definition, settings: { ...facts.settings, data: [...kept, ...given] } };
}

/** The tensors of a checkpoint that a program needs, by name; WeightsError where some are missing or of another shape. */
export function neededTensors(
  learned: readonly Learned[],
  { folder, checkpoint }: Weights["checkpoints"][number],
): ReadonlyMap<string, Tensor> {
  const expected = new Map(learned.map((l) => [l.path, { dtype: "F32" as const, shape: l.node.shape.map(Number) }]));
  const tensors = underCurrentNames(checkpoint.tensors, learned);
  // Where a training kept moving averages, they are the weights.
  const average = (name: string): Tensor | undefined => tensors.get(companionName(name, "average"));
  const own = [...tensors].filter(([name]) => expected.has(name));
  const found = new Map(own.map(([name, t]) => [name, average(name) ?? t]));
  // Nothing in common: the whole list says more than what is missing. A model without parameters needs nothing.
  try {
    checkTensors(found.size === 0 && expected.size > 0 ? tensors : found, expected, folder);
  } catch (error) {
    throw error instanceof WeightsError && hasOtherFields(found, expected)
      ? new WeightsError(error.code, error.message, OTHER_FIELDS)
      : error;
  }
  return found;
}

const OTHER_FIELDS =
  "the data has other columns than the weights were trained on: give `--data` the arguments that the declaration has, such as drop= and categories=";

/** Whether a figure of the data, such as the mean that `normalize` takes, is of another number of columns. */
const hasOtherFields = (
  found: ReadonlyMap<string, Tensor>,
  expected: ReadonlyMap<string, Pick<Tensor, "shape">>,
): boolean =>
  [...expected].some(([name, { shape }]) => {
    const own = name.startsWith("data.") ? found.get(name) : undefined;
    return own !== undefined && own.shape.join() !== shape.join();
  });

/** Writes what the plan has of them; `suffix` names the copy of an ensemble's member. */
export async function writeTensors(engine: Engine, tensors: ReadonlyMap<string, Tensor>, suffix = ""): Promise<void> {
  for (const [name, t] of tensors)
    if (engine.has(name + suffix)) await engine.write(name + suffix, t.values as Numbers);
}
