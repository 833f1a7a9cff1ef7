// From lowered entries to a plan: kernels (equal ones once), record tables, memory, and the module that runs the tables.

import type { PlanBuffer, PlanEntry, PlanKernel, WasmPlan } from "../../../runtime/plan.ts";
import { LAYOUT } from "../../../runtime/plan.ts";
import { axisIndex, coefficient, combine, literal, strideAlong } from "../../arithmetic/affine.ts";
import { extent } from "../../arithmetic/dim.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { mustFit } from "../../layout/budget.ts";
import { addressText, placeBuffers } from "../../layout/memory.ts";
import { verifyLayout } from "../../layout/verify.ts";
import { runExtent } from "../../loops/axes.ts";
import type { Entry, EntryPart } from "../../loops/entry.ts";
import type { Axis, Nest } from "../../loops/nest.ts";
import { mapNest, showNest } from "../../loops/nest.ts";
import { openLoop, splitReduction, splitSibling } from "../../loops/regions.ts";
import type { Observer } from "../../loops/stage.ts";
import { LAYOUT_STAGE, SCHEDULE_STAGE } from "../../loops/stage.ts";
import type { Step } from "../../loops/step.ts";
import type { Buffer } from "../../loops/storage.ts";
import { verifyNest } from "../../loops/verify.ts";
import { buffersOf, RECORD_POINTERS } from "./context.ts";
import { encodeModule } from "./encoder.ts";
import { launchesOf, withBarriers } from "./launches.ts";
import type { Line, Units } from "./line.ts";
import { emitKernel, flatUnitOf } from "./nests.ts";
import { runtimeFunctions, SPECIAL } from "./runner.ts";
import type { Schedule } from "./schedule.ts";
import { schedule, showSchedule } from "./schedule.ts";
import { packIndex, panelsOf, rowBlock } from "./tiles.ts";
import { PANEL } from "./tilesteps.ts";
import { worksOf } from "./work.ts";

const MEMORY = 2 ** 32 - 2 ** 16;

export function compileWasm(
  entries: readonly Entry[],
  batch: number,
  shared: boolean,
  data: readonly Buffer[] = [],
  { after, verify = false, works }: Observer = {},
): WasmPlan {
  const kernels = new KernelTable();
  const buffers = new Map<string, Buffer>(data.map((b) => [b.name, b]));
  const tables = entries.map((entry) => withBarriers(new TableWriter(kernels, buffers, batch, verify).write(entry)));
  const written = zip(entries, tables);
  for (const [{ name }, table] of written) after?.(SCHEDULE_STAGE, name, () => listing(table, kernels.list));
  const nameOf = (kernel: number): string => kernels.list[kernel - SPECIAL.length]?.name ?? itemAt(SPECIAL, kernel);
  if (works) for (const [{ name }, table] of written) works(name, worksOf(table, buffers, batch, nameOf));
  const sizes = tables.map((t) => t.reduce((n, l) => n + lineBytes(l), 0));
  const total = sizes.reduce((a, b) => a + b, 0);
  const placed = placeBuffers(tables, buffers, align(LAYOUT.free + total, 4096));
  if (verify) verifyLayout(tables, buffers, placed.addresses);
  after?.(LAYOUT_STAGE, "memory", () => addressText(buffers.values(), placed.addresses));
  mustFit({ of: "one memory", bytes: placed.end, most: MEMORY }, buffers.values(), entries);
  const records = new Uint8Array(total);
  const view = new DataView(records.buffer);
  let at = 0;
  const planEntries: PlanEntry[] = written.map(([entry, table]) => {
    const start = LAYOUT.free + at;
    for (const line of table) at = writeLine(view, at, line, placed.addresses, false);
    return {
      name: entry.name,
      start,
      end: LAYOUT.free + at,
      launches: launchesOf(table),
      logged: entry.parts.flatMap((p) => p.logged),
      fields: [...new Set(entry.parts.flatMap((p) => p.fields))],
    };
  });
  const pages = Math.ceil((placed.end + 65536) / 65536);
  const { functions, exports } = runtimeFunctions(shared);
  const module = encodeModule({
    functions: [...functions, ...kernels.codes],
    exports,
    table: [
      ...SPECIAL.map((_, i) => functions.length - SPECIAL.length + i),
      ...kernels.codes.map((_, i) => functions.length + i),
    ],
    shared,
    pages,
  });
  // A temporary that fusion has left no use of lies nowhere.
  const planBuffers = [...buffers.values()].flatMap((b): PlanBuffer[] => {
    const address = placed.addresses.get(b.name);
    return address === undefined ? [] : [{ ...b, address }];
  });
  return {
    module,
    pages,
    records,
    recordsAddress: LAYOUT.free,
    buffers: planBuffers,
    entries: planEntries,
    kernels: kernels.list,
    batch,
    shared,
  };
}

/** Kernels by their code: equal code is one function. */
class KernelTable {
  readonly codes: ReturnType<typeof emitKernel>[] = [];
  readonly list: PlanKernel[] = [];
  private readonly known = new Map<string, number>();

  add(s: Schedule, pack: string | undefined): number {
    const code = emitKernel(s, pack);
    const key = hash(code.encode());
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const index = this.codes.push(code) - 1 + SPECIAL.length;
    this.known.set(key, index);
    this.list.push({
      name: `k${index}_${s.nest.label.replaceAll("+", "_")}`,
      schedule: showSchedule(s),
      nest: showNest(s.nest),
    });
    return index;
  }
}

function hash(bytes: readonly number[]): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.slice(i, i + 8192));
  return text;
}

class TableWriter {
  readonly kernels: KernelTable;
  readonly buffers: Map<string, Buffer>;
  readonly batch: number;
  private hoisted: Line[] = [];
  private prefix = "";
  private packs = new Map<string, string>();
  /** Steps of the loop that is being written. */
  private times: ReadonlyMap<string, number> = new Map();
  private readonly verify: boolean;

  constructor(kernels: KernelTable, buffers: Map<string, Buffer>, batch: number, verify: boolean) {
    this.kernels = kernels;
    this.buffers = buffers;
    this.batch = batch;
    this.verify = verify;
  }

  write(entry: Entry): Line[] {
    return entry.parts.flatMap((part, i) => this.part(`${entry.name}${i}/`, part));
  }

  private part(prefix: string, entry: EntryPart): Line[] {
    this.prefix = prefix;
    for (const b of entry.lowered.buffers.values()) {
      const name = this.rename(b);
      if (!this.buffers.has(name)) this.buffers.set(name, { ...b, name });
    }
    const roles = entry.lowered.buffers;
    const lines: Line[] = entry.fields.map((f) => this.fetch(f));
    for (const step of entry.lowered.steps) lines.push(...this.step(step, roles));
    entry.logged.forEach((name, i) => {
      lines.push(this.log(entry, name, i));
    });
    // The cursor moves on only where a batch was taken.
    const word = entry.logged.length + (entry.fields.length > 0 ? 4096 : 0);
    lines.push({ kind: "kernel", kernel: SPECIAL.indexOf("advance"), units: one, ...ALONE, rows: false, word });
    return lines;
  }

  /** Temporaries belong to their entry. */
  rename(b: Buffer): string {
    return b.role === "temporary" || b.role === "zeroed" || b.role === "result" ? this.prefix + b.name : b.name;
  }

  fetch(field: string): Line {
    const b = lookUp(this.buffers, field);
    return {
      kind: "kernel",
      kernel: SPECIAL.indexOf("fetch"),
      units: { constant: 0, perBatch: 1, divisor: 1 },
      buffers: [`data:${field}`, field, "order"],
      writes: [field],
      rows: false,
      word: (b.size / this.batch) * 4,
    };
  }

  log(entry: EntryPart, name: string, i: number): Line {
    const storage = lookUp(entry.lowered.results, name);
    const buffer = this.rename(lookUp(entry.lowered.buffers, storage.buffer));
    return {
      kind: "kernel",
      kernel: SPECIAL.indexOf("log"),
      units: one,
      buffers: [buffer],
      writes: [],
      rows: false,
      word: i + 4096 * storage.offset.offset,
    };
  }

  step(step: Step, roles: ReadonlyMap<string, Buffer>): Line[] {
    const rename = (n: string): string => this.rename(lookUp(roles, n));
    this.times = new Map(step.kind === "loop" ? [[step.time, step.length]] : []);
    if (step.kind === "nest") {
      this.hoisted = [];
      const lines = this.nest(mapNest(step.nest, { buffer: rename }), false);
      return [...this.hoisted, ...lines];
    }
    this.hoisted = [];
    this.packs = new Map();
    const { nests, written, region } = openLoop(step, rename);
    const body = nests.flatMap((n) => this.nest(n, region, written));
    return [...this.hoisted, { kind: "loop", length: step.length, reverse: step.reverse, body }];
  }

  nest(nest: Nest, region: boolean, written: ReadonlySet<string> = new Set()): Line[] {
    const s = schedule(nest, this.batch, region);
    const alone = s.mode === "tile" ? [nest] : splitSibling(nest);
    if (alone.length > 1) return alone.flatMap((n) => this.nest(n, region, written));
    const name = `${this.prefix}parts_${this.buffers.size}`;
    const cut = region || s.mode === "tile" ? undefined : splitReduction(nest, this.batch, name);
    if (cut) {
      this.buffers.set(name, cut.buffer);
      return [cut.first, cut.second].flatMap((n) => this.nest(n, region, written));
    }
    if (s.mode !== "tile" || !s.tile.packed) return [this.line(s, undefined, region)];
    const pack = `${this.prefix}pack_${this.buffers.size}`;
    const packing = packNests(s, pack, this.batch);
    const key = packing.nests.map(showNest).join().replaceAll(pack, "pack");
    const known = this.packs.get(key);
    if (known) return [this.line(s, known, region)];
    const invariant =
      !written.has(s.tile.vector.buffer) &&
      nest.time !== undefined &&
      coefficient(s.tile.vector.address, nest.time) === 0;
    this.buffers.set(pack, {
      name: pack,
      size: packing.size,
      role: packing.nests.length > 1 || packing.ragged ? "zeroed" : "temporary",
      dtype: "f32",
    });
    const made = packing.nests.map((n) => this.line(schedule(n, this.batch, false), undefined, false));
    if (invariant) {
      this.hoisted.push(...made);
      this.packs.set(key, pack);
      return [this.line(s, pack, region)];
    }
    return [...made, this.line(s, pack, region)];
  }

  line(s: Schedule, pack: string | undefined, region: boolean): Line {
    const { buffers, batch, times } = this;
    if (this.verify) verifyNest(s.nest, { buffers, batch, times });
    const kernel = this.kernels.add(s, pack);
    return {
      kind: "kernel",
      kernel,
      units: unitsOf(s),
      buffers: buffersOf(s, pack),
      writes: writesOf(s),
      rows: region,
      word: 0,
      nest: s.nest,
    };
  }
}

const ALONE = { buffers: [], writes: [], alone: true } as const;

const writesOf = (s: Schedule): string[] => [...new Set(s.nest.stores.map((w) => w.buffer))];

const one: Units = { constant: 1, perBatch: 0, divisor: 1 };

function unitsOf(s: Schedule): Units {
  if (s.parallel === "one") return one;
  const loops = s.nest.loops;
  if (s.parallel === "rows") return unitsAlong(itemAt(loops, 0));
  if (s.parallel === "panels")
    return { constant: panelsOf(s as Extract<Schedule, { mode: "tile" }>), perBatch: 0, divisor: 1 };
  if (s.mode === "tile") {
    const { rows, outer } = s.tile;
    return s.parallel === "blocks" && rows ? unitsAlong(rows, rowBlock(rows)) : unitsAlong(itemAt(outer, 0));
  }
  const laned = s.mode === "map" || s.mode === "column" ? s.lanes : undefined;
  const outer = loops.filter((l) => l !== laned);
  const [first] = outer;
  if (s.parallel !== "flat" && first) return unitsAlong(first);
  return laned ? unitsAlong(laned, flatUnitOf(s)) : one;
}

/** The steps of an axis, so many in a unit. */
const unitsAlong = (axis: Axis, divisor = 1): Units => ({ ...runExtent(axis.extent), divisor });

/** Nests that write the vector operand in panels: whole panels, then the lanes of the last. */
function packNests(
  s: Extract<Schedule, { mode: "tile" }>,
  pack: string,
  batch: number,
): { nests: Nest[]; size: number; ragged: boolean } {
  const { lanes, tile } = s;
  const steps = s.nest.reduces;
  const depth = steps.reduce((n, r) => n * (r.extent as number), 1);
  const panels = panelsOf(s);
  const full = Math.floor((lanes.extent as number) / PANEL);
  const rest = (lanes.extent as number) % PANEL;
  const outerIndex = packIndex(s);
  const nest = (first: number, count: number, width: number): Nest => {
    let stride = PANEL;
    const stepTerms = steps.toReversed().map((r) => {
      const term = [axisIndex(r.name), stride] as const;
      stride *= r.extent as number;
      return term;
    });
    const address = combine([
      [outerIndex, PANEL * depth * panels],
      [axisIndex("panel"), PANEL * depth],
      [literal(first * PANEL * depth), 1],
      ...stepTerms,
      [axisIndex("lane"), 1],
    ]);
    const lane = combine([
      [axisIndex("panel"), PANEL],
      [literal(first * PANEL), 1],
      [axisIndex("lane"), 1],
    ]);
    const from = combine([
      [{ terms: tile.vector.address.terms.filter(([a]) => a !== lanes.name), offset: tile.vector.address.offset }, 1],
      [lane, strideAlong(tile.vector.address, lanes.name)],
    ]);
    return {
      label: "pack",
      span: s.nest.span,
      loops: [...tile.packAxes, { name: "panel", extent: count }, ...steps, { name: "lane", extent: width }],
      reduces: [],
      accumulators: [],
      stores: [{ buffer: pack, address, dtype: "f32", value: { ...tile.vector, address: from } }],
      ...(s.nest.time === undefined ? {} : { time: s.nest.time }),
    };
  };
  const nests = [...(full > 0 ? [nest(0, full, PANEL)] : []), ...(rest > 0 ? [nest(full, 1, rest)] : [])];
  const outer = tile.packAxes.reduce((n, a) => n * extent(a.extent, batch), 1);
  return { nests, size: outer * panels * depth * PANEL, ragged: rest > 0 };
}

/** The lines of a table with the kernels that they run; those of a loop are indented. */
function listing(lines: readonly Line[], kernels: readonly PlanKernel[]): string {
  const text = (line: Line): string => {
    if (line.kind === "loop") {
      const head = `loop of ${line.length}${line.reverse ? " backwards" : ""}\n`;
      return (
        head +
        line.body
          .map(text)
          .join("")
          .replaceAll(/^(?=.)/gm, "  ")
      );
    }
    const kernel = kernels[line.kernel - SPECIAL.length];
    return kernel ? `${kernel.name}: ${kernel.schedule}\n${kernel.nest}\n` : `${SPECIAL[line.kernel]}\n`;
  };
  return lines.map(text).join("");
}

function lineBytes(line: Line): number {
  if (line.kind === "loop") return RECORD_POINTERS + line.body.reduce((n, l) => n + lineBytes(l), 0);
  return RECORD_POINTERS + 4 * line.buffers.length;
}

/** Words: kind, kernel, units (constant, per batch, divisor), flags, bytes, own word; then buffer addresses. */
function writeLine(
  view: DataView,
  at: number,
  line: Line,
  addresses: ReadonlyMap<string, number>,
  within: boolean,
): number {
  const word = (i: number, value: number): void => view.setUint32(at + 4 * i, value >>> 0, true);
  word(0, line.kind === "loop" ? 1 : 0);
  if (line.kind === "loop") {
    word(1, line.length);
    word(2, line.reverse ? 1 : 0);
    word(6, lineBytes(line));
    let inner = at + RECORD_POINTERS;
    for (const l of line.body) inner = writeLine(view, inner, l, addresses, true);
    return inner;
  }
  word(1, line.kernel);
  word(2, line.units.constant);
  word(3, line.units.perBatch);
  word(4, line.units.divisor);
  word(5, (line.rows && within) || line.barrier === false ? 0 : 1);
  word(6, lineBytes(line));
  word(7, line.word);
  line.buffers.forEach((name, i) => {
    const address = addresses.get(name);
    if (address === undefined) throw new Error(`buffer ${name} has no address`);
    view.setUint32(at + RECORD_POINTERS + 4 * i, address >>> 0, true);
  });
  return at + lineBytes(line);
}

const align = (n: number, to: number): number => Math.ceil(n / to) * to;
