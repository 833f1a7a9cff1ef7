// Proves of the blocks of long sums that every term is taken once and no accumulator takes more than its share, for axes of
// any lengths; and that a reduction may be cut twice.

import { expect, test } from "vitest";
import { axisIndex } from "../../compiler/arithmetic/affine.ts";
import type { Nest } from "../../compiler/loops/nest.ts";
import { cutReduction } from "../../compiler/loops/regions.ts";
import type { SumAxis, SumBlock } from "../../compiler/loops/sums.ts";
import { BLOCK, blocksAlong, sumBlocks } from "../../compiler/loops/sums.ts";
import { Random } from "../../runtime/data/random.ts";

/** Walks the loops of a sum: terms that reach the last level, and the most that an accumulator of each level has taken. */
function walk(axes: readonly SumAxis[], blocks: readonly SumBlock[]): { terms: number; taken: number[] } {
  const held = Array.from({ length: blocks.length + 1 }, () => ({ terms: 0, additions: 0 }));
  const taken = held.map(() => 0);
  const add = (level: number, terms: number): void => {
    held[level]!.terms += terms;
    taken[level] = Math.max(taken[level]!, ++held[level]!.additions);
  };
  const inside = (at: number): void => {
    const axis = axes[at];
    if (!axis) add(0, 1);
    else cut(at, blocksAlong(blocks, axis.name), 0, axis.extent);
  };
  const cut = (at: number, [block, ...smaller]: readonly SumBlock[], from: number, to: number): void => {
    if (!block) {
      for (let i = from; i < to; i++) inside(at + 1);
      return;
    }
    for (let start = from; start < to; start += block.size) {
      cut(at, smaller, start, Math.min(start + block.size, to));
      add(block.level + 1, held[block.level]!.terms);
      held[block.level] = { terms: 0, additions: 0 };
    }
  };
  inside(0);
  return { terms: held.at(-1)!.terms, taken };
}

test("every term is taken once, and no accumulator takes more than 128 terms or 64 blocks", () => {
  const random = new Random(4);
  let deepest = 0;
  for (let n = 0; n < 300; n++) {
    const axes = Array.from({ length: 1 + random.integer(4) }, (_, i) => {
      const extent = 1 + random.integer([3, 20, 200, 3000][random.integer(4)]!);
      return { name: `r${i}`, extent, varies: random.integer(2) === 1 };
    });
    const size = axes.reduce((product, a) => product * a.extent, 1);
    if (size > 2e6) continue;
    const blocks = sumBlocks(axes);
    const { terms, taken } = walk(axes, blocks);
    expect(terms, JSON.stringify(axes)).toBe(size);
    taken.forEach((most, level) => {
      expect(most, JSON.stringify({ axes, blocks })).toBeLessThanOrEqual(level === 0 ? BLOCK : 64);
    });
    expect(blocks.length === 0).toBe(size <= BLOCK);
    deepest = Math.max(deepest, blocks.length);
  }
  expect(deepest).toBeGreaterThanOrEqual(3);
});

test("a reduction that was cut into parts can be cut again: its axes have names of their own", () => {
  const body = { kind: "load", buffer: "x", address: axisIndex("part"), dtype: "f32" } as const;
  const nest: Nest = {
    label: "sum",
    span: undefined,
    loops: [],
    reduces: [{ name: "part", extent: 5000 }],
    accumulators: [{ combine: "sum", body }],
    stores: [
      { buffer: "y", address: { terms: [], offset: 0 }, dtype: "f32", value: { kind: "accumulator", index: 0 } },
    ],
  };
  const once = cutReduction(nest, 1, "parts", 40);
  const twice = cutReduction(once.second, 1, "fewer", 5);
  for (const { loops, reduces } of [once.first, once.second, twice.first, twice.second]) {
    const names = [...loops, ...reduces].map((a) => a.name);
    expect(new Set(names).size, names.join()).toBe(names.length);
  }
});
