// All that a page shows of a run. In: the run's folder as it was read, its weights and data as far as they are there. Out: plain
// data. What cannot be had is a note on the page, and the rest is shown.

import { type Dim, isNumber, showDim } from "../../compiler/arithmetic/dim.ts";
import { type Application, outputNode } from "../../compiler/check/frame/application.ts";
import { measureModel, namedIn } from "../../compiler/check/program/cost.ts";
import type { Training } from "../../compiler/check/training/lines/types.ts";
import { type Node, topological } from "../../compiler/graph/node.ts";
import type { LoadedData } from "../../project/data/dataset.ts";
import { counted, figureText, timeText } from "../../project/numbertext.ts";
import type { EpochRecord } from "../../project/train/history.ts";
import type { RunFacts } from "../../project/train/runs.ts";
import { assess, assessedRows } from "../../project/use/assess.ts";
import { type Assessment, type Case, confusions, hardest, type NumberCase } from "../../project/use/assessment.ts";
import { type Compared, comparedBy } from "../../project/use/compared.ts";
import { startNode } from "../../project/use/model/apply.ts";
import { tensorsIn } from "../../project/use/model/modelfields.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import type { Split } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { isOfTraining } from "../../runtime/plan.ts";
import type { CurveRun, ReportCase, ReportClasses, ReportData, ReportNumbers, Sheet, Spread } from "./data.ts";
import { Examples } from "./examples.ts";
import { MOST_LINES, spreadOf, unitSpread, weightSpreads } from "./spreads.ts";

/** Points of all curves within epochs. */
const POINTS = 6000;
/** Classes whose matrix a page has room for, and pairs that are listed where there are more. */
const MATRIX = 40;
const PAIRS = 40;
/** Examples whose activations are counted. */
const COUNTED = 128;

export interface ModelFacts {
  readonly models: ReportData["models"];
  readonly assessment: ReportClasses | ReportNumbers | undefined;
  readonly sheet: Sheet | undefined;
  readonly activations: readonly Spread[];
}

export const noModelFacts: ModelFacts = { models: [], assessment: undefined, sheet: undefined, activations: [] };

/** Figures of trained weights on the data. */
export async function modelFacts(weights: Weights, data: LoadedData): Promise<ModelFacts> {
  const compared = comparedBy(weights);
  const found = await assess(weights, data, compared);
  const { rows } = assessedRows(data);
  const examples = new Examples(rows, fieldsOf(compared));
  const assessment = found && withExamples(found, examples);
  return {
    models: layersOf(weights, compared),
    assessment,
    sheet: examples.sheet(),
    activations: await activations(weights, data, compared),
  };
}

/** The call of a model that a line of it stands in. */
function callAround(line: Application | undefined, model: string): Application | undefined {
  for (let at = line?.parent; at; at = at.parent)
    if (at.callee?.definition.kind === "model" && at.instance?.path === model) return at;
  return undefined;
}

/** The layers of each model as the training calls it first, with what each learns and costs. */
function layersOf({ opened }: Weights, { lines }: Compared): ReportData["models"] {
  const shown = (dim: Dim): string => (isNumber(dim) ? dim.toLocaleString("en") : showDim(dim));
  return [...opened.program.models.keys()].flatMap((name) => {
    const line = lines.find((l) => l.within === name);
    const call = callAround(line, name);
    if (!call) return [];
    const results = tensorsIn(call.output).map((t) => t.node);
    const { layers, params, macs } = measureModel(name, [call], results, new Set(), namedIn(call.output, call.span));
    const total = `${shown(params)} parameters, ${shown(macs)} multiply-adds an example`;
    const rows = layers.map(({ kind, output, span, ...cost }) => ({
      kind,
      output,
      params: shown(cost.params),
      macs: shown(cost.macs),
      line: opened.texts.get(span.file)?.at(span.start).line ?? 0,
    }));
    return [{ name, total, layers: rows }];
  });
}

/** The fields that the answers are made of. */
function fieldsOf({ comparison }: Compared): string[] {
  if (!comparison) return [];
  return topological([comparison.answer]).flatMap((n) => (n.op === "parameter" ? [String(n.attributes.name)] : []));
}

function withExamples(found: Assessment, examples: Examples): ReportClasses | ReportNumbers {
  if (found.kind === "numbers") {
    const worst = found.worst.map((w) => ({ ...w, example: examples.of(w.row, w.position) }));
    const errors = found.points.map((p) => p.answer - p.right);
    const { part, count, figures, points } = found;
    return {
      kind: "numbers",
      part,
      count,
      figures,
      points: points.map(rounded),
      worst,
      residuals: spreadOf("residuals", errors, ""),
    };
  }
  const { part, labels, count, positions, accuracy, classes } = found;
  const shown = (one: Case): ReportCase => ({
    ...one,
    probability: short(one.probability),
    confidence: short(one.confidence),
    example: examples.of(one.row, one.position),
  });
  // The worst come first: where there is not room for all, theirs are there.
  const worst = found.worst.map(shown);
  const pairs = confusions(found).slice(0, PAIRS);
  const isSmall = labels.length <= MATRIX;
  const listed = new Set(pairs.map((p) => p.right * labels.length + p.answer));
  const cells = [...found.cases].filter(([key]) => isSmall || listed.has(key));
  const wrongFirst = cells.toSorted(([a], [b]) => Number(isRight(a, labels)) - Number(isRight(b, labels)));
  return {
    kind: "classes",
    part,
    labels,
    count,
    positions,
    accuracy,
    perplexity: found.isText ? Math.exp(found.crossEntropy) : undefined,
    matrix: isSmall ? found.matrix : undefined,
    confusions: pairs,
    classes: isSmall ? classes : hardest(found),
    cells: Object.fromEntries(wrongFirst.map(([key, all]) => [key, all.map(shown)])),
    worst,
  };
}

const isRight = (key: number, { length }: readonly string[]): boolean => Math.floor(key / length) === key % length;
const short = (value: number): number => Number(value.toPrecision(4));
const rounded = (p: NumberCase): NumberCase => ({ ...p, right: short(p.right), answer: short(p.answer) });

/** Of the lines of the models, for some examples, each by itself. */
async function activations(
  weights: Weights,
  data: LoadedData,
  { lines, training }: Compared,
): Promise<readonly Spread[]> {
  const { rows } = assessedRows(data);
  const learned = training.learned.filter((l) => !isOfTraining(l.path));
  const count = Math.min(COUNTED, rows.length);
  const spreads: Spread[] = [];
  // A block's last line gives what the block gives.
  const each = [...new Map(lines.toReversed().map((l) => [outputNode(l), l])).values()].reverse();
  for (const line of each.slice(0, MOST_LINES)) {
    const node = outputNode(line);
    if (!node) continue;
    const shape = node.shape.map(Number);
    const place = weights.opened.texts.get(line.span.file)?.at(line.span.start).line;
    const name = `${line.instance?.path ?? line.within} ${line.name}${place === undefined ? "" : `, line ${place}`}`;
    const values = await valuesOf(weights, node, learned, rows, count);
    spreads.push(unitSpread(name, values, shape, /relu/.test(line.name) ? ALWAYS_ZERO : undefined));
  }
  return spreads;
}

const ALWAYS_ZERO = "units are always 0";

async function valuesOf(
  weights: Weights,
  node: Node,
  learned: Training["learned"],
  rows: Split,
  count: number,
): Promise<Float32Array> {
  const run = await startNode(weights, node, learned, count);
  try {
    const read = rows.columns.filter((column) => run.fields.includes(column.name));
    const values = read.map((c) => [c.name, numbersOf(c, 0, (c.values.length / rows.length) * count)] as const);
    return await run.run(count, new Map<string, Numbers>(values));
  } finally {
    await run.stop();
  }
}

// ---------------------------------------------------------------- the run

/** The curves within epochs get fewer points where they have many. */
export function curveOf({ folder, history }: Pick<RunFacts, "folder" | "history">, room = POINTS): CurveRun {
  const points = history.reduce((sum, r) => sum + (r.steps?.length ?? 0), 0);
  const every = Math.ceil(points / room);
  const thinned = ({ steps = [], losses = [], ...rest }: EpochRecord): EpochRecord => ({
    ...rest,
    steps: steps.filter((_, i) => i % every === 0),
    losses: losses.filter((_, i) => i % every === 0),
  });
  return { name: folder, history: every > 1 ? history.map(thinned) : history };
}

function factsOf(run: RunFacts): (readonly [string, string])[] {
  const { record, settings, result } = run;
  const figures = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, value]) => `${name} ${figureText(value)}`)
      .join(", ");
  const set = Object.entries(settings.set).map(([key, value]) => `${key}=${value}`);
  const all: (readonly [string, string | undefined])[] = [
    ["program", `${run.file}, training ${run.training}`],
    ["settings", [...set, `seed=${settings.seed}`].join(" ")],
    [
      "data",
      record &&
        `${record.data.name}: ${record.data.examples.toLocaleString("en")} ${record.data.unit} for training, ${record.data.heldout.toLocaleString("en")} held out`,
    ],
    [
      "given data",
      settings.data.length === 0 ? undefined : settings.data.map((d) => `${d.name}=${d.expression}`).join("; "),
    ],
    ["batch", record && String(record.batch)],
    ["parameters", record?.params.toLocaleString("en")],
    [
      "length",
      `${counted(run.epochs, "epoch")}${run.planned === undefined || run.planned === run.epochs ? "" : ` of ${run.planned}`}${run.ended === false ? ", unfinished" : ""}${run.seconds === undefined ? "" : `, ${timeText(run.seconds)}`}`,
    ],
    ["result", `epoch ${result.epoch}`],
    ["training", figures(result.train)],
    ["held out", result.heldout && figures(result.heldout)],
    ["began", run.began],
    ["device", record?.device],
    ["versions", record && `dnn ${record.versions.dnn}, Node ${record.versions.node}, ${record.versions.system}`],
    ["program's text", `SHA-256 ${run.hash}`],
  ];
  return all.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [[name, value] as const]));
}

export interface Gathered extends Pick<ReportData, "gradients" | "times" | "graph"> {
  readonly run: RunFacts;
  readonly model: ModelFacts;
  readonly shown: ReportData["shown"];
  readonly weights: Weights | undefined;
  readonly notes: readonly string[];
}

export function reportOf({ run, model, shown, weights, notes, ...parts }: Gathered): ReportData {
  const tensors = weights === undefined ? undefined : weights.checkpoints[0].checkpoint.tensors;
  const past = run.history.length === 0 ? ["This run was made before runs had a history: there are no curves."] : [];
  return {
    title: `${run.training}: ${run.folder}`,
    facts: factsOf(run),
    program: run.program ?? "",
    runs: [curveOf(run)],
    result: run.result.epoch,
    shown,
    ...model,
    ...parts,
    weights: tensors ? weightSpreads(tensors) : [],
    notes: [...past, ...notes],
  };
}
