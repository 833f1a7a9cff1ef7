// Context in which CPU kernels are emitted: counters of axes, pointers of buffers, extents, frames, nested loops.

import { runExtent } from "../../../loops/axes.ts";
import type { Axis, Nest, Value } from "../../../loops/nest.ts";
import { countUses } from "../../../loops/nest.ts";
import { buffersIn } from "../../../loops/regions.ts";
import type { SumBlock } from "../../../loops/sums.ts";
import type { Schedule } from "../schedule/schedule.ts";
import type { Code } from "./encoder.ts";
import type { Frame } from "./values.ts";
import { STEP } from "./values.ts";

/** Where a record's buffer addresses start. */
export const RECORD_POINTERS = 32;

export const kernelSignature = { parameters: ["i32", "i32", "i32", "i32"], results: [] } as const;

export interface Context {
  readonly code: Code;
  readonly nest: Nest;
  readonly counters: Map<string, number>;
  readonly pointers: ReadonlyMap<string, number>;
  readonly step: number;
  readonly scratch: Map<string, number>;
  /** The least size of what is stored, by buffer: smaller numbers become zero. */
  readonly least: ReadonlyMap<string, number>;
}

export const LO = 1;
export const HI = 2;

/** Buffers of a kernel that no nest names. */
export interface OwnBuffers {
  /** A packed operand, or the levels of rows by class. */
  readonly operands: readonly string[];
  /** Sums of a tile that wait in memory. */
  readonly sums?: string | undefined;
  /** A place beside the results of a tile. */
  readonly edge?: string | undefined;
}

/** Buffers in the order in which the record holds their addresses. */
export function buffersOf(s: Schedule, { operands, sums, edge }: OwnBuffers): string[] {
  const own = [...operands, ...[sums, edge].filter((name) => name !== undefined)];
  return [...new Set([...buffersIn(s.nest), ...own])];
}

export function counterOf(c: Context, axis: string): number {
  let local = c.counters.get(axis);
  if (local === undefined) c.counters.set(axis, (local = c.code.local("i32")));
  return local;
}

export function pushExtent(c: Context, axis: Axis): void {
  const { constant, perBatch } = runExtent(axis.extent);
  if (perBatch === 0) {
    c.code.i32(constant);
    return;
  }
  c.code.get(c.step).memory("i32_load", STEP.batch);
  if (perBatch !== 1) c.code.i32(perBatch).op("i32_mul");
  if (constant !== 0) c.code.i32(constant).op("i32_add");
}

export function frame(c: Context, roots: readonly Value[], rest: Partial<Frame>): Frame {
  return {
    code: c.code,
    counters: c.counters,
    pointers: c.pointers,
    lanes: undefined,
    vector: false,
    shift: 0,
    accumulators: [],
    scratch: c.scratch,
    ready: new Map(),
    uses: countUses(roots),
    step: c.step,
    bases: new Map(),
    addresses: new Map(),
    ...rest,
  };
}

export function zeroScratch(c: Context): void {
  for (const local of new Set(c.scratch.values())) c.code.splat(0).set(local);
}

/** Nested loops over `axes`; the parallel axis, if it is among them, runs over this call's units. */
export function loops(c: Context, axes: readonly Axis[], parallel: Axis | undefined, body: () => void): void {
  const [axis, ...rest] = axes;
  if (!axis) {
    body();
    return;
  }
  const local = counterOf(c, axis.name);
  const from = (): void => void (axis === parallel ? c.code.get(LO) : c.code.i32(0));
  const to = (): void => (axis === parallel ? void c.code.get(HI) : pushExtent(c, axis));
  c.code.for(local, from, to, 1, () => loops(c, rest, parallel, body));
}

/**
 * A loop from `from` to `to` (exclusive) cut into blocks, the largest outermost: `run` is given the bounds of the innermost
 * loop, `close` what stands after each block. Bounds push an i32 and may be asked for several times.
 */
export function blockedLoop(
  c: Context,
  [block, ...smaller]: readonly SumBlock[],
  from: () => void,
  to: () => void,
  run: (from: () => void, to: () => void) => void,
  close: (level: number) => void,
): void {
  if (!block) {
    run(from, to);
    return;
  }
  const { code } = c;
  const [start, end, last] = [code.local("i32"), code.local("i32"), code.local("i32")];
  to();
  code.set(last);
  const pushLast = (): void => void code.get(last);
  code.for(start, from, pushLast, block.size, () => {
    code.get(start).i32(block.size).op("i32_add").tee(end).get(last);
    code.get(end).get(last).op("i32_lt_s").op("select").set(end);
    const [first, past] = [(): void => void code.get(start), (): void => void code.get(end)];
    blockedLoop(c, smaller, first, past, run, close);
    close(block.level);
  });
}
