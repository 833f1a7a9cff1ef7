// Convolutions with fewer products, where that takes less time by a target's model: a nest with windows becomes four. Blocks of one
// value that several convolutions read, such as a layer and the gradient of its weights, are made once.

import { coefficient } from "../../arithmetic/affine.ts";
import { extent } from "../../arithmetic/dim.ts";
import type { Axis, Nest } from "../nest.ts";
import { mapNest, showNest } from "../nest.ts";
import { splitSibling } from "../regions.ts";
import type { Lowered, Step } from "../step.ts";
import type { Buffer } from "../storage.ts";
import type { Factor } from "./blocks.ts";
import { blocksOf, productOf } from "./blocks.ts";
import type { Way } from "./windows.ts";
import { type Effort, effortOf, isGradientOfWindow, lanesOf, productsOf, waysOf } from "./windows.ts";

export interface WinogradTuning {
  /** Multiply-adds in whose time a number is written to memory and read again. */
  readonly perNumber: number;
  /** The same for a number in a buffer that is small enough to stay in a cache. */
  readonly perNearNumber: number;
  /** The size of the largest such buffer, in numbers. */
  readonly mostNear: number;
  /** The share of the direct way's time that is the most for blocks, which take memory. */
  readonly mostTime: number;
  /** Neighbours that transforms need, so that they run on whole vectors. */
  readonly fewestLanes: number;
  /** Neighbours along the last axis that lie together, as tiles of products read them. */
  readonly panel: number;
}

/** The buffer of blocks before it has a name. */
const BLOCKS = "blocks";

export function withFewerProducts(lowered: Lowered, batch: number, tuning: WinogradTuning): Lowered {
  const buffers = new Map(lowered.buffers);
  const known = new Map<string, Factor>();
  const steps = lowered.steps.flatMap((step): Step[] => {
    const made = step.kind === "nest" ? inBlocks(step.nest) : undefined;
    forget(writesOf(step));
    return made ?? [step];
  });
  return { ...lowered, steps, buffers };

  function add(kind: string, size: number): string {
    const name = `${kind}_blocks${buffers.size}`;
    const buffer: Buffer = { name, size, role: "temporary", dtype: "f32" };
    buffers.set(name, buffer);
    return name;
  }

  /** A sum beside the product, such as the gradient of a bias, becomes a nest of its own. */
  function inBlocks(whole: Nest): Step[] | undefined {
    const [direct = whole, ...beside] = splitSibling(whole);
    const way = bestWay(direct, batch, tuning, isLearned);
    if (!way) return undefined;
    const convolving = { ...way, batch, width: tuning.panel };
    const before: Nest[] = [];
    const factors = (["data", "kernel"] as const).map((which) => {
      const factor = blocksOf(convolving, which, BLOCKS);
      const key = showNest({ ...factor.nest, label: which });
      const same = known.get(key);
      // Equal blocks, though their axes may have other names in this nest.
      if (same) return { ...factor.blocked, buffer: same.blocked.buffer };
      const buffer = add(which, factor.blocked.size);
      before.push(named(factor.nest, buffer));
      const blocked = { ...factor.blocked, buffer };
      known.set(key, { ...factor, blocked });
      return blocked;
    });
    const { nests, size } = productOf(convolving, factors, BLOCKS);
    const result = add("result", size);
    return [...before, ...nests.map((n) => named(n, result)), ...beside].map((n): Step => ({ kind: "nest", nest: n }));
  }

  /** Whether a window is what was learned and not a part of it: in blocks, what a mask hides would leave its rounding. */
  function isLearned(buffer: string): boolean {
    return buffers.get(buffer)?.role === "parameter";
  }

  /** Blocks of what is overwritten are no longer those of its values. */
  function forget(written: ReadonlySet<string>): void {
    for (const [key, { source }] of known) if (written.has(source)) known.delete(key);
  }
}

const named = (nest: Nest, buffer: string): Nest =>
  mapNest(nest, { buffer: (name) => (name === BLOCKS ? buffer : name) });

function writesOf(step: Step): Set<string> {
  return step.kind === "nest"
    ? new Set(step.nest.stores.map((s) => s.buffer))
    : new Set(step.body.flatMap((s) => [...writesOf(s)]));
}

/** The way of computing a nest in blocks that takes the least time, where that is less than the direct one. */
function bestWay(
  nest: Nest,
  batch: number,
  tuning: WinogradTuning,
  isLearned: (buffer: string) => boolean,
): Way | undefined {
  const isLong = (axis: Axis | undefined): boolean =>
    axis !== undefined && extent(axis.extent, batch) >= tuning.fewestLanes;
  const last = nest.loops.at(-1);
  if (!last || !isLong(last) || !nest.stores.every((s) => coefficient(s.address, last.name) === 1)) return undefined;
  const perNumber = (count: number): number => (count > tuning.mostNear ? tuning.perNumber : tuning.perNearNumber);
  const timeOf = ({ products, moved }: Effort): number => moved.reduce((n, m) => n + m * perNumber(m), products);
  let [best, least] = [undefined as Way | undefined, productsOf(nest, batch) * tuning.mostTime];
  for (const way of waysOf(nest)) {
    const { data, kernel, windows } = way.convolution;
    if (!isGradientOfWindow(way.nest, way.convolution) && !isLearned(kernel.buffer)) continue;
    if (!isLong(lanesOf(way.nest, data, windows)) || !isLong(lanesOf(way.nest, kernel, windows))) continue;
    const time = timeOf(effortOf(way.nest, way.convolution, batch));
    if (time < least) [best, least] = [way, time];
  }
  return best;
}
