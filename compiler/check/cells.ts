// Cells: a body of one time step. Applied to a sequence it becomes a scan; inside another cell it advances one step.

import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../graph/dim.ts";
import { showDim, showShape } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import { topological } from "../graph/node.ts";
import { indexAlong, make } from "../ops/build.ts";
import type { Lengths } from "../ops/lengths.ts";
import { isBatched } from "../passes/batch.ts";
import type { Context, Evaluator, Frame } from "./frame.ts";
import { lengthOf, lengthsOf, withLengths } from "./lengths.ts";
import type { Warning } from "./lints.ts";
import { local, overTime as makeScan } from "./overtime.ts";
import { axisKind } from "./sequences.ts";
import type { LayerValue, TensorValue, Value } from "./values.ts";
import { asNode, asSize, describe, mistake, none, Scope, tensorValue } from "./values.ts";

interface State {
  readonly leaf: Node;
  readonly start: Node;
  /** Of a carried state: its start in the first batch. */
  readonly fresh?: Node;
  /** Of a state that has a place for each step of a sequence: how many these are. */
  readonly lengths: Lengths | undefined;
  current: Node;
}

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
    integer: boolean,
    start: () => Node,
    given: Value | undefined,
    span: Span,
  ): Node {
    const known = this.states.get(path);
    if (known) return known.current;
    const leaf = local(path, shape, integer ? "i32" : "f32");
    const first = given === undefined ? start() : asNode(given, span);
    const fitted = showShape(first.shape) === showShape(shape) ? first : make("broadcast", [first], { shape });
    const carried = this.carry && !integer ? carriedLeaf(path, shape) : undefined;
    const from = integer ? make("cast", [fitted], { to: "i32" }) : carried ? make("add", [fitted, carried]) : fitted;
    const lengths = declared.some((n) => n) ? declared : lengthsOf(first);
    const current = withLengths(leaf, lengths);
    this.states.set(path, { leaf, start: from, current, lengths, ...(carried ? { fresh: fitted } : {}) });
    return current;
  }

  assign(path: string, node: Node, span: Span): void {
    const state = this.states.get(path)!;
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
        `this state has ${showDim(node.shape[longer]!)} places for every example, and its new value as many as a sequence is long`,
        {
          hint: "declare it by the size of that sequence, as in `state seen: [shape(memory)[0]]`",
        },
      );
    state.current = withLengths(node, state.lengths);
  }
}

/** What a state carries from the batch before: the device's, one for each row of the batch, zero at an epoch's beginning. */
function carriedLeaf(path: string, shape: readonly Dim[]): Node {
  const type = { shape, dtype: "f32" as const };
  return make("parameter", [], { name: `${path}${CARRIED}`, type, role: "state", batched: true });
}

/** Ends the names of carried states. */
export const CARRIED = "~carried";

export function runCell(
  e: Evaluator,
  layer: LayerValue,
  input: Value | undefined,
  named: ReadonlyMap<string, Value>,
  span: Span,
  f: Frame,
): Value {
  const scope = new Scope(layer.scope);
  for (const [name, value] of named) scope.set(`start ${name}`, value);
  if (f.context.step) return e.runBody(layer, input, f, scope, f.context);
  const free = named.get("steps");
  if (free !== undefined && (input === undefined || input.kind === "none"))
    return runFree(e, layer, asSize(free, span, "a number of steps"), scope, span, f);
  if (input?.kind !== "tensor")
    throw mistake(
      "cells/no-sequence",
      span,
      `'${layer.name}' runs over a sequence, and ${input && input.kind !== "none" ? describe(input) : "nothing"} came`,
      { hint: "without a sequence it runs freely: give it `steps=N`" },
    );
  const [length, ...rest] = input.node.shape;
  if (length === undefined)
    throw mistake(
      "cells/no-sequence",
      span,
      `'${layer.name}' runs over the first axis of its input, and this is a single number`,
      { hint: "a sequence is [T, depth], or `[T] of V` of classes" },
    );
  const row = rest.length === 0 && input.classes === undefined ? rowRead(layer, input.node, span, f) : undefined;
  const step = new StepStates(f.context.carry);
  const context: Context = { ...f.context, step, timed: f.context.timed + 1, stateUpdates: new Map() };
  const x = local("x", rest, input.node.dtype, isBatched(input.node));
  const own = withLengths(x, lengthsOf(input.node)?.slice(1));
  const value = e.runBody(
    layer,
    input.classes === undefined ? tensorValue(own) : tensorValue(own, input.classes),
    f,
    scope,
    context,
  );
  if (value.kind === "unknown") return value;
  if (row && joinsNumber([...step.states.values()].map((s) => s.current).concat(asNode(value, span)), x))
    e.warn(row, span);
  const real = lengthOf(input.node);
  const turn = real && stopPast(step, real, length);
  const time = { length, depth: context.timed, ...(real ? { real } : {}) };
  const made = sequenceOf(step, { x, sequence: input.node }, value, time, span, scope, turn);
  if (f.context.carry)
    for (const [path, node] of made.ends) {
      if ((f.context.stateUpdates.get(path) ?? node) !== node)
        throw mistake(
          "train/carried-twice",
          span,
          `'${layer.name}' runs over two sequences here, and its states can go on from one only`,
          {
            hint: "give each sequence a layer of its own, with `fresh(...)`",
          },
        );
      f.context.stateUpdates.set(path, node);
    }
  return made.value;
}

/** A vector whose numbers are the units of one step is no sequence; of one that may be either, a warning is given back. */
function rowRead({ name }: LayerValue, node: Node, span: Span, { context }: Frame): Warning | undefined {
  const kind = lengthOf(node) ? "steps" : axisKind(node, 0);
  const [size] = node.shape.map(showDim);
  const numbers = `write \`reshape(it, [${size}, 1])\` before it`;
  if (kind === "units")
    throw mistake(
      "cells/no-sequence",
      span,
      `'${name}' runs over time, and ${showShape(node.shape)} are the ${size} units of one step`,
      {
        hint:
          context.made.get(node)?.name === "last"
            ? "leave out the `last` above it: it keeps one step, and the next cell needs all of them"
            : `a sequence is [time, depth]; where the ${size} numbers are steps in time, ${numbers}`,
      },
    );
  if (kind !== "row") return undefined;
  return {
    code: "cells/units-or-steps",
    message: `'${name}' reads ${showShape(node.shape)} as ${size} steps of one number each`,
    hint: `if it is a series, ${numbers}; ${size} different quantities are no sequence, and \`dense\` works on them`,
  };
}

/** Whether a step joins its one number to other values, as a row of one: then it stands where a step's units do. */
const joinsNumber = (results: readonly Node[], x: Node): boolean =>
  topological(results).some((n) => n.op === "concat" && n.inputs.some((i) => i.op === "reshape" && i.inputs[0] === x));

/** Past the end of a sequence its states stay. Gives the number of the step, which that reads. */
function stopPast(step: StepStates, real: Node, steps: Dim): { readonly leaf: Node; readonly sequence: Node } {
  const leaf = local("turn", [], "f32", false);
  const going = make("lt", [leaf, real]);
  for (const state of step.states.values()) state.current = make("select", [going, state.current, state.leaf]);
  return { leaf, sequence: indexAlong([steps], -1) };
}

/** A cell without input: `it` is none, and its states alone drive it. */
function runFree(e: Evaluator, layer: LayerValue, steps: number, scope: Scope, span: Span, f: Frame): Value {
  const step = new StepStates();
  const context: Context = { ...f.context, step, timed: f.context.timed + 1, stateUpdates: new Map() };
  const value = e.runBody(layer, none, f, scope, context);
  return value.kind === "unknown"
    ? value
    : sequenceOf(step, undefined, value, { length: steps, depth: context.timed }, span, scope).value;
}

/** The scan of a step, its value and its names. */
function sequenceOf(
  step: StepStates,
  input: { readonly x: Node; readonly sequence: Node } | undefined,
  value: Value,
  { length, depth, real }: { readonly length: Dim; readonly depth: number; readonly real?: Node },
  span: Span,
  scope: Scope,
  turn?: { readonly leaf: Node; readonly sequence: Node },
): { value: Value; ends: ReadonlyMap<string, Node> } {
  const states = [...step.states.values()];
  const last = asNode(value, span);
  const fields = [...scope.names].filter(([n, v]) => v.kind === "tensor" && !n.includes(" ") && !stateNamed(scope, n));
  const outputs = [last, ...fields.map(([, v]) => (v as TensorValue).node)];
  const picks = makeScan({
    states: states.map((s) => ({ leaf: s.leaf, start: s.start, result: s.current })),
    elements: [...(input ? [{ leaf: input.x, sequence: input.sequence }] : []), ...(turn ? [turn] : [])],
    outputs,
    length,
    depth,
  });
  const named = new Map<string, Value>();
  const stacked = outputs.map((o, i) =>
    withLengths(picks[states.length + i]!, [real, ...(lengthsOf(o) ?? o.shape.map(() => undefined))]),
  );
  fields.forEach(([n], i) => {
    named.set(n, tensorValue(stacked[1 + i]!));
  });
  [...step.states.keys()].forEach((path, i) => {
    named.set(path.split(".").at(-1)!, tensorValue(withLengths(picks[i]!, states[i]!.lengths)));
  });
  const ends = new Map<string, Node>();
  [...step.states].forEach(([path, { fresh }], i) => {
    if (fresh) ends.set(`${path}${CARRIED}`, make("sub", [picks[i]!, fresh]));
  });
  const classes = value.kind === "tensor" ? value.classes : undefined;
  const output = { kind: "tensor", node: stacked[0]!, fields: named } as const;
  return { value: classes === undefined ? output : { ...output, classes }, ends };
}

const stateNamed = (scope: Scope, name: string): boolean => scope.names.has(`state ${name}`);
