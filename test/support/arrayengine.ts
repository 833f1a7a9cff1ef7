// An engine of plain arrays, for tests of sessions: subclasses say what running an entry does.

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
