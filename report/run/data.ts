// All that the page of a run shows, as plain data: it is written into the page as JSON.

import type { EpochRecord } from "../../project/train/history.ts";
import type { Case, ClassFigures, NumberCase, NumberFigures } from "../../project/use/assessment.ts";

export interface Spread {
  readonly name: string;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly deviation: number;
  /** Shares of the numbers, from the lowest to the highest. */
  readonly bins: readonly number[];
  /** A remark beside it: a shape, units that are always zero. */
  readonly note: string;
}

export interface LayerRow {
  readonly kind: string;
  readonly output: string;
  readonly params: string;
  readonly macs: string;
  readonly line: number;
}

/** The picture of a row of the data: a place in the sheet of pictures, cells of a table, or a text. */
export interface Example {
  readonly picture?: number;
  readonly cells?: readonly (readonly [name: string, value: string])[];
  readonly text?: string;
}

export interface ReportCase extends Case {
  readonly example: Example;
}

export interface ReportClasses {
  readonly kind: "classes";
  readonly part: string;
  readonly labels: readonly string[];
  readonly count: number;
  readonly positions: number;
  readonly accuracy: number;
  /** Of a text. */
  readonly perplexity: number | undefined;
  /** Absent where there are too many classes for a table. */
  readonly matrix: readonly (readonly number[])[] | undefined;
  readonly confusions: readonly { readonly right: number; readonly answer: number; readonly count: number }[];
  /** Where there is no matrix, the hardest first. */
  readonly classes: readonly ClassFigures[];
  /** By `right * labels.length + answer`. */
  readonly cells: Readonly<Record<string, readonly ReportCase[]>>;
  readonly worst: readonly ReportCase[];
}

export interface ReportNumbers {
  readonly kind: "numbers";
  readonly part: string;
  readonly count: number;
  readonly figures: readonly NumberFigures[];
  readonly points: readonly NumberCase[];
  readonly residuals: Spread;
  readonly worst: readonly (NumberCase & { readonly example: Example })[];
}

/** Pictures of one size, row by row in one file. */
export interface Sheet {
  readonly source: string;
  readonly width: number;
  readonly height: number;
  readonly columns: number;
  readonly rows: number;
}

export interface ShownFrame {
  readonly epoch: number;
  /** Made by `report/readings.ts`, where all text of the data is escaped. */
  readonly html: string;
}

/** Runs whose curves stand in one drawing. */
export interface CurveRun {
  readonly name: string;
  readonly history: readonly EpochRecord[];
  /** Runs of one group have one colour. */
  readonly group?: number;
}

/** Runs or settings beside one another. */
export interface Comparison {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The row of the best. */
  readonly best: number | undefined;
}

export interface StepTimes {
  readonly batch: number;
  readonly milliseconds: number;
  /** The most time first. */
  readonly layers: readonly {
    readonly layer: string;
    readonly place: string;
    readonly milliseconds: number;
    readonly share: number;
    readonly kernels: number;
  }[];
}

export interface ReportData {
  readonly title: string;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly program: string;
  readonly comparison?: Comparison;
  readonly runs: readonly CurveRun[];
  /** The epoch whose weights are the result. */
  readonly result: number;
  readonly models: readonly { readonly name: string; readonly total: string; readonly layers: readonly LayerRow[] }[];
  /** Drawings of each `show` line, by epochs. */
  readonly shown: readonly (readonly ShownFrame[])[];
  readonly assessment: ReportClasses | ReportNumbers | undefined;
  readonly sheet: Sheet | undefined;
  readonly weights: readonly Spread[];
  readonly activations: readonly Spread[];
  readonly gradients?: readonly Spread[];
  /** Where the time of a training step goes. */
  readonly times?: StepTimes;
  /** A page of its own with the layers of the models. */
  readonly graph?: string;
  /** Parts that are not shown, and why. */
  readonly notes: readonly string[];
}
