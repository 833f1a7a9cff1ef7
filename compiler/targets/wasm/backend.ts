// Nests as commands of the CPU engine: each with its kernel, its units of work, and, for a tile, the packing of its vector operand.

import { coefficient } from "../../arithmetic/affine.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { classRows, detachSum } from "../../loops/classrows.ts";
import { showNest } from "../../loops/nest.ts";
import { splitReduction } from "../../loops/regions.ts";
import { isKept } from "../../loops/storage.ts";
import type { Backend, CommandWriter, KernelTable, Surroundings } from "../commands.ts";
import { type ClassRowsSchedule, levelsOf, zerosOf } from "./emit/classrows.ts";
import { buffersOf } from "./emit/context.ts";
import type { Code } from "./emit/encoder.ts";
import { emitKernel } from "./emit/nests.ts";
import { leastSizes } from "./emit/subnormals.ts";
import { packNests } from "./emit/tiles/packing.ts";
import { edgeSize, hasEdge, panelsOf, type TileSchedule } from "./emit/tiles/tiler.ts";
import { waitingBlock, waitingRows } from "./emit/tiles/waiting.ts";
import { ONE_UNIT, unitsOf } from "./emit/units.ts";
import { SPECIAL } from "./runner.ts";
import type { WasmKernel } from "./schedule/command.ts";
import { type Patches, patchesOf } from "./schedule/patches.ts";
import type { Schedule, Setting } from "./schedule/schedule.ts";
import { schedule, showSchedule } from "./schedule/schedule.ts";
import { PANEL, type WasmTuning } from "./schedule/tuning.ts";

type Around = Surroundings<WasmKernel>;

export function wasmBackend(
  writer: CommandWriter<WasmKernel, Schedule>,
  table: KernelTable<Code>,
  tuning: WasmTuning,
): Backend<WasmKernel, Schedule> {
  const { batch } = writer;
  const setting = (region: boolean): Setting => ({ batch, region, hasFixedWeights: writer.hasFixedWeights, tuning });

  /** `operands`: buffers that no nest names, such as packed operands and what holds the terms of a block. */
  function command(s: Schedule, rows: boolean, operands: readonly string[] = []): WasmKernel {
    writer.verified(s.nest);
    const sums = s.mode === "tile" && waitingBlock(s) ? sumsOf(s) : undefined;
    const edge = s.mode === "tile" && hasEdge(s) ? edgeOf(s) : undefined;
    const own = { operands, sums, edge };
    const stored = s.nest.stores.map((w) => w.buffer);
    const code = emitKernel(
      s,
      own,
      leastSizes(s.nest, (name) => isKept(lookUp(writer.buffers, name))),
    );
    const about = { label: s.nest.label, schedule: showSchedule(s), nest: showNest(s.nest) };
    const kernel = table.number(latin1.decode(code.encode()), code, about);
    const written = [...(s.mode === "classes" ? operands : []), sums, edge].filter((name) => name !== undefined);
    const writes = [...new Set([...stored, ...written])];
    return {
      kind: "kernel",
      kernel,
      units: unitsOf(s),
      buffers: buffersOf(s, own),
      writes,
      rows,
      word: 0,
      nest: s.nest,
    };
  }

  /** Sums of a tile that wait while other rows take their turn. */
  function sumsOf(s: TileSchedule): string {
    const name = writer.freeName("sums");
    writer.add({ name, size: panelsOf(s) * waitingRows(s) * PANEL, role: "temporary", dtype: "f32" });
    return name;
  }

  /** A place beside the result of a tile for each call that may run at once. */
  function edgeOf(s: TileSchedule): string {
    const name = writer.freeName("edge");
    const { constant, perBatch, divisor } = unitsOf(s);
    const size = edgeSize * Math.ceil((constant + perBatch * batch) / divisor);
    writer.add({ name, size, role: "temporary", dtype: "f32" });
    return name;
  }

  const tiled = (s: TileSchedule, around: Around): WasmKernel[] =>
    s.tile.packed ? packedTile(s, around) : [command(s, around.region)];

  function copied({ copy, size }: Patches): WasmKernel {
    const { buffer } = itemAt(copy.stores, 0);
    writer.add({ name: buffer, size, role: "temporary", dtype: "f32" });
    return command(schedule(copy, setting(false)), false);
  }

  /** A tile after the packing of its vector operand, which stands before a loop that does not change it. */
  function packedTile(s: TileSchedule, { region, written, before }: Around): WasmKernel[] {
    const pack = writer.freeName("pack");
    const { nests, size, ragged } = packNests(s, pack, batch);
    const key = nests.map(showNest).join().replaceAll(pack, "pack");
    const known = before.get(key);
    if (known) return [command(s, region, [known.buffer])];
    const role = nests.length > 1 || ragged ? "zeroed" : "temporary";
    writer.add({ name: pack, size, role, dtype: "f32" });
    const commands = nests.map((n) => command(schedule(n, setting(false)), false));
    const { vector } = s.tile;
    const { time } = s.nest;
    const isFixed = time !== undefined && !written.has(vector.buffer) && coefficient(vector.address, time) === 0;
    if (isFixed) before.set(key, { buffer: pack, commands });
    return [...(isFixed ? [] : commands), command(s, region, [pack])];
  }

  /** Rows by class after zeros in their place. */
  function addedRows(s: ClassRowsSchedule): WasmKernel[] {
    const { count, size } = levelsOf(s);
    // Emptied when the sum is made, they serve all sums of their size.
    const levels = Array.from({ length: count }, (_, level) => `rows_of_level${level}_${size}`);
    for (const name of levels) writer.add({ name, size, role: "zeroed", dtype: "f32" });
    return [command(schedule(zerosOf(s.nest), setting(false)), false), command(s, false, levels)];
  }

  return {
    schedule: (nest, inRegion) => schedule(nest, setting(inRegion)),
    takesSiblings: (s) => s.mode === "tile",
    cut: (nest, s, inRegion, name) => {
      if (inRegion || s.mode === "tile" || s.mode === "classes") return undefined;
      return classRows(nest) ? detachSum(nest, batch, name) : splitReduction(nest, batch, name, tuning.cut);
    },
    kernels(s, around) {
      if (s.mode === "classes") return addedRows(s);
      if (s.mode !== "tile") return [command(s, around.region)];
      const patches = around.region ? undefined : patchesOf(s, writer.freeName("patches"));
      return patches ? [copied(patches), ...tiled(patches.tile, around)] : tiled(s, around);
    },
    fetch: (field) => [
      {
        ...fetchOf(lookUp(writer.buffers, field).size / batch, lookUp(writer.buffers, `data:${field}`).byteUnit),
        units: { constant: 0, perBatch: 1, divisor: 1 },
        buffers: [`data:${field}`, field, "order"],
        writes: [field],
      },
    ],
    finish: (logged, tookBatch) => [
      ...logged.map(({ buffer, at }, i) => ({ ...special("log", i + 4096 * at), buffers: [buffer] })),
      { ...special("advance", logged.length + (tookBatch ? 4096 : 0)), alone: true },
    ],
  };
}

/** Rows of so many numbers; where they are bytes, with the one that stands for 1. */
const fetchOf = (size: number, byteUnit: number | undefined): WasmKernel =>
  byteUnit === undefined ? special("fetch", 4 * size) : special("fetchBytes", 2 * size + (byteUnit === 255 ? 1 : 0));

/** A kernel that every module has, alone in one unit. */
const special = (name: (typeof SPECIAL)[number], word: number): WasmKernel => ({
  kind: "kernel",
  kernel: SPECIAL.indexOf(name),
  units: ONE_UNIT,
  buffers: [],
  writes: [],
  rows: false,
  word,
});

/** Bytes as a key: each of the 256 values is another character. */
const latin1 = new TextDecoder("latin1");
