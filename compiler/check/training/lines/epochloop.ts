// Loops of a training that hold all it does, as its author would write a loop over epochs elsewhere. In: a training as it is written. Out: a
// warning at the loop, since the lines of a training are run for each batch.

import type { ForStatement, RepeatStatement, Statement, TrainDefinition } from "../../../../grammar/syntax/ast.ts";
import { namesOne, some } from "../../../../grammar/syntax/queries.ts";
import type { Program } from "../../program/program.ts";

/** Lines that say what is learned. */
const GOALS: readonly string[] = ["loss", "minimize", "maximize"];
/** Names of a counter of what a training counts itself. */
const COUNTERS = /^_?(e|ep|epochs?|steps?|iter(ation)?s?|batch(es)?)$/i;
/** Functions that draw: each turn learns from other examples. */
const DRAWS: readonly string[] = ["normal", "uniform", "bernoulli", "gumbel", "categorical", "dropout"];

/** Warns of a loop around all goals of a training whose turns are alike. */
export function warnOfEpochLoop(program: Program, { body }: TrainDefinition): void {
  const learning = body.filter(isLearning);
  const [loop] = learning;
  if (!loop || learning.length > 1 || !isLoop(loop)) return;
  const counter = loop.kind === "for" ? loop.name.text : "";
  const isCounted = body.some((s) => headOf(s) === "epochs");
  const isOfNames = loop.kind === "for" && loop.over.kind !== "range";
  if (isOfNames || namesOne(loop.body, counter) || DRAWS.some((draw) => namesOne(program.file.definitions, draw)))
    return;
  if (!COUNTERS.test(counter) && isCounted) return;
  const turns = loop.kind === "repeat" ? loop.count : loop.over.kind === "range" ? loop.over.to : undefined;
  const count = turns?.kind === "number" ? String(turns.value) : "N";
  const isOfSteps = some(loop.body, (kind) => kind === "step");
  program.elaborator.warn(
    {
      code: "train/epoch-loop",
      message: isOfSteps
        ? `the lines of a training are run for each batch: this makes ${count} steps on each, and is no loop over epochs`
        : `the lines of a training are run for each batch: this adds up the loss of each ${count} times, and is no loop over epochs`,
      hint: `leave the loop out, keep what is in it, and write \`epochs ${count}\` beside it`,
    },
    { ...loop.span, end: loop.kind === "for" ? loop.over.span.end : loop.count.span.end },
  );
}

const isLoop = (s: Statement): s is ForStatement | RepeatStatement => s.kind === "for" || s.kind === "repeat";

const isLearning = (s: Statement): boolean => {
  if (s.kind === "step") return true;
  if (isLoop(s)) return s.body.some(isLearning);
  return GOALS.includes(headOf(s) ?? "");
};

function headOf(s: Statement): string | undefined {
  if (s.kind !== "line" || s.value.kind !== "flow") return undefined;
  return s.value.head.kind === "name" ? s.value.head.name : undefined;
}
