// The states of a cell in one step: what the lines of its body read and set.

import type { Span } from "../../../grammar/syntax/span.ts";
import { companionName } from "../../../runtime/plan.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { showDim, showShape } from "../../arithmetic/dim.ts";
import type { DType } from "../../arithmetic/dtype.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { make } from "../../graph/build.ts";
import type { Lengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { lengthsOf, withLengths } from "../sizes/lengths.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { asNode } from "../values/values.ts";

/** The states of the step that is being elaborated. */
export class StepStates {
  readonly states = new Map<string, State>();
  private readonly carry: boolean;

  /** `carry`: what a state has gained over its start goes on to the next batch. */
  constructor(carry = false) {
    this.carry = carry;
  }

  has(path: string): boolean {
    return this.states.has(path);
  }

  /** The leaf that stands for the state's value when the step begins, or what it has become. */
  declare(
    path: string,
    shape: readonly Dim[],
    declared: Lengths,
    dtype: DType,
    start: () => Node,
    given: Value | undefined,
    span: Span,
  ): Node {
    const known = this.states.get(path);
    if (known) return known.current;
    const leaf = local(path, shape, dtype);
    const first = given === undefined ? start() : asNode(given, span);
    const fitted = showShape(first.shape) === showShape(shape) ? first : make("broadcast", [first], { shape });
    const carried = this.carry && dtype === "f32" ? carriedLeaf(path, shape) : undefined;
    const from =
      dtype === "i32" ? make("cast", [fitted], { to: "i32" }) : carried ? make("add", [fitted, carried]) : fitted;
    const lengths = declared.some((n) => n) ? declared : lengthsOf(first);
    const current = withLengths(leaf, lengths);
    this.states.set(path, { leaf, start: from, current, lengths, ...(carried ? { fresh: fitted } : {}) });
    return current;
  }

  assign(path: string, node: Node, span: Span): void {
    const state = lookUp(this.states, path);
    if (showShape(node.shape) !== showShape(state.leaf.shape))
      throw mistake(
        "shapes/state-changes",
        span,
        `this state is ${showShape(state.leaf.shape)}, and its new value is ${showShape(node.shape)}`,
        {
          hint: `declare it as ${showShape(node.shape)}, or bring the value to ${showShape(state.leaf.shape)}, for example with \`dense\``,
        },
      );
    const longer = lengthsOf(node)?.findIndex((n, i) => n && n !== state.lengths?.[i]) ?? -1;
    if (longer >= 0)
      throw mistake(
        "lengths/state",
        span,
        `this state has ${showDim(sizeAlong(node, longer))} places for every example, and its new value as many as a sequence is long`,
        {
          hint: "declare it by the size of that sequence, as in `state seen: [shape(memory)[0]]`",
        },
      );
    state.current = withLengths(node, state.lengths);
  }
}

export interface State {
  readonly leaf: Node;
  readonly start: Node;
  /** Of a carried state: its start in the first batch. */
  readonly fresh?: Node;
  /** Of a state that has a place for each step of a sequence: how many these are. */
  readonly lengths: Lengths | undefined;
  current: Node;
}

/** A state's value from the batch before: the device's, one for each row of the batch, zero at an epoch's beginning. */
function carriedLeaf(path: string, shape: readonly Dim[]): Node {
  const type = { shape, dtype: "f32" as const };
  return make("parameter", [], { name: companionName(path, "carried"), type, role: "state", batched: true });
}

let unique = 0;

/** A leaf of a body: a state, an element of a sequence, or what comes from outside. */
export function local(name: string, shape: readonly Dim[], dtype: "f32" | "i32", batched = true): Node {
  return make("parameter", [], { name: `${name}~${unique++}`, type: { shape, dtype }, role: "local", batched });
}
