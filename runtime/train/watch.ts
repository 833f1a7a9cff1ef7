// Looks for numbers that are none among what a training moves: a loss may stay finite while a parameter it no longer depends on
// is NaN. In: the engine and the names of its tensors. Out: the first tensor that holds one, with the number.
// Looking costs a reading of every tensor, so between epochs it takes a fiftieth of the time at most; the copies are kept where a device
// may fail.

import type { Engine, Numbers } from "../engine.ts";

/** A tensor that holds a number that is none, and that number. */
export interface Holder {
  readonly tensor: string;
  readonly value: number;
}

/** Milliseconds between two looks, at the least. */
const PAUSE = 1000;
const SHARE = 50;

export class Watch {
  /** Copies of the tensors at the last look that found nothing, where they are kept. */
  kept: ReadonlyMap<string, Numbers> | undefined;
  private engine: Engine;
  private readonly names: readonly string[];
  private readonly keeps: boolean;
  /** Tensors that began with infinities, such as the least value so far, may hold them. */
  private unbounded: ReadonlySet<string> = new Set();
  private next = 0;

  /** `keeps`: whether copies of the tensors stay in memory. */
  constructor(engine: Engine, names: readonly string[], keeps = false) {
    this.engine = engine;
    this.names = names;
    this.keeps = keeps;
  }

  moveTo(engine: Engine): void {
    this.engine = engine;
  }

  async start(): Promise<void> {
    const unbounded = new Set<string>();
    this.kept = await this.read((tensor, values) => {
      if (hasInfinity(values)) unbounded.add(tensor);
      return true;
    });
    this.unbounded = unbounded;
    this.next = performance.now() + PAUSE;
  }

  /** Whether it is time for a look. */
  get isDue(): boolean {
    return performance.now() >= this.next;
  }

  async look(): Promise<Holder | undefined> {
    const begun = performance.now();
    let found: Holder | undefined;
    const kept = await this.read((tensor, values) => {
      const value = findNone(values, this.unbounded.has(tensor));
      if (value !== undefined) found = { tensor, value };
      return found === undefined;
    });
    if (!found) this.kept = kept;
    const took = performance.now() - begun;
    this.next = performance.now() + Math.max(PAUSE, SHARE * took);
    return found;
  }

  /** Reads tensors one after the other, the next on its way while one is looked at, until `use` has seen enough. */
  private async read(use: (tensor: string, values: Numbers) => boolean): Promise<Map<string, Numbers> | undefined> {
    const kept = new Map<string, Numbers>();
    let next = this.readAt(0);
    for (const [i, tensor] of this.names.entries()) {
      const values = await next;
      next = this.readAt(i + 1);
      if (values && this.keeps) kept.set(tensor, values);
      if (values && !use(tensor, values)) break;
    }
    await next;
    return this.keeps ? kept : undefined;
  }

  private async readAt(index: number): Promise<Numbers | undefined> {
    const name = this.names[index];
    return name === undefined ? undefined : this.engine.read(name);
  }
}

// Loops of their own: `find` calls a function for each of millions of numbers, at times one that V8 has not compiled.

function findNone(values: Numbers, allowsInfinities: boolean): number | undefined {
  if (values instanceof Int32Array) return undefined;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    // Of a number the difference is zero, of what is none it is NaN.
    if (x - x !== 0 && (!allowsInfinities || Number.isNaN(x))) return x;
  }
  return undefined;
}

function hasInfinity(values: Numbers): boolean {
  if (values instanceof Int32Array) return false;
  for (let i = 0; i < values.length; i++) if (Math.abs(values[i]!) === Number.POSITIVE_INFINITY) return true;
  return false;
}
