// The library as a program sees it: load a run, check, summarise and train programs, all in one place. In: a host. Out: the functions.

import { didYouMean } from "../compiler/check/names/didyoumean.ts";
import { isSetting } from "../compiler/check/names/settings.ts";
import type { JsonDiagnostic } from "../compiler/diagnostics/json.ts";
import { toJson } from "../compiler/diagnostics/json.ts";
import { checkOpened } from "../project/check/opened.ts";
import { chosenModels, type ModelSummary, measured, summaryOf } from "../project/cost/measured.ts";
import { failure } from "../project/failure.ts";
import type { Host } from "../project/host.ts";
import { type Opened, Sources } from "../project/source.ts";
import { type AppliedGraph, chosenModel, modelGraph, startModel, startNode } from "../project/use/model/apply.ts";
import type { DeviceWish } from "../project/use/model/noderun.ts";
import { openRun, openSaved, type Weights, weightsOf } from "../project/use/model/weights.ts";
import { type Computed, outputs, rankedField } from "../project/use/outputs.ts";
import { nested } from "../project/use/predictions.ts";
import type { Checkpoint, RunSettings } from "../runtime/train/checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "../runtime/train/checkpoint.ts";
import { asDnnError, misused } from "./dnnerror.ts";
import { awaited, OF_LISTS } from "./early.ts";
import type { Layers, Nested, NetParts, Prediction } from "./net.ts";
import { checkOptions, DEVICE_RULES } from "./options.ts";
import type { Row } from "./rows.ts";
import { checkTrainOptions, isByNames, type TrainEvent, type TrainOptions, trainProgram } from "./training.ts";
import { WritingNet } from "./writing.ts";

export interface LoadOptions extends DeviceWish {
  /** One model of a program that has several. */
  readonly model?: string;
}

/** A program: the path or address (`file:`) of its file, or its text. */
export type ProgramSource = string | URL | { readonly text: string; readonly path?: string };

/** A run: the path or address (`file:`) of its folder or of a file of weights, or the bytes of one. */
export type RunSource = string | URL | Uint8Array | ArrayBuffer;

const LOAD_RULES = {
  model: { needed: "a name", accepts: (v: unknown) => typeof v === "string" },
  ...DEVICE_RULES,
} as const;

/** Starts what computes the named values. */
type StartLayers = (names: readonly string[]) => Promise<ReadonlyMap<string, Computed>>;

/** A model with its program: it also gives values on the way to its output. */
export class LoadedNet extends WritingNet {
  private readonly startLayers: StartLayers;
  private readonly layers = new Map<string, Promise<ReadonlyMap<string, Computed>>>();

  constructor(parts: NetParts, startLayers: StartLayers) {
    super(parts);
    this.startLayers = startLayers;
  }

  /** Values on the way to the output: what names of the program stand for, or its layers by the names of a summary. */
  override run(row: Row, names: readonly string[]): Promise<Layers> {
    return this.exclusively(async () => {
      if (!Array.isArray(names) || !names.every((name) => typeof name === "string"))
        throw misused("`run` takes a list of names", `run(row, ["${typeof names === "string" ? names : "NAME"}"])`);
      const key = JSON.stringify(names);
      const starting = this.layers.get(key) ?? this.startLayers(names);
      this.layers.set(key, starting);
      starting.catch(() => this.layers.delete(key));
      const rows = await this.read([row]);
      const values: [string, Nested][] = [];
      for (const [name, computed] of await starting)
        for await (const output of outputs(computed, rows))
          values.push([name, nested([...output.values], output.shape) as Nested]);
      return Object.fromEntries(values);
    });
  }

  protected override async stop(): Promise<void> {
    await super.stop();
    for (const starting of this.layers.values())
      for (const computed of (await starting.catch(() => undefined))?.values() ?? []) await computed.stop();
  }

  override predict(row: Row, options?: unknown): Promise<Prediction> {
    return awaited(super.predict(row, options), "net.predict(row)", OF_PREDICTIONS);
  }

  override batch(rows: readonly Row[], options?: unknown): Promise<Prediction[]> {
    return awaited(super.batch(rows, options), "net.batch(rows)", OF_LISTS);
  }
}

const OF_PREDICTIONS: readonly PropertyKey[] = ["label", "class", "probability", "probabilities", "output"];

/** Names of a trained model. */
const OF_NETS: readonly PropertyKey[] = ["predict", "batch", "run", "sample", "dispose", "inputs", "shape", "labels"];

/** A training: a loop over its events runs it. */
export interface Training extends AsyncIterable<TrainEvent> {
  /** The trained model; runs the training to its end where no loop has done so. */
  net(options?: LoadOptions): Promise<LoadedNet>;
  /** The files of a run, to be written into a file that `load` takes. */
  bytes(): Promise<Uint8Array>;
}

export interface Library {
  load(run: RunSource, options?: LoadOptions): Promise<LoadedNet>;
  check(program: ProgramSource, options?: Readonly<Record<string, never>>): Promise<readonly JsonDiagnostic[]>;
  summary(program: ProgramSource, options?: { readonly model?: string }): Promise<readonly ModelSummary[]>;
  train(program: ProgramSource, options?: TrainOptions): Training;
}

const BATCH = 64;

export function libraryOn(host: Host): Library {
  const pathOf = (place: string | URL): string =>
    String(place).startsWith("file:") ? host.pathOf(String(place)) : String(place);
  const opening = (program: ProgramSource, sources: Sources, set: Readonly<Record<string, string>> = {}): Opened =>
    isPlace(program)
      ? sources.openForUse(pathOf(program), set)
      : sources.openTextForUse(program.path ?? "program.dnn", program.text, set);
  const calls = {
    async load(run: RunSource, options: LoadOptions = {}) {
      const sources = new Sources(host);
      checkOptions(options, "load", LOAD_RULES, deviceHint);
      const place = isPlace(run) ? pathOf(run) : "these weights";
      return guarded(sources, place, async () => {
        if (isPlace(run) ? place === "" || NO_RUN.test(place) : !isBytes(run))
          throw misused(
            isPlace(run)
              ? `\`load\` takes a run, and ${JSON.stringify(place)} is none`
              : "`load` takes a run or its bytes",
            runHint(run, place),
          );
        const weights = isPlace(run)
          ? await openRun(place, sources)
          : savedWeights(readCheckpoint(new Uint8Array(run), place), place, sources);
        return netOf(weights, options);
      });
    },
    async check(program: ProgramSource, options: Readonly<Record<string, never>> = {}) {
      const sources = new Sources(host);
      mustBeProgram(program, "check");
      const [given] = Object.keys(options);
      if (given !== undefined) throw misused(`\`check\` has no option '${given}'`, "it has none: write check(program)");
      const path = isPlace(program) ? pathOf(program) : (program.path ?? "program.dnn");
      return guarded(sources, path, async () => {
        const opened = isPlace(program) ? sources.open(path) : sources.openText(path, program.text);
        return (await checkOpened(opened)).map((d) => toJson(d, sources.texts, path));
      });
    },
    async summary(program: ProgramSource, options: { readonly model?: string } = {}) {
      mustBeProgram(program, "summary");
      checkOptions(options, "summary", { model: LOAD_RULES.model });
      const { model } = options;
      const sources = new Sources(host);
      return guarded(sources, String(program), async () => {
        const opened = opening(program, sources);
        const names = chosenModels(opened.program, model, opened.path);
        const found: ModelSummary[] = [];
        for (const name of names) found.push(summaryOf(name, (await measured(opened, name)).measure, sources.texts));
        return found;
      });
    },
  };
  return {
    load: (run, options) => awaited(calls.load(run, options), "load(run)", OF_NETS),
    check: (program, options) => awaited(calls.check(program, options), "check(program)", OF_LISTS),
    summary: (program, options) => awaited(calls.summary(program, options), "summary(program)", OF_LISTS),
    train(program, options = {}) {
      mustBeProgram(program, "train");
      checkTrainOptions(options, settingHint);
      return new ProgramTraining(host, (sources, set) => opening(program, sources, set), options);
    },
  };
}

const isPlace = (value: unknown): value is string | URL => typeof value === "string" || value instanceof URL;

const isBytes = (value: unknown): value is Uint8Array | ArrayBuffer =>
  value instanceof Uint8Array || value instanceof ArrayBuffer;

/** Matches places of no run: a program, a script, an address of the web. */
const NO_RUN = /^https?:|\.(dnn|[cm]?[jt]s|jsx|tsx|json)$/;

/** `run`: what was handed over in the place of a run; `place`: its path, where it is one. */
function runHint(run: unknown, place: string): string {
  if (isByNames(run) && "run" in run && typeof run.run === "string")
    return `the run is the first argument: load(${JSON.stringify(run.run)})`;
  if (!isPlace(run)) return "`dnn train FILE` makes a run and says where: load that folder, such as runs/NAME-1";
  if (/^https?:/.test(place))
    return "addresses of the web are not fetched: hand over the bytes, load(await (await fetch(ADDRESS)).arrayBuffer())";
  if (/\.[cm]?js$/.test(place))
    return `what \`dnn build\` wrote is imported: import { load } from ${JSON.stringify(place)}`;
  return "`dnn train FILE` makes a run and says where: load that folder, such as runs/NAME-1";
}

function mustBeProgram(program: ProgramSource, call: string): void {
  if (isPlace(program) && /^https?:/.test(String(program)))
    throw misused(
      `\`${call}\` takes the path of a program, or its text, and this is an address of the web`,
      `such are not fetched: ${call}({ text: await (await fetch(ADDRESS)).text() })`,
    );
  if (typeof program === "string" && /[{\n]/.test(program) && !program.trimEnd().endsWith(".dnn"))
    throw misused(
      `\`${call}\` takes the path of a program, and this is the text of one`,
      `hand it over by name: ${call}({ text })`,
    );
  if (isPlace(program) || (Object(program) === program && typeof program.text === "string")) return;
  throw misused(`\`${call}\` takes the path of a program, or its text`, `${call}("net.dnn") or ${call}({ text })`);
}

/** Lines of a training are no options of the call. */
function settingHint(name: string): string | undefined {
  const device = deviceHint(name);
  if (device) return device;
  const setting = RATE_NAMES.test(name) ? "optimizer.lr" : name;
  if (!isSetting(setting.split(".")[0]!)) return undefined;
  return `a line of the training is set by { set: { ${JSON.stringify(setting)}: VALUE } }`;
}

/** `gpu: true` is a value of the option `device`. */
const deviceHint = (name: string): string | undefined =>
  /^[cg]pu$/.test(name) ? `write { device: "${name}" }` : undefined;

/** Matches the learning rate by its names elsewhere. */
const RATE_NAMES = /^(lr|(base_?|initial_?)?learning_?rate)$/i;

/** Runs what may fail by a mistake of the user, which becomes a DnnError. */
async function guarded<T>(sources: Sources, file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw asDnnError(error, sources.texts, file);
  }
}

const savedWeights = (checkpoint: Checkpoint, place: string, sources: Sources): Weights =>
  weightsOf(openSaved(checkpoint, sources), [{ folder: place, checkpoint }]);

async function netOf(weights: Weights, { model, device, threads }: LoadOptions): Promise<LoadedNet> {
  const wish = { device, threads };
  const graph = modelGraph(weights, chosenModel(weights, model, 'load(run, { model: "NAME" }) chooses one'));
  const computed = await startModel(graph, BATCH, wish);
  const target = rankedField(graph.inputs, computed.shape, weights.checkpoints[0].checkpoint.facts.fields);
  const parts: NetParts = {
    model: graph.definition.name.text,
    computed,
    target,
    texts: weights.opened.texts,
  };
  return new LoadedNet(parts, (names) => startLayers(graph, names, wish));
}

/** Compiles what computes named values: once for each set of names that is asked for. */
async function startLayers({ named, ...graph }: AppliedGraph, names: readonly string[], wish: DeviceWish) {
  const { weights, learned, inputs, definition } = graph;
  const started = new Map<string, Awaited<ReturnType<typeof startModel>>>();
  for (const name of names) {
    const node = named.get(name);
    if (!node) {
      // A bar stands in the names of layers that have none in the program.
      const known = [...named.keys()].filter((known) => !known.includes("|"));
      const close = didYouMean(name, known);
      const hint = close ? `did you mean ${close}?` : `it has ${known.join(", ")}`;
      throw failure("names/unknown", `'${definition.name.text}' has no value called '${name}'`, { hint });
    }
    started.set(name, { inputs, ...(await startNode(weights, node, learned, BATCH, wish)) });
  }
  return started;
}

class ProgramTraining implements Training {
  private readonly host: Host;
  private readonly open: (sources: Sources, set: Readonly<Record<string, string>>) => Opened;
  private readonly options: TrainOptions;
  private result: Checkpoint | undefined;
  private hasBegun = false;

  constructor(host: Host, open: ProgramTraining["open"], options: TrainOptions) {
    this.host = host;
    this.open = open;
    this.options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainEvent, void> {
    this.hasBegun = true;
    const sources = new Sources(this.host);
    const { set = {}, seed = 1, epochs, steps } = this.options;
    const settings: RunSettings = {
      seed,
      epochs,
      steps,
      set: Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)])),
      data: [],
    };
    try {
      const opened = this.open(sources, settings.set);
      this.result = yield* trainProgram(opened, this.options, settings);
    } catch (error) {
      throw asDnnError(error, sources.texts, "the training");
    }
  }

  /** Refuses a loop that does not wait for the events. */
  [Symbol.iterator](): never {
    throw misused("the events of a training come one after the other", "write `for await (const event of training)`");
  }

  /** Refuses what a trained model does. */
  predict(): never {
    throw misused(
      "`train` gives a training, which has no answers yet",
      "const net = await training.net(); net.predict(row)",
    );
  }

  /** Refuses what is done with bytes. */
  save(): never {
    throw misused("a training has no `save`", 'await writeFile("net.safetensors", await training.bytes())');
  }

  net(options: LoadOptions = {}): Promise<LoadedNet> {
    return awaited(this.trained(options), "training.net()", OF_NETS);
  }

  private async trained(options: LoadOptions): Promise<LoadedNet> {
    checkOptions(options, "net", LOAD_RULES, deviceHint);
    const sources = new Sources(this.host);
    const checkpoint = await this.ended();
    return guarded(sources, "the training", () => netOf(savedWeights(checkpoint, "the training", sources), options));
  }

  async bytes(): Promise<Uint8Array> {
    return writeCheckpoint(await this.ended());
  }

  private async ended(): Promise<Checkpoint> {
    if (!this.hasBegun) for await (const _ of this);
    if (!this.result) throw misused("the training did not come to its end", "run its loop to the end");
    return this.result;
  }
}
