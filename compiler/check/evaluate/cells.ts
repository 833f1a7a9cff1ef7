// Cells: a body of one time step. Applied to a sequence it becomes a scan; inside another cell it advances one step.

import type { Span } from "../../../grammar/syntax/span.ts";
import { companionName } from "../../../runtime/plan.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { showDim, showShape } from "../../arithmetic/dim.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { indexAlong, make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { nodesMade, topological } from "../../graph/node.ts";
import { isBatched } from "../../passes/batch.ts";
import type { Context, Evaluator, Frame, Warning } from "../frame/frame.ts";
import { hasRole } from "../frame/roles.ts";
import { axisKind } from "../frame/sequences.ts";
import { local, StepStates } from "../frame/stepstates.ts";
import { lengthOf, lengthsOf, withLengths } from "../sizes/lengths.ts";
import { mistake } from "../values/mistakes.ts";
import { sameClasses } from "../values/sameclasses.ts";
import type { LayerValue, TensorValue, Value } from "../values/values.ts";
import { asNode, asSize, describe, none, Scope, tensorValue } from "../values/values.ts";
import { overTime as makeScan } from "./scanbody.ts";

export function runCell(e: Evaluator, layer: LayerValue, input: Value | undefined, span: Span, f: Frame): Value {
  const scope = new Scope(layer.scope);
  if (f.context.step) return e.runBody(layer, input, f, scope, f.context);
  const free = layer.starts?.get("steps");
  if (free !== undefined && (input === undefined || input.kind === "none"))
    return runFree(e, layer, asSize(free, span, "a number of steps"), scope, span, f);
  if (input?.kind !== "tensor")
    throw mistake(
      "cells/no-sequence",
      span,
      `'${layer.name}' runs over a sequence, and is given ${input && input.kind !== "none" ? describe(input) : "nothing"}`,
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
  const before = nodesMade();
  const step = new StepStates(f.context.carry);
  const context: Context = { ...f.context, step, timed: f.context.timed + 1, stateUpdates: new Map() };
  const x = local("x", rest, input.node.dtype, isBatched(input.node));
  const own = withLengths(x, lengthsOf(input.node)?.slice(1));
  const value = e.runBody(layer, sameClasses(own, input), f, scope, context);
  if (value.kind === "unknown") return value;
  if (row && joinsNumber([...step.states.values()].map((s) => s.current).concat(asNode(value, span)), x))
    e.warn(row, span);
  const real = lengthOf(input.node);
  const turn = real && stopPast(step, real, length);
  const time = { length, depth: context.timed, ...(real ? { real } : {}) };
  const made = sequenceOf(step, { x, sequence: input.node }, value, time, span, scope, turn);
  f.context.budget.spendOnSteps(nodesMade() - before, span);
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
      f.context.carried.add(path);
    }
  return made.value;
}

/** A vector whose numbers are the units of one step is no sequence; of one that may be either, a warning is given back. */
function rowRead({ name }: LayerValue, node: Node, span: Span, { context }: Frame): Warning | undefined {
  const last = context.applications.callOf(node);
  const kind = lengthOf(node) ? "steps" : axisKind(node, 0);
  const [size] = node.shape.map(showDim);
  const numbers = `write \`reshape(it, [${size}, 1])\` before it`;
  if (kind === "units")
    throw mistake(
      "cells/no-sequence",
      span,
      `'${name}' runs over time, and ${showShape(node.shape)} are the ${size} units of one step`,
      {
        hint: hasRole(last, "last_step")
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
  const fields = [...scope.names].filter(([n, v]) => v.kind === "tensor" && !scope.declaresState(n));
  const outputs = [last, ...fields.map(([, v]) => (v as TensorValue).node)];
  const { ends: finals, stacked: outs } = makeScan({
    states: states.map((s) => ({ leaf: s.leaf, start: s.start, result: s.current })),
    elements: [...(input ? [{ leaf: input.x, sequence: input.sequence }] : []), ...(turn ? [turn] : [])],
    outputs,
    length,
    depth,
  });
  const named = new Map<string, Value>();
  const stacked = zip(outputs, outs).map(([o, all]) =>
    withLengths(all, [real, ...(lengthsOf(o) ?? o.shape.map(() => undefined))]),
  );
  for (const [[n], all] of zip(fields, stacked.slice(1))) named.set(n, tensorValue(all));
  const ends = new Map<string, Node>();
  for (const [[path, { lengths, fresh }], final] of zip([...step.states], finals)) {
    named.set(path.slice(path.lastIndexOf(".") + 1), tensorValue(withLengths(final, lengths)));
    if (fresh) ends.set(companionName(path, "carried"), make("sub", [final, fresh]));
  }
  return { value: { ...sameClasses(itemAt(stacked, 0), value), fields: named }, ends };
}
