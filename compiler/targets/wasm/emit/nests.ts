// A scheduled nest as a function (record, lo, hi, t): units lo to hi of its parallel axis, at time step t.
// Loops are emitted in pairs of vectors, all loads of a block before its first store, and temporaries are zeroed where
// their loop ends: then V8 can widen the pairs to 256 bits.

import { coefficient } from "../../../arithmetic/affine.ts";
import { onlyOf, zip } from "../../../arithmetic/lists.ts";
import { loadsOf, runExtent } from "../../../loops/axes.ts";
import type { Axis, Hidden, Nest, Store, Value } from "../../../loops/nest.ts";
import { rootsOf, valuesIn } from "../../../loops/nest.ts";
import type { Schedule } from "../schedule/schedule.ts";
import { readAcross } from "./across.ts";
import { emitClassRows } from "./classrows.ts";
import { conditionOf, emitWhere } from "./conditions.ts";
import type { Context, OwnBuffers } from "./context.ts";
import {
  buffersOf,
  counterOf,
  frame,
  HI,
  kernelSignature,
  LO,
  loops,
  pushExtent,
  RECORD_POINTERS,
  zeroScratch,
} from "./context.ts";
import { Code } from "./encoder.ts";
import { reduceColumns, reduceRow } from "./reductions.ts";
import { basesFor, storeGroups } from "./stores.ts";
import { emitTile } from "./tiles/tiles.ts";
import { stopAtHidden } from "./tiles/triangles.ts";
import { emitSquares, squareSize, turnedAxis } from "./turned.ts";
import { dividedAxis, flatUnitOf, lanedAxis } from "./units.ts";
import { type Frame, STEP_ADDRESS } from "./values.ts";

/** `least`: the least size of what is stored, by buffer. */
export function emitKernel(s: Schedule, own: OwnBuffers, least: ReadonlyMap<string, number>): Code {
  const code = new Code(kernelSignature);
  const pointers = new Map<string, number>();
  buffersOf(s, own).forEach((name, i) => {
    const local = code.local("i32");
    pointers.set(name, local);
    code
      .get(0)
      .memory("i32_load", RECORD_POINTERS + 4 * i)
      .set(local);
  });
  const step = code.local("i32");
  code.i32(STEP_ADDRESS).set(step);
  const counters = new Map<string, number>();
  if (s.nest.time !== undefined) counters.set(s.nest.time, 3);
  const conditional = conditionOf(s.nest);
  const nest = conditional?.nest ?? s.nest;
  const context: Context = { code, nest, counters, pointers, step, scratch: new Map(), least };
  const emit = (): void => emitScheduled(context, { ...s, nest }, own);
  if (conditional) emitWhere(code, conditional.condition, pointers, emit);
  else emit();
  return code;
}

function emitScheduled(c: Context, s: Schedule, own: OwnBuffers): void {
  if (s.mode === "tile") emitTile(c, s, own);
  else if (s.mode === "classes") emitClassRows(c, s, own.operands, (inner) => writeLanes(inner, s, s.lanes));
  else emitLoops(c, s);
}

type Looped = Exclude<Schedule, { mode: "tile" | "classes" }>;

function emitLoops(c: Context, s: Looped): void {
  const { nest } = s;
  if (s.parallel === "one") {
    inner(c, s);
    return;
  }
  const laned = lanedAxis(s);
  const outer = nest.loops.filter((l) => l !== laned);
  const parallel = s.parallel === "rows" ? outer[0] : dividedAxis(s);
  const within = outer.filter((l) => l !== parallel);
  const turned = laned && turnedAxis(s, laned, within);
  const [first, ...others] = turned ? outer.filter((l) => l !== turned) : asRead(s, outer);
  const inside = [...others, ...(turned ? [turned] : []), ...(laned ? [laned] : [])];
  const some = laned && (turned ? squareSize(laned) : (laned.extent as number));
  const canReadAhead = first && first === parallel && some !== undefined && s.mode === "map";
  const ahead = canReadAhead ? readAcross(c, s, first, inside, some) : undefined;
  const body = (): void => {
    if (turned) emitSquares(c, turned, laned, ahead);
    else {
      ahead?.read();
      inner(c, s);
    }
  };
  const rest = (): void => {
    ahead?.start();
    loops(c, others, parallel, body);
  };
  if (first) loops(c, [first], parallel, rest);
  else rest();
}

/**
 * The loops of a copy in the order in which what it reads lies in memory, as far as it is one thread's: a processor reads such stretches
 * ahead, and looks up each page once. A step of a transformer takes 2% less.
 */
function asRead({ mode, nest }: Looped, outer: readonly Axis[]): readonly Axis[] {
  const load = mode === "map" && !nest.hidden ? onlyOf(loadsOf(rootsOf(nest))) : undefined;
  const strides = outer.map((axis) => load && coefficient(load.address, axis.name));
  if (strides.includes(undefined)) return outer;
  return zip(outer, strides)
    .toSorted(([, a = 0], [, b = 0]) => Math.abs(b) - Math.abs(a))
    .map(([axis]) => axis);
}

/** Stores without sums, along the lanes. */
function writeLanes(c: Context, s: Schedule, lanes: Axis | undefined): void {
  if (lanes) laneLoop(c, s, lanes, [2], (groups, live) => storeGroups(c, groups, undefined, live));
  else storeGroups(c, [frame(c, rootsOf(c.nest), {})]);
}

function inner(c: Context, s: Looped): void {
  switch (s.mode) {
    case "map":
      writeLanes(c, s, s.lanes);
      return;
    case "column":
      laneLoop(c, s, s.lanes, [4, 2], (groups, live) => reduceColumns(c, s, groups, live));
      return;
    case "row":
      reduceRow(c, s, s.lanes);
      return;
    case "point":
      reduceColumns(c, s, [frame(c, rootsOf(c.nest), {})]);
  }
}

/** Blocks of several vectors, then single elements. */
function laneLoop(
  c: Context,
  s: Schedule,
  lanes: Axis,
  widths: readonly number[],
  body: (groups: Frame[], live?: (group: number) => number) => void,
): void {
  const { code } = c;
  const counter = counterOf(c, lanes.name);
  const end = code.local("i32");
  const whole = !c.nest.loops.some((l) => l !== lanes);
  const flat = s.parallel === "flat" || (whole && s.parallel === "outer");
  const unit = s.parallel === "flat" || s.mode === "column" ? flatUnitOf(s) : 1;
  if (flat) {
    code.get(LO).i32(unit).op("i32_mul").set(counter);
    code.get(HI).i32(unit).op("i32_mul").set(end);
    const size = code.local("i32");
    pushExtent(c, lanes);
    code.set(size);
    code.get(end).get(size).get(end).get(size).op("i32_lt_s").op("select").set(end);
  } else {
    code.i32(0).set(counter);
    pushExtent(c, lanes);
    code.set(end);
  }
  const roots = rootsOf(c.nest);
  const bases = basesFor(c, roots, lanes.name);
  const { constant, perBatch } = runExtent(lanes.extent);
  const framesOf = (groups: number): Frame[] => {
    const addresses = new Map<string, number>();
    return Array.from({ length: groups }, (_, g) =>
      frame(c, roots, { lanes: lanes.name, vector: true, shift: 4 * g, bases, addresses }),
    );
  };
  for (const groups of widths) {
    if (perBatch === 0 && constant < 4 * groups) continue;
    const whole = (to: number, emit: () => void): void => {
      code.wholeBlocks(counter, to, 4 * groups, () => {
        emit();
        zeroScratch(c);
      });
    };
    const constants = hiddenStores(c.nest, lanes);
    if (constants && !flat) {
      const limit = code.local("i32");
      code.get(end).set(limit);
      stopAtHidden(c, constants.hidden, 4 * groups, limit);
      whole(limit, () => body(framesOf(groups)));
      const hidden = { ...c, nest: { ...c.nest, stores: constants.stores } };
      whole(end, () => storeGroups(hidden, framesOf(groups)));
    } else whole(end, () => body(framesOf(groups)));
  }
  const rest = constant % (4 * Math.min(...widths));
  if (perBatch === 0 && rest === 0) return;
  if (perBatch === 0 && !flat && roots.every((v) => canOverread(v, lanes.name))) {
    // The last lanes of a row at once: what is read past its end is never stored.
    const addresses = new Map<string, number>();
    const shared = { lanes: lanes.name, vector: true, bases, addresses };
    body(
      Array.from({ length: Math.ceil(rest / 4) }, (_, g) => frame(c, roots, { ...shared, shift: 4 * g })),
      (g) => Math.min(4, rest - 4 * g),
    );
    zeroScratch(c);
    return;
  }
  code.for(
    counter,
    () => code.get(counter),
    () => code.get(end),
    1,
    () => {
      body([frame(c, roots, { lanes: lanes.name, bases })]);
      zeroScratch(c);
    },
  );
}

/** The stores of a map at its hidden points, if it runs along their columns. */
function hiddenStores({ hidden, stores }: Nest, lanes: Axis): { hidden: Hidden; stores: Store[] } | undefined {
  const values = hidden?.values;
  if (!values || hidden.column !== lanes.name) return undefined;
  return { hidden, stores: zip(stores, values).map(([s, value]) => ({ ...s, value: { kind: "number", value } })) };
}

/** Whether reading a few elements too far stays near: neighbours or one number for all lanes. */
function canOverread(root: Value, lanes: string): boolean {
  return valuesIn([root]).every((v) => v.kind !== "load" || [0, 1].includes(coefficient(v.address, lanes) ?? 2));
}
