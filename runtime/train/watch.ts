// Looks for numbers that are none among what a training moves: a loss may stay finite while a parameter it no longer depends on
// is NaN. In: the engine and the names of its tensors. Out: the first tensor that holds one, with the number.
// Looking costs a reading of every tensor, so between epochs it takes a fiftieth of the time at most.

import type { Engine } from "../engine.ts";

/** A tensor that holds a number that is none, and that number. */
export interface Holder {
  readonly tensor: string;
  readonly value: number;
}

/** Milliseconds between two looks, at the least. */
const PAUSE = 1000;
const SHARE = 50;

export class Watch {
  private readonly engine: Engine;
  private readonly names: readonly string[];
  /** Tensors that began with infinities, such as the least value so far, may hold them. */
  private unbounded: ReadonlySet<string> = new Set();
  private next = 0;

  constructor(engine: Engine, names: readonly string[]) {
    this.engine = engine;
    this.names = names;
  }

  async start(): Promise<void> {
    const unbounded = new Set<string>();
    for (const tensor of this.names) if ((await this.engine.read(tensor)).some(isInfinite)) unbounded.add(tensor);
    this.unbounded = unbounded;
    this.next = performance.now() + PAUSE;
  }

  /** Whether it is time for a look. */
  get isDue(): boolean {
    return performance.now() >= this.next;
  }

  /** Calls `look`, if it is time for it. */
  async glance(): Promise<Holder | undefined> {
    return this.isDue ? this.look() : undefined;
  }

  async look(): Promise<Holder | undefined> {
    const begun = performance.now();
    let found: Holder | undefined;
    for (const tensor of this.names) {
      const isWrong = this.unbounded.has(tensor) ? Number.isNaN : isNone;
      const value = (await this.engine.read(tensor)).find(isWrong);
      if (value === undefined) continue;
      found = { tensor, value };
      break;
    }
    const took = performance.now() - begun;
    this.next = performance.now() + Math.max(PAUSE, SHARE * took);
    return found;
  }
}

const isNone = (x: number): boolean => !Number.isFinite(x);
const isInfinite = (x: number): boolean => Math.abs(x) === Number.POSITIVE_INFINITY;
