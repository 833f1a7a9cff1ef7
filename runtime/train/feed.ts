// A feed puts the rows of a training where its engine takes them: all of them at once (`ResidentRows`), or a part ahead of the
// training (`Ring`). In: a pass over the rows of one part. Out: where rows from a place of that pass on stand now.

import { Random } from "../data/random.ts";
import type { Engine, StoredValues } from "../engine.ts";
import { ORDER_STREAM } from "../stream/order.ts";
import { writeStored } from "./stored.ts";

/** All rows of a part once: those that train in the order of an epoch, or in the order of the data where none is given. */
export interface Pass {
  readonly part: "train" | "heldout";
  readonly epoch?: number;
}

/** Rows that stand one after the other: the first is number `at` for the engine's cursor. */
export interface Place {
  readonly at: number;
  readonly count: number;
}

export interface RowFeed {
  /** Makes a pass the current one; `next` is what will probably follow it. */
  begin(pass: Pass, next?: Pass): Promise<void>;
  /** Where the rows of the pass from number `cursor` on stand, until the next call; waits for them. Whole batches stand together. */
  rowsFrom(cursor: number): Promise<Place>;
  /** Milliseconds that were waited for rows so far. */
  readonly waited: number;
  /** Puts everything into another engine, in the place of one that is no more; a pass is begun after it. */
  moveTo(engine: Engine): Promise<void>;
  end(): void;
}

/** The numbers of one field, or the bytes that stand for them. */
export interface SessionColumn {
  readonly name: string;
  readonly train: StoredValues;
  readonly heldout: StoredValues;
}

export interface RowCounts {
  readonly examples: number;
  readonly heldout: number;
  readonly seed: number;
  readonly batch: number;
  /** Rows of an epoch that go on from batch to batch, so that row b of each batch reads its own stretch. */
  readonly carried?: readonly string[] | undefined;
}

/** Everything in the engine's memory. Held-out rows stand behind those that train. */
export class ResidentRows implements RowFeed {
  readonly waited = 0;
  private engine: Engine;
  private readonly counts: RowCounts;
  private readonly columns: readonly SessionColumn[];
  private current: Pass = { part: "train" };

  private constructor(engine: Engine, counts: RowCounts, columns: readonly SessionColumn[]) {
    this.engine = engine;
    this.counts = counts;
    this.columns = columns;
  }

  static async open(engine: Engine, counts: RowCounts, columns: readonly SessionColumn[]): Promise<ResidentRows> {
    const rows = new ResidentRows(engine, counts, columns);
    await rows.moveTo(engine);
    return rows;
  }

  async moveTo(engine: Engine): Promise<void> {
    this.engine = engine;
    for (const c of this.columns) {
      await writeStored(engine, `data:${c.name}`, c.train);
      await writeStored(engine, `data:${c.name}`, c.heldout, c.train.length);
    }
  }

  /** The order of an epoch depends on the seed and its number only; held-out rows keep their places behind it. */
  async begin(pass: Pass): Promise<void> {
    this.current = pass;
    const { examples, heldout, seed, batch, carried } = this.counts;
    if (pass.part === "heldout") return this.writeInOrder(examples, heldout);
    if (pass.epoch === undefined) return this.writeInOrder(0, examples);
    const usable = Math.floor(examples / batch) * batch;
    const order = carried?.length
      ? inStretches(usable, batch)
      : new Random(seed, ORDER_STREAM + pass.epoch).shuffle(examples);
    await this.engine.write("order", order);
  }

  private writeInOrder(from: number, count: number): Promise<void> {
    return this.engine.write(
      "order",
      Int32Array.from({ length: count }, (_, i) => from + i),
      from,
    );
  }

  async rowsFrom(cursor: number): Promise<Place> {
    const { examples, heldout } = this.counts;
    return this.current.part === "train"
      ? { at: cursor, count: examples - cursor }
      : { at: examples + cursor, count: heldout - cursor };
  }

  end(): void {}
}

/** Row b of every batch goes on where it was in the batch before: the data cut into as many stretches as rows. */
function inStretches(examples: number, batch: number): Int32Array {
  const stretch = examples / batch;
  return Int32Array.from({ length: examples }, (_, i) => (i % batch) * stretch + Math.floor(i / batch));
}
