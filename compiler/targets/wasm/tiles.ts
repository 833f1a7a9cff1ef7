// Sums of products in register tiles: up to six rows by sixteen lanes. The splat operand is read where it lies, with
// static offsets; the vector operand stands in panels of sixteen, packed once per step, or is read where it lies.

import { mulDims } from "../../graph/dim.ts";
import type { Load } from "../../kernel/axes.ts";
import { runExtent } from "../../kernel/axes.ts";
import type { Index } from "../../kernel/index.ts";
import { coefficient } from "../../kernel/index.ts";
import type { Axis } from "../../kernel/nest.ts";
import type { Context } from "./nests.ts";
import { counterOf, frame, HI, LO, loops, pushExtent, storeGroups, zeroScratch } from "./nests.ts";
import type { Schedule } from "./schedule.ts";
import { pushIndex } from "./values.ts";

export const PANEL = 16;
/** Rows that make one unit of work: whole tiles, for a fixed number of rows an eighth of them. */
export function rowBlock(rows: Axis): number {
  const { constant, perBatch } = runExtent(rows.extent);
  return perBatch === 0 ? Math.max(6, Math.ceil(constant / 48) * 6) : 60;
}

const UNROLL = 4;

type TileSchedule = Extract<Schedule, { mode: "tile" }>;

interface Tiler {
  readonly c: Context;
  readonly s: TileSchedule;
  readonly a: number;
  readonly b: number;
  readonly panel: number;
  readonly pack: number | undefined;
  readonly steps: readonly Walk[];
}

/** One loop over reduced axes: how far both operands move at each step, in bytes. */
interface Walk {
  readonly axis: Axis;
  readonly a: number;
  readonly b: number;
}

export function panelsOf(s: TileSchedule): number {
  return Math.ceil((s.lanes.extent as number) / PANEL);
}

export function emitTile(c: Context, s: TileSchedule, pack: string | undefined): void {
  const { code } = c;
  const t: Tiler = {
    c,
    s,
    a: code.local("i32"),
    b: code.local("i32"),
    panel: code.local("i32"),
    pack: pack === undefined ? undefined : c.pointers.get(pack)!,
    steps: walksOf(s),
  };
  const { rows, outer } = s.tile;
  if (s.parallel === "panels") {
    loops(c, outer, undefined, () => panels(t, true, () => rowRange(t, rows, "all")));
  } else if (s.parallel === "outer") {
    loops(c, outer, outer[0], () => panels(t, false, () => rowRange(t, rows, "all")));
  } else
    loops(c, outer, undefined, () =>
      panels(t, false, () => rowRange(t, rows, s.parallel === "rows" ? "units" : "blocks")),
    );
}

/** Every panel, the last with fewer lanes if the lanes do not fill it. */
function panels(t: Tiler, parallel: boolean, body: () => (vectors: number, live: number) => void): void {
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
  const [lo, hi] = parallel ? [LO, HI] : [undefined, undefined];
  if (full > 0) {
    const end = code.local("i32");
    if (hi === undefined) code.i32(full);
    else code.get(hi).i32(full).get(hi).i32(full).op("i32_lt_s").op("select");
    code.set(end);
    code.for(
      t.panel,
      () => (lo === undefined ? code.i32(0) : code.get(lo)),
      () => code.get(end),
      1,
      () => at(4, PANEL),
    );
  }
  if (rest === 0) return;
  const last = (): void => {
    code.i32(full).set(t.panel);
    at(rest <= 8 ? 2 : 4, rest);
  };
  if (hi === undefined) last();
  else code.get(hi).i32(full).op("i32_gt_s").if(last);
}

/** Tiles of the rows, tall ones first. */
function rowRange(
  t: Tiler,
  rows: Axis | undefined,
  over: "all" | "units" | "blocks",
): (vectors: number, live: number) => void {
  const { code } = t.c;
  return (vectors, live) => {
    if (!rows) {
      tile(t, undefined, 1, vectors, live);
      return;
    }
    const counter = counterOf(t.c, rows.name);
    const { constant, perBatch } = runExtent(rows.extent);
    if (over === "all" && perBatch === 0 && constant <= 48) {
      code.i32(0).set(counter);
      for (const { height, count } of runs(heightsOf(constant)))
        repeatTile(t, rows, counter, height, count, vectors, live);
      return;
    }
    const end = code.local("i32");
    if (over === "all") {
      code.i32(0).set(counter);
      pushExtent(t.c, rows);
      code.set(end);
    } else if (over === "units") {
      code.get(LO).set(counter).get(HI).set(end);
    } else {
      code.get(LO).i32(rowBlock(rows)).op("i32_mul").set(counter);
      const size = code.local("i32");
      pushExtent(t.c, rows);
      code.set(size);
      code.get(HI).i32(rowBlock(rows)).op("i32_mul").set(end);
      code.get(end).get(size).get(end).get(size).op("i32_lt_s").op("select").set(end);
    }
    dynamicRows(t, rows, counter, end, vectors, live);
  };
}

/** Fives until six divides the rest, then sixes; rows that six and five cannot make up one by one. */
function dynamicRows(t: Tiler, rows: Axis, counter: number, end: number, vectors: number, live: number): void {
  const { code } = t.c;
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
  const { code } = t.c;
  code.for(
    counter,
    () => code.get(counter),
    () =>
      code
        .get(end)
        .i32(height - 1)
        .op("i32_sub"),
    height,
    () => tile(t, rows, height, vectors, live),
  );
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

/** Tile heights of a fixed number of rows: as few and as even as possible, at most six. */
export function heightsOf(rows: number): number[] {
  const count = Math.ceil(rows / 6);
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
  const sums = Array.from({ length: height }, () => Array.from({ length: vectors }, () => code.local("v128")));
  startAddresses(t);
  for (const row of sums) for (const local of row) code.splat(0).set(local);
  reduceSteps(t, t.steps, rows, sums);
  sums.forEach((row, r) => {
    if (rows && r > 0) code.get(counterOf(c, rows.name)).i32(1).op("i32_add").set(counterOf(c, rows.name));
    epilogue(t, row, live);
  });
  if (rows && height > 1)
    code
      .get(counterOf(c, rows.name))
      .i32(height - 1)
      .op("i32_sub")
      .set(counterOf(c, rows.name));
  for (const row of sums) for (const local of row) code.splat(0).set(local);
  zeroScratch(c);
}

function epilogue(t: Tiler, sums: readonly number[], live: number): void {
  const { c, s } = t;
  const groups = sums.slice(0, Math.ceil(live / 4));
  const addresses = new Map<string, number>();
  const frames = groups.map((_, j) =>
    frame(
      c,
      s.nest.stores.map((x) => x.value),
      { lanes: s.lanes.name, vector: true, shift: 4 * j, addresses },
    ),
  );
  storeGroups(
    c,
    frames,
    groups.map((local) => [local]),
    (j) => Math.min(4, live - 4 * j),
  );
}

/** Addresses of the first step: of the tile's first row, and of its panel. */
function startAddresses(t: Tiler): void {
  const { c, s } = t;
  const { code } = c;
  const inside = new Set(s.nest.reduces.map((r) => r.name));
  const address = (load: Load, extra?: () => void): void => {
    code.get(c.pointers.get(load.buffer)!);
    const terms = load.address.terms.filter(([a]) => typeof a !== "string" || !inside.has(a));
    pushIndex(frame(c, [], {}), { terms, offset: load.address.offset }, 4);
    code.op("i32_add");
    extra?.();
  };
  address(s.tile.splat);
  code.set(t.a);
  if (!s.tile.packed) {
    address(s.tile.vector);
    code.set(t.b);
    return;
  }
  const size = s.nest.reduces.reduce((n, r) => n * (r.extent as number), 1);
  code.get(t.pack!);
  pushIndex(frame(c, [], {}), packIndex(s), 4 * PANEL * size * panelsOf(s));
  code
    .op("i32_add")
    .get(t.panel)
    .i32(4 * PANEL * size)
    .op("i32_mul")
    .op("i32_add")
    .set(t.b);
}

/** Number of the pack among those of the outer axes that the vector operand depends on. */
export function packIndex(s: TileSchedule): Index {
  let factor = 1;
  const terms: [string, number][] = [];
  for (const axis of s.tile.packAxes.toReversed()) {
    terms.push([axis.name, factor]);
    const { constant, perBatch } = runExtent(axis.extent);
    factor *= perBatch === 0 ? constant : 1;
  }
  return { terms, offset: 0 };
}

function strideOf(load: Load, axis: Axis): number {
  return 4 * coefficient(load.address, axis.name)!;
}

/** Reduced axes that both operands walk evenly are one loop; a packed operand is walked evenly whatever they are. */
function walksOf(s: TileSchedule): Walk[] {
  const { splat, vector, packed } = s.tile;
  const walks: Walk[] = [];
  for (const axis of s.nest.reduces.toReversed()) {
    const walk = { axis, a: strideOf(splat, axis), b: packed ? 4 * PANEL : strideOf(vector, axis) };
    const inner = walks.at(-1);
    const size = inner && runExtent(inner.axis.extent);
    const even =
      size &&
      size.perBatch === 0 &&
      walk.a === inner.a * size.constant &&
      (packed || walk.b === inner.b * size.constant);
    if (even)
      walks.splice(-1, 1, { ...inner, axis: { name: axis.name, extent: mulDims(axis.extent, inner.axis.extent) } });
    else walks.push(walk);
  }
  return walks.toReversed();
}

/** Loops over the reduced axes by pointer increments; each leaves both pointers past what it read. */
function reduceSteps(
  t: Tiler,
  walks: readonly Walk[],
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
): void {
  const [walk, ...rest] = walks as [Walk, ...Walk[]];
  const { code } = t.c;
  const count = code.local("i32");
  if (rest.length === 0) {
    innerSteps(t, walk, rows, sums, count);
    return;
  }
  code.for(
    count,
    () => code.i32(0),
    () => pushExtent(t.c, walk.axis),
    1,
    () => {
      const [keepA, keepB] = [code.local("i32"), code.local("i32")];
      code.get(t.a).set(keepA);
      if (!t.s.tile.packed) code.get(t.b).set(keepB);
      reduceSteps(t, rest, rows, sums);
      code.get(keepA).i32(walk.a).op("i32_add").set(t.a);
      if (!t.s.tile.packed) code.get(keepB).i32(walk.b).op("i32_add").set(t.b);
    },
  );
}

function innerSteps(
  t: Tiler,
  { axis, a, b }: Walk,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
  count: number,
): void {
  const { code } = t.c;
  const { constant, perBatch } = runExtent(axis.extent);
  const block = (steps: number): void => {
    // An operand that is walked backwards is read from its last step on: an instruction's offset is unsigned.
    const [lowA, lowB] = [a, b].map((stride) => Math.min(0, stride * (steps - 1))) as [number, number];
    const move = (pointer: number, bytes: number): void => {
      if (bytes !== 0) code.get(pointer).i32(bytes).op("i32_add").set(pointer);
    };
    move(t.a, lowA);
    move(t.b, lowB);
    for (let u = 0; u < steps; u++) multiplyAdd(t, u * a - lowA, u * b - lowB, rows, sums);
    move(t.a, a * steps - lowA);
    move(t.b, b * steps - lowB);
    zeroScratch(t.c);
  };
  if (perBatch === 0 && constant <= 2 * UNROLL) {
    block(constant);
    return;
  }
  const whole = (): void => {
    pushExtent(t.c, axis);
    code.i32(UNROLL - 1).op("i32_sub");
  };
  code.for(
    count,
    () => code.i32(0),
    whole,
    UNROLL,
    () => block(UNROLL),
  );
  if (perBatch === 0) {
    if (constant % UNROLL > 0) block(constant % UNROLL);
    return;
  }
  code.for(
    count,
    () => code.get(count),
    () => pushExtent(t.c, axis),
    1,
    () => block(1),
  );
}

function multiplyAdd(
  t: Tiler,
  a: number,
  b: number,
  rows: Axis | undefined,
  sums: readonly (readonly number[])[],
): void {
  const { code, scratch } = t.c;
  const rowStride = rows ? strideOf(t.s.tile.splat, rows) : 0;
  const vectors = sums[0]!.map((_, j) => {
    const name = `b${j}`;
    let local = scratch.get(name);
    if (local === undefined) scratch.set(name, (local = code.local("v128")));
    code
      .get(t.b)
      .memory("v128_load", b + 16 * j)
      .set(local);
    return local;
  });
  sums.forEach((row, r) => {
    let splat = scratch.get("splat");
    if (splat === undefined) scratch.set("splat", (splat = code.local("v128")));
    code
      .get(t.a)
      .memory("v128_load32_splat", a + r * rowStride)
      .set(splat);
    row.forEach((sum, j) => {
      code.get(splat).get(vectors[j]!).get(sum).v("f32x4_relaxed_madd").set(sum);
    });
  });
}
