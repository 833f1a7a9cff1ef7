// Assesses trained weights on the rows that are held out, or where there are none on those of training. In: weights, their data and
// what their training compares. Out: an assessment; undefined where nothing is compared.

import { itemAt, zip } from "../../compiler/arithmetic/lists.ts";
import { lengthOf } from "../../compiler/check/sizes/lengths.ts";
import { preparedFields } from "../../compiler/check/training/fields.ts";
import { targetsIn } from "../../compiler/check/training/units.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import type { Split } from "../../runtime/data/dataset.ts";
import { isOfTraining } from "../../runtime/plan.ts";
import { batchesOf, type RowBatch } from "../../runtime/stream/reading.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";
import type { LoadedData } from "../data/dataset.ts";
import { type Assessment, ClassCounter, NumberCounter, type Subject } from "./assessment.ts";
import type { AnswerKind, Compared, Comparison } from "./compared.ts";
import type { NodesRun } from "./model/enginerun.ts";
import { startNodes } from "./model/noderun.ts";
import type { Weights } from "./model/weights.ts";
import { asProbabilities } from "./predictions.ts";

/** Classes beyond which no table has room. */
const MOST_CLASSES = 1000;

/** The rows that an assessment is of, with what they are called. */
export const assessedRows = ({ dataset }: LoadedData): Assessed =>
  dataset.heldout.length > 0
    ? { part: "held out", split: "heldout", rows: dataset.heldout }
    : { part: "training", split: "train", rows: dataset.train };

interface Assessed {
  readonly part: string;
  readonly split: "train" | "heldout";
  readonly rows: Split;
}

export async function assess(weights: Weights, data: LoadedData, compared: Compared): Promise<Assessment | undefined> {
  const { training } = compared;
  if (!compared.comparison) return undefined;
  const comparison = inDataUnits(weights, data.name, compared.comparison);
  const { part, split, rows } = assessedRows(data);
  const { fields } = weights.checkpoints[0].checkpoint.facts;
  const field = answeredField(comparison, fields);
  const positions = sizeOf(comparison.right.node.shape);
  const subject: Subject = { part, field: field?.name, positions };
  const learned = training.learned.filter((l) => !isOfTraining(l.path));
  const run = await startNodes(weights, nodesOf(comparison), learned, training.batch);
  try {
    const batches = answersTo(
      run,
      batchesOf(data.dataset, split, run.batch, weights.opened.host.files),
      comparison,
      positions,
    );
    if (comparison.kind === "numbers") return await ofNumbers(batches, subject, field, rows.length);
    if (comparison.kind === "scores") return await ofScores(batches, subject, comparison, field);
    return await ofTwo(batches, subject, comparison.kind, field, rows.length);
  } finally {
    await run.stop();
  }
}

/** A comparison of numbers in the units of the data, where its body brings what is right to another scale. */
function inDataUnits({ opened, checkpoints }: Weights, name: string, comparison: Comparison): Comparison {
  if (comparison.kind !== "numbers") return comparison;
  const { fields } = checkpoints[0].checkpoint.facts;
  const prepared = preparedFields(opened.program, opened.program.data.get(name), fields);
  const target = targetsIn(fields, prepared.values).get(comparison.right.node);
  if (!target) return comparison;
  return { ...comparison, answer: target.back(comparison.answer), right: { ...comparison.right, node: target.source } };
}

/** Everything as floats: classes are indices. */
function nodesOf({ answer, right }: Comparison): ReadonlyMap<string, Node> {
  const lengths = right.node.shape.flatMap((_, axis) => {
    const length = lengthOf(right.node, axis);
    return length ? [[`length${axis}`, length] as const] : [];
  });
  return new Map([["answer", answer], ["right", right.node], ...lengths]);
}

const sizeOf = (shape: readonly unknown[]): number => shape.map(Number).reduce((a, b) => a * b, 1);

/** The field that is right, as it is or prepared: of several the one with names. */
function answeredField({ right }: Comparison, fields: readonly SavedField[]): SavedField | undefined {
  const read = new Set(topological([right.node]).map((n) => (n.op === "parameter" ? String(n.attributes.name) : "")));
  const found = fields.filter((f) => read.has(f.name));
  return found.find((f) => f.labels) ?? found[0];
}

interface Row {
  readonly row: number;
  /** Positions that the row has, where sequences differ in length. */
  readonly positions: readonly number[];
  /** Of all positions. */
  readonly rights: Float32Array;
  /** Numbers of the answer at a position. */
  readonly answer: (position: number) => Float32Array;
}

async function* answersTo(
  run: NodesRun,
  batches: AsyncIterable<RowBatch>,
  comparison: Comparison,
  positions: number,
): AsyncGenerator<Row> {
  const shape = comparison.right.node.shape.map(Number);
  const width = sizeOf(comparison.answer.shape) / positions;
  const axes = [...nodesOf(comparison).keys()].filter((name) => name.startsWith("length"));
  let from = 0;
  for await (const { count, values: all } of batches) {
    const values = new Map([...all].filter(([name]) => run.fields.includes(name)));
    await run.run(count, values);
    const [answers, rights] = [await run.read("answer"), await run.read("right")];
    const lengths = await Promise.all(axes.map(async (name) => [Number(name.slice(6)), await run.read(name)] as const));
    for (let i = 0; i < count; i++) {
      const limits = new Map(lengths.map(([axis, of]) => [axis, itemAt(of, i)]));
      yield {
        row: from + i,
        positions: placesWithin(shape, limits),
        rights: rights.subarray(i * positions, (i + 1) * positions),
        answer: (position) =>
          answers.subarray((i * positions + position) * width, (i * positions + position + 1) * width),
      };
    }
    from += count;
  }
}

/** Places of a shape that lie before the lengths of its axes. */
function placesWithin(shape: readonly number[], limits: ReadonlyMap<number, number>): number[] {
  const all = Array.from({ length: sizeOf(shape) }, (_, i) => i);
  if (limits.size === 0) return all;
  const axes = [...shape.entries()].reverse();
  return all.filter((place) => {
    let rest = place;
    for (const [axis, size] of axes) {
      if (rest % size >= (limits.get(axis) ?? size)) return false;
      rest = Math.floor(rest / size);
    }
    return true;
  });
}

async function ofScores(
  rows: AsyncIterable<Row>,
  subject: Subject,
  { answer }: Comparison,
  field: SavedField | undefined,
): Promise<Assessment | undefined> {
  const count = Number(answer.shape.at(-1));
  if (count > MOST_CLASSES) return undefined;
  const names = field?.classes === count && field.labels?.length === count ? field.labels : undefined;
  const counter = new ClassCounter(
    subject,
    Array.from({ length: count }, (_, i) => names?.[i] ?? String(i)),
    names !== undefined && subject.positions > 1 && field?.shape.length === 1,
  );
  for await (const { row, positions, rights, answer: at } of rows)
    for (const p of positions) counter.add(row, p, itemAt(rights, p), asProbabilities(at(p)));
  return counter.result();
}

/** A score for yes or no: right is 0 or 1, of a margin -1 or 1. What is neither makes numbers of all of them. */
async function ofTwo(
  rows: AsyncIterable<Row>,
  subject: Subject,
  kind: Exclude<AnswerKind, "scores" | "numbers">,
  field: SavedField | undefined,
  count: number,
): Promise<Assessment> {
  const low = kind === "margin" ? -1 : 0;
  const names = field?.classes === 2 && field.labels?.length === 2 ? field.labels : [String(low), "1"];
  const [classes, numbers] = [new ClassCounter(subject, names), new NumberCounter(subject, [], count)];
  let isTwo = true;
  for await (const { row, positions, rights, answer } of rows) {
    const scores = positions.map((p) => itemAt(answer(p), 0));
    const yes = scores.map((score) => 1 / (1 + Math.exp(-score)));
    const right = positions.map((p) => itemAt(rights, p));
    isTwo &&= right.every((r) => r === low || r === 1);
    if (isTwo)
      for (const [p, is, of] of zip(positions, right, yes)) classes.add(row, p, is === 1 ? 1 : 0, [1 - of, of]);
    numbers.addRow(row, right, kind === "margin" ? scores : yes);
  }
  return isTwo ? classes.result() : numbers.result();
}

async function ofNumbers(
  rows: AsyncIterable<Row>,
  subject: Subject,
  field: SavedField | undefined,
  count: number,
): Promise<Assessment> {
  const { names, groups } = kindsOf(subject, field);
  const counter = new NumberCounter(subject, names, count, groups);
  for await (const { row, positions, rights, answer } of rows)
    counter.addRow(
      row,
      positions.map((p) => itemAt(rights, p)),
      positions.map((p) => itemAt(answer(p), 0)),
    );
  return counter.result();
}

/** The numbers of a row that have figures of their own: its columns, of a series its channels, or of one channel its rows. */
function kindsOf({ positions }: Subject, field: SavedField | undefined): { names: readonly string[]; groups: number } {
  const names = (field?.series?.columns ?? field?.columns ?? []).map((c) => c.written);
  const [name] = names;
  if (!field?.series || name === undefined) return { names, groups: positions };
  if (names.length > 1) return { names, groups: names.length };
  return { names: Array.from({ length: positions }, (_, k) => `${name} +${k + 1}`), groups: positions };
}
