// Every stage of the compiler in order, from the graph of one example to kernels in memory: passes over the graph, lowering to loop
// nests, passes over nests, and for each target its schedules and the layout of its memory. After each an observer may look.

import type { Precision } from "./arithmetic/dtype.ts";
import { nestPasses } from "./fuse/list.ts";
import type { Node } from "./graph/node.ts";
import { graphText } from "./graph/text.ts";
import { verify } from "./graph/verify.ts";
import type { Observer, Stage } from "./loops/stage.ts";
import { HIDDEN_STAGE, LAYOUT_STAGE, SCHEDULE_STAGE, WINOGRAD_STAGE } from "./loops/stage.ts";
import type { Lowered } from "./loops/step.ts";
import { showStep } from "./loops/step.ts";
import { verifyLowered } from "./loops/verify.ts";
import { type Goal, lower } from "./lower/lower.ts";
import { passes, runPasses } from "./passes/list.ts";

const LOWER: Stage = { name: "lower", doc: "the graph becomes loop nests over buffers" };

/** Stages that `--print-after` can name. The last three are the targets' own. */
export const stages: readonly Stage[] = [
  ...passes,
  LOWER,
  ...nestPasses,
  WINOGRAD_STAGE,
  HIDDEN_STAGE,
  SCHEDULE_STAGE,
  LAYOUT_STAGE,
];

/** The part of the program that is compiled, for observers. */
export interface Part {
  readonly name: string;
  /** Names of its results, in order. */
  readonly names: readonly string[];
}

/** The results after all passes over the graph. */
export function transformGraph(results: readonly Node[], part: Part, observer: Observer): Node[] {
  return runPasses(results, (pass, next) => {
    if (observer.verify) verify(next);
    observer.after?.(pass, part.name, () => graphText(next, part.names));
  });
}

/** The part that is lowered, its precision, and who looks on. */
export interface LowerOptions extends Observer {
  readonly name?: string;
  readonly precision?: Precision;
}

/** Loop nests that compute the goals on at most `batch` examples. */
export function lowerGraph(
  goals: readonly Goal[],
  batch: number,
  { name = "", precision = "f32", ...observer }: LowerOptions = {},
): Lowered {
  const observed = (stage: Stage, lowered: Lowered): Lowered => {
    if (observer.verify) verifyLowered(lowered, batch);
    observer.after?.(stage, name, () => `${lowered.steps.map(showStep).join("\n")}\n`);
    return lowered;
  };
  const first = observed(LOWER, lower(goals, batch));
  return nestPasses.reduce((current, pass) => observed(pass, pass.run(current, precision)), first);
}
