// A feed of records: two halves of the engine's memory for data. While a training takes the rows of one, the next chunk is decoded
// into the other, past the end of an epoch too. Rows that are taken in their order are given out while later ones of their chunk are
// decoded, so that the engine waits for those of the first step alone where decoding keeps up.
// Invariant: no more than one chunk is read ahead, and no row is written to once it may be taken.

import type { Decoding, Records } from "../data/records.ts";
import type { Engine, StoredValues } from "../engine.ts";
import { type Chunk, type ChunkOrder, chunksOf } from "../stream/order.ts";
import type { Pass, Place, RowFeed } from "./feed.ts";
import { writeStored } from "./stored.ts";

/** How a stream is held in the memory of an engine. */
export interface RingPlan {
  readonly records: Pick<Records, "train" | "heldout">;
  /** Rows of one half: whole steps. */
  readonly capacity: number;
  /** Rows that one step takes. */
  readonly stepRows: number;
  readonly seed: number;
  /** The columns that a decoder gives, in its order, and how many numbers each has of a row. Undefined for one that nothing reads. */
  readonly columns: readonly ({ readonly name: string; readonly width: number } | undefined)[];
}

/** A half, and the chunk that it holds or is being filled with. */
class Half {
  key: string;
  readonly count: number;
  /** So many of its first rows can be taken. */
  ready = 0;
  private failure: { readonly error: unknown } | undefined;
  private waiting: Waiting | undefined;

  constructor(key: string, count: number) {
    this.key = key;
    this.count = count;
  }

  reach(rows: number): void {
    this.ready = rows;
    if (this.waiting && rows >= this.waiting.rows) this.waiting.resolve();
  }

  fail(error: unknown): void {
    this.failure = { error };
    this.waiting?.reject(error);
  }

  /** Waits until so many rows can be taken. */
  until(rows: number): Promise<void> {
    if (this.failure) return Promise.reject(this.failure.error);
    if (this.ready >= rows) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting = { rows, resolve, reject };
    });
  }
}

interface Waiting {
  readonly rows: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

type Side = 0 | 1;
const other = (half: Side): Side => (half === 0 ? 1 : 0);

const keyOf = ({ part, epoch }: Pass, chunk: number): string => `${part} ${epoch ?? "in order"} ${chunk}`;

export class Ring implements RowFeed {
  waited = 0;
  private engine: Engine;
  private readonly plan: RingPlan;
  private readonly decoding: Decoding;
  private readonly halves: [Half, Half] = [emptyHalf(), emptyHalf()];
  /** The half whose rows are being taken. */
  private taken: Side = 0;
  private current: Pass = { part: "train" };
  private next: Pass | undefined;
  /** Of the pass that was asked for last, and of the one after it. */
  private readonly orders = new Map<string, ChunkOrder>();
  private isEnded = false;

  constructor(engine: Engine, plan: RingPlan, decoding: Decoding) {
    this.engine = engine;
    this.plan = plan;
    this.decoding = decoding;
  }

  async begin(pass: Pass, next?: Pass): Promise<void> {
    this.current = pass;
    this.next = next;
    const kept = new Set([pass, ...(next ? [next] : [])].map((each) => keyOf(each, 0)));
    for (const key of this.orders.keys()) if (!kept.has(key)) this.orders.delete(key);
  }

  async rowsFrom(cursor: number): Promise<Place> {
    const { capacity } = this.plan;
    const index = Math.floor(cursor / capacity);
    const within = cursor - index * capacity;
    const half = await this.hold(index, within);
    this.readAhead(index);
    return { at: half * capacity + within, count: this.halves[half].ready - within };
  }

  /** Waits until those rows of a chunk of the pass that a step takes are in one half, which is then the taken one. */
  private async hold(index: number, within: number): Promise<Side> {
    const key = keyOf(this.current, index);
    if (this.halves.every((h) => h.key !== key)) this.fill(other(this.taken), this.current, index);
    const half = this.halves[0].key === key ? 0 : 1;
    const held = this.halves[half];
    const began = performance.now();
    try {
      await held.until(Math.min(held.count, within + this.plan.stepRows));
    } catch (error) {
      // Asked for again, it is read again.
      held.key = "";
      throw error;
    } finally {
      this.waited += performance.now() - began;
    }
    this.taken = half;
    return half;
  }

  private readAhead(index: number): void {
    const isLast = index + 1 >= this.orderOf(this.current).chunks;
    const [pass, chunk] = isLast ? [this.next, 0] : [this.current, index + 1];
    if (!pass || this.halves.some((h) => h.key === keyOf(pass, chunk))) return;
    this.fill(other(this.taken), pass, chunk);
  }

  private orderOf(pass: Pass): ChunkOrder {
    const key = keyOf(pass, 0);
    const known = this.orders.get(key);
    if (known) return known;
    const { records, capacity, seed } = this.plan;
    const shuffle = pass.epoch === undefined ? undefined : { seed, epoch: pass.epoch };
    const made = chunksOf(records[pass.part], capacity, shuffle);
    this.orders.set(key, made);
    return made;
  }

  private fill(half: Side, pass: Pass, index: number): void {
    const chunk = this.orderOf(pass).chunk(index);
    const mine = new Half(keyOf(pass, index), chunk.count);
    this.halves[half] = mine;
    // A failure to read ahead is an error only when its rows are wanted.
    this.read(half, chunk, mine).catch((error: unknown) => mine.fail(error));
  }

  /** Tasks of a chunk into a half, each as it is decoded, unless something else is asked of the half meanwhile. */
  private async read(half: Side, { tasks, order, count }: Chunk, mine: Half): Promise<void> {
    const isWanted = (): boolean => this.halves[half] === mine && !this.isEnded;
    const first = half * this.plan.capacity;
    const done = new Uint8Array(tasks.length);
    let [row, next, behind] = [first, 0, 0];
    const places = Int32Array.from({ length: count }, (_, i) => first + (order?.[i] ?? i));
    const ordered = this.engine.write("order", places, first);
    const reading = tasks.map(async ({ task, count: rows, shard }, i) => {
      const at = row;
      row += rows;
      const columns = await this.decoding.read(task, shard);
      await ordered;
      if (!isWanted()) return;
      await this.write(columns, at);
      done[i] = 1;
      for (; done[next] === 1; next++) behind += tasks[next]?.count ?? 0;
      if (order === undefined) mine.reach(behind);
    });
    await Promise.all([ordered, ...reading]);
    mine.reach(count);
  }

  /** All columns before anything else can happen: the half may be wanted for other rows afterwards. */
  private async write(values: readonly StoredValues[], row: number): Promise<void> {
    await Promise.all(
      values.map((numbers, i) => {
        const column = this.plan.columns[i];
        return column && writeStored(this.engine, `data:${column.name}`, numbers, row * column.width);
      }),
    );
  }

  /** Both halves are read again when their rows are wanted; chunks that are on their way are for nobody. */
  async moveTo(engine: Engine): Promise<void> {
    this.engine = engine;
    this.halves[0] = emptyHalf();
    this.halves[1] = emptyHalf();
  }

  end(): void {
    this.isEnded = true;
    this.decoding.end();
  }
}

const emptyHalf = (): Half => new Half("", 0);
