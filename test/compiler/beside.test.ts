// Proves that what runs beside each other in one dispatch needs nothing of each other, and that every piece still comes after all that
// it needs and before all that would overwrite what it reads: over programs of every kind, place by place of their nests.

import { expect, test } from "vitest";
import { figuresOf } from "../../bench/gpu/figures.ts";
import { workloadEntries } from "../../bench/plans.ts";
import { workloads } from "../../bench/workloads.ts";
import { doMeet } from "../../compiler/loops/accesses.ts";
import { CommandWriter } from "../../compiler/targets/commands.ts";
import type { Program } from "../../compiler/targets/target.ts";
import type { Piece, PieceCommand } from "../../compiler/targets/wgsl/backend.ts";
import { wgslBackend } from "../../compiler/targets/wgsl/backend.ts";
import { groupPieces } from "../../compiler/targets/wgsl/beside.ts";
import type { Schedule } from "../../compiler/targets/wgsl/schedule.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { compileText } from "../support/engine.ts";
import { CASES } from "../support/programs.ts";

const programs: (readonly [string, Program])[] = [
  ...CASES.map(({ name, program, fields }) => {
    const { entries } = compileText(program, fields, 20);
    return [name, { entries, batch: 5 }] as const;
  }),
  ...Object.entries(workloads).map(
    ([name, { batch }]) => [name, { entries: workloadEntries(name).entries, batch }] as const,
  ),
];

/** Pieces in the order of the program, and the groups that are made of them. */
function grouped({ entries, batch }: Program): { readonly before: Piece[]; readonly groups: Piece[][] }[] {
  const data = entries.flatMap((e) => e.parts.flatMap((p) => p.fields.map((f) => `data:${f}`)));
  const buffers = ["ring", "order", ...new Set(data)].map((name) => ({
    name,
    size: 4096,
    role: name === "ring" ? ("result" as const) : ("data" as const),
    dtype: name === "order" ? ("i32" as const) : ("f32" as const),
  }));
  const writer = new CommandWriter<PieceCommand, Schedule>({ batch, data: buffers, verify: false }, (w) =>
    wgslBackend(w, GPU),
  );
  return writer.tables(entries).map((table) => ({
    before: table.flatMap((c) => (c.kind === "loop" ? c.body : [c]).map((k) => k.piece)),
    groups: groupPieces(table, { buffers: writer.buffers, batch, tuning: GPU }).flatMap((g) =>
      g.kind === "loop" ? g.body.map((p) => [...p]) : [[...g.pieces]],
    ),
  }));
}

test("no piece is lost, none runs beside one that it needs, and none has changed places with one", () => {
  let joined = 0;
  for (const [name, program] of programs) {
    for (const { before, groups } of grouped(program)) {
      expect(new Set(groups.flat()), name).toEqual(new Set(before));
      expect(groups.flat().length, name).toBe(before.length);
      const place = new Map(groups.flatMap((g, i) => g.map((p) => [p, i] as const)));
      for (const [i, later] of before.entries())
        for (const earlier of before.slice(0, i))
          if (doMeet(earlier.accesses, later.accesses) && place.get(earlier)! >= place.get(later)!)
            throw new Error(`${name}: ${later.about.nest} does not come after ${earlier.about.nest}`);
      joined += before.length - groups.length;
    }
  }
  expect(joined).toBeGreaterThan(500);
});

/** The most dispatches of a training step. */
const MOST: Readonly<Record<string, number>> = {
  mlp: 12,
  lenet: 22,
  charlstm: 30,
  chargru: 26,
  transformer: 130,
  resnet20: 190,
  resnet18: 170,
  vae: 20,
  dcgan: 90,
};

test("a training step is few dispatches", () => {
  for (const [name, most] of Object.entries(MOST)) {
    const { workload, entries } = workloadEntries(name);
    expect(figuresOf({ entries, batch: workload.batch }, GPU).dispatches, name).toBeLessThanOrEqual(most);
  }
});
