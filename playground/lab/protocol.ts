// Messages between the page and the worker that trains, as plain data: questions with answers, and events.

import type { InputFacts as NetInput } from "../../embed/net.ts";
import type { GraphBox } from "../../report/graph/boxes.ts";
import type { EpochEvent, Figures } from "../../runtime/train/events.ts";

/** A program with the files that were dropped on the page. */
export interface ProgramText {
  readonly text: string;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

export interface OpenOptions {
  readonly device: "auto" | "cpu" | "gpu";
  readonly seed: number;
}

/** One input of a model. */
export type InputFacts = Omit<NetInput, "isRagged">;

/** A value on the way of a model, by the name of its layer or of the program. */
export interface LayerFacts {
  readonly name: string;
  readonly shape: readonly number[];
}

export interface ModelFacts {
  readonly name: string;
  readonly inputs: readonly InputFacts[];
  readonly shape: readonly number[];
  /** The classes that its output ranks, by name or number. */
  readonly labels: readonly string[] | undefined;
  readonly layers: readonly LayerFacts[];
}

/** A field of a form for the model: a column of its table, or an input. */
export interface Question {
  readonly name: string;
  /** A number or word of a table or a text; numbers with commas between; one of several. */
  readonly kind: "text" | "numbers" | "choice";
  /** The value of an example of the data. */
  readonly value: string;
  readonly options: readonly string[];
}

/** The model's answer to a form. */
export interface Said {
  readonly label?: string;
  readonly probabilities?: readonly number[];
  readonly output?: unknown;
  /** The mistake in the answers. */
  readonly problem?: string;
}

/** Points of the data in the plane, for a model that takes such. */
export interface Points {
  /** x and y of each. */
  readonly train: Float32Array;
  readonly heldout: Float32Array;
  /** The class of each, or its number. */
  readonly trainTargets: Float32Array | Int32Array;
  readonly heldoutTargets: Float32Array | Int32Array;
  /** Whether targets are classes. */
  readonly hasClasses: boolean;
}

/** A training that is ready to go. */
export interface LabFacts {
  readonly training: string;
  readonly trainings: readonly string[];
  readonly epochs: number;
  readonly batch: number;
  readonly params: number;
  readonly device: string;
  readonly examples: number;
  readonly heldout: number;
  readonly unit: string;
  readonly model: ModelFacts | undefined;
  readonly points: Points | undefined;
  /** Pictures of the data, for a model that takes such: pixels of [height, width, channels] one after the other. */
  readonly pictures: Float32Array | undefined;
  /** Of a model that takes neither points nor pictures. */
  readonly questions: readonly Question[] | undefined;
  /** Why there is nothing to look into, where there is not. */
  readonly note: string | undefined;
}

/** A square of the plane, and how finely it is computed. */
export interface Plane {
  readonly low: readonly [number, number];
  readonly high: readonly [number, number];
  readonly size: number;
}

/** The parts that the page shows at the moment, which are computed after each stretch of steps. */
export interface Wanted {
  readonly plane?: Plane;
  /** Whether each unit of the layers is wanted over the plane. */
  readonly units?: boolean;
  /** A picture, or other numbers, of the model's only input. */
  readonly row?: Float32Array;
  /** Whether the layers' values for the row are wanted. */
  readonly activations?: boolean;
  readonly filters?: boolean;
  /** Answers to the questions of a form. */
  readonly answers?: Readonly<Record<string, string>>;
}

/** Numbers of a shape. */
export interface Values extends LayerFacts {
  readonly values: Float32Array;
}

export interface Views {
  /** For each place of the plane, row by row from the top: the model's output. */
  readonly plane?: Values;
  readonly units?: readonly Values[];
  /** The model's output for the row. */
  readonly answer?: Float32Array;
  readonly activations?: readonly Values[];
  readonly filters?: readonly Values[];
  readonly said?: Said;
}

export type LabEvent =
  | {
      readonly kind: "steps";
      readonly training: string;
      readonly epoch: number;
      readonly step: number;
      /** Of this epoch, what share is behind. */
      readonly share: number;
      readonly loss: number;
      readonly train: Figures;
      /** Examples or what they are worth per second, over the whole training. */
      readonly rate: number;
    }
  | ({ readonly training: string } & Pick<EpochEvent, "kind" | "epoch" | "train" | "heldout">)
  /** Drawings of each `show` line: HTML in which all text of the data is escaped. */
  | { readonly kind: "shown"; readonly epoch: number; readonly sections: readonly string[] }
  | { readonly kind: "views"; readonly views: Views }
  | { readonly kind: "training"; readonly facts: LabFacts }
  | { readonly kind: "end"; readonly reason: string }
  | { readonly kind: "failed"; readonly problem: Problem };

/** A mistake, or a fault of ours. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  /** From 1. */
  readonly line: number | undefined;
}

/** Calls that the worker answers. */
export interface LabCalls {
  layers(program: ProgramText): Promise<readonly GraphBox[]>;
  slow(isWatched: boolean): Promise<void>;
  /** The text of a program that trains on a file or folder. */
  starter(files: ProgramText["files"], path: string): Promise<string>;
  open(program: ProgramText, options: OpenOptions): Promise<LabFacts>;
  run(): Promise<void>;
  pause(): Promise<void>;
  /** One step. */
  step(): Promise<void>;
  watch(wanted: Wanted): Promise<void>;
  weights(): Promise<Uint8Array>;
  /** A model as a module: its files by their names. */
  module(): Promise<Readonly<Record<string, Uint8Array>>>;
  /** The page of the run. */
  report(): Promise<string>;
}

export type ToLab = {
  readonly [K in keyof LabCalls]: {
    readonly id: number;
    readonly call: K;
    readonly given: Parameters<LabCalls[K]>;
  };
}[keyof LabCalls];

export type FromLab =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly problem: Problem }
  | { readonly event: LabEvent };
