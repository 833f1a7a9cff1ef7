// The plan of a session as plain data: how long it trains, on how much, what it logs and what it keeps; and where one goes on.

import type { Numbers } from "../engine.ts";
import type { Criterion } from "../plan.ts";
import type { Progress } from "./events.ts";
import type { LoggedScalar } from "./figures.ts";

export interface SessionPlan {
  readonly batch: number;
  readonly epochs: number;
  /** Training ends after this many steps, whatever the epochs. */
  readonly steps?: number | undefined;
  /** Numbers of the program's settings that the session itself follows, such as `patience`, by their names. */
  readonly settings?: Readonly<Record<string, number>>;
  /** The state by which `settings.plateau` lowers the learning rates. */
  readonly plateau?: string | undefined;
  /** The figure by which the best epoch is found; the held-out loss where absent. */
  readonly criterion?: Criterion | undefined;
  readonly examples: number;
  readonly heldout: number;
  /** Units of one example in rates. */
  readonly unitsPerExample: number;
  readonly seed: number;
  /** Minibatches that one step takes: several models may be trained in turn. */
  readonly batches: number;
  readonly logged: readonly LoggedScalar[];
  /** Scalars of the held-out entry, by name. */
  readonly evaluated: readonly string[];
  /** Parameters and states, optimizer states included. */
  readonly tensors: readonly string[];
  /** States that go on from batch to batch: each row of the batch then reads its own stretch of the data, in order. */
  readonly carried?: readonly string[];
  /** Metrics that running means make, by name, and the states of these: what the last batch of an epoch logs counts. */
  readonly running?: {
    readonly metrics: readonly string[];
    readonly training: readonly string[];
    readonly heldout: readonly string[];
  };
  /** States that nothing changes, as they are from the first step on. */
  readonly constants?: ReadonlyMap<string, Numbers>;
  /** Entries that go over all training rows before the first step, in this order, and the states each fills. */
  readonly measures?: readonly { readonly entry: string; readonly fills: readonly string[] }[];
}

export interface Continuation {
  readonly progress: Progress;
  readonly tensors: ReadonlyMap<string, Numbers>;
}
