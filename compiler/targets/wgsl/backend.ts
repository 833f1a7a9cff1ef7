// Nests as dispatches of the GPU engine: each with its kernel's module, its workgroups and its arenas.

import { lookUp } from "../../arithmetic/lookup.ts";
import { mergeAxes } from "../../loops/axes.ts";
import type { Nest } from "../../loops/nest.ts";
import { showNest } from "../../loops/nest.ts";
import { buffersIn, cutReduction, splitReduction } from "../../loops/regions.ts";
import type { About, Backend, CommandWriter, KernelCommand, KernelTable } from "../commands.ts";
import { arenaName } from "./arenas.ts";
import type { Body, Grid } from "./kernels.ts";
import { emitBody } from "./kernels.ts";
import type { Module } from "./module.ts";
import { moduleOf } from "./module.ts";
import { emitRegion } from "./regions.ts";
import type { Schedule } from "./schedule.ts";
import { partsOf, schedule, showSchedule } from "./schedule.ts";
import { emitAdvance, emitFetch } from "./special.ts";
import { emitTile } from "./tiles.ts";
import type { WgslTuning } from "./tuning.ts";
import type { Names } from "./values.ts";

/** A loop over time in one dispatch. */
export interface RegionWork {
  readonly nests: readonly Nest[];
  readonly length: number;
  readonly reverse: boolean;
}

/** A dispatch before places are known. */
export interface WgslCommand extends KernelCommand {
  readonly grid: Grid;
  readonly arenas: readonly string[];
  /** How its nests run; fetching and advancing have none. */
  readonly schedules: readonly Schedule[];
  readonly region?: RegionWork;
}

export type KernelCode = Omit<Module, "grid" | "arenaNames">;

export function wgslBackend(
  writer: CommandWriter<WgslCommand, Schedule>,
  table: KernelTable<KernelCode>,
  tuning: WgslTuning,
): Backend<WgslCommand, Schedule> {
  const { batch } = writer;

  interface Kernel {
    readonly about: About;
    /** In the order of their places in the uniform. */
    readonly buffers: readonly string[];
    readonly written: readonly string[];
    readonly emit: (names: Names) => Body;
    readonly schedules?: readonly Schedule[];
    readonly region?: RegionWork;
    /** Whether it changes the step block. */
    readonly advances?: boolean;
  }

  function command({ about, buffers, written, emit, advances = false, schedules = [], region }: Kernel): WgslCommand {
    const arenaOf = (name: string): ReturnType<Parameters<typeof moduleOf>[0]["arenaOf"]> => {
      const buffer = lookUp(writer.buffers, name);
      return { name: arenaName(buffer), dtype: buffer.dtype };
    };
    const module = moduleOf({ buffers, written: new Set(written), arenaOf, advances }, emit);
    const { grid, arenaNames: arenas, ...code } = module;
    const kernel = table.number(code.code, code, about);
    return { kind: "kernel", kernel, grid, buffers, arenas, schedules, ...(region && { region }) };
  }

  return {
    schedule: (nest) => schedule(nest, batch, tuning),
    takesSiblings: () => false,
    cut(nest, s, _, name) {
      const parts = partsOf(s);
      // Merged axes: parts are of the first of those.
      if (parts > 1) return cutReduction(s.nest, batch, name, parts);
      return s.mode === "tile" ? undefined : splitReduction(nest, batch, name, tuning.cut);
    },
    kernels(s) {
      const nest = writer.verified(s.nest);
      const about = { label: nest.label, schedule: showSchedule(s), nest: showNest(nest) };
      const emit = (names: Names): Body => (s.mode === "tile" ? emitTile(names, s) : emitBody(names, s));
      return [command({ about, buffers: buffersIn(nest), written: writtenBy([nest]), emit, schedules: [s] })];
    },
    region(nests, { length, reverse }) {
      const merged = nests.map((n) => writer.verified(mergeAxes(n, true)));
      const text = `region of ${length} steps, a workgroup for each row of the batch`;
      return command({
        about: { label: "region", schedule: text, nest: merged.map(showNest).join("\n") },
        buffers: [...new Set(merged.flatMap(buffersIn))],
        written: writtenBy(merged),
        emit: (names) => emitRegion(names, { nests: merged, length, reverse, batch }),
        region: { nests: merged, length, reverse },
      });
    },
    fetch(field) {
      const size = lookUp(writer.buffers, field).size / batch;
      return command({
        about: { label: "fetch", schedule: "a thread for each number", nest: "rows by the epoch's order" },
        buffers: [`data:${field}`, "order", field],
        written: [field],
        emit: (names) => emitFetch(names, field, size),
      });
    },
    finish: (logged, tookBatch) => [
      command({
        about: { label: "advance", schedule: "one thread", nest: "scalars to the ring, then the next step" },
        buffers: [...new Set([...logged.map((l) => l.buffer), "ring"])],
        written: ["ring"],
        emit: (names) => emitAdvance(names, logged, tookBatch),
        advances: true,
      }),
    ],
  };
}

const writtenBy = (nests: readonly Nest[]): string[] => nests.flatMap((n) => n.stores.map((s) => s.buffer));
