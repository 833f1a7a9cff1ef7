// A training as a loop over its events. In: an opened program, data in memory or the program's own, settings. Out: events, and in
// the end the trained model, or its weights as the bytes that a run saves.

import { lookUp } from "../compiler/arithmetic/lookup.ts";
import type { Field } from "../compiler/check/training/lines/types.ts";
import type { TrainDefinition } from "../grammar/syntax/ast.ts";
import { namesOne } from "../grammar/syntax/queries.ts";
import { type LoadedData, loadData } from "../project/data/dataset.ts";
import { dataOf, fieldsOf, SPLIT_SEED } from "../project/data/declaration.ts";
import { placeOf, placeOfSmallFiles } from "../project/data/place.ts";
import { tinyData } from "../project/data/schema.ts";
import { type EngineOptions, startLasting } from "../project/engine.ts";
import { failure } from "../project/failure.ts";
import { tuningOf } from "../project/gpu.ts";
import { importsOf, type Opened } from "../project/source.ts";
import { surroundingsOf } from "../project/train/changed.ts";
import { causeOf, ofPrecision } from "../project/train/divergence.ts";
import { jobOf, type Prepared, prepare } from "../project/train/job.ts";
import { savedField } from "../project/train/savedfield.ts";
import { endRows, rowsOf, startWithWorkers } from "../project/train/streams.ts";
import { chosenTrainings } from "../project/trainings.ts";
import type { Tensor } from "../runtime/checkpoint/tensor.ts";
import type { Column, Split } from "../runtime/data/dataset.ts";
import { withLengths } from "../runtime/data/sources/all.ts";
import type { Numbers } from "../runtime/engine.ts";
import { isOfTraining } from "../runtime/plan.ts";
import type { Checkpoint, RunSettings } from "../runtime/train/checkpoint.ts";
import { isResultBest } from "../runtime/train/criterion.ts";
import {
  type DivergedEvent,
  type EndEvent,
  type EpochEvent,
  type Figures,
  HELDOUT_LOSS,
  type SessionEvent,
} from "../runtime/train/events.ts";
import { Session } from "../runtime/train/session.ts";
import { inProgram } from "./advice.ts";
import { arraysOf, type TrainingData } from "./arrays.ts";
import { misused } from "./dnnerror.ts";
import { checkOptions, DEVICE_RULES, whole } from "./options.ts";

export interface TrainOptions {
  /** In place of the data that the program declares. */
  readonly data?: TrainingData;
  /** Of data in memory: the share that trains, 0.8 unless said otherwise; 1 holds nothing out. */
  readonly split?: number;
  readonly epochs?: number;
  readonly steps?: number;
  readonly seed?: number;
  /** As `--set`: `{ batch: 32, "optimizer.lr": 0.01 }`. */
  readonly set?: Readonly<Record<string, string | number>>;
  /** One training of a program that has several. */
  readonly only?: string;
  readonly device?: EngineOptions["device"];
  readonly threads?: number;
  /** Takes a sentence where something is good to know: what \`dnn train\` warns of, why a GPU is not taken, or that one was lost and the training goes on. */
  readonly onNote?: (text: string) => void;
}

export interface StartOptions extends TrainOptions {
  /** Takes what `dnn train` warns of; absent where somebody else does. */
  readonly onWarning?: (text: string) => void;
}

/** An object by names, as `data` and `set` are. */
export const isByNames = (value: unknown): value is object => Object(value) === value && !Array.isArray(value);

/** Lists of rows are turned into a list for each field; `set` has names and values, and no further objects. */
const dataHint = (value: unknown): string => {
  const first: unknown = Array.isArray(value) ? value[0] : undefined;
  const fields = isByNames(first) ? Object.entries(first) : [];
  if (fields.length === 0) return 'hand over a list for each field: { x: [[1, 2], [3, 4]], label: ["a", "b"] }';
  const lists = fields.map(([name, item]) => `${name}: [${JSON.stringify(item)}, ...]`);
  return `not a list of rows, but a list for each field: { ${lists.join(", ")} }`;
};

const isSetValue = (value: unknown): boolean => typeof value === "string" || typeof value === "number";

const setHint = (value: unknown): string => {
  const [, name, written] = /^([\w.]+)=(.*)$/.exec(String(value)) ?? [];
  if (name !== undefined) return `set is an object: { ${JSON.stringify(name)}: ${JSON.stringify(written)} }`;
  return 'set is an object of names and values: { batch: 32, "optimizer.lr": 0.01 }';
};

/** Rules for what JavaScript hands over. */
const TRAIN_RULES = {
  data: { needed: "an object with a list for each field: { image, label }", accepts: isByNames },
  split: {
    needed: "a number above 0, up to 1",
    accepts: (value: unknown) => typeof value === "number" && value > 0 && value <= 1,
  },
  epochs: whole(1),
  steps: whole(1),
  seed: whole(0),
  set: {
    needed: "an object such as { batch: 32 }",
    accepts: (value: unknown) => isByNames(value) && Object.values(value).every(isSetValue),
  },
  only: { needed: "the name of a training", accepts: (value: unknown) => typeof value === "string" },
  ...DEVICE_RULES,
  onNote: { needed: "a function", accepts: (value: unknown) => typeof value === "function" },
} as const;

/** Checks data and settings with hints of their own, then all options by their rules. */
export function checkTrainOptions(options: unknown, hintFor: (name: string) => string | undefined): void {
  const { data, set } = Object(options) as TrainOptions;
  if (data !== undefined && !TRAIN_RULES.data.accepts(data))
    throw misused(`\`train\`: data is ${JSON.stringify(data)}`, dataHint(data));
  if (set !== undefined && !TRAIN_RULES.set.accepts(set))
    throw misused(`\`train\`: set is ${JSON.stringify(set)}`, setHint(set));
  checkOptions(options, "train", TRAIN_RULES, hintFor);
}

/** Events of a training while it runs. */
export type TrainEvent =
  | {
      readonly kind: "steps";
      readonly training: string;
      /** The number of the first of these steps, from 1, and how many they are. */
      readonly first: number;
      readonly count: number;
      readonly losses: readonly (readonly number[])[];
      /** Means of the epoch so far. */
      readonly train: Figures;
    }
  | ({ readonly training: string } & Omit<EpochEvent, "waiting">)
  | { readonly kind: "end"; readonly training: string; readonly reason: EndEvent["reason"] };

/** Runs the trainings of a program one after the other, each from what those before it learned; gives the last one's weights. */
export async function* trainProgram(
  opened: Opened,
  options: TrainOptions,
  settings: RunSettings,
): AsyncGenerator<TrainEvent, Checkpoint> {
  let learned: ReadonlyMap<string, Tensor> = new Map();
  let last: Checkpoint | undefined;
  for (const definition of chosenTrainings(opened, options.only)) {
    last = yield* trainOne(opened, definition, options, settings, learned);
    learned = last.tensors;
  }
  return last!;
}

/** The arrays of memory as a data set, or what the program declares. */
async function dataFor(
  opened: Opened,
  definition: TrainDefinition,
  { data, split = 0.8 }: TrainOptions,
  settings: RunSettings,
): Promise<LoadedData> {
  const { program } = opened;
  const declared = dataOf(program, definition);
  if (!data) return loadData(program, declared, placeOf(opened), settings);
  const known = await tinyData(program, declared, placeOfSmallFiles(opened)).catch(() => undefined);
  const fields = known && !known.guessed ? known.fields : [];
  mustHaveFields(definition, data, fields);
  const { arraysDataset } = await import("../runtime/data/arrays/archive.ts");
  const dataset = withLengths(arraysDataset(arraysOf(data, fields), "data", split, SPLIT_SEED));
  const whole = {
    ...dataset,
    train: withDeclared(dataset.train, fields),
    heldout: withDeclared(dataset.heldout, fields),
  };
  return { name: declared.name.text, dataset: whole, fields: fieldsOf(whole), remarks: [] };
}

/** Refuses data that lacks a field of the program's own data which the training reads, and labels that are counted from 1. */
function mustHaveFields(definition: TrainDefinition, data: TrainingData, fields: readonly Field[]): void {
  const names = Object.keys(data);
  const read = fields.map(({ name }) => name).filter((name) => namesOne(definition.body, name));
  const missing = read.filter((name) => !names.some((given) => given === name || given === `${name}_train`));
  if (missing.length > 0 && read.length > 0)
    throw misused(
      `\`train\`: data has ${names.join(", ")}, and the training reads ${read.join(", ")}`,
      `call the lists as the program does: data: { ${read.join(", ")} }`,
    );
  for (const { name, classes, shape } of fields) {
    const labels: unknown = data[name];
    if (classes === undefined || shape.length > 0 || !Array.isArray(labels) || labels.length === 0) continue;
    const kinds = new Set<unknown>(labels);
    const isFromOne =
      kinds.size === classes && Array.from({ length: classes }, (_, i) => i + 1).every((k) => kinds.has(k));
    if (isFromOne)
      throw misused(
        `\`train\`: ${name} goes from 1 to ${classes}, and classes are counted from 0`,
        `${name}: ${name}.map((k) => k - 1), or texts, which are classes as they are`,
      );
  }
}

/** The program may know of more classes than occur, and of a scale. */
function withDeclared(part: Split, declared: readonly Field[]): Split {
  const columns = part.columns.map((column): Column => {
    const { classes, scale } = declared.find((f) => f.name === column.name) ?? {};
    if (scale && column.shape.at(-1) === scale.means.length) return { ...column, scale };
    const isMore = column.classes !== undefined && classes !== undefined && classes > column.classes;
    return isMore && !column.labels ? { ...column, classes } : column;
  });
  return { ...part, columns };
}

async function* trainOne(
  opened: Opened,
  definition: TrainDefinition,
  options: TrainOptions,
  settings: RunSettings,
  learned: ReadonlyMap<string, Tensor>,
): AsyncGenerator<TrainEvent, Checkpoint> {
  const onWarning = options.onNote ?? ((text: string) => console.warn(`dnn: ${text}`));
  const started = await startTraining(opened, definition, { ...options, onWarning }, settings, learned);
  // Weights are read after an epoch alone.
  started.session.goesAhead = () => true;
  try {
    for await (const event of started.session.run()) {
      if (event.kind === "diverged") throw started.divergence(event);
      await started.keepBest(event);
      const training = definition.name.text;
      yield event.kind === "stretch" ? { ...event, kind: "steps", training } : { ...event, training };
    }
    return await started.checkpoint();
  } finally {
    await started.stop();
  }
}

/** A training whose data is loaded, whose engine is started, and whose session waits to be run. */
export interface StartedTraining {
  readonly definition: TrainDefinition;
  readonly data: LoadedData;
  readonly prepared: Prepared;
  readonly session: Session;
  /** The engine: `cpu:simd`, `gpu:NAME`. */
  readonly device: string;
  /** To be called with each event: where the best epoch is the result, its weights are kept. */
  readonly keepBest: (event: SessionEvent) => Promise<void>;
  /** The weights that a run saves: of the best epoch, where that is the result, or the latest. */
  readonly checkpoint: (which?: "result" | "latest") => Promise<Checkpoint>;
  readonly divergence: (event: DivergedEvent) => Error;
  readonly stop: () => Promise<void>;
}

/** `learned`: what earlier trainings of the program have learned. */
export async function startTraining(
  opened: Opened,
  definition: TrainDefinition,
  options: StartOptions,
  settings: RunSettings,
  learned: ReadonlyMap<string, Tensor>,
): Promise<StartedTraining> {
  const { host, program } = opened;
  const said = program.diagnostics.length;
  const data = await dataFor(opened, definition, options, settings);
  const prepared = prepare(program, definition, data, settings);
  const { onWarning } = options;
  if (onWarning) await tellWarnings(opened, data, { said, targets: prepared.training.targets, note: onWarning });
  const { sizes, session: plan } = prepared;
  const { started, host: rowsHost } = await startWithWorkers(prepared.ring, host, () =>
    startLasting(host.devices, jobOf(prepared), {
      device: options.device ?? "auto",
      threads: options.threads,
      revectorize: true,
      largestBatch: async (device) =>
        (await import("../compiler/largestbatch.ts")).largestBatch(prepared.training, sizes, device),
      applications: prepared.training.applications,
      ...(options.onNote ? { note: options.onNote, warn: ({ message }) => options.onNote?.(message) } : {}),
    }),
  );
  const { engine, reopen } = started;
  let rows: Awaited<ReturnType<typeof rowsOf>> | undefined;
  try {
    rows = await rowsOf(engine, prepared, data.dataset, rowsHost);
    const session = await Session.open(engine, plan, rows, { tensors: weightsIn(learned) }, reopen);
    const around = surroundingsOf(data.dataset, {
      batch: plan.batch,
      device: engine.device,
      version: host.version,
      tuning: tuningOf(engine),
    });
    let best: ReadonlyMap<string, Numbers> | undefined;
    return {
      definition,
      data,
      prepared,
      session,
      get device() {
        return session.engine.device;
      },
      async keepBest(event) {
        if (event.kind === "epoch" && event.best && isResultBest(plan)) best = await session.tensors();
      },
      async checkpoint(which = "result") {
        const tensors = new Map([...learned].filter(([name]) => !isOfTraining(name)));
        const values = (which === "result" ? best : undefined) ?? (await session.tensors());
        for (const [name, numbers] of values)
          tensors.set(name, { dtype: dtypeOf(numbers), shape: lookUp(prepared.shapes, name), values: numbers });
        return checkpointOf(opened, { definition, data, prepared, settings, session, around, tensors });
      },
      divergence: (event) => diverged(event, definition, prepared, data),
      async stop() {
        endRows(rows);
        await session.engine.stop();
      },
    };
  } catch (error) {
    endRows(rows);
    await engine.stop();
    throw error;
  }
}

interface Telling {
  /** So many diagnostics of the program were there before. */
  readonly said: number;
  readonly targets: Prepared["training"]["targets"];
  readonly note: (text: string) => void;
}

/** Hands over what `dnn train` warns of: each a sentence, with what to write. */
async function tellWarnings({ program }: Opened, data: LoadedData, { said, targets, note }: Telling): Promise<void> {
  const { warnOfLoaded } = await import("../project/check/loaded.ts");
  warnOfLoaded(program, data.name, data.dataset, targets);
  for (const { severity, message, hint } of [...data.remarks, ...program.diagnostics.slice(said)])
    if (severity === "warning") note(`${message}${hint === undefined ? "" : `; ${inProgram(hint)}`}`);
}

/** Of earlier trainings, what models learned: not their optimizers. */
const weightsIn = (learned: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Numbers> =>
  new Map([...learned].flatMap(([name, t]) => (isOfTraining(name) ? [] : [[name, t.values as Numbers] as const])));

const dtypeOf = (values: Numbers): "F32" | "I32" => (values instanceof Int32Array ? "I32" : "F32");

interface Ended {
  readonly definition: TrainDefinition;
  readonly data: LoadedData;
  readonly prepared: Prepared;
  readonly settings: RunSettings;
  readonly session: Session;
  readonly around: ReturnType<typeof surroundingsOf>;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** The files of a run, so that it is loaded like one. */
async function checkpointOf(
  opened: Opened,
  { definition, data: { dataset }, prepared, settings, session, around, tensors }: Ended,
): Promise<Checkpoint> {
  const used = new Set(prepared.columns.map((c) => c.name));
  const facts = {
    format: 1 as const,
    file: opened.path,
    hash: await hashOf(opened.text),
    ...importsOf(opened),
    training: definition.name.text,
    progress: session.progress,
    settings,
    fields: dataset.train.columns.map((c) => savedField(c, used.has(c.name), dataset.records === undefined)),
    unit: dataset.unit,
    ...(dataset.separator === undefined ? {} : { separator: dataset.separator }),
    ...(dataset.headless ? { headless: true } : {}),
    ...around,
    complete: true,
  };
  return { facts, program: opened.text, tensors };
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function diverged(
  event: DivergedEvent,
  { name }: TrainDefinition,
  { columns, training }: Prepared,
  { dataset }: LoadedData,
) {
  const shapes = new Map(dataset.train.columns.map((c) => [c.name, c.shape]));
  const described = columns.map((c) => ({ ...c, shape: lookUp(shapes, c.name) }));
  const seen = causeOf(event.step, event.name === HELDOUT_LOSS, described);
  const { notes, hint } = ofPrecision(seen, training.precision, "the line `precision f32`");
  const message = `the ${event.name} is ${event.value} at step ${event.step}`;
  return failure("train/diverged", message, { span: name.span, notes, hint });
}
