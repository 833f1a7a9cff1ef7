// What is said when a loss is not a number. In: where it happened, and the columns it was trained on. Out: notes and a hint.
// Before the first update no learning rate can be at fault: then the program or the data has a value that is none.

import type { SessionColumn } from "../runtime/train/session.ts";

interface Described extends Pick<SessionColumn, "name" | "train"> {
  readonly shape: readonly number[];
}

export interface Cause {
  readonly notes: readonly string[];
  readonly hint: string;
}

export function causeOf(step: number, columns: readonly Described[]): Cause {
  if (step > 1) return { notes: [], hint: "try a smaller learning rate, or a line `clip 1`" };
  const notes = ["this is the first step: nothing was learned yet, so a smaller learning rate changes nothing"];
  const constant = columns.flatMap(constantParts);
  if (constant.length === 0) {
    const hint = "look for what has no value: a division by 0, or the logarithm or root of what is not above 0";
    return { notes, hint };
  }
  const [first] = constant;
  const others = constant.length === 1 ? "" : `, and so are ${constant.length - 1} more`;
  return {
    notes: [...notes, `${first} in all training rows${others}: its deviation is 0`],
    hint: "what is divided by such a deviation is 0/0: leave the column out, or divide by `sqrt(variance + 1e-5)` as `normalize` does",
  };
}

/** The columns along depth that never change: `'x' is always 3`, `number 2 of 'x' is always 0`. */
function constantParts({ name, shape, train }: Described): string[] {
  if (!(train instanceof Float32Array) || train.length === 0) return [];
  const depth = shape.at(-1) ?? 1;
  const varies = new Uint8Array(depth);
  for (let i = depth; i < train.length; i++) if (train[i] !== train[i % depth]) varies[i % depth] = 1;
  // A single number has nothing to vary from.
  if (train.length === depth) return [];
  const always = Array.from(varies.keys()).filter((d) => !varies[d]);
  return always.map((d) => `${depth === 1 ? `'${name}'` : `number ${d + 1} of '${name}'`} is always ${train[d]}`);
}
