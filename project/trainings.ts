// Which trainings of a file a verb works on, and the settings that were given for them.

import { itemAt } from "../compiler/arithmetic/lists.ts";
import { didYouMean } from "../compiler/check/names/didyoumean.ts";
import type { TrainDefinition } from "../grammar/syntax/ast.ts";
import { failure, usage } from "./failure.ts";
import type { Opened } from "./source.ts";

/** All of them in order, or the one that was named; `from` leaves out those before it. */
export function chosenTrainings(
  opened: Opened,
  only: string | undefined,
  from?: string,
): [TrainDefinition, ...TrainDefinition[]] {
  const { trains } = opened.program;
  const names = trains.map((t) => t.name.text);
  if (trains.length === 0)
    throw failure("train/none", `${opened.path} has no training`, { hint: "add `train NAME on DATA { loss ... }`" });
  for (const name of [only, from]) {
    if (name === undefined || names.includes(name)) continue;
    const close = didYouMean(name, names);
    throw usage(
      `${opened.path} has no training ${name}`,
      close ? `did you mean ${close}?` : `it has ${names.join(", ")}`,
    );
  }
  if (only !== undefined) return [itemAt(trains, names.indexOf(only))];
  const start = from === undefined ? 0 : names.indexOf(from);
  return [itemAt(trains, start), ...trains.slice(start + 1)];
}

/** `key=value` options by key; later ones win. */
export function parseSettings(options: readonly string[]): Record<string, string> {
  // Names are the user's: one may be that of a property which every object has.
  const set = new Map<string, string>();
  for (const option of options) {
    const at = option.indexOf("=");
    if (at < 1) throw usage(`--set ${option}: write key=value`, "--set batch=128 --set optimizer.lr=0.01");
    set.set(option.slice(0, at), option.slice(at + 1));
  }
  return Object.fromEntries(set);
}
