// A training of a program with its data and settings: elaborated, compiled to a plan, and described for a session.

import { zip } from "../../compiler/arithmetic/lists.ts";
import { ownValue } from "../../compiler/arithmetic/lookup.ts";
import { isInRange, sayRange } from "../../compiler/arithmetic/numberrange.ts";
import { didYouMean } from "../../compiler/check/names/didyoumean.ts";
import {
  numberOfSetting,
  numberSettings,
  SETTINGS,
  settingNames,
  takesNumber,
  takesWord,
} from "../../compiler/check/names/settings.ts";
import { settingMeant } from "../../compiler/check/names/synonyms.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import { hintOnSeveral } from "../../compiler/check/program/severalvalues.ts";
import { startNumber } from "../../compiler/check/training/lines/earlysettings.ts";
import { isOptimizer, OPTIMIZER } from "../../compiler/check/training/lines/givenoptimizer.ts";
import type { Training } from "../../compiler/check/training/lines/types.ts";
import { withBodies } from "../../compiler/check/training/steps.ts";
import { batchOf, elaborateTraining } from "../../compiler/check/training/train.ts";
import type { DataField, DataSizes, Entry } from "../../compiler/compile.ts";
import { compileTraining } from "../../compiler/compile.ts";
import type { TrainDefinition } from "../../grammar/syntax/ast.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import type { Numbers } from "../../runtime/engine.ts";
import type { RunSettings } from "../../runtime/train/checkpoint.ts";
import type { SessionColumn } from "../../runtime/train/feed.ts";
import type { LoggedScalar } from "../../runtime/train/figures.ts";
import type { RingPlan } from "../../runtime/train/ring.ts";
import type { SessionPlan } from "../../runtime/train/session.ts";
import { labelsOutside } from "../check/labels.ts";
import { unknownInPrompts } from "../check/prompts.ts";
import { carriedStream } from "../check/streamed.ts";
import type { LoadedData } from "../data/dataset.ts";
import type { Job } from "../engineoptions.ts";
import { Failure, failure, usage } from "../failure.ts";
import type { Remember } from "../kept/remember.ts";
import { type Outline, originOf, outlineOf } from "./outline.ts";
import { ringOf } from "./streams.ts";

export interface Prepared {
  readonly training: Training;
  /** Lowered at the latest when they are read. */
  readonly entries: readonly Entry[];
  /** A text of all that they are made of. */
  readonly origin?: string;
  /** Whether its steps are large enough for several threads. */
  readonly isWorthSharing: boolean;
  readonly sizes: DataSizes;
  readonly session: SessionPlan;
  /** The fields that steps read; without values where they are streamed. */
  readonly columns: readonly SessionColumn[];
  /** Where examples are read while the training goes on. */
  readonly ring?: RingPlan;
  /** Shapes of parameters and states. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Numbers that are learned. */
  readonly params: number;
}

/** Failure with all diagnostics where the training has mistakes. */
function elaborate(program: Program, definition: TrainDefinition, data: LoadedData, settings: RunSettings): Training {
  const { length: examples } = data.dataset.train;
  const overrides = new Map(Object.entries(settings.set));
  checkSettings(program, definition, overrides);
  if (examples === 0)
    throw failure("data/too-few", "there are no examples to train on", { span: definition.name.span });
  batchOf(definition, { overrides, examples }, program);
  const epochs = epochsOf(program, definition, settings, overrides, examples);
  const training = elaborateTraining(program, definition, {
    fields: data.fields,
    examples,
    overrides,
    heldout: data.dataset.heldout.length,
    ...(epochs === undefined ? {} : { epochs }),
  });
  if (!training) throw new Failure(program.diagnostics);
  const carried = data.dataset.records && carriedStream(definition, data.name);
  if (carried) throw new Failure([carried]);
  const outside = [...labelsOutside(training.labels, data.dataset), ...unknownInPrompts(training.prompts)];
  if (outside.length > 0) throw new Failure(outside);
  return training;
}

/** Where only steps are given, there are as many epochs as they take, unless the program asks for more. */
function epochsOf(
  program: Program,
  definition: TrainDefinition,
  settings: RunSettings,
  overrides: ReadonlyMap<string, string>,
  examples: number,
): number | undefined {
  if (settings.epochs !== undefined) return settings.epochs;
  if (settings.steps === undefined || overrides.has("epochs")) return undefined;
  const batch = Math.max(1, Math.min(examples, batchOf(definition, { overrides, examples }, program)));
  const needed = Math.ceil(settings.steps / Math.max(1, Math.floor(examples / batch)));
  return Math.max(needed, startNumber("epochs", { program, definition, overrides }));
}

/** Refuses settings that a training does not have, and values that they cannot have. */
export function checkSettings(
  program: Program,
  definition: TrainDefinition,
  overrides: ReadonlyMap<string, string>,
): void {
  const own = [...definition.parameters.map((p) => p.name.text), ...program.settings];
  for (const [key, value] of overrides) {
    if (key.startsWith("optimizer.")) {
      if (!isNumberText(value))
        throw usage(`--set ${key}=${value}: a number is needed`, hintOnSeveral(key, value, isNumberText));
    } else if (key === OPTIMIZER) checkOptimizer(value, program);
    else if (takesNumber(key) && !own.includes(key)) {
      const { range } = numberOfSetting(key);
      const isGood = (text: string): boolean =>
        (text.trim() !== "" && isInRange(range, Number(text))) || (SETTINGS[key].words?.includes(text) ?? false);
      if (!isGood(value))
        throw usage(`--set ${key}=${value}: ${sayRange(range)} is needed`, hintOnSeveral(key, value, isGood));
    } else if (takesWord(key) && !own.includes(key)) {
      const { words = [] } = SETTINGS[key];
      if (!words.includes(value))
        throw usage(
          `--set ${key}=${value}: ${words.join(" or ")} is needed`,
          hintOnSeveral(key, value, (text) => words.includes(text)),
        );
    } else if (!own.includes(key)) {
      const known = [...numberSettings, ...settingNames.filter(takesWord), OPTIMIZER, "optimizer.lr", ...own];
      const hint =
        ownValue(NO_SETTINGS, key) ??
        meantSetting(key, known, optimizerSettings(program, definition)) ??
        hintOnParameter(program, key) ??
        settingMeant(key).advice ??
        `there are ${known.join(", ")}`;
      throw usage(`--set ${key}: '${definition.name.text}' has no such setting`, hint);
    }
  }
}

/** Words that are no settings of a training, and where they are said. */
const NO_SETTINGS: Readonly<Record<string, string>> = {
  rate: "did you mean `optimizer.lr`?",
  learning_rate: "did you mean `optimizer.lr`?",
  seed: "`dnn train FILE --seed 2`, or `dnn sweep FILE --seeds 3` for seeds 1, 2 and 3",
  seeds: "`dnn sweep FILE --seeds 3` trains from seeds 1, 2 and 3",
  fold: "`dnn train FILE --fold 1/5`",
  folds: "`dnn sweep FILE --folds 5`",
  steps: "`--steps 100`",
  device: "`--device cpu`",
  threads: "`--threads 2`",
  split: "it stands in the data's source, or in another in its place: `--data 'NAME=csv(\"table.csv\", split=0.5)'`",
  data: "`--data 'NAME=csv(\"table.csv\")'`",
};

/** A parameter of a model or block, which no setting reaches. */
function hintOnParameter({ file }: Program, key: string): string | undefined {
  const owner = file.definitions.find(
    (d) =>
      (d.kind === "model" || d.kind === "block-definition" || d.kind === "cell") &&
      d.parameters.some((p) => p.name.text === key),
  );
  return owner && "name" in owner
    ? `'${key}' belongs to '${owner.name.text}'; a value at the top of the file can be set: write \`${key} = ...\` there, and leave it out of the header`
    : undefined;
}

const isNumberText = (text: string): boolean => text.trim() !== "" && Number.isFinite(Number(text));

function checkOptimizer(name: string, { scope }: Program): void {
  if (isOptimizer(scope.get(name))) return;
  const known = scope.all().filter((n) => isOptimizer(scope.get(n)));
  const [word = "", ...given] = name.split(" ");
  const near = didYouMean(word, known);
  const several = hintOnSeveral(OPTIMIZER, name, (part) => known.includes(part));
  if (several !== undefined) throw usage(`--set ${OPTIMIZER}=${name}: this is more than one optimizer`, several);
  if (given.length > 0 && near !== undefined)
    throw usage(
      `--set ${OPTIMIZER}=${name}: this is an optimizer with its settings`,
      [`--set ${OPTIMIZER}=${near}`, ...given.map((g) => `--set ${OPTIMIZER}.${g}`)].join(" "),
    );
  throw usage(
    `--set ${OPTIMIZER}=${name}: there is no optimizer called '${name}'`,
    near === undefined ? `there are ${known.join(", ")}` : `did you mean \`${near}\`?`,
  );
}

/** `lr` is the optimizer's; of the others, the nearest. */
function meantSetting(key: string, known: readonly string[], optimizers: readonly string[]): string | undefined {
  const near = settingMeant(key).ours ?? didYouMean(key, [...known, ...optimizers]);
  if (near === undefined || ![...known, ...optimizers].includes(near)) return undefined;
  return `did you mean \`${known.includes(near) ? near : `optimizer.${near}`}\`?`;
}

/** Settings of a training's optimizer. */
function optimizerSettings(program: Program, definition: TrainDefinition): readonly string[] {
  const line = definition.body.find((s) => s.kind === "setting" && s.head === "optimizer");
  const value = line?.kind === "setting" ? line.value : undefined;
  const head = value?.kind === "flow" ? value.head : value?.kind === "call" ? value.callee : value;
  const found = program.scope.get(head?.kind === "name" ? head.name : "sgd");
  return found?.kind === "definition" ? found.definition.parameters.map((p) => p.name.text) : [];
}

export function prepare(
  program: Program,
  definition: TrainDefinition,
  data: LoadedData,
  settings: RunSettings,
): Prepared {
  const training = elaborate(program, definition, data, settings);
  const entries = compileTraining(training, { batch: training.batch });
  return describe(training, { entries, ...outlineOf(entries, training.batch) }, { program, data, settings });
}

/** The same; nothing is lowered before its entries are read where what is to be known of them was kept. */
export async function prepareKept(
  program: Program,
  definition: TrainDefinition,
  data: LoadedData,
  settings: RunSettings,
  remember: Remember = (_subject, _inputs, compute) => Promise.resolve(compute()),
): Promise<Prepared> {
  const training = elaborate(program, definition, data, settings);
  performance.mark("check");
  let lowered: readonly Entry[] | undefined;
  const entriesNow = (): readonly Entry[] => {
    // Another program may have had its turn since.
    program.takeTurn();
    lowered ??= compileTraining(training, { batch: training.batch });
    return lowered;
  };
  const origin = originOf(training);
  const outline = await remember("outline", origin, () => outlineOf(entriesNow(), training.batch));
  const prepared = describe(training, { entries: [], ...outline }, { program, data, settings });
  return Object.defineProperty({ ...prepared, origin }, "entries", { get: entriesNow });
}

/** The job of an engine; its entries are lowered at the latest when they are read. */
export const jobOf = (prepared: Prepared): Job => ({
  get entries() {
    return prepared.entries;
  },
  data: prepared.sizes,
  batch: prepared.session.batch,
  isWorthSharing: prepared.isWorthSharing,
  origin: prepared.origin,
});

/** Surroundings of a training: with what it is lowered to they describe it. */
interface Around {
  readonly program: Program;
  readonly data: LoadedData;
  readonly settings: RunSettings;
}

function describe(
  training: Training,
  { entries, fields, batches, isWorthSharing }: Outline & Pick<Prepared, "entries">,
  { program, data: { dataset }, settings }: Around,
): Prepared {
  const used = new Set(fields);
  const shapes = new Map(training.learned.map((l) => [l.path, l.node.shape.map(Number)] as const));
  for (const { path, shape } of training.running.training) shapes.set(path, [...shape]);
  for (const { path, shape } of training.carried) shapes.set(path, [training.batch, ...shape]);
  const sizes = sizesOf(
    dataset.train.columns.filter((c) => used.has(c.name)),
    dataset,
  );
  const ring = ringOf(dataset, { used, stepRows: training.batch * Math.max(1, batches), seed: settings.seed });
  return {
    training,
    entries,
    isWorthSharing,
    sizes: ring ? { ...sizes, train: 2 * ring.capacity, heldout: 0 } : sizes,
    columns: columnsOf(dataset, used),
    ...(ring ? { ring } : {}),
    session: {
      batch: training.batch,
      epochs: training.epochs,
      steps: settings.steps,
      settings: training.settings,
      plateau: training.plateau,
      criterion: training.criterion,
      examples: dataset.train.length,
      heldout: dataset.heldout.length,
      unitsPerExample: dataset.unitsPerExample,
      seed: settings.seed,
      batches,
      logged: loggedScalars(training),
      evaluated: training.evaluate.logged,
      tensors: [...shapes.keys()],
      carried: training.carried.map((c) => c.path),
      running: { ...training.running, training: training.running.training.map((s) => s.path) },
      constants: constantsOf(program),
      measures: training.measures.map((m) => ({ entry: m.name, fills: m.results.map((r) => r.name) })),
    },
    shapes,
    params: countParams(training),
  };
}

/** Numbers of arrays that stand in files; those of a run that goes on are its own. */
const constantsOf = ({ fileTensors }: Program): ReadonlyMap<string, Numbers> =>
  new Map(fileTensors.flatMap(({ path, array }) => (array.values ? [[path, array.values]] : [])));

/** Columns that the session writes into the engine before it begins; none of a stream. */
function columnsOf({ train, heldout, records }: Dataset, used: ReadonlySet<string>): SessionColumn[] {
  return zip(train.columns, heldout.columns)
    .filter(([column]) => used.has(column.name))
    .map(([own, other]) => ({
      name: own.name,
      train: records ? NOTHING : own.values,
      heldout: records ? NOTHING : other.values,
    }));
}

const NOTHING = new Float32Array(0);

export function sizesOf(columns: readonly Column[], dataset: Dataset): DataSizes {
  return {
    fields: columns.map((c) => ({
      name: c.name,
      size: c.shape.reduce((a, b) => a * b, 1),
      ...storedAs(c),
    })),
    train: dataset.train.length,
    heldout: dataset.heldout.length,
  };
}

const storedAs = ({ classes, byteUnit }: Column): Pick<DataField, "dtype" | "byteUnit"> => {
  if (classes !== undefined) return { dtype: "i32" };
  return byteUnit === undefined ? { dtype: "f32" } : { dtype: "u8", byteUnit };
};

/** Of a step with a loss, the first logged scalar is the loss. */
function loggedScalars(training: Training): LoggedScalar[] {
  return training.steps.flatMap((s) =>
    s.logged.map((name, i) =>
      i === 0 && s.sign !== undefined ? { name, loss: { step: s.name, sign: s.sign } } : { name },
    ),
  );
}

/** Numbers that the training's models learn: not those of models of the file that it never calls. */
function countParams(training: Training): number {
  const used = new Set(withBodies([...training.steps, training.evaluate].flatMap((s) => s.results.map((r) => r.node))));
  const sizes = training.learned
    .filter((l) => l.role === "parameter" && used.has(l.node))
    .map((l) => l.node.shape.map(Number).reduce((a, b) => a * b, 1));
  return sizes.reduce((a, b) => a + b, 0);
}
