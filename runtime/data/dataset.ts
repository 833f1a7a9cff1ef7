// The one shape of data that training sees: named columns of equal length, already split.

import type { StoredValues } from "../engine.ts";
import type { CellFormat } from "../files/csvcells.ts";
import type { ByteUnit } from "../plan.ts";
import type { SoundFacts } from "../sounds/clip.ts";
import type { Records } from "./records.ts";
import type { StandIns } from "./standins.ts";
import type { TokenFacts } from "./tokens/tokenise.ts";

/** A column of a table that a field was read from: rows that are given later are found and read by it. */
export interface TableColumnFacts {
  /** Its name in the table, and as an identifier. */
  readonly written: string;
  readonly name: string;
  readonly format: CellFormat;
  /** The value of an empty cell; absent where an empty cell is an error. */
  readonly stand?: number;
}

/** The figures by which numbers are brought to one scale, one for each number of the last axis: (x - mean) / deviation. */
export interface Scale {
  readonly means: readonly number[];
  readonly deviations: readonly number[];
}

/** A field of rows that follow each other in time: its last axis is columns of the table, the one before it rows. */
export interface SeriesFacts {
  /** The rows before the ones that are foretold, what is known of those ahead, and what is foretold. */
  readonly part: "past" | "known" | "future";
  readonly columns: readonly TableColumnFacts[];
  readonly time?: TableColumnFacts;
}

/** The numbers of a column that is not in memory. */
export interface Extent {
  readonly least: number;
  readonly most: number;
  readonly isWhole: boolean;
  /** All of them; undefined where they are many, or not whole. */
  readonly kinds: ReadonlySet<number> | undefined;
  /** Those that stand for no value, as far as that shows, among the rows that train. */
  readonly standIns?: StandIns;
}

/** One field of every example: `shape` without the batch, depth last. */
export interface Column {
  readonly name: string;
  readonly shape: readonly number[];
  /** Class indices (`i32`) have the number of classes; real values (`f32`) do not. */
  readonly classes?: number;
  /** Names of the classes, or the characters of a vocabulary, where they are known. */
  readonly labels?: readonly string[];
  /** Row-major, `length * product(shape)` numbers, or bytes that stand for them: `numbers.ts` reads either. */
  readonly values: StoredValues;
  /** Of numbers that are held as bytes: the byte that stands for 1. */
  readonly byteUnit?: ByteUnit;
  /** Where sequences differ in length: how many steps of the first axis each example really has; the rest is padding. */
  readonly lengths?: Int32Array;
  /** The columns of a table that it was read from, one for each of its numbers. */
  readonly columns?: readonly TableColumnFacts[];
  /** Of rows that follow each other in time. */
  readonly series?: SeriesFacts;
  /** Programs see its numbers scaled by these; `values`, and answers for it, are in the units of the data. */
  readonly scale?: Scale;
  /** Of texts: how they were cut into the tokens that `labels` names. */
  readonly tokens?: TokenFacts;
  /** Its last axis is a box in the picture: left, top, right and bottom as shares of it. */
  readonly isBox?: boolean;
  /** Of sounds: how their files were read. */
  readonly sound?: SoundFacts;
  /** Of a column of a table: how many of its cells are empty, those that were filled in among them. */
  readonly missing?: number;
  /** Of one number for each row, where its values are not in memory. */
  readonly extent?: Extent;
  /** Contents and omissions, for messages about it. */
  readonly note?: string;
}

/** A lint about data: allowed, and probably a mistake. */
export interface DataRemark {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface Split {
  readonly length: number;
  /** Where its rows were among those of the source, from 0. */
  readonly rows?: Int32Array;
  readonly columns: readonly Column[];
}

export interface Dataset {
  /** The word for its rows, for progress and rates: "images", "rows", "characters". */
  readonly unit: string;
  /** How many units one example is worth in rates (a text window of 64 characters counts 64). */
  readonly unitsPerExample: number;
  /** Each example goes on where the one before it ended (windows of a text), so states may be carried. */
  readonly consecutive?: boolean;
  /** Where the rows are those of a table: what stands between two cells. */
  readonly separator?: string;
  /** ... and whether its first line holds no names. */
  readonly headless?: boolean;
  readonly remarks?: readonly DataRemark[];
  /** Where examples are read while a training goes on: the columns of both parts then have no values. */
  readonly records?: Records;
  readonly train: Split;
  readonly heldout: Split;
}

/** The word for examples, which are windows of a text: "images", "windows of 64 characters". */
export const exampleUnit = ({ unit, unitsPerExample }: Dataset): string =>
  unitsPerExample === 1 ? unit : `windows of ${unitsPerExample} ${unit}`;

/** Argument values of `data d = source(args)` as the checker evaluated them. */
export type SourceArgument = number | string | boolean | readonly number[] | readonly string[];

/** One of several equal parts of the data, from 1, which is held out while the others train. */
export interface Fold {
  readonly index: number;
  readonly of: number;
}

export interface SourceRequest {
  readonly name: string;
  readonly positional: readonly SourceArgument[];
  readonly named: Readonly<Record<string, SourceArgument>>;
  readonly seed: number;
  /** Folder that relative paths start from. */
  readonly base: string;
  /** Held out in place of what the source's arguments say. */
  readonly fold?: Fold | undefined;
  /** Bytes that examples may take before a source streams them. */
  readonly memory?: number | undefined;
}
