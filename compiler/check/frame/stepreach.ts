// Which steps of a sequence each step of a value depends on. In: a value, and the fields that are the sequence. Out: for each axis of
// the value the distances of the steps that it reads, counted from the step itself: 0 is the same, 1 the next, -Infinity to 0 are all
// so far, as a recurrence has them. Reads the ops' index functions only. Whatever may hide a step, such as a mask or a choice, is taken
// to hide it: the result holds for any weights.

import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, product } from "../../arithmetic/dim.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { scanOf } from "../../graph/build.ts";
import { type Node, operand, sizeAlong, topological } from "../../graph/node.ts";
import { type Affine, plainAxis } from "../../graph/op.ts";
import { opOf } from "../../graph/table.ts";

/** Distances from one to another, both included. */
export type Stretch = readonly [from: number, to: number];
/** Stretches for each axis of a value (from the first); an axis along which no step is known to be read has none. */
export type Reach = ReadonlyMap<number, readonly Stretch[]>;

const NOTHING: Reach = new Map();
const EVERYTHING: readonly Stretch[] = [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]];
/** More stretches, and windows of more places, are not told apart. */
const MOST = 64;

/**
 * `startOf`: how many steps late a field that is the sequence begins; undefined for all others. `causal`: values whose steps read all
 * steps so far of another, whatever masks stand on the way.
 */
export function stepReach(
  results: readonly Node[],
  startOf: (field: Node) => number | undefined,
  causal: ReadonlyMap<Node, Node> = new Map(),
): ReadonlyMap<Node, Reach> {
  const found = new Map<Node, Reach>();
  // Of values whose steps stand in the opposite order: distances from the step that stood at that place before.
  const turned = new Map<Node, Reach>();
  const forwards: Known = { of: (x) => found.get(x) ?? NOTHING, isTurned: false };
  const backwards: Known = { of: (x) => turned.get(x) ?? NOTHING, isTurned: true };
  for (const node of topological(results)) {
    const start = node.op === "parameter" ? startOf(node) : undefined;
    const isTurning = TURNING.has(node.op);
    const source = causal.get(node);
    const own = (known: Known, other: Known): Reach => {
      if (source) return soFar(known.of(source), known.isTurned);
      return isTurning ? alongTurned(node, other.of(operand(node))) : reachOf(node, known);
    };
    const reach = start === undefined ? own(forwards, backwards) : new Map([[0, [[start, start] as const]]]);
    const back = own(backwards, forwards);
    if (reach.size > 0) found.set(node, reach);
    if (back.size > 0) turned.set(node, back);
  }
  return found;
}

function soFar(reach: Reach, isTurned: boolean): Reach {
  const all = ([from, to]: Stretch): Stretch =>
    isTurned ? [from, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, to];
  return new Map([...reach].map(([axis, stretches]) => [axis, joined(stretches.map(all))]));
}

/** Ops that put the places of one axis into the opposite order. */
const TURNING: ReadonlySet<string> = new Set(["reverse", "reverse_within"]);

const alongTurned = ({ attributes, shape }: Node, reach: Reach): Reach =>
  new Map([...reach].filter(([axis]) => axis === shape.length + (attributes.axis as number)));

export const isReached = (stretches: readonly Stretch[] | undefined, distance: number): boolean =>
  stretches?.some(([from, to]) => from <= distance && distance <= to) ?? false;

interface Known {
  readonly of: (x: Node) => Reach;
  readonly isTurned: boolean;
}

function reachOf(node: Node, known: Known): Reach {
  const { of, isTurned } = known;
  const { lowering } = opOf(node.op);
  if (lowering.class === "pick") return ofPick(node, known);
  if (node.inputs.every((x) => of(x).size === 0)) return NOTHING;
  switch (lowering.class) {
    case "map":
      return ofMap(node, known);
    case "same":
      return of(operand(node));
    case "view": {
      const view = lowering.index(node);
      if (view.kind === "affine")
        return placed(of(operand(node)), view.index, { out: outputs(node), sizes: sizesOf(node), isTurned });
      if (view.kind === "reshape") return ofReshape(node, of(operand(node)));
      return view.kind === "gather" ? ofGather(node, known) : ofConcat(node, known);
    }
    case "reduce": {
      const { axes, out, index } = lowering.over(node);
      return ofSum([[of(operand(node)), index]], { out, sizes: new Map(axes), isTurned });
    }
    case "contract": {
      const { axes, out, a, b } = lowering.space(node);
      if (node.inputs.some((x) => of(x).size === 0 && isByPlace(x))) return NOTHING;
      const operands = [a, b].map((index, i) => [of(operand(node, i)), index] as const);
      return ofSum(operands, { out, sizes: new Map(axes), isTurned });
    }
    default:
      return node.op === "ragged" || node.op === "masked" ? of(beforeEnd(operand(node))) : NOTHING;
  }
}

/** A sequence without the choice that begins it again past its end. */
const beforeEnd = (x: Node): Node => (x.op === "select" ? operand(x, 1) : x);

function ofMap(node: Node, { of }: Known): Reach {
  if (node.op === "select" && of(operand(node)).size === 0) return NOTHING;
  const reach = union(
    node.inputs.map((x) => {
      const shift = node.shape.length - x.shape.length;
      const kept = [...of(x)].filter(([axis]) => node.shape[axis + shift] === x.shape[axis]);
      return new Map(kept.map(([axis, stretches]) => [axis + shift, stretches]));
    }),
  );
  const steps = new Set([...reach.keys()].map((axis) => node.shape[axis]));
  const isMask = (x: Node): boolean =>
    of(x).size === 0 && x.shape.filter((d) => steps.has(d)).length > 1 && isByPlace(x);
  return node.inputs.some(isMask) ? NOTHING : reach;
}

/** Whether a value is made of places or of written numbers, as masks are. */
const isByPlace = (x: Node): boolean => topological([x]).some(({ op }) => op === "index" || op === "table");

const outputs = ({ shape }: Node): readonly string[] => shape.map((_, i) => `o${i}`);
const sizesOf = ({ shape }: Node): ReadonlyMap<string, Dim> => new Map(shape.map((d, i) => [`o${i}`, d]));

interface Space {
  readonly out: readonly string[];
  readonly sizes: ReadonlyMap<string, Dim>;
  readonly isTurned: boolean;
}

/** Steps as an index function places them: the first term of each axis is that of places, the others go over a window. */
function placed(reach: Reach, index: readonly Affine[], { out, sizes, isTurned }: Space): Reach {
  return union(
    [...reach].map(([axis, stretches]) => {
      const { terms, offset, div } = itemAt(index, axis);
      const [place, ...window] = terms;
      const to = place && place[1] === 1 && div === 1 ? out.indexOf(place[0]) : -1;
      // A part of a turned sequence, turned back, begins at another place.
      if (to < 0 || !isNumber(offset) || (isTurned && (offset !== 0 || window.length > 0))) return NOTHING;
      const steps = window.map(([name, step]) => [step, sizes.get(name) ?? Number.NaN] as const);
      return new Map([[to, moved(stretches, offset, steps)]]);
    }),
  );
}

/** Stretches that much later, once for each place of the windows. */
function moved(
  stretches: readonly Stretch[],
  offset: number,
  windows: readonly (readonly [step: number, size: Dim])[],
): readonly Stretch[] {
  let all = stretches.map(([from, to]): Stretch => [from + offset, to + offset]);
  for (const [step, size] of windows) {
    if (!isNumber(size) || !(size <= MOST)) return [];
    const places = Array.from({ length: size }, (_, i) => i * step);
    all = joined(all.flatMap(([from, to]) => places.map((by): Stretch => [from + by, to + by])));
  }
  return all;
}

/** Stretches in order, those that meet as one. */
function joined(all: readonly Stretch[]): Stretch[] {
  const found: Stretch[] = [];
  for (const [from, to] of all.toSorted((a, b) => a[0] - b[0])) {
    const last = found.at(-1);
    if (last && from <= last[1] + 1) found[found.length - 1] = [last[0], Math.max(last[1], to)];
    else found.push([from, to]);
  }
  return found.length > MOST ? [] : found;
}

function union(reaches: readonly Reach[]): Reach {
  const found = new Map<number, readonly Stretch[]>();
  for (const reach of reaches)
    for (const [axis, stretches] of reach) {
      const all = joined([...(found.get(axis) ?? []), ...stretches]);
      if (all.length > 0) found.set(axis, all);
    }
  return found;
}

/** An axis goes on as one of its size with as many numbers before it. */
function ofReshape(node: Node, reach: Reach): Reach {
  const { shape } = operand(node);
  const before = (dims: readonly Dim[], axis: number): Dim => product(dims.slice(0, axis));
  return union(
    [...reach].map(([axis, stretches]) => {
      const to = node.shape.findIndex(
        (d, i) => d === shape[axis] && isNumber(d) && before(node.shape, i) === before(shape, axis),
      );
      return to < 0 ? NOTHING : new Map([[to, stretches]]);
    }),
  );
}

function ofGather(node: Node, { of }: Known): Reach {
  const ids = operand(node, 1);
  const rows = [...of(operand(node))].filter(([axis]) => axis > 0);
  return union([of(ids), new Map(rows.map(([axis, stretches]) => [axis - 1 + ids.shape.length, stretches]))]);
}

function ofConcat(node: Node, { of, isTurned }: Known): Reach {
  const axis = node.attributes.axis as number;
  const joint = node.shape.length + axis;
  let start = 0;
  return union(
    node.inputs.map((x) => {
      const before = start;
      const size = sizeAlong(x, axis);
      start += isNumber(size) ? size : Number.NaN;
      const kept = [...of(x)].filter(([at]) => at !== joint || !(isTurned || Number.isNaN(before)));
      return new Map(kept.map(([at, stretches]) => [at, at === joint ? moved(stretches, -before, []) : stretches]));
    }),
  );
}

/** Axes of a sum that go on keep their stretches; where steps are added up, each place of what goes on reads all of them. */
function ofSum(operands: readonly (readonly [Reach, readonly Affine[]])[], space: Space): Reach {
  const kept = union(operands.map(([reach, index]) => placed(reach, index, space)));
  const isSummed = operands.some(([reach, index]) =>
    [...reach.keys()].some((axis) => {
      const name = plainAxis(itemAt(index, axis));
      return name !== undefined && !space.out.includes(name);
    }),
  );
  return isSummed ? new Map([...kept.keys()].map((axis) => [axis, EVERYTHING])) : kept;
}

/** A value that a loop stacks over its steps: of the steps before it, it reads what a state hands on. */
function ofPick(node: Node, { of, isTurned }: Known): Reach {
  const loop = operand(node);
  const { body, states, sequences, reverse, timeAxes } = scanOf(loop);
  const index = node.attributes.index as number;
  const result = body.results[index];
  if (index < states || !result) return NOTHING;
  const within = new Set(topological([result]));
  return union(
    Array.from({ length: sequences }, (_, k) => {
      const read = of(operand(loop, states + k)).get(itemAt(timeAxes, k));
      const step = body.parameters[states + k];
      if (!read || !step) return NOTHING;
      const isHandedOn = statesOf(step, loop).some((state) => within.has(state));
      const before = ([from, to]: Stretch): Stretch =>
        reverse !== isTurned ? [from + 1, Number.POSITIVE_INFINITY] : [Number.NEGATIVE_INFINITY, to - 1];
      const all = [...(within.has(step) ? read : []), ...(isHandedOn ? read.map(before) : [])];
      return new Map([[itemAt(timeAxes, sequences + index - states), joined(all)]]);
    }),
  );
}

/** The states of a loop, as the next step finds them, that something of a step comes into, also by way of others. */
function statesOf(step: Node, loop: Node): readonly Node[] {
  const { body, states } = scanOf(loop);
  const made = body.results.slice(0, states).map((result) => new Set(topological([result])));
  const found = new Set<Node>();
  for (let size = -1; size < found.size; ) {
    size = found.size;
    made.forEach((nodes, i) => {
      const state = body.parameters[i];
      if (state && (nodes.has(step) || [...found].some((s) => nodes.has(s)))) found.add(state);
    });
  }
  return [...found];
}
