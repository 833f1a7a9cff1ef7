// Nests that walk the same rows as one body: each row of a workgroup by threads of its own, at every step of a loop where there is one,
// with a barrier only where a thread goes on with what another has made. What nothing else reads stays in workgroup memory.

import { zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { runExtent } from "../../loops/axes.ts";
import type { Memory } from "./barriers.ts";
import { barriersOf } from "./barriers.ts";
import type { Body, Shared } from "./kernels.ts";
import { pointLines, sharedOf, timeAxes, togetherLines } from "./kernels.ts";
import type { Layout, Member, RowsWork } from "./rows.ts";
import { isShared, placesInRows } from "./rows.ts";
import { THREADS } from "./tuning.ts";
import type { Names } from "./values.ts";
import { countText, decode, extentText, fresh, indented } from "./values.ts";

/** Buffers in workgroup memory: from where on, with so many numbers for each row. */
export type Kept = ReadonlyMap<string, { readonly at: number; readonly length: number }>;

/** Name of the workgroup memory of rows. */
const KEPT = "kept";

/** Numbers that the rows of a workgroup keep in its memory. */
export const keptCount = (kept: Kept, { rows }: Layout): number =>
  [...kept.values()].reduce((n, k) => n + k.length * rows, 0);

/** The smallest of the buffers that may be kept, as many as there is room for. */
export function chooseKept(work: RowsWork, layout: Layout, mayBeKept: (buffer: string) => boolean, most: number): Kept {
  const sizes = [...placesInRows(work)].flatMap(([name, place]) =>
    place && mayBeKept(name) ? [{ name, length: place.length }] : [],
  );
  const kept = new Map<string, { at: number; length: number }>();
  let at = 0;
  for (const { name, length } of sizes.toSorted((a, b) => a.length - b.length)) {
    if (at + length * layout.rows > most) break;
    kept.set(name, { at, length });
    at += length * layout.rows;
  }
  return kept;
}

function memoryOf(kept: Kept): (buffer: string) => Memory {
  return (buffer) => (kept.has(buffer) ? "workgroup" : "storage");
}

/** How often the threads of a workgroup wait for each other at each step. */
export function countBarriers(work: RowsWork, layout: Layout, kept: Kept): number {
  const within = work.members.filter((m) => isShared(m, layout, work.batch)).length * (1 + Math.log2(layout.workers));
  return within + barriersOf(work, layout, memoryOf(kept)).filter((b) => b.size > 0).length;
}

const BARRIERS: Readonly<Record<Memory, string>> = { storage: "storageBarrier();", workgroup: "workgroupBarrier();" };

export function emitRows(outer: Names, work: RowsWork, layout: Layout, kept: Kept): Body {
  const { rows, workers, across } = layout;
  const { names, lines: places } = keepIn(outer, work, kept);
  const { constant, perBatch } = runExtent(work.count);
  const count = extentText(names, work.count);
  const [slot, worker] = across ? [`% ${rows}`, `/ ${rows}`] : [`/ ${workers}`, `% ${workers}`];
  const steps = zip(work.members, barriersOf(work, layout, memoryOf(kept))).flatMap(([member, barriers]) => [
    ...[...barriers].map((b) => BARRIERS[b]),
    "{",
    ...indented(memberLines(names, member, work, layout)),
    "}",
  ]);
  const lines = [
    `let slot = i32(lane) ${slot};`,
    `let worker = i32(lane) ${worker};`,
    `let live = place * ${rows} + slot < ${count};`,
    `let row = select(0, place * ${rows} + slot, live);`,
    ...places,
    ...(work.loop ? loopLines(work.loop, steps) : steps),
  ];
  const size = keptCount(kept, layout);
  return {
    lines,
    functions: [],
    shared: [
      ...work.members.filter((m) => isShared(m, layout, work.batch)).flatMap((m) => sharedOf(m.nest)),
      ...(size > 0 ? [{ name: KEPT, type: "f32", count: size } satisfies Shared] : []),
    ],
    threads: THREADS,
    grid: [{ extents: [{ constant, perBatch }], per: rows }],
  };
}

const loopLines = ({ length, reverse }: { length: number; reverse: boolean }, steps: readonly string[]): string[] => [
  `for (var count = 0; count < ${length}; count++) {`,
  `  let time = ${reverse ? `${length - 1} - count` : "count"};`,
  ...indented(steps),
  "}",
];

/** Names by which what is kept is found in workgroup memory; an address holds its row, which is taken off again. */
function keepIn(names: Names, work: RowsWork, kept: Kept): { names: Names; lines: string[] } {
  const places = placesInRows(work);
  const bases = new Map([...kept.keys()].map((name) => [name, fresh(names, "own")] as const));
  const lines = [...kept].map(([name, { at, length }]) => {
    const { stride, low } = lookUp(places, name) ?? { stride: 0, low: 0 };
    return `let ${lookUp(bases, name)} = ${at - low} + slot * ${length} - row * ${stride};`;
  });
  const own: Names = {
    variable: (b) => (bases.has(b) ? KEPT : names.variable(b)),
    base: (b) => bases.get(b) ?? names.base(b),
    element: (b) => (bases.has(b) ? "whole" : names.element(b)),
    uses: names.uses,
    subgroup: names.subgroup,
    get counter() {
      return names.counter;
    },
    set counter(value) {
      names.counter = value;
    },
  };
  return { names: own, lines };
}

function memberLines(names: Names, member: Member, { batch, loop }: RowsWork, layout: Layout): string[] {
  const { nest, inner } = member;
  const { rows, workers, across } = layout;
  const axes = timeAxes(names, nest, loop ? "time" : "now.x");
  const own = decode(names, member.rows, "row", axes);
  if (isShared(member, layout, batch)) {
    const lanes = across ? { workers, apart: rows, first: "slot" } : { workers, apart: 1, first: `slot * ${workers}` };
    return [...own, ...togetherLines(names, { nest, batch }, axes, lanes)];
  }
  const point = [...decode(names, inner, "point", axes), ...pointLines(names, nest, batch, axes)];
  if (inner.length === 0) return [...own, "if (live && worker == 0) {", ...indented(point), "}"];
  const points = [
    `for (var point = worker; point < ${countText(names, inner)}; point += ${workers}) {`,
    ...indented(point),
    "}",
  ];
  return [...own, "if (live) {", ...indented(points), "}"];
}
