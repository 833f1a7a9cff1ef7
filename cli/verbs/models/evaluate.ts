// `dnn eval`: loss and metrics of trained weights, or of the average of several, over held-out data.

import { zip } from "../../../compiler/arithmetic/lists.ts";
import { lookUp } from "../../../compiler/arithmetic/lookup.ts";
import { preparedFields } from "../../../compiler/check/training/fields.ts";
import type { Training } from "../../../compiler/check/training/lines/types.ts";
import { elaborateTraining } from "../../../compiler/check/training/train.ts";
import { compileStep } from "../../../compiler/compile.ts";
import type { Node } from "../../../compiler/graph/node.ts";
import { topological } from "../../../compiler/graph/node.ts";
import type { LoadedData } from "../../../project/data/dataset.ts";
import { loadData } from "../../../project/data/dataset.ts";
import { dataOf, SPLIT_SEED } from "../../../project/data/declaration.ts";
import { placeOf } from "../../../project/data/place.ts";
import { startEngine } from "../../../project/engine.ts";
import { EXIT, Failure, failure } from "../../../project/failure.ts";
import { figureText } from "../../../project/numbertext.ts";
import { sizesOf } from "../../../project/train/job.ts";
import { openRing, ringOf } from "../../../project/train/streams.ts";
import { foldText } from "../../../project/train/sweep.ts";
import { assess } from "../../../project/use/assess.ts";
import type { Assessment } from "../../../project/use/assessment.ts";
import { comparedBy } from "../../../project/use/compared.ts";
import { averaged, suffixOf } from "../../../project/use/model/ensemble.ts";
import { inputsOf, tensorsIn } from "../../../project/use/model/modelfields.ts";
import { callsInTraining } from "../../../project/use/model/trainingcalls.ts";
import type { Weights } from "../../../project/use/model/weights.ts";
import { neededTensors, openWeights, writeTensors } from "../../../project/use/model/weights.ts";
import { assessmentText } from "../../../report/assessmenttext.ts";
import { table } from "../../../report/tables.ts";
import type { Figures } from "../../../runtime/train/events.ts";
import { ResidentRows, type RowFeed } from "../../../runtime/train/feed.ts";
import { evaluateRows } from "../../../runtime/train/heldout.ts";
import type { Flags, Values } from "../../command/flag.ts";
import { program as programArgument, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { note, out, outJson } from "../../terminal/say.ts";

const flags = {
  weights: {
    ...shared.weights,
    value: "dirs",
    description: "folders of runs, RUN/latest, RUN/best or files of weights, separated by commas: several are averaged",
  },
  data: shared.data,
  threads: shared.threads,
  json: shared.json,
} as const satisfies Flags;

type EvalFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn eval examples/lenet.dnn --weights runs/lenet-1",
  run: ([file], flags) => evaluate(file, flags),
});

async function evaluate(file: string, flags: EvalFlags): Promise<number> {
  const weights = await openWeights(file, flags, sources, note);
  const { opened, definition, settings } = weights;
  warnOfSplits(weights);
  const data = await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), settings);
  if (data.dataset.heldout.length === 0)
    throw failure("data/too-few", `nothing of the data '${data.name}' is held out`, {
      hint: "give it a split below 1",
    });
  const training = elaborateTraining(opened.program, definition, {
    fields: data.fields,
    examples: data.dataset.train.length,
    overrides: new Map(Object.entries(settings.set)),
  });
  if (!training) throw new Failure(opened.program.diagnostics);
  const figures = await heldoutFigures(weights, training, data, flags.threads);
  const assessment = await assessed(weights, data);
  if (flags.json) outJson({ ...figures, ...(assessment ? { assessment: objectOf(assessment) } : {}) });
  else {
    out(
      table(
        Object.entries(figures).map(([name, value]) => [name, figureText(value)]),
        [1],
      ),
    );
    if (assessment) out(`\n${assessmentText(assessment)}`);
  }
  return EXIT.fine;
}

/** Of one run: what several say together is no one's answer. */
async function assessed(weights: Weights, data: LoadedData): Promise<Assessment | undefined> {
  return weights.checkpoints.length === 1 ? assess(weights, data, comparedBy(weights)) : undefined;
}

/** Without the cases, which are there to be looked at. */
function objectOf(assessment: Assessment): object {
  if (assessment.kind === "numbers") {
    const { points: _, worst: __, ...figures } = assessment;
    return figures;
  }
  const { cases: _, worst: __, ...figures } = assessment;
  return figures;
}

/** Figures of an average say nothing where one member has trained on what another holds out. */
function warnOfSplits({ checkpoints }: Weights): void {
  const splitOf = ({ checkpoint }: Weights["checkpoints"][number]): string => {
    const { splitSeed = SPLIT_SEED, fold } = checkpoint.facts.settings;
    return [`--split-seed ${splitSeed}`, ...(fold ? [`--fold ${foldText(fold)}`] : [])].join(" ");
  };
  const [first, ...others] = checkpoints;
  const other = others.find((c) => splitOf(c) !== splitOf(first));
  if (!other) return;
  note(
    `warning: ${first.folder} and ${other.folder} hold out other examples (${splitOf(first)}, and ${splitOf(other)}): the figures are of examples that one of them was trained on`,
  );
}

async function heldoutFigures(
  weights: Weights,
  training: Training,
  data: LoadedData,
  threads: number | undefined,
): Promise<Figures> {
  const copies = weights.checkpoints.length;
  const { evaluate: step } = training;
  const results = averaged(
    step.results.map((r) => r.node),
    modelOutputs(
      weights,
      data,
      step.results.map((r) => r.node),
    ),
    copies,
  );
  const part = compileStep(
    { ...step, results: zip(step.results, results).map(([r, node]) => ({ ...r, node })) },
    { batch: training.batch },
  );
  const { heldout } = data.dataset;
  const columns = heldout.columns.filter((c) => part.fields.includes(c.name));
  const seed = weights.checkpoints[0].checkpoint.facts.settings.seed;
  const reading = { used: new Set(part.fields), stepRows: training.batch, seed };
  const ring = ringOf(data.dataset, reading);
  const sizes = { ...sizesOf(columns, data.dataset), train: 0, ...(ring ? { heldout: 2 * ring.capacity } : {}) };
  const engine = await startEngine(machine.devices, [{ name: "evaluate", parts: [part] }], sizes, training.batch, {
    device: "cpu",
    threads,
    revectorize: true,
  });
  let feed: RowFeed | undefined;
  try {
    for (const [k, c] of weights.checkpoints.entries())
      await writeTensors(engine, neededTensors(training.weights, c), suffixOf(k));
    const counts = { examples: 0, heldout: heldout.length, seed, batch: training.batch };
    feed = ring
      ? await openRing(engine, ring, data.dataset, machine)
      : await ResidentRows.open(
          engine,
          counts,
          columns.map((c) => ({ name: c.name, train: c.values.subarray(0, 0), heldout: c.values })),
        );
    await feed.begin({ part: "heldout" });
    engine.set("seed", seed | 0);
    engine.set("step", 0);
    const running = { ...training.running, training: [] };
    const plan = { batch: training.batch, evaluated: step.logged, running };
    const means = await evaluateRows(engine, feed, plan, heldout.length);
    return Object.fromEntries(zip(step.logged, means));
  } finally {
    feed?.end();
    await engine.stop();
  }
}

/** The values of the file's models on their fields, as far as the graph has them: what an ensemble averages. */
function modelOutputs(weights: Weights, data: LoadedData, results: readonly Node[]): Node[] {
  if (weights.checkpoints.length === 1) return [];
  const { program } = weights.opened;
  const { values, types } = preparedFields(program, program.data.get(data.name), data.fields);
  const inside = new Set(topological(results));
  const outputs: Node[] = [];
  for (const model of program.models.values()) {
    if (model.definition.kind !== "model") continue;
    const inputs = inputsOf(program, model.definition, types, (_, field) => lookUp(values, field.name));
    const value = program.elaborator.applyModel(
      model,
      inputs,
      callsInTraining(weights, model.definition).settings,
      model.definition.name.span,
      program.frame(false),
    );
    outputs.push(
      ...tensorsIn(value)
        .map((t) => t.node)
        .filter((n) => inside.has(n)),
    );
  }
  if (outputs.length === 0)
    throw failure("weights/no-ensemble", "no model of this file is applied to the fields of its data as they are", {
      hint: "evaluate the weights one by one",
    });
  return outputs;
}
