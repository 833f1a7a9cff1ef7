// A training as steps and settings: what each step minimises, for whom, by which optimizer, as graphs of one example whose
// gradients are still placeholders.

import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import type { Criterion } from "../../../runtime/plan.ts";
import type { LabelUse } from "../frame/frame.ts";
import { hasRole } from "../frame/roles.ts";
import { Measures } from "../frame/statistics.ts";
import { isSetting, SETTINGS, usualOf } from "../names/settings.ts";
import type { Program } from "../program/program.ts";
import { tooManyParameters } from "../sizes/capacity.ts";
import { mistake } from "../values/mistakes.ts";
import { carries, stepCounter, TrainBody } from "./body.ts";
import { ratesOver } from "./learningrates.ts";
import { checkedCriterion, isLikelyReversed } from "./lines/criterion.ts";
import { findSetting, startNumber } from "./lines/earlysettings.ts";
import { warnOfFirst } from "./lines/frozen.ts";
import { checkLines, headOf } from "./lines/settings.ts";
import { promptsOf, textMistakes } from "./lines/shownmodels.ts";
import type { Training, TrainOptions, TrainStep, TrainTime } from "./lines/types.ts";
import { evaluationOf, StepMaker } from "./steps.ts";

/** Batch size before anything else is known: the `batch` line or its override; a Mistake where it is none. */
export function batchOf(
  definition: TrainDefinition,
  options: Pick<TrainOptions, "overrides" | "examples">,
  program: Program,
): number {
  const { overrides } = options;
  const chosen = overrides.get("batch");
  const line = findSetting(definition.body, "batch");
  if (chosen === "all" || (chosen === undefined && line?.kind === "name" && line.name === "all"))
    return options.examples;
  return startNumber("batch", { program, definition, overrides });
}

/** Undefined when something is wrong with it, and then the program's diagnostics say what. */
export function elaborateTraining(
  program: Program,
  definition: TrainDefinition,
  options: TrainOptions,
): Training | undefined {
  try {
    return elaborate(program, definition, options);
  } catch (error) {
    program.elaborator.report(error, definition.name.span);
    return undefined;
  }
}

/**
 * Finds what is wrong with a training, as `elaborateTraining` does, where only the diagnostics are wanted: an optimizer is run
 * for one parameter, since it would say the same of all, and held-out figures are made only where the program itself asks
 * whether it is trained. Gives the fields that it takes for classes or quantities: whether they are is a matter of the data.
 */
export function examineTraining(
  program: Program,
  definition: TrainDefinition,
  options: TrainOptions,
): Pick<Training, "labels" | "targets" | "prompts"> {
  let run: StartedTraining | undefined;
  try {
    run = startTraining(program, definition, options);
    const { file } = program;
    if (/\btraining\b/.test(file.text) || file.definitions.some((d) => d.kind === "import")) run.evaluation.run();
    if (isWrong(program, definition, options, run)) return NOTHING_FOUND;
    warnOfFirst(program, definition.name.text, run.training.freezes);
    const made = stepsOf(program, definition, options, run);
    if (requireSteps(program, definition, made.sketched())) made.schedule.kept();
  } catch (error) {
    program.elaborator.report(error, definition.name.span);
  }
  if (!run) return NOTHING_FOUND;
  const { training } = run;
  return { labels: labelsOf(run), targets: training.frame.context.targets, prompts: promptsOf(program, training) };
}

const NOTHING_FOUND = { labels: [], targets: [], prompts: [] };

const labelsOf = ({ training, evaluation }: StartedTraining): LabelUse[] => [
  ...training.frame.context.labels,
  ...evaluation.frame.context.labels,
];

/** A training whose lines for its steps have been run. */
interface StartedTraining {
  readonly batch: number;
  readonly epochs: number;
  readonly time: TrainTime;
  readonly training: TrainBody;
  readonly evaluation: TrainBody;
  readonly criterion: Criterion | undefined;
}

function startTraining(program: Program, definition: TrainDefinition, options: TrainOptions): StartedTraining {
  checkLines(definition, program.elaborator);
  // A mistake in one of them hides no other.
  const chosen = valueOrReport(program, definition, usualOf("batch"), () => batchOf(definition, options, program));
  const batch = Math.min(chosen, Math.max(1, options.examples));
  const epochs = valueOrReport(program, definition, usualOf("epochs"), () => epochsOf(definition, options, program));
  const whole = options.examples / batch;
  const perEpoch = Math.max(1, carries(definition) ? Math.floor(whole) : Math.ceil(whole));
  const measures = new Measures(definition.data?.text ?? "", options.examples);
  const time = { epochs, perEpoch, measures };
  // First the held-out figures: figures of the data are of its examples as they are.
  const evaluation = new TrainBody(program, definition, options, time, false);
  const training = new TrainBody(program, definition, options, time, true);
  training.run();
  for (const found of textMistakes(program, training)) program.elaborator.report(found, definition.name.span);
  warnWithoutHeldout(program, definition, options);
  const criterion = valueOrReport(program, definition, undefined, () => criterionFor(program, training));
  return { batch, epochs, time, training, evaluation, criterion };
}

/** Whether its lines have mistakes: then no steps are made, and its optimizers and schedule are looked at by themselves. */
function isWrong(program: Program, definition: TrainDefinition, options: TrainOptions, run: StartedTraining): boolean {
  if (!program.diagnostics.some((d) => d.severity === "error")) return false;
  new StepMaker(program, definition, options, run.time, run.training).checkRules();
  return true;
}

const epochsOf = (definition: TrainDefinition, { epochs, overrides }: TrainOptions, program: Program): number =>
  epochs ?? startNumber("epochs", { program, definition, overrides });

/** The value, or a usual one in its place where finding it is a mistake, which is reported. */
function valueOrReport<T>(program: Program, { name }: TrainDefinition, usual: T, find: () => T): T {
  try {
    return find();
  } catch (error) {
    program.elaborator.report(error, name.span);
    return usual;
  }
}

function stepsOf(
  program: Program,
  definition: TrainDefinition,
  options: TrainOptions,
  run: StartedTraining,
): StepMaker {
  if (run.batch === 1) warnOfSingles(program, run.training);
  warnOfLateMean(program, definition, run);
  warnOfNoneKept(program, run.training, run.epochs);
  const huge = tooManyParameters(program.everything(), definition.name.span);
  if (huge) throw huge;
  return new StepMaker(program, definition, options, run.time, run.training);
}

/** Reports a training that has nothing to do in a step; false where it has not. */
function requireSteps(program: Program, { name, span, body }: TrainDefinition, steps: number): boolean {
  if (steps > 0) return true;
  // A line that could not be read may have been the loss.
  if (body.some((s) => s.kind === "bad-statement")) return false;
  const message = `the training '${name.text}' has no loss and no step`;
  const nothing = mistake("train/nothing-to-do", name.span, message, {
    hint: "add a line such as `loss cross_entropy(net(x), label)`",
  });
  program.elaborator.report(nothing, span);
  return false;
}

function elaborate(program: Program, definition: TrainDefinition, options: TrainOptions): Training | undefined {
  const run = startTraining(program, definition, options);
  const { batch, epochs, training, evaluation } = run;
  const { measures } = run.time;
  evaluation.run();
  if (isWrong(program, definition, options, run)) return undefined;
  const made = stepsOf(program, definition, options, run);
  const steps = made.steps();
  if (!requireSteps(program, definition, steps.length)) return undefined;
  const weights = [...program.everything(), ...measures.learned];
  return {
    name: definition.name.text,
    steps,
    evaluate: evaluationOf(evaluation),
    averages: new Map([...made.averages.states].map(([l, average]) => [l.node, average.node])),
    weights,
    applications: training.frame.context.applications.roots,
    learned: [...weights, ...made.beside()],
    measures: measures.passes(),
    batch,
    epochs,
    metrics: evaluation.metrics.map((m) => m.name),
    carried: carriedIn(steps, training.frame.context.carried),
    running: {
      metrics: evaluation.running.metrics,
      training: training.running.states.map(({ path, node }) => ({ path, shape: node.shape.map(Number) })),
      heldout: evaluation.running.states.map((s) => s.path),
    },
    shows: evaluation.shows,
    settings: training.sessionNumbers(),
    precision: training.precision,
    criterion: run.criterion,
    frozen: training.freezes,
    kept: made.schedule.kept(),
    labels: labelsOf(run),
    targets: training.frame.context.targets,
    prompts: promptsOf(program, training),
    ratesAt: ratesOver(made.optimizers.rates, stepCounter(definition), made.schedule.plateau?.node),
    plateau: made.schedule.plateau?.path,
  };
}

/** By which figure its lines find the best epoch. */
function criterionFor(program: Program, { criteria, metrics }: TrainBody): Criterion | undefined {
  const reversed = criteria.find(isLikelyReversed);
  const names = metrics.map((m) => m.name);
  if (reversed && names.includes(reversed.figure))
    program.elaborator.warn(
      {
        code: "train/best-highest",
        message: `the epoch with the highest '${reversed.figure}' is taken for the best`,
        hint: `where less is better, write \`lowest ${reversed.figure}\`; \`highest ${reversed.figure}\` says that it is meant`,
      },
      reversed.span,
    );
  return checkedCriterion(criteria, names);
}

/** Warns of lines that wait for held-out figures where nothing is held out. */
function warnWithoutHeldout(
  program: Program,
  { name: own, body }: TrainDefinition,
  { heldout, overrides }: TrainOptions,
): void {
  if (heldout !== 0) return;
  const written = new Set(body.map(headOf));
  const set = [...overrides.keys()].filter((name) => !written.has(name));
  const hint = 'let the data keep a part back, as in `csv("f.csv", split=0.8)`, or leave the line out';
  const asked = [...body.map((s) => [headOf(s), s.span] as const), ...set.map((name) => [name, own.span] as const)];
  for (const [name, span] of asked) {
    const says = name !== undefined && isSetting(name) ? SETTINGS[name].withoutHeldout : undefined;
    if (says === undefined) continue;
    program.elaborator.warn({ code: "train/nothing-held-out", message: `\`${name}\` ${says}`, hint }, span);
  }
}

/** Statistics of a batch are none where it has one example. */
function warnOfSingles(program: Program, { frame }: TrainBody): void {
  const normalised = frame.context.applications.calls().find((m) => hasRole(m, "batch_statistics"));
  if (!normalised) return;
  const message = `\`${normalised.name}\` takes mean and variance over the batch, and this training has batches of one example`;
  const hint = "a larger `batch`, or `layernorm`, which does not look at other examples";
  program.elaborator.warn({ code: "train/batch-of-one", message, hint }, normalised.span);
}

/** Warns of a mean of weights that would begin behind the last epoch. */
function warnOfLateMean(
  program: Program,
  { name, body }: TrainDefinition,
  { training, epochs }: StartedTraining,
): void {
  const first = training.number("swa");
  const line = body.find((s) => headOf(s) === "swa");
  if (first?.op !== "constant" || Number(first.attributes.value) <= epochs) return;
  const message = `the mean of weights begins in epoch ${first.attributes.value}, and the training ends after ${epochs}`;
  const hint = `without a mean the last weights are the result: write for example \`swa ${Math.ceil(0.75 * epochs)}\``;
  program.elaborator.warn({ code: "train/late-mean", message, hint }, (line ?? name).span);
}

/** Warns of a line that keeps no copy before the last epoch is over. */
function warnOfNoneKept(program: Program, { keep }: TrainBody, epochs: number): void {
  if (!keep || keep.every === "restart" || keep.every <= epochs) return;
  const message = `a copy is kept every ${keep.every} epochs, and the training ends after ${epochs}: none is kept`;
  const hint = epochs > 1 ? `write for example \`keep every ${Math.ceil(epochs / 2)}\`` : "leave the line out";
  program.elaborator.warn({ code: "train/none-kept", message, hint }, keep.span);
}

function carriedIn(steps: readonly TrainStep[], carried: ReadonlySet<string>): Training["carried"] {
  return steps
    .flatMap((s) => s.results)
    .flatMap(({ into, node }) =>
      into !== undefined && carried.has(into) ? [{ path: into, shape: node.shape.map(Number) }] : [],
    );
}
