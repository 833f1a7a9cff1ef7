// How right a trained model is, as plain data: what it takes each class for, or how far its numbers are off. In: answers and what is
// right, position by position. Out: counts, figures and the most telling examples.

import { itemAt, zip } from "../../compiler/arithmetic/lists.ts";
import { likeliest } from "./predictions.ts";

/** A place in the data: a row, and where a row has several answers, which of them. */
export interface Case {
  readonly row: number;
  readonly position: number;
  /** Indices of classes. */
  readonly right: number;
  readonly answer: number;
  /** Of the right class. */
  readonly probability: number;
  /** Of the answer. */
  readonly confidence: number;
}

export interface ClassFigures {
  readonly label: string;
  /** How many there are, and how many answers say so. */
  readonly count: number;
  readonly answered: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Mean of -log of the right class's probability. */
  readonly loss: number;
}

export interface ClassAssessment {
  readonly kind: "classes";
  readonly part: string;
  /** The field that is answered for, where it is one of the data. */
  readonly field: string | undefined;
  readonly labels: readonly string[];
  readonly count: number;
  /** Answers of one row, where there are several. */
  readonly positions: number;
  /** Whether a row is a text, so that perplexity says something. */
  readonly isText: boolean;
  readonly accuracy: number;
  /** Mean of -log of the right class's probability; e to its power is the perplexity. */
  readonly crossEntropy: number;
  /** How often each class (rows) is taken for each (columns). */
  readonly matrix: readonly (readonly number[])[];
  readonly classes: readonly ClassFigures[];
  /** Of each pair of classes, `right * labels.length + answer`, some cases, the surest answers first. */
  readonly cases: ReadonlyMap<number, readonly Case[]>;
  /** Mistakes, those with the least probability of the right class first. */
  readonly worst: readonly Case[];
}

export interface NumberCase {
  readonly row: number;
  readonly position: number;
  readonly right: number;
  readonly answer: number;
}

export interface NumberFigures {
  readonly name: string;
  readonly r2: number;
  readonly rmse: number;
  readonly mae: number;
}

export interface NumberAssessment {
  readonly kind: "numbers";
  readonly part: string;
  readonly field: string | undefined;
  readonly count: number;
  readonly positions: number;
  /** All numbers together, and where they are few, each. */
  readonly figures: readonly NumberFigures[];
  /** Some of all cases, evenly. */
  readonly points: readonly NumberCase[];
  /** The rows that are furthest off, each with its number that is. */
  readonly worst: readonly NumberCase[];
}

export type Assessment = ClassAssessment | NumberAssessment;

/** Cases that say something of a class: of one or two, chance. */
const ENOUGH = 5;

/** The classes with the greatest loss, those of which there are a few first. */
export function hardest({ classes }: ClassAssessment): readonly ClassFigures[] {
  const isRare = ({ count }: ClassFigures): number => (count < ENOUGH ? 1 : 0);
  return classes.filter((c) => c.count > 0).toSorted((a, b) => isRare(a) - isRare(b) || b.loss - a.loss);
}

/** Which class is taken for which other, the most often first. */
export function confusions({ matrix }: ClassAssessment): { right: number; answer: number; count: number }[] {
  const pairs = matrix.flatMap((line, right) =>
    line.flatMap((count, answer) => (right !== answer && count > 0 ? [{ right, answer, count }] : [])),
  );
  return pairs.toSorted((a, b) => b.count - a.count);
}

/** Arguments of each kind of assessment before its cases. */
export interface Subject {
  readonly part: string;
  readonly field: string | undefined;
  readonly positions: number;
}

/** Cases of a pair of classes, and of the worst. */
const PER_CELL = 8;
const WORST = 24;

export class ClassCounter {
  private readonly subject: Subject;
  private readonly labels: readonly string[];
  private readonly matrix: number[][];
  private readonly losses: number[];
  private readonly isText: boolean;
  private readonly cases = new Map<number, Case[]>();
  private worst: Case[] = [];

  constructor(subject: Subject, labels: readonly string[], isText = false) {
    this.isText = isText;
    this.subject = subject;
    this.labels = labels;
    this.matrix = labels.map(() => labels.map(() => 0));
    this.losses = labels.map(() => 0);
  }

  /** A right class outside of the labels is none, and counts nowhere. */
  add(row: number, position: number, right: number, probabilities: readonly number[]): void {
    const line = this.matrix[right];
    if (!line) return;
    const { place: answer, probability: confidence } = likeliest(probabilities);
    line[answer] = itemAt(line, answer) + 1;
    const probability = itemAt(probabilities, right);
    this.losses[right] = itemAt(this.losses, right) - Math.log(Math.max(probability, Number.MIN_VALUE));
    const one = { row, position, right, answer, probability, confidence };
    keepSome(this.cellOf(right, answer), one, PER_CELL, (a, b) => b.confidence - a.confidence);
    if (answer !== right) keepSome(this.worst, one, WORST, (a, b) => a.probability - b.probability);
  }

  private cellOf(right: number, answer: number): Case[] {
    const key = right * this.labels.length + answer;
    const cell = this.cases.get(key) ?? [];
    this.cases.set(key, cell);
    return cell;
  }

  result(): ClassAssessment {
    const { matrix, labels } = this;
    const counts = matrix.map((line) => line.reduce((a, b) => a + b, 0));
    const count = counts.reduce((a, b) => a + b, 0);
    const hits = matrix.map((line, i) => itemAt(line, i));
    const right = hits.reduce((a, b) => a + b, 0);
    return {
      kind: "classes",
      ...this.subject,
      isText: this.isText,
      labels,
      count,
      accuracy: right / count,
      crossEntropy: this.losses.reduce((a, b) => a + b, 0) / count,
      matrix,
      classes: zip(labels, counts, hits, this.losses).map(([label, count, hits, loss], i) => {
        const answered = matrix.reduce((sum, line) => sum + itemAt(line, i), 0);
        return {
          label,
          count,
          answered,
          precision: hits / answered,
          recall: hits / count,
          f1: (2 * hits) / (answered + count),
          loss: loss / count,
        };
      }),
      cases: this.cases,
      worst: this.worst,
    };
  }
}

/** The first `most` of all that come, by an order; of equal ones those that came first. */
function keepSome<T>(kept: T[], one: T, most: number, order: (a: T, b: T) => number): void {
  const last = kept.length === most ? kept.at(-1) : undefined;
  if (last !== undefined && order(one, last) >= 0) return;
  const at = kept.findIndex((other) => order(one, other) < 0);
  kept.splice(at < 0 ? kept.length : at, 0, one);
  if (kept.length > most) kept.pop();
}

/** Positions that have figures of their own, and points that are drawn. */
const NAMED = 16;
const POINTS = 2000;

/** Takes about `POINTS` of all numbers, and in time all places of a row: the stride shares no factor with a row's length. */
function strideOver(all: number, positions: number): number {
  const common = (a: number, b: number): number => (b === 0 ? a : common(b, a % b));
  let stride = Math.max(1, Math.ceil(all / POINTS));
  while (common(stride, positions) > 1) stride++;
  return stride;
}

class Sums {
  count = 0;
  private mean = 0;
  private squares = 0;
  private errors = 0;
  private distances = 0;

  add(right: number, answer: number): void {
    this.count++;
    const before = right - this.mean;
    this.mean += before / this.count;
    this.squares += before * (right - this.mean);
    this.errors += (answer - right) ** 2;
    this.distances += Math.abs(answer - right);
  }

  figures(name: string): NumberFigures {
    const { count } = this;
    return {
      name,
      r2: 1 - this.errors / this.squares,
      rmse: Math.sqrt(this.errors / count),
      mae: this.distances / count,
    };
  }
}

export class NumberCounter {
  private readonly subject: Subject;
  private readonly names: readonly string[];
  private readonly stride: number;
  private readonly all = new Sums();
  private readonly each: readonly Sums[];
  private readonly groups: number;
  private readonly points: NumberCase[] = [];
  private readonly worst: (NumberCase & { readonly error: number })[] = [];

  /**
   * `names` of the numbers of a row, where they have some; `rows` that will come; `groups`: so many numbers that follow each other
   * are of as many kinds, again and again, and each kind has figures of its own.
   */
  constructor(subject: Subject, names: readonly string[], rows: number, groups = subject.positions) {
    this.subject = subject;
    this.names = names;
    this.groups = groups;
    const few = groups > 1 && groups <= NAMED;
    this.each = few ? Array.from({ length: groups }, () => new Sums()) : [];
    this.stride = strideOver(rows * subject.positions, subject.positions);
  }

  addRow(row: number, rights: readonly number[], answers: readonly number[]): void {
    let furthest: NumberCase | undefined;
    let error = 0;
    for (const [position, [right, answer]] of zip(rights, answers).entries()) {
      if (this.all.count % this.stride === 0) this.points.push({ row, position, right, answer });
      this.all.add(right, answer);
      this.each[position % this.groups]?.add(right, answer);
      error += (answer - right) ** 2;
      if (!furthest || Math.abs(answer - right) > Math.abs(furthest.answer - furthest.right))
        furthest = { row, position, right, answer };
    }
    if (furthest) keepSome(this.worst, { ...furthest, error }, WORST, (a, b) => b.error - a.error);
  }

  result(): NumberAssessment {
    const single = this.subject.positions === 1 ? (this.names[0] ?? this.subject.field ?? "all") : "all";
    return {
      kind: "numbers",
      ...this.subject,
      count: this.all.count,
      figures: [this.all.figures(single), ...this.each.map((sums, i) => sums.figures(this.names[i] ?? String(i)))],
      points: this.points,
      worst: this.worst.map(({ error: _, ...one }) => one),
    };
  }
}
