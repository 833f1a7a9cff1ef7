// Sums of products in register tiles: up to six rows by sixteen lanes. The splat operand is read where it lies, with
// static offsets; the vector operand stands in panels of sixteen, packed once per step, or is read where it lies.

import { extent } from "../../../../arithmetic/dim.ts";
import { bytesOf } from "../../../../arithmetic/dtype.ts";
import { itemAt } from "../../../../arithmetic/lists.ts";
import { lookUp } from "../../../../arithmetic/lookup.ts";
import type { Load } from "../../../../loops/axes.ts";
import { runExtent } from "../../../../loops/axes.ts";
import type { Axis } from "../../../../loops/nest.ts";
import { PANEL } from "../../schedule/tuning.ts";
import type { Context, OwnBuffers } from "../context.ts";
import { counterOf, frame, HI, LO, loops, pushExtent, zeroScratch } from "../context.ts";
import { storeGroups } from "../stores.ts";
import { rowBlock } from "../units.ts";
import { pushIndex } from "../values.ts";
import { panelsAhead, startAhead } from "./ahead.ts";
import { packIndex } from "./packing.ts";
import type { Tiler, TileSchedule, Walk } from "./tiler.ts";
import { edgeSize, NARROW, panelDepth, panelsOf, partsOf, tallest } from "./tiler.ts";
import { reduceSteps, tileBlocks, walksOf } from "./tilesteps.ts";
import { canSkip, setRange } from "./triangles.ts";
import { inTurns, keepSums, waitingBlock } from "./waiting.ts";

export function emitTile(c: Context, s: TileSchedule, own: OwnBuffers): void {
  const { code } = c;
  const steps = walksOf(s);
  const block = waitingBlock(s);
  const pointerOf = (name: string | undefined): number | undefined =>
    name === undefined ? undefined : lookUp(c.pointers, name);
  const sums = pointerOf(own.sums);
  const ahead = panelsAhead(s, steps);
  const t: Tiler = {
    c,
    s,
    a: code.local("i32"),
    b: code.local("i32"),
    panel: code.local("i32"),
    pack: s.tile.packed ? pointerOf(own.operands[0]) : undefined,
    edge: own.edge === undefined ? undefined : startEdge(c, own.edge),
    steps,
    blocks: tileBlocks(steps, s).filter(({ level }) => level !== block?.level),
    waiting:
      block && sums !== undefined ? { block, sums, start: code.local("i32"), end: code.local("i32") } : undefined,
    range: !block && canSkip(s, steps) ? { start: code.local("i32"), end: code.local("i32") } : undefined,
    ahead: ahead && { ...ahead, base: code.local("i32"), pointer: code.local("i32") },
    ones: false,
  };
  const { rows, outer } = s.tile;
  if (s.parallel === "panels") {
    loops(c, outer, undefined, () =>
      inTurns(t, () => panels(t, true, () => withSums(t, rowRange(t, rows, partsOf(s) === 2 ? "halves" : "all")))),
    );
  } else if (s.parallel === "outer") {
    loops(c, outer, outer[0], () => panels(t, false, () => withSums(t, rowRange(t, rows, "all"))));
  } else
    loops(c, outer, undefined, () =>
      inTurns(t, () =>
        panels(t, false, () => withSums(t, rowRange(t, rows, s.parallel === "rows" ? "units" : "blocks"))),
      ),
    );
}

/** The address of the edge of this thread: the first unit of a call is nobody else's. */
function startEdge(c: Context, name: string): number {
  const edge = c.code.local("i32");
  c.code.get(lookUp(c.pointers, name)).get(LO).i32(bytesOf("f32", edgeSize)).op("i32_mul").op("i32_add").set(edge);
  return edge;
}

/** The rows of a panel, and what stands beside them once: the sums of the vector operand alone, as a row of ones would give. */
function withSums(t: Tiler, rows: PanelBody): PanelBody {
  const { c, s } = t;
  const once = s.nest.stores.find((x) => x.once)?.once;
  if (!once) return rows;
  return (vectors, live) => {
    rows(vectors, live);
    if (s.parallel === "blocks") c.code.get(LO);
    else if (partsOf(s) === 2) pushIsSecond(t);
    else c.code.i32(0);
    for (const axis of s.tile.outer) if (once.includes(axis.name)) c.code.get(counterOf(c, axis.name)).op("i32_or");
    c.code.op("i32_eqz").if(() => tile({ ...t, ones: true }, undefined, 1, vectors, live));
  };
}

type PanelBody = (vectors: number, live: number) => void;

/** Every panel, the last with fewer lanes if the lanes do not fill it. */
function panels(t: Tiler, parallel: boolean, body: () => PanelBody): void {
  const { code } = t.c;
  const lanes = t.s.lanes.extent as number;
  const full = Math.floor(lanes / PANEL);
  const rest = lanes - full * PANEL;
  const emit = body();
  const counter = counterOf(t.c, t.s.lanes.name);
  const at = (vectors: number, live: number): void => {
    code.get(t.panel).i32(PANEL).op("i32_mul").set(counter);
    emit(vectors, live);
  };
  const [first, past] = parallel ? ownPanels(t) : [undefined, undefined];
  if (full > 0) {
    const end = code.local("i32");
    if (past === undefined) code.i32(full);
    else code.get(past).i32(full).get(past).i32(full).op("i32_lt_s").op("select");
    code.set(end);
    code.for(
      t.panel,
      () => (first === undefined ? code.i32(0) : code.get(first)),
      () => code.get(end),
      1,
      () => at(4, PANEL),
    );
  }
  if (rest === 0) return;
  const last = (): void => {
    code.i32(full).set(t.panel);
    at(rest <= 4 * NARROW ? NARROW : 4, rest);
  };
  if (past === undefined) last();
  else code.get(past).i32(full).op("i32_gt_s").if(last);
}

/** Locals of the first panel of this call, and of the one past its last. */
function ownPanels({ c: { code }, s }: Tiler): readonly [first: number, past: number] {
  if (partsOf(s) === 1) return [LO, HI];
  const [first, past] = [code.local("i32"), code.local("i32")];
  code.get(LO).i32(1).op("i32_shr_u").set(first);
  code.get(HI).i32(1).op("i32_add").i32(1).op("i32_shr_u").set(past);
  return [first, past];
}

/** Whether this call has the second half of the panel's rows, but not the first. */
function pushIsSecond({ c: { code }, panel }: Tiler): void {
  code.get(panel).i32(1).op("i32_shl").get(LO).op("i32_lt_s");
}

/** Tiles of the rows, tall ones first. */
function rowRange(t: Tiler, rows: Axis | undefined, over: "all" | "halves" | "units" | "blocks"): PanelBody {
  const { code } = t.c;
  return (vectors, live) => {
    if (!rows) {
      tile(t, undefined, 1, vectors, live);
      return;
    }
    const counter = counterOf(t.c, rows.name);
    const { constant, perBatch } = runExtent(rows.extent);
    if (over === "all" && perBatch === 0 && constant <= t.s.tuning.tile.mostWrittenRows) {
      code.i32(0).set(counter);
      for (const { height, count } of runs(heightsOf(constant, tallest(vectors))))
        repeatTile(t, rows, counter, height, count, vectors, live);
      return;
    }
    const end = code.local("i32");
    if (over === "all") {
      code.i32(0).set(counter);
      pushExtent(t.c, rows);
      code.set(end);
    } else if (over === "halves") {
      const half = code.local("i32");
      pushExtent(t.c, rows);
      code.tee(end).i32(1).op("i32_shr_u").set(half);
      code.get(half).i32(0);
      pushIsSecond(t);
      code.op("select").set(counter);
      code.get(half).get(end).get(t.panel).i32(1).op("i32_shl").i32(1).op("i32_add").get(HI).op("i32_eq");
      code.op("select").set(end);
    } else if (over === "units") {
      code.get(LO).set(counter).get(HI).set(end);
    } else {
      code.get(LO).i32(rowBlock(rows, t.s.tuning)).op("i32_mul").set(counter);
      const size = code.local("i32");
      pushExtent(t.c, rows);
      code.set(size);
      code.get(HI).i32(rowBlock(rows, t.s.tuning)).op("i32_mul").set(end);
      code.get(end).get(size).get(end).get(size).op("i32_lt_s").op("select").set(end);
    }
    dynamicRows(t, rows, counter, end, vectors, live);
  };
}

/** Fives until six divides the rest, then sixes; rows that six and five cannot make up one by one. Narrow tiles are tall at first. */
function dynamicRows(t: Tiler, rows: Axis, counter: number, end: number, vectors: number, live: number): void {
  const { code } = t.c;
  const most = tallest(vectors);
  if (most > 6) whileRows(t, rows, counter, end, most, vectors, live);
  const fives = code.local("i32");
  const count = (): void => void code.get(end).get(counter).op("i32_sub");
  code.i32(6);
  count();
  code.i32(6).op("i32_rem_s").op("i32_sub").i32(6).op("i32_rem_s").i32(5).op("i32_mul").set(fives);
  const stop = code.local("i32");
  code.get(fives);
  count();
  code.op("i32_le_s").if(() => {
    code.get(counter).get(fives).op("i32_add").set(stop);
    whileRows(t, rows, counter, stop, 5, vectors, live);
  });
  whileRows(t, rows, counter, end, 6, vectors, live);
  whileRows(t, rows, counter, end, 1, vectors, live);
}

function whileRows(
  t: Tiler,
  rows: Axis,
  counter: number,
  end: number,
  height: number,
  vectors: number,
  live: number,
): void {
  t.c.code.wholeBlocks(counter, end, height, () => tile(t, rows, height, vectors, live));
}

function repeatTile(
  t: Tiler,
  rows: Axis,
  counter: number,
  height: number,
  count: number,
  vectors: number,
  live: number,
): void {
  const { code } = t.c;
  if (count === 1) {
    tile(t, rows, height, vectors, live);
    code.get(counter).i32(height).op("i32_add").set(counter);
    return;
  }
  const end = code.local("i32");
  code
    .get(counter)
    .i32(height * count)
    .op("i32_add")
    .set(end);
  code.for(
    counter,
    () => code.get(counter),
    () => code.get(end),
    height,
    () => tile(t, rows, height, vectors, live),
  );
}

/** Tile heights of a fixed number of rows: as few and as even as possible. */
function heightsOf(rows: number, most: number): number[] {
  const count = Math.ceil(rows / most);
  const low = Math.floor(rows / count);
  const tall = rows - low * count;
  return Array.from({ length: count }, (_, i) => (i < tall ? low + 1 : low));
}

function runs(heights: readonly number[]): { height: number; count: number }[] {
  const list: { height: number; count: number }[] = [];
  for (const h of heights) {
    const last = list.at(-1);
    if (last?.height === h) last.count++;
    else list.push({ height: h, count: 1 });
  }
  return list;
}

/** One register tile at the counters' place: the loop over the reduced axes, then the epilogue. */
function tile(t: Tiler, rows: Axis | undefined, height: number, vectors: number, live: number): void {
  const { c } = t;
  const { code } = c;
  const levels = Array.from({ length: t.blocks.length + 1 }, () =>
    Array.from({ length: height }, () => Array.from({ length: vectors }, () => code.local("v128"))),
  );
  const sums = itemAt(levels, -1);
  const zeroLevels = (): void => {
    for (const local of levels.flat(2)) code.splat(0).set(local);
  };
  setRange(t, rows, height, 4 * vectors);
  startAddresses(t);
  startAhead(t);
  zeroLevels();
  reduceSteps(t, t.steps, rows, levels);
  const finish = (): void => {
    sums.forEach((row, r) => {
      if (rows && r > 0) code.get(counterOf(c, rows.name)).i32(1).op("i32_add").set(counterOf(c, rows.name));
      epilogue(t, row, live, bytesOf("f32", 8 * r));
    });
    if (rows && height > 1)
      code
        .get(counterOf(c, rows.name))
        .i32(height - 1)
        .op("i32_sub")
        .set(counterOf(c, rows.name));
  };
  if (t.waiting) keepSums(t, t.waiting, rows, sums, finish);
  else finish();
  zeroLevels();
  zeroScratch(c);
}

/** `edge`: bytes to this row's place at the edge. */
function epilogue(t: Tiler, sums: readonly number[], live: number, edge: number): void {
  const { s } = t;
  const stores = s.nest.stores.filter((x) => (x.once !== undefined) === t.ones);
  const c: Context = { ...t.c, nest: { ...s.nest, stores } };
  const groups = sums.slice(0, t.edge === undefined ? Math.ceil(live / 4) : 2 * Math.ceil(live / 8));
  const addresses = new Map<string, number>();
  const frames = groups.map((_, j) =>
    frame(
      c,
      stores.map((x) => x.value),
      { lanes: s.lanes.name, vector: true, shift: 4 * j, addresses },
    ),
  );
  storeGroups(
    c,
    frames,
    groups.map((local) => [local, local]),
    (j) => Math.min(4, live - 4 * j),
    t.edge === undefined ? undefined : { address: t.edge, byte: edge },
  );
}

/** Addresses of the first step: of the tile's first row, and of its panel. */
function startAddresses(t: Tiler): void {
  const { c, s } = t;
  const { code } = c;
  const inside = new Set(s.nest.reduces.map((r) => r.name));
  const address = (load: Load, extra?: () => void): void => {
    code.get(lookUp(c.pointers, load.buffer));
    const terms = load.address.terms.filter(([a]) => typeof a !== "string" || !inside.has(a));
    pushIndex(frame(c, [], {}), { terms, offset: load.address.offset }, bytesOf(load.dtype));
    code.op("i32_add");
    extra?.();
  };
  const [walk, ...inner] = t.steps as [Walk, ...Walk[]];
  /** To the block that is taken. */
  const skip = (pointer: number, bytes: number): void => {
    const range = t.waiting ?? t.range;
    if (range) code.get(range.start).i32(bytes).op("i32_mul").get(pointer).op("i32_add").set(pointer);
  };
  address(s.tile.splat);
  code.set(t.a);
  skip(t.a, walk.a);
  if (t.pack === undefined) {
    address(s.tile.vector);
    code.set(t.b);
    skip(t.b, walk.b);
    return;
  }
  const size = panelDepth(s);
  code.get(t.pack);
  pushIndex(frame(c, [], {}), packIndex(s), bytesOf("f32", PANEL * size) * panelsOf(s));
  code
    .op("i32_add")
    .get(t.panel)
    .i32(bytesOf("f32", PANEL * size))
    .op("i32_mul")
    .op("i32_add")
    .set(t.b);
  skip(
    t.b,
    inner.reduce((n, { axis }) => n * extent(axis.extent, s.batch), walk.b),
  );
}
