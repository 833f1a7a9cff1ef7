// Runs of an entry on an engine, some at a time: as many as take about a twentieth of a second, so that a host can show progress and
// stop in time. An engine that can be given more while it runs gets the next ones before the last are through. In: how many runs there
// are. Out: what they logged, in order.

import type { Engine } from "../engine.ts";
import { LOG_LIMIT } from "../engine.ts";
import type { Progress } from "./events.ts";

const STRETCH_MILLISECONDS = 50;
/** Stretches that an engine has at once: one runs while the other waits, or its results are read. */
export const AHEAD = 2;

/** The words that runs begin with. */
export interface Beginning {
  readonly batch: number;
  readonly cursor: number;
  /** The counter that they begin with; it goes on where there is none. */
  readonly step?: number;
}

/** Runs that the engine was given together. */
export interface Given {
  readonly count: number;
  /** The engine's counter after them. */
  readonly counter: number;
  /** Logged scalars, and the milliseconds that the runs took: waiting for earlier ones is left out. */
  readonly logged: () => Promise<{ readonly scalars: Float32Array; readonly took: number }>;
}

/** Steps that a session has given its engine, as one stretch. */
export interface UnderWay {
  readonly given: Given;
  /** Rows of one step. */
  readonly rows: number;
  /** Milliseconds that were waited for the rows. */
  readonly waited: number;
}

/** Where a session stands within its epoch. */
export type Place = Pick<Progress, "step" | "counter" | "cursor">;

/** The place that steps lead to. */
export const placeAfter = ({ step, cursor }: Place, { given: { count, counter }, rows }: UnderWay): Place => ({
  step: step + count,
  counter,
  cursor: cursor + count * rows,
});

export class Stretches {
  private readonly engine: Engine;
  private readonly entry: string;
  /** Scalars of one run. */
  private readonly width: number;
  /** Runs that take about one stretch. */
  private pace = 1;
  /** When the engine had done what it was given before. */
  private free = 0;

  constructor(engine: Engine, entry: string, width: number) {
    this.engine = engine;
    this.entry = entry;
    this.width = width;
  }

  /** Whether the engine takes more while it runs. */
  get canGoAhead(): boolean {
    return this.engine.start !== undefined;
  }

  /** Gives the engine the next runs, at most `most`. */
  async give(most: number, { batch, cursor, step }: Beginning): Promise<Given> {
    const { engine, entry, width } = this;
    const count = Math.max(1, Math.min(most, this.pace, Math.floor(LOG_LIMIT / Math.max(1, width))));
    engine.set("batch", batch);
    engine.set("cursor", cursor);
    if (step !== undefined) engine.set("step", step);
    const began = performance.now();
    const scalars = engine.start
      ? (await engine.start(entry, count, count * width)).logged
      : engine.run(entry, count).then(() => engine.logged(count * width));
    if (!engine.start) await scalars;
    const logged = async () => ({ scalars: await scalars, took: this.took(count, began) });
    return { count, counter: engine.get("step"), logged };
  }

  private took(count: number, began: number): number {
    const now = performance.now();
    const took = now - Math.max(began, this.free);
    this.free = now;
    // It grows gently: the first runs are slower than the rest.
    const fitting = Math.round((count * STRETCH_MILLISECONDS) / Math.max(1e-3, took));
    this.pace = Math.max(1, Math.min(count * 4, fitting));
    return took;
  }
}
