// Engines of plain arrays, for tests of sessions: subclasses say what running an entry, or a step of one, does.

import type { Engine, Numbers, StepWord } from "../../runtime/engine.ts";

export abstract class ArrayEngine implements Engine {
  readonly device = "cpu:simd";
  readonly words: Record<StepWord, number> = { seed: 0, step: 0, batch: 0, cursor: 0 };
  readonly buffers: ReadonlyMap<string, Numbers>;

  constructor(buffers: Readonly<Record<string, Numbers>>) {
    this.buffers = new Map(Object.entries(buffers));
  }

  abstract run(entry: string, steps?: number): Promise<void>;
  abstract logged(count: number): Float32Array;

  /** The rows of the next step, by the order of the epoch. */
  protected nextRows(): number[] {
    const { batch, cursor } = this.words;
    return [...this.buffers.get("order")!.slice(cursor, cursor + batch)];
  }
  protected advance(): void {
    this.words.step++;
    this.words.cursor += this.words.batch;
  }

  set(word: StepWord, value: number): void {
    this.words[word] = value;
  }
  get(word: "step" | "cursor"): number {
    return this.words[word];
  }
  has(name: string): boolean {
    return this.buffers.has(name);
  }
  async read(name: string): Promise<Numbers> {
    return this.buffers.get(name)!.slice();
  }
  async write(name: string, values: Numbers, at = 0): Promise<void> {
    this.buffers.get(name)!.set(values, at);
  }
  async stop(): Promise<void> {}
}

/** Has one parameter, `w`, and logs a number of each step. */
export abstract class LoggingEngine extends ArrayEngine {
  private log: number[] = [];

  constructor() {
    super({ order: new Int32Array(64), "data:x": new Float32Array(64), w: new Float32Array(1) });
  }

  /** The number that a step on these rows logs. */
  protected abstract step(entry: string, rows: readonly number[]): number;

  async run(entry: string, steps = 1): Promise<void> {
    this.log = [];
    if (entry === "initialise") return;
    for (let i = 0; i < steps; i++) {
      this.log.push(this.step(entry, this.nextRows()));
      this.advance();
    }
  }
  logged(count: number): Float32Array {
    return Float32Array.from(this.log.slice(0, count));
  }
}

export const meanOf = (rows: readonly number[]): number => rows.reduce((a, b) => a + b, 0) / rows.length;
