// A checked training as plain data: its fields, its steps as graphs of one example, and its settings.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import type { Criterion } from "../../../../runtime/plan.ts";
import type { Precision } from "../../../arithmetic/dtype.ts";
import type { Node } from "../../../graph/node.ts";
import type { Application } from "../../frame/application.ts";
import type { Context, LabelUse, TargetUse } from "../../frame/frame.ts";
import type { Measures } from "../../frame/statistics.ts";
import type { Learned } from "../../values/instance.ts";
import type { ClassNames } from "../../values/values.ts";
import type { Show } from "./outputs.ts";
import type { PromptUse } from "./shownmodels.ts";

export interface Field {
  readonly name: string;
  readonly shape: readonly number[];
  readonly classes?: number;
  /** Names of the classes in their order. */
  readonly labels?: ClassNames;
  /** Contents and omissions of the data: shown with errors about it. */
  readonly note?: string;
  /** By which its source asks for it to be scaled, for each number of its last axis. */
  readonly scale?: FieldScale;
  /** The columns of a table that its numbers were read from. */
  readonly readFrom?: readonly string[];
}

/** Numbers in the units of the data become (x - mean) / deviation. */
export interface FieldScale {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** A named result: into a parameter or state if it replaces one. */
export interface Result {
  readonly name: string;
  readonly node: Node;
  readonly into?: string;
}

export interface TrainStep {
  readonly name: string;
  readonly results: readonly Result[];
  /** Scalars to report, among the results. */
  readonly logged: readonly string[];
  /** Of the first of them in the sum of what is minimised: -1 where the step only maximises. Absent where it has no loss. */
  readonly sign?: 1 | -1;
}

export interface Training {
  readonly name: string;
  readonly steps: readonly TrainStep[];
  /** Passes over the training data before the first step, for figures of all of it. */
  readonly measures: readonly TrainStep[];
  /** Loss and metrics of held-out batches. */
  readonly evaluate: TrainStep;
  /** Moving averages of parameters: in training, held-out figures are theirs. */
  readonly averages: ReadonlyMap<Node, Node>;
  /** Parameters and states of models, and figures of the data. */
  readonly weights: readonly Learned[];
  /** These with their starts, and what the training keeps beside them: states of optimizers, averages. */
  readonly learned: readonly Learned[];
  /** Layers and functions that its lines applied, in training. */
  readonly applications: readonly Application[];
  readonly batch: number;
  readonly epochs: number;
  readonly metrics: readonly string[];
  /** States of cells that go on from batch to batch: a row of the batch each. */
  readonly carried: readonly { readonly path: string; readonly shape: readonly number[] }[];
  /** Metrics that are made of running means, with the states of these in training and held out, zero at an epoch's start. */
  readonly running: {
    readonly metrics: readonly string[];
    readonly training: readonly { readonly path: string; readonly shape: readonly number[] }[];
    readonly heldout: readonly string[];
  };
  /** Drawings of its `show` lines, with models in evaluation mode. */
  readonly shows: readonly Show[];
  /** Numbers of settings that the running training reads, such as `patience`; what has no line is absent. */
  readonly settings: Readonly<Record<string, number>>;
  /** The numbers in which its activations are kept. */
  readonly precision: Precision;
  /** The figure by which the best epoch is found, where a line names it. */
  readonly criterion: Criterion | undefined;
  /** Parts that are left as they are. */
  readonly frozen: readonly Frozen[];
  /** Epochs after which a copy of the weights is kept. */
  readonly kept: readonly number[];
  /** Fields of plain numbers that it takes for classes. */
  readonly labels: readonly LabelUse[];
  /** Prompts of the texts that it is to write. */
  readonly prompts: readonly PromptUse[];
  /** Fields that it compares answers with as quantities. */
  readonly targets: readonly TargetUse[];
  /** The learning rate of each step by its name, as it is in the step of that number, from 1. */
  readonly ratesAt: RatesAt;
  /** The state by which a plateau of the held-out figure lowers the learning rates. */
  readonly plateau: string | undefined;
}

export interface TrainOptions {
  readonly fields: readonly Field[];
  readonly examples: number;
  readonly overrides: ReadonlyMap<string, string>;
  readonly epochs?: number;
  /** Examples that are held out, where that is known. */
  readonly heldout?: number;
  /** The context that the lines of its steps go on in, where they were run before. */
  readonly context?: Context;
}

export interface Goal {
  readonly name: string;
  /** To be made small. */
  readonly objective: Node;
  /** As written, for the log. */
  readonly shown: Node;
  readonly span: Span;
}

/** A parameter or state, and what it becomes. */
export interface Update {
  readonly target: Learned;
  readonly node: Node;
  readonly span: Span;
}

/** A step as its lines gave it. */
/** The learning rates at a step, by what they move; `lowered` is what plateaus have made of them so far. */
export type RatesAt = (step: number, lowered?: number) => Readonly<Record<string, number>>;

/** A result with what stays where the step is void. */
export type Moved = Result & { readonly old: Node };

/** The rules that move parameters: one for some parts of models each, and one for the rest. */
export interface Optimizers {
  readonly rest: Expression | undefined;
  readonly parts: readonly OptimizerOfParts[];
}

export interface OptimizerOfParts {
  readonly line: Expression;
  readonly paths: readonly string[];
  readonly span: Span;
}

export interface PendingStep {
  readonly name: string;
  readonly goals: readonly Goal[];
  /** Paths of what it trains; undefined: all that its losses call. */
  readonly models: readonly string[] | undefined;
  /** Lines of its own. */
  readonly optimizers: Optimizers;
  readonly states: ReadonlyMap<string, Node>;
  readonly updates: readonly Update[];
}

/** A step, and the parameters that it trains. */
export type Moving = readonly [step: PendingStep, trained: readonly Learned[]];

/** When copies of the weights are kept. */
export interface Keep {
  readonly every: "restart" | number;
  readonly span: Span;
}

/** How long a training is, in epochs and in steps of an epoch. */
export interface TrainTime {
  readonly epochs: number;
  readonly perEpoch: number;
  /** Figures of all its examples. */
  readonly measures: Measures;
}

/** A part of the program that a training leaves as it is: a layer or model, or one parameter. */
export interface Frozen {
  readonly path: string;
  readonly span: Span;
}
