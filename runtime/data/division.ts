// In: how many examples there are and how they are to be divided. Out: the order in which they train, and behind them those that
// are held out. Invariant: the same request gives the same division; every example lands in one part, and neither is empty
// unless all are to train.

import { DataError } from "../files/dataerror.ts";
import type { Dataset, Fold, Split } from "./dataset.ts";
import { Random } from "./random.ts";
import { cutAt, gatherRows, joinRows, numbersAt, splitRows } from "./split.ts";
import { dividedRecords, withRecords } from "./streamed.ts";

export interface DivisionOptions {
  readonly split: number;
  readonly seed: number;
  /** False: examples stay in the order of their file. */
  readonly shuffle: boolean;
  /** One of several equal parts is held out, in place of what `split` says. */
  readonly fold?: Fold | undefined;
  /** From this example on, all are held out. */
  readonly heldoutFrom?: number | undefined;
  /** Of each example, a class: each is divided by itself. */
  readonly strata?: ArrayLike<number> | undefined;
  /** Of each example, what must lie in one part with all that have the same. */
  readonly groups?: ArrayLike<number> | undefined;
}

export interface Division {
  readonly order: Int32Array;
  /** So many of the order train. */
  readonly cut: number;
}

/** DataErrors of `cutAt`, and `data/too-few` where there are fewer groups or examples than parts. */
export function divide(count: number, options: DivisionOptions, path: string): Division {
  const { heldoutFrom, shuffle, seed, groups, strata } = options;
  if (heldoutFrom !== undefined) {
    const own = orderOf(heldoutFrom, shuffle, seed);
    const rest = Int32Array.from({ length: count - heldoutFrom }, (_, i) => heldoutFrom + i);
    return { order: concatenate([own, rest]), cut: heldoutFrom };
  }
  const order = orderOf(count, shuffle, seed);
  if (groups) return divideSets(setsOf(order, groups), count, options, path);
  if (!strata) return dividePart(order, options, path);
  const parts = [...setsOf(order, strata).values()].map((set) => dividePart(set, options, path, true));
  const trains = concatenate(parts.map((part) => part.order.subarray(0, part.cut)));
  const held = concatenate(parts.map((part) => part.order.subarray(part.cut)));
  const mixed = (rows: Int32Array, stream: number) =>
    shuffle ? numbersAt(orderOf(rows.length, true, seed + stream), rows) : rows.toSorted((a, b) => a - b);
  return { order: concatenate([mixed(trains, 1), mixed(held, 2)]), cut: trains.length };
}

const orderOf = (count: number, shuffle: boolean, seed: number): Int32Array =>
  shuffle ? Int32Array.from(new Random(seed).shuffle(count)) : Int32Array.from({ length: count }, (_, i) => i);

function concatenate(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Examples that have the same number, in their order. */
function setsOf(order: Int32Array, kinds: ArrayLike<number>): Map<number, Int32Array> {
  const sets = new Map<number, number[]>();
  for (const row of order) {
    const kind = kinds[row]!;
    const set = sets.get(kind);
    if (set) set.push(row);
    else sets.set(kind, [row]);
  }
  return new Map([...sets].map(([kind, rows]) => [kind, Int32Array.from(rows)]));
}

/** The last share, or one of several equal parts, is held out. A class of one example (`few`) trains. */
function dividePart(rows: Int32Array, { split, fold }: DivisionOptions, path: string, few = false): Division {
  if (!fold) return { order: rows, cut: few && rows.length < 2 ? rows.length : cutAt(rows.length, split, path) };
  if (!few) checkFolds(rows.length, fold, path, "examples");
  const from = Math.round((rows.length * (fold.index - 1)) / fold.of);
  const to = Math.round((rows.length * fold.index) / fold.of);
  const trains = concatenate([rows.subarray(0, from), rows.subarray(to)]);
  return { order: concatenate([trains, rows.subarray(from, to)]), cut: trains.length };
}

function checkFolds(count: number, { of }: Fold, path: string, what: string): void {
  if (count >= of) return;
  throw new DataError(
    "data/too-few",
    `${path} has ${count} ${what}, which are too few for ${of} folds`,
    "take fewer folds",
  );
}

/** Whole sets are held out, until they are as many examples as are asked for. */
function divideSets(
  sets: ReadonlyMap<number, Int32Array>,
  count: number,
  options: DivisionOptions,
  path: string,
): Division {
  const { split, fold } = options;
  if (!fold && split === 1) return { order: concatenate([...sets.values()]), cut: count };
  const all = [...sets.values()];
  if (all.length < 2) {
    const hint = "another column groups the rows, or split=1 holds nothing out";
    throw new DataError("data/too-few", `${path} has one group, which cannot be split`, hint);
  }
  if (fold) checkFolds(all.length, fold, path, "groups");
  const isHeld = fold ? heldInFold(all, fold) : heldOfShare(all, count - cutAt(count, split, path));
  const trains = concatenate(all.filter((_, i) => !isHeld[i]));
  return { order: concatenate([trains, ...all.filter((_, i) => isHeld[i])]), cut: trains.length };
}

/** The last sets, until one more would lead further from the number of examples wanted. */
function heldOfShare(sets: readonly Int32Array[], wanted: number): boolean[] {
  let held = 0;
  const isHeld = sets.map(() => false);
  for (const [i, { length: size }] of [...sets.entries()].slice(1).toReversed()) {
    if (held > 0 && Math.abs(held + size - wanted) > Math.abs(held - wanted)) continue;
    isHeld[i] = true;
    held += size;
  }
  return isHeld;
}

/** The largest sets first, each to the part that has the fewest examples. */
function heldInFold(sets: readonly Int32Array[], { index, of }: Fold): boolean[] {
  const sizes = new Array<number>(of).fill(0);
  const part = new Array<number>(sets.length).fill(0);
  const bySize = [...sets.entries()].toSorted(([, a], [, b]) => b.length - a.length);
  for (const [i, set] of bySize) {
    const least = sizes.indexOf(Math.min(...sizes));
    part[i] = least;
    sizes[least]! += set.length;
  }
  return part.map((each) => each === index - 1);
}

/** The training part with rows of rarer classes repeated, until each class has as many; mixed by the seed. */
export function repeatRare({ order, cut }: Division, classes: ArrayLike<number>, seed: number): Division {
  const sets = [...setsOf(order.subarray(0, cut), classes).values()];
  const most = Math.max(...sets.map((set) => set.length));
  const all = concatenate(sets.map((set) => Int32Array.from({ length: most }, (_, i) => set[i % set.length]!)));
  const mixed = numbersAt(orderOf(all.length, true, seed), all);
  return { order: concatenate([mixed, order.subarray(cut)]), cut: all.length };
}

/** Of each class: all training examples, by the classes and by how many of them have it. 0 for one that has none. */
export function classWeights({ order, cut }: Division, classes: ArrayLike<number>, count: number): Float32Array {
  const counts = new Float64Array(count);
  for (const row of order.subarray(0, cut)) counts[classes[row]!]!++;
  const met = counts.reduce((sum, n) => sum + (n > 0 ? 1 : 0), 0);
  return Float32Array.from(counts, (n) => (n === 0 ? 0 : cut / (met * n)));
}

/**
 * A data set divided otherwise: one of `fold.of` equal parts is held out. For data whose values were not made from figures of
 * its training part; sources that make such values divide by themselves. Windows of a text stay in their order.
 */
export function foldOf(dataset: Dataset, fold: Fold, seed: number, path: string): Dataset {
  const { train, heldout, records } = dataset;
  const count = train.length + heldout.length;
  const shuffle = dataset.consecutive !== true;
  const { order, cut } = divide(count, { split: 1, seed, shuffle, fold }, path);
  if (records) return withRecords(dataset, dividedRecords(records, order, cut));
  const columns = train.columns.map((column, i) => gatherRows(joinRows(column, heldout.columns[i]!), order));
  const rows = rowsOf(train, heldout);
  return { ...dataset, ...splitRows(columns, count, cut, rows ? numbersAt(order, rows) : order) };
}

const rowsOf = (train: Split, heldout: Split): Int32Array | undefined =>
  train.rows && heldout.rows ? concatenate([train.rows, heldout.rows]) : undefined;
