// The entry points of a plan, which run by name: the input of every target.
import type { Lowered } from "./step.ts";

export interface EntryPart {
  readonly name: string;
  readonly lowered: Lowered;
  /** Scalars to log, by result name. */
  readonly logged: readonly string[];
  /** Fields fetched from data sets before the steps. */
  readonly fields: readonly string[];
}

/** A function of a plan: its parts run one after the other. */
export interface Entry {
  readonly name: string;
  readonly parts: readonly EntryPart[];
  /** Whether weights stay the same from run to run: a target may compute what is made of them alone beforehand. */
  readonly hasFixedWeights?: true;
}
