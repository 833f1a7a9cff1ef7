// The error of a loss that is not a number. In: where it happened, and the columns that are trained on. Out: notes and a hint.
// Before the first update no learning rate can be at fault: then the program or the data has a value that is none. Where only the
// held-out loss is not finite, it may be the held-out examples.

import type { Precision } from "../../compiler/arithmetic/dtype.ts";
import { zip } from "../../compiler/arithmetic/lists.ts";
import type { SessionColumn } from "../../runtime/train/feed.ts";

interface Described extends Pick<SessionColumn, "name" | "train" | "heldout"> {
  readonly shape: readonly number[];
}

export interface Cause {
  readonly notes: readonly string[];
  readonly hint: string;
}

const SMALLER = "try a smaller learning rate, or a line `clip 1`";
const NO_VALUE = "a division by 0, the logarithm or root of what is not above 0, or `solve` with a singular matrix";

export function causeOf(step: number, isHeldout: boolean, columns: readonly Described[]): Cause {
  if (isHeldout) return causeInHeldout(columns);
  if (step > 1) return { notes: [], hint: SMALLER };
  const notes = ["this is the first step: nothing was learned yet, so a smaller learning rate changes nothing"];
  const constant = columns.flatMap(constantParts);
  if (constant.length === 0) return { notes, hint: `look for what has no value: ${NO_VALUE}` };
  const [first] = constant;
  const others = constant.length === 1 ? "" : `, and so are ${constant.length - 1} more`;
  return {
    notes: [...notes, `${first} in all training rows${others}: its deviation is 0`],
    hint: "what is divided by such a deviation is 0/0: leave the column out, or divide by `sqrt(variance + 1e-5)` as `normalize` does",
  };
}

/** Figures of all training examples that the body of a declaration asks for. */
const OF_DATA = "data.";

/** Why a parameter or a state is no number. */
export const causeIn = (tensor: string): Cause =>
  tensor.startsWith(OF_DATA)
    ? {
        notes: [
          `that is a figure of all training examples, which \`data ${tensor.split(".")[1]}\` prepares its fields by`,
        ],
        hint: `look at what the body of \`data ${tensor.split(".")[1]}\` makes of its fields: ${NO_VALUE.split(", or")[0]}`,
      }
    : {
        notes: [],
        hint: "its gradient or update divides by 0, takes a root or logarithm of 0, or overflows: keep what these are taken of away from 0, as in `sqrt(x + 1e-6)`, or try a smaller learning rate",
      };

/** Names the way out of 16 bits first, where activations are kept in them: nothing else says that a program needs more. */
export const ofPrecision = ({ notes, hint }: Cause, precision: Precision, wayOut: string): Cause =>
  precision === "f32"
    ? { notes, hint }
    : {
        notes: [...notes, "activations are kept in 16 bits, where numbers of 65520 and more are infinite"],
        hint: `${wayOut} keeps them in 32 bits; if the loss is no number then either, ${hint}`,
      };

/** The loss of the training examples is a number: what differs is the examples, and the weights after the last update. */
function causeInHeldout(columns: readonly Described[]): Cause {
  const notes = ["the loss of the training examples is a number; only that of the held-out ones is not"];
  const far = columns.flatMap(outlyingParts);
  if (far.length > 0)
    return {
      notes: [...notes, ...far.slice(0, 3)],
      hint: "look at those held-out examples first: a typing error, or another unit; a smaller learning rate does not change them",
    };
  return {
    notes,
    hint: `look whether held-out examples have a value in every line: ${NO_VALUE}; if they have, ${SMALLER}`,
  };
}

/** How many times as far from 0 as any training example a held-out one is when it is worth a look. */
const FAR = 1000;

/** `'x' reaches 1e+30 in the held-out examples, and 4 in those of the training`. */
function outlyingParts({ name, shape, train, heldout }: Described): string[] {
  if (!(train instanceof Float32Array) || !(heldout instanceof Float32Array)) return [];
  const depth = shape.at(-1) ?? 1;
  const pairs = zip([...largest(train, depth)], [...largest(heldout, depth)]);
  return pairs.flatMap(([seen, held], d) => {
    if (!(held > FAR * seen && held > FAR)) return [];
    const part = depth === 1 ? `'${name}'` : `number ${d + 1} of '${name}'`;
    return `${part} goes as far as ${show(held)} in the held-out examples, and ${show(seen)} in the training ones`;
  });
}

const show = (x: number): string => String(Number(x.toPrecision(3)));

/** The largest distance from 0 of each number along depth. */
function largest(values: Float32Array, depth: number): Float64Array {
  const most = new Float64Array(depth);
  for (let i = 0; i < values.length; i++) most[i % depth] = Math.max(most[i % depth]!, Math.abs(values[i]!));
  return most;
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
