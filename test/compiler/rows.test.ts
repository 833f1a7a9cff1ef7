// Proves that rows which one dispatch runs through several nests never meet: no row touches what another writes, and between two barriers
// no thread of a row touches what another of its threads writes. Point by point, over programs of every kind.

import { expect, test } from "vitest";
import { figuresOf } from "../../bench/gpu/figures.ts";
import { workloadEntries } from "../../bench/plans.ts";
import { coefficient } from "../../compiler/arithmetic/affine.ts";
import { extent } from "../../compiler/arithmetic/dim.ts";
import { loadsOf } from "../../compiler/loops/axes.ts";
import type { Axis, Store } from "../../compiler/loops/nest.ts";
import { placeOf } from "../../compiler/loops/reference.ts";
import type { Memory } from "../../compiler/targets/wgsl/barriers.ts";
import { barriersOf } from "../../compiler/targets/wgsl/barriers.ts";
import { tabulate } from "../../compiler/targets/wgsl/program.ts";
import type { Layout, Member, RowsWork } from "../../compiler/targets/wgsl/rows.ts";
import { isShared, layoutOf } from "../../compiler/targets/wgsl/rows.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { compileText } from "../support/engine.ts";
import { CASES } from "../support/programs.ts";

const BATCH = 3;

/** A device that is busy with few rows: more of them lie in a workgroup. */
const SMALL = { ...GPU, device: { ...GPU.device, units: 1 } };

/** Each step of a cell with weights is dispatches of its own. */
const BY_STEP = { ...GPU, rows: { ...GPU.rows, again: 0 } };

function worksOf(program: string, fields: (typeof CASES)[number]["fields"], tuning: typeof GPU): RowsWork[] {
  const { entries } = compileText(program, fields, 20);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const { tables } = tabulate({ entries: bare, batch: BATCH }, tuning);
  const commands = tables.flat().flatMap((c) => (c.kind === "loop" ? c.body : [c]));
  return commands.flatMap((c) => c.pieces.flatMap((p) => p.rows ?? []));
}

/** All points of some axes, as coordinates added to those before. */
function* pointsOf(axes: readonly Axis[], at: ReadonlyMap<string, number>): Generator<Map<string, number>> {
  const [first, ...rest] = axes;
  if (!first) yield new Map(at);
  else for (let i = 0; i < extent(first.extent, BATCH); i++) yield* pointsOf(rest, new Map(at).set(first.name, i));
}

interface Touched {
  readonly place: string;
  readonly lane: number;
  readonly writes: boolean;
}

/** Places that the threads of a row touch in a nest: while they reduce, and when they store. */
function touchedBy(
  member: Member,
  row: ReadonlyMap<string, number>,
  layout: Layout,
): Record<"reduced" | "stored", Touched[]> {
  const { nest, inner } = member;
  const reads = loadsOf(nest.accumulators.map((a) => a.body)).filter((l) => !l.row);
  const after = loadsOf(nest.stores.map((s) => s.value)).filter((l) => !l.row);
  const together = isShared(member, layout, BATCH);
  const out: Record<"reduced" | "stored", Touched[]> = { reduced: [], stored: [] };
  const at = (b: Pick<Store, "buffer" | "address">, point: ReadonlyMap<string, number>): string =>
    `${b.buffer} ${placeOf(b.address, point)}`;
  for (const [i, point] of [...pointsOf(inner, row)].entries()) {
    const own = i % layout.workers;
    for (const [k, step] of [...pointsOf(nest.reduces, point)].entries())
      for (const l of reads)
        out.reduced.push({ place: at(l, step), lane: together ? k % layout.workers : own, writes: false });
    for (const l of after) out.stored.push({ place: at(l, point), lane: own, writes: false });
    for (const s of nest.stores) out.stored.push({ place: at(s, point), lane: own, writes: true });
  }
  return out;
}

/** Accesses since the last barrier, by place. */
class Races {
  private readonly lanes = new Map<string, Map<number, boolean>>();
  readonly found: string[] = [];

  touch({ place, lane, writes }: Touched): void {
    const known = this.lanes.get(place) ?? new Map<number, boolean>();
    for (const [other, wrote] of known) if (other !== lane && (wrote || writes)) this.found.push(place);
    known.set(lane, writes || known.get(lane) === true);
    this.lanes.set(place, known);
  }

  wait(memory: Memory, memoryOf: (buffer: string) => Memory): void {
    for (const place of this.lanes.keys()) if (memoryOf(place.split(" ")[0]!) === memory) this.lanes.delete(place);
  }
}

const MEMORIES: readonly ((buffer: string) => Memory)[] = [
  () => "storage",
  (buffer) => (buffer.length % 2 === 0 ? "storage" : "workgroup"),
];

/** Steps of a loop, and rows, that are looked at. */
const [STEPS, ROWS] = [4, 12];

function findRaces(
  work: RowsWork,
  layout: Layout,
  memoryOf: (buffer: string) => Memory,
): { races: string[]; waits: number } {
  const before = barriersOf(work, layout, memoryOf);
  const written = new Set(work.members.flatMap((m) => m.nest.stores.map((s) => s.buffer)));
  const owners = new Map<string, number>();
  const races: string[] = [];
  const steps = Array.from({ length: work.loop?.length ?? 1 }, (_, i) => i).slice(0, STEPS);
  const rows = work.members.map((m) => [...pointsOf(m.rows, new Map())]);
  for (let row = 0; row < Math.min(ROWS, extent(work.count, BATCH)); row++) {
    const seen = new Races();
    for (const step of steps)
      for (const [i, member] of work.members.entries()) {
        for (const memory of before[i]!) seen.wait(memory, memoryOf);
        const at = new Map(rows[i]![row]);
        const time = work.loop?.reverse ? work.loop.length - 1 - step : step;
        if (member.nest.time !== undefined) at.set(member.nest.time, time);
        const { reduced, stored } = touchedBy(member, at, layout);
        reduced.forEach((t) => {
          seen.touch(t);
        });
        if (isShared(member, layout, BATCH)) seen.wait("workgroup", memoryOf);
        stored.forEach((t) => {
          seen.touch(t);
        });
        for (const { place } of [...reduced, ...stored]) {
          if (!written.has(place.split(" ")[0]!)) continue;
          if ((owners.get(place) ?? row) !== row) races.push(`${place} belongs to two rows`);
          owners.set(place, row);
        }
      }
    races.push(...seen.found);
  }
  return { races, waits: before.filter((b) => b.size > 0).length };
}

const MORE = [
  { body: "layernorm; dense 7; softmax; layernorm", name: "a softmax between two norms" },
  { body: "dense 65; layernorm; softmax", name: "rows of more numbers than they have threads" },
  { body: "residual { layernorm; attention 3 causal }; layernorm", name: "attention" },
].map(({ body, name }) => ({
  name,
  program: `model net(x: [6, 9]) { ${body}; flatten; dense 5 }
train net on d { loss cross_entropy(net(x), label); optimizer adam lr=0.01; batch 3 }`,
  fields: [
    { name: "x", shape: [6, 9] },
    { name: "label", shape: [], classes: 5 },
  ],
}));

const PROGRAMS = [
  ...[...CASES, ...MORE].map((p) => ({ ...p, tuning: GPU })),
  ...MORE.map((p) => ({ ...p, tuning: SMALL })),
  ...CASES.filter((p) => /lstm|gru|rnn/.test(p.program)).map((p) => ({ ...p, tuning: BY_STEP })),
];

test("no row touches what another writes, and threads of a row wait for each other wherever they must", () => {
  const seen = { works: 0, loops: 0, waits: 0, free: 0 };
  for (const { name, program, fields, tuning } of PROGRAMS)
    for (const work of worksOf(program, fields, tuning)) {
      const layout = layoutOf(work, tuning);
      for (const memoryOf of MEMORIES) {
        const { races, waits } = findRaces(work, layout, memoryOf);
        expect(races.slice(0, 3), name).toEqual([]);
        seen.waits += waits;
        seen.free += work.members.length - waits;
      }
      seen.works++;
      if (work.loop) seen.loops++;
    }
  expect(seen.works).toBeGreaterThan(100);
  expect(seen.loops).toBeGreaterThan(20);
  // Barriers are where they must be, and not everywhere.
  expect(seen.waits).toBeGreaterThan(100);
  expect(seen.free).toBeGreaterThan(seen.waits);
});

test("a step of a recurrence waits twice at most forwards, and three times backwards", () => {
  for (const name of ["charlstm", "chargru"]) {
    const { workload, entries } = workloadEntries(name);
    const { barriers } = figuresOf({ entries, batch: workload.batch }, GPU);
    expect(barriers.length, name).toBe(4);
    for (const [i, most] of [2, 2, 3, 3].entries()) expect(barriers[i], name).toBeLessThanOrEqual(most);
  }
});

test("what is the same at every step of a loop lies so that neighbouring threads read neighbouring numbers", () => {
  let [loads, moved] = [0, 0];
  for (const name of ["charlstm", "chargru"]) {
    const { workload, entries } = workloadEntries(name);
    const { tables } = tabulate({ entries, batch: workload.batch }, GPU);
    const pieces = tables.flat().flatMap((c) => (c.kind === "loop" ? c.body : [c]).flatMap((k) => k.pieces));
    for (const { rows } of pieces.filter((p) => p.rows?.loop)) {
      const written = new Set(rows!.members.flatMap((m) => m.nest.stores.map((s) => s.buffer)));
      for (const { nest } of rows!.members) {
        const lane = nest.loops.at(-1)!.name;
        for (const { buffer, address } of loadsOf(nest.accumulators.map((a) => a.body))) {
          if (written.has(buffer)) continue;
          loads++;
          if (buffer.includes("layout")) moved++;
          expect(coefficient(address, lane), `${name}: ${buffer}`).toBe(1);
        }
      }
    }
  }
  // Two layers of each, forwards in training and evaluation, and backwards.
  expect([loads, moved]).toEqual([12, 4]);
});

test("a cell of more weights than a row reads again at each step is two dispatches a step over all rows, one of them a tile", () => {
  const loopsOf = (units: number): string[][][] => {
    const text = `model net(x: [5, 8]) { lstm ${units}; last; dense 3 }
train net on d { loss cross_entropy(net(x), label); batch 16; optimizer sgd lr=0.1 }`;
    const fields = [
      { name: "x", shape: [5, 8] },
      { name: "label", shape: [], classes: 3 },
    ];
    const all = compileText(text, fields, 20).entries.filter((e) => e.name === "train");
    const entries = all.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
    const [table = []] = tabulate({ entries, batch: 16 }, GPU).tables;
    const loops = table.filter((c) => c.kind === "loop");
    return loops.map((c) => c.body.map((k) => k.pieces.map((p) => p.schedule?.mode ?? "rows")));
  };
  expect(loopsOf(128)).toEqual([]);
  expect(loopsOf(129)).toEqual([
    [["tile"], ["rows"]],
    [["map", "rows"], ["tile"]],
  ]);
});

test("a softmax, a layer norm, both of them and a loss over classes are one dispatch each way over rows of any leading axes", () => {
  const fields = [
    { name: "x", shape: [40, 64] },
    { name: "next", shape: [40], classes: 80 },
  ];
  const dispatches = (between: string, loss = "mean(net(x) ^ 2)"): number => {
    const text = `model net(x: [40, 64]) { dense 96 nobias; ${between} dense 80 nobias }
train net on d { loss ${loss}; batch 32; optimizer sgd lr=0.1 }`;
    const entries = compileText(text, fields, 64).entries.filter((e) => e.name === "train");
    const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
    return figuresOf({ entries: bare, batch: 32 }, GPU).dispatches;
  };
  const bare = dispatches("");
  for (const rows of ["softmax;", "layernorm;", "softmax; layernorm;"]) expect(dispatches(rows) - bare, rows).toBe(2);
  // The mean of squares reads its product once more in a dispatch of its own, too.
  expect(dispatches("", "cross_entropy(net(x), next)") - bare).toBeLessThanOrEqual(1);
});
