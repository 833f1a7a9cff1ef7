// A call of a function that the language itself gives, and how its arguments are read.

import type { Span } from "../../../grammar/span.ts";
import type { Dim } from "../../graph/dim.ts";
import type { Node } from "../../graph/node.ts";
import type { Measures } from "../datafields.ts";
import type { Instance } from "../instance.ts";
import type { DefinitionValue, Value } from "../values.ts";
import { asDim, asNode, asSize, mistake, wholeSize } from "../values.ts";
import type { WindowRequest } from "../windows.ts";

export interface Call {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly span: Span;
  /** A number that stands for this place in the program, with the chain of calls. */
  readonly place: () => number;
  /** Whether draws differ from example to example (not for the start of a parameter). */
  readonly drawsByExample: boolean;
  /** How many loops over time it stands in. */
  readonly timed: number;
  /** Figures of all training examples, in the body of a data declaration. */
  readonly measures: Measures | undefined;
  /** Notes a mean of a training's own lines. */
  readonly mean: (mean: Node) => void;
  /** Notes a window, which says how a size came about. */
  readonly explain: (window: WindowRequest) => void;
  /** The layers made here: one more, that this place keeps. */
  readonly child: (kind: string) => Instance;
  /** Makes a model's parameters where its inputs' sizes are known without a call. */
  readonly open: (model: DefinitionValue) => void;
}

export type Builtin = (call: Call) => Value;

export const arg = (c: Call, i: number, name: string): Value | undefined => c.named.get(name) ?? c.positional[i];

export function need(c: Call, i: number, name: string): Value {
  const value = arg(c, i, name);
  if (value === undefined)
    throw mistake("calls/missing-argument", c.span, `an argument is missing here: '${name}'`, {
      hint:
        i === 0
          ? "without parentheses, as a line, a function takes the value above it"
          : `it stands at place ${i + 1}, or write \`${name}=...\``,
    });
  return value;
}

export const nodeArg = (c: Call, i: number, name: string): Node => asNode(need(c, i, name), c.span);
export const flag = (c: Call, name: string): boolean => {
  const v = c.named.get(name);
  return v?.kind === "boolean" && v.value;
};

export function dims(value: Value, span: Span, what: string): Dim[] {
  const whole = (v: Value): Dim => {
    const dim = asDim(v, span, what);
    // Places of axes are among them, so zero is none of our business.
    return dim === 0 ? dim : wholeSize(dim, span);
  };
  return value.kind === "list" ? value.items.map(whole) : [whole(value)];
}

/** A size for each of `rank` axes: a plain number is that size in every axis, a list stands for itself. */
export function sizes(value: Value | undefined, rank: number, fallback: number, span: Span, what: string): number[] {
  if (value === undefined || value.kind === "none") return new Array<number>(rank).fill(fallback);
  if (value.kind === "list") return value.items.map((v) => asSize(v, span, what));
  return new Array<number>(rank).fill(asSize(value, span, what));
}

/** As `sizes`, where the window already says how many axes there are. */
export function sizesPerAxis(
  value: Value | undefined,
  rank: number,
  fallback: number,
  span: Span,
  what: string,
): number[] {
  const given = sizes(value, rank, fallback, span, what);
  if (given.length === rank) return given;
  const message = `${what} for ${rank} axes, and here are ${given.length} numbers`;
  throw mistake("shapes/wrong-count", span, message, { hint: "write one number for all axes, or one for each" });
}
