// Brings a session to where it was, on another engine, when the device of its own has failed: a state in the host's memory, and its
// way into an engine. In: tensors and progress. Out: an engine that holds them.

import type { Engine, Numbers } from "../engine.ts";
import { companionName } from "../plan.ts";
import type { Progress } from "./events.ts";
import type { SessionPlan } from "./sessionplan.ts";

/** A state of a session, with all its numbers. */
export interface Held {
  readonly progress: Progress;
  readonly tensors: ReadonlyMap<string, Numbers>;
  /** The product of the factors of plateaus. */
  readonly lowered: number;
}

/** Steps whose state is in memory, and steps whose results are known. */
export interface Steps {
  readonly held: number;
  readonly reached: number;
}

/** Another engine in the place of one whose device failed; throws where there is to be none. */
export type Reopen = (error: Error, steps: Steps) => Promise<Engine>;

/** Whether the device of an engine failed, and not the training on it. */
export const isDeviceFailure = (error: unknown): error is Error => error instanceof Error && error.name === "GpuError";

/** The engine as it is before the first step; names that are not among the tensors start afresh. */
export async function placeState(
  engine: Engine,
  { seed, batch }: SessionPlan,
  tensors: ReadonlyMap<string, Numbers>,
): Promise<void> {
  engine.set("seed", seed | 0);
  engine.set("batch", batch);
  engine.set("step", 0);
  engine.set("cursor", 0);
  await engine.run("initialise");
  await placeTensors(engine, tensors);
}

export async function placeTensors(engine: Engine, tensors: ReadonlyMap<string, Numbers>): Promise<void> {
  for (const [name, values] of tensors) if (engine.has(name)) await engine.write(name, values);
}

/** Weights that a training begins with, and the moving averages of those, which begin with the same. */
export function withAverages(
  tensors: ReadonlyMap<string, Numbers>,
  plan: Pick<SessionPlan, "tensors">,
): ReadonlyMap<string, Numbers> {
  const averages = [...tensors].map(([name, values]) => [companionName(name, "average"), values] as const);
  return new Map([...averages.filter(([name]) => plan.tensors.includes(name)), ...tensors]);
}

/** Copies of tensors. All are asked for at once: a device answers each only after a while. */
export async function readAll(engine: Engine, names: readonly string[]): Promise<Map<string, Numbers>> {
  const reads = names.map(async (name) => [name, await engine.read(name)] as const);
  return new Map(await Promise.all(reads));
}
