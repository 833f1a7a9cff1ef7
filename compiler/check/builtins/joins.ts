// Values side by side: joined along an axis that they have, or along a new one. In: values or a list of them. Out: one tensor.

import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showShape } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import { broadcast, concat, reshape } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { describeAxis, ShapeMistake } from "../../graph/shapemistake.ts";
import { broadcastShapes } from "../../ops/elementwise.ts";
import { axesOfRank, type Domain, knownNumber, optional, refuse } from "../sizes/domains.ts";
import { refuseAlong } from "../sizes/lengths.ts";
import { misfit, mistake } from "../values/mistakes.ts";
import { EACH_FIRST, refuseTwoSets } from "../values/sameclasses.ts";
import type { TensorValue, Value } from "../values/values.ts";
import { asNode, describe, tensorValue } from "../values/values.ts";
import { type Builtin, type Call, joiningAlong, type Several } from "./call.ts";

/** An axis that `over` names, from the end; which there are is known when all values are. */
type Axis = (rank: number) => number;

const axis: Domain<Axis> = {
  says: "depth, time, or the number of an axis",
  read: (value, at) => (rank) => {
    const name = value.kind === "builtin" ? value.name : value.kind === "string" ? value.value : undefined;
    if (name === "depth") return -1;
    if (name === "time") return -rank;
    const known = knownNumber(value);
    if (known !== undefined && isNumber(known) && Number.isInteger(known) && known >= -rank && known < rank)
      return known < 0 ? known : known - rank;
    throw refuse(at, axis.says, `this is ${describe(value)}`, { code: "shapes/no-such-axis", hint: axesOfRank(rank) });
  },
};

const nodesOf = ({ values, places }: Several): readonly Node[] =>
  zip(values, places).map(([v, { span }]) => asNode(v, span));

/** A tensor of the classes that all values are of, with their names where all have the same. */
function withCommonClasses(node: Node, { values, places }: Several): TensorValue {
  for (const [value, { span }] of zip(values, places))
    refuseTwoSets({ value: values[0] }, { value }, span, "this would join the numbers", EACH_FIRST);
  const [first, ...others] = values.map((v) => (v.kind === "tensor" ? v : undefined));
  if (!others.every((v) => v?.classes === first?.classes)) return tensorValue(node);
  return tensorValue(
    node,
    first?.classes,
    others.every((v) => v?.labels === first?.labels) ? first?.labels : undefined,
  );
}

function refuseNone(callee: string, { values, places }: Several, c: Call): void {
  if (values.length === 0)
    throw mistake("calls/missing-argument", c.span, `\`${callee}\` joins values, and here are none`, {
      hint: `write \`${callee}(it, a)\`, or \`${callee} { branch { ... } branch { ... } }\``,
    });
  const [first, second] = values;
  refuseAxis(callee, { values, places });
  // `concat([a, b], 1)`, as others write the axis.
  const surplus = places[1];
  if (values.length === 2 && first?.kind === "list" && !first.isSize && second?.kind === "number" && surplus)
    throw mistake(
      "calls/too-many-arguments",
      surplus.span,
      `\`${callee}\` takes values or a list of them, and here ${describe(second)} follows a list`,
      { hint: `an axis is written by its name: \`${callee}(a, b, over=0)\`` },
    );
}

/** The largest axis that a number behind values may have been meant for. */
const MOST_AXIS = 3;

/** `concat(a, b, 1)`: the axis of others, which would be one more number at the end of the values. */
function refuseAxis(callee: string, { values, places }: Pick<Several, "values" | "places">): void {
  const [last, ...before] = values.toReversed();
  const tensors = before.filter((v) => v.kind === "tensor" && v.node.shape.length > 0);
  const at = places[values.length - 1];
  if (!at || last?.kind !== "number" || tensors.length < 2 || tensors.length < before.length) return;
  const axis = last.value;
  if (!isNumber(axis) || !Number.isInteger(axis) || Math.abs(axis) > MOST_AXIS) return;
  throw mistake(
    "calls/by-name",
    at.span,
    `by its place, ${describe(last)} would be one more value to join; an axis is given by its name only`,
    {
      hint: `leave it out: \`${callee}\` joins along depth, the last axis; another is written \`over=0\`, counted without the batch, and a number to be joined \`${axis} * ones([1])\``,
    },
  );
}

function joined(several: Several, over: Axis | undefined, c: Call): Value {
  refuseNone("concat", several, c);
  const { values } = several;
  const [first] = values;
  const nodes = nodesOf(several);
  if (first && values.length === 1) return first;
  const index = values.find((v) => v.kind === "tensor" && v.classes !== undefined && v.node.shape.length === 0);
  if (index)
    throw mistake("shapes/no-depth", c.span, `values are joined along depth, and this is ${describe(index)}`, {
      hint: "class indices go through `embed` or `onehot` first; `stack` puts them side by side as a sequence of classes",
    });
  // A single number is a vector of one.
  const vectors = nodes.map((n) => (n.shape.length === 0 ? reshape(n, [1]) : n));
  const rank = Math.max(...vectors.map((n) => n.shape.length));
  const along = over?.(rank) ?? -1;
  refuseSteps(vectors, along);
  const rest = restOf(vectors, along, c.span);
  return withCommonClasses(
    concat(
      vectors.map((n) => (rank === n.shape.length ? n : broadcast(n, withSize(rest, along, n.shape.at(along) ?? 1)))),
      along,
    ),
    several,
  );
}

function refuseSteps(nodes: readonly Node[], along: number): void {
  for (const n of nodes)
    refuseAlong(
      n,
      n.shape.length + along,
      "`concat` would join them along their steps",
      "put them side by side along depth, or read each first: with a cell, `mean(..., over=time)` or attention",
    );
}

const withSize = (shape: readonly Dim[], along: number, size: Dim): readonly Dim[] =>
  shape.map((d, i) => (i === shape.length + along ? size : d));

/** The axes but the joined one, which must be the same in all; that is 1. */
function restOf(nodes: readonly Node[], along: number, span: Span): readonly Dim[] {
  try {
    return broadcastShapes(
      "concat",
      nodes.map((n) => ({ shape: withSize(n.shape, along, 1) })),
    );
  } catch (error) {
    if (!(error instanceof ShapeMistake) || error.difference.kind !== "broadcast") throw error;
    const shapes = nodes.map((n) => showShape(n.shape)).join(" and ");
    const rank = Math.max(...nodes.map((n) => n.shape.length));
    const [where, others] =
      along === -1 ? ["depth", "all axes but the last"] : [`axis ${rank + along}`, "all other axes"];
    throw misfit(
      "shapes/concat",
      span,
      nodes,
      `${shapes} cannot be joined along ${where}: ${describeAxis(error.difference)}`,
      { hint: `${others} must be the same: bring them there with \`p\`, a stride, \`upsample\` or \`flatten\`` },
      error.difference,
    );
  }
}

/** Along a new axis: values of one shape. */
function stacked(several: Several, over: Axis | undefined, c: Call): Value {
  refuseNone("stack", several, c);
  const nodes = nodesOf(several);
  const [first] = nodes as [Node, ...Node[]];
  const odd = nodes.find((n) => showShape(n.shape) !== showShape(first.shape));
  if (odd)
    throw misfit(
      "shapes/uneven-list",
      c.span,
      [first, odd],
      `\`stack\` puts values of one shape side by side, and these are ${showShape(first.shape)} and ${showShape(odd.shape)}`,
      { hint: "`concat` joins values whose sizes differ along one axis" },
    );
  const rank = first.shape.length + 1;
  const along = over?.(rank) ?? -rank;
  const shape = [...first.shape.slice(0, rank + along), 1, ...first.shape.slice(rank + along)];
  return withCommonClasses(
    concat(
      nodes.map((n) => reshape(n, shape)),
      along,
    ),
    several,
  );
}

const ALONG = { over: optional(axis, undefined, "depth") };

export const JOINS: Readonly<Record<string, Builtin>> = {
  concat: joiningAlong(
    "values, or a list of them, joined along depth or the axis that `over` says",
    ALONG,
    (several, { over }, c) => joined(several, over, c),
  ),
  stack: joiningAlong(
    "values of one shape, or a list of them, side by side along a new axis, the first unless `over` says another",
    { over: optional(axis, undefined, "0") },
    (several, { over }, c) => stacked(several, over, c),
  ),
};
