// Fuses nests over one space: what the second reads of the first at the same point it takes as a value, what both read is read
// once, and their sums are taken side by side.

import type { Index } from "../arithmetic/affine.ts";
import { axesIn, axisIndex, indexKey, literal } from "../arithmetic/affine.ts";
import { isNumber, showDim } from "../arithmetic/dim.ts";
import { zip } from "../arithmetic/lists.ts";
import { replaceAxes } from "../loops/axes.ts";
import type { Axis, Nest, Store, Value } from "../loops/nest.ts";
import { allValues, rewriteNest, valuesIn } from "../loops/nest.ts";
import type { Step } from "../loops/step.ts";

/** Points that are so few that a kernel of their own costs more than they do. */
const FEW = 4096;
/** Stores of one nest: more would not stay in registers. */
const MOST_STORES = 12;
/** Large tensors are made where they are needed: what is joined to an earlier step stays in memory from there on. */
const NEAR = 3;

const live = (axes: readonly Axis[]): Axis[] => axes.filter((a) => a.extent !== 1);

/** The space that a nest stores over; none for products of matrices, which are tiles, within loops over time, and where there are as many stores as may be. */
export function spaceKeys(s: Step): string[] {
  if (s.kind !== "nest" || s.nest.split || s.nest.time !== undefined || s.nest.stores.some((x) => x.once)) return [];
  if (s.nest.accumulators.some((a) => isTile(a.body)) || s.nest.stores.length >= MOST_STORES) return [];
  return [
    `space ${live(s.nest.loops)
      .map((a) => showDim(a.extent))
      .join()}`,
  ];
}

/** A space that is not small is joined where what it reads was just made, which is what it must follow, or near. */
export const spaceReach = (s: Step): number => (s.kind === "nest" && !isFew(s.nest) ? NEAR : Number.POSITIVE_INFINITY);

/** A product of two tensors that walk different axes. */
function isTile(body: Value): boolean {
  if (body.kind !== "apply" || body.scalar !== "mul") return false;
  const [a, b] = body.inputs as [Value, Value];
  if (a.kind !== "load" || b.kind !== "load") return false;
  const [x, y] = [axesIn(a.address), axesIn(b.address)];
  return !x.isSubsetOf(y) && !y.isSubsetOf(x);
}

export function fuseSpaces(a: Step, b: Step, distance: number): Step | undefined {
  if (a.kind !== "nest" || b.kind !== "nest") return undefined;
  const second = overAxesOf(a.nest, b.nest);
  if (!second || a.nest.stores.length + second.stores.length > MOST_STORES) return undefined;
  const wanted = isFew(a.nest) || makesFor(a.nest, second) || (distance <= NEAR && readTheSame(a.nest, second));
  if (!wanted) return undefined;
  const stored = new Map(a.nest.stores.map((s) => [placeOf(s), s.value]));
  if (!agree(a.nest, second, stored)) return undefined;
  const shift = a.nest.accumulators.length;
  const taken = rewriteNest(second, (v) => {
    if (v.kind === "accumulator") return { ...v, index: v.index + shift };
    return (v.kind === "load" && stored.get(placeOf(v))) || v;
  });
  const reducing = a.nest.accumulators.length > 0 ? a.nest : taken;
  const nest: Nest = {
    ...a.nest,
    label: reducing.label,
    reduces: reducing.reduces,
    accumulators: [...a.nest.accumulators, ...taken.accumulators],
    stores: [...a.nest.stores, ...taken.stores],
  };
  return { kind: "nest", nest };
}

/** The second nest over the first's axes; undefined where its space or what it reduces is another. */
function overAxesOf(a: Nest, b: Nest): Nest | undefined {
  const [loops, reduces] = [pairs(a.loops, b.loops), pairs(a.reduces, b.reduces)];
  const both = a.accumulators.length > 0 && b.accumulators.length > 0;
  // Where only the second reduces, its axes keep their names, which the first must not have.
  const own = both ? reduces : b.reduces.map((r) => [r.name, axisIndex(`${r.name}_`)] as const);
  if (!loops || !own) return undefined;
  const unit = [...b.loops, ...(both ? b.reduces : [])].map((x) => [x.name, literal(0)] as const);
  const moved = replaceAxes(b, new Map([...unit, ...loops, ...own]), new Map());
  const renamed = both ? a.reduces : b.reduces.map((r) => ({ ...r, name: `${r.name}_` }));
  return { ...moved, loops: a.loops, reduces: renamed };
}

function pairs(a: readonly Axis[], b: readonly Axis[]): (readonly [string, Index])[] | undefined {
  const [x, y] = [live(a), live(b)];
  if (x.length !== y.length) return undefined;
  const both = zip(x, y);
  if (both.some(([first, second]) => showDim(first.extent) !== showDim(second.extent))) return undefined;
  return both.map(([first, second]) => [second.name, axisIndex(first.name)] as const);
}

function isFew(nest: Nest): boolean {
  const points = nest.loops.reduce((n, a) => n * (isNumber(a.extent) ? a.extent : Number.POSITIVE_INFINITY), 1);
  return points <= FEW;
}

/** Whether the second reads what the first makes. */
function makesFor(a: Nest, b: Nest): boolean {
  const made = new Set(a.stores.map(placeOf));
  return loads(allValues(b)).some((v) => made.has(placeOf(v)));
}

/** Whether both read something at each of their points. */
function readTheSame(a: Nest, b: Nest): boolean {
  const read = new Set(loads(allValues(a)).map(placeOf));
  return loads(allValues(b)).some(
    (v) => live(a.loops).every((l) => axesIn(v.address).has(l.name)) && read.has(placeOf(v)),
  );
}

/**
 * Nothing comes out otherwise: what the second reads of the first's buffers it finds as values, where it reduces it reads none of
 * them, and it overwrites what the first reads only at the point that has just been read.
 */
function agree(a: Nest, b: Nest, stored: ReadonlyMap<string, Value>): boolean {
  const [mine, theirs] = [a.stores, b.stores].map((list) => new Set(list.map((s) => s.buffer))) as [
    Set<string>,
    Set<string>,
  ];
  if (!mine.isDisjointFrom(theirs) || a.stores.some((s) => s.dtype === "i32")) return false;
  if (loads(valuesIn(b.accumulators.map((x) => x.body))).some((v) => mine.has(v.buffer))) return false;
  if (!loads(allValues(b)).every((v) => !mine.has(v.buffer) || (v.row === undefined && stored.has(placeOf(v)))))
    return false;
  const written = new Set(b.stores.map(placeOf));
  if (loads(valuesIn(a.accumulators.map((x) => x.body))).some((v) => theirs.has(v.buffer))) return false;
  return loads(allValues(a)).every((v) => !theirs.has(v.buffer) || (v.row === undefined && written.has(placeOf(v))));
}

type Load = Extract<Value, { kind: "load" }>;
const loads = (values: readonly Value[]): Load[] => values.filter((v): v is Load => v.kind === "load");
const placeOf = ({ buffer, address }: Load | Store): string => `${buffer}[${indexKey(address)}]`;
