// From lowered entries to a plan for a GPU: kernels (equal ones once), dispatches in order, and the arenas that hold the
// buffers.

import type {
  WgslArena,
  WgslBuffer,
  WgslDispatch,
  WgslEntry,
  WgslKernel,
  WgslLoop,
  WgslPlan,
} from "../../../runtime/plan.ts";
import { LAYOUT } from "../../../runtime/plan.ts";
import { bytesOf } from "../../arithmetic/dtype.ts";
import { zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { mustFit } from "../../layout/budget.ts";
import type { Uses } from "../../layout/memory.ts";
import { addressText, placeBuffers } from "../../layout/memory.ts";
import { verifyLayout } from "../../layout/verify.ts";
import { mergeAxes } from "../../loops/axes.ts";
import type { Entry, EntryPart } from "../../loops/entry.ts";
import type { Nest } from "../../loops/nest.ts";
import { mapNest, showNest } from "../../loops/nest.ts";
import { buffersIn, cutReduction, openLoop, splitReduction, splitSibling } from "../../loops/regions.ts";
import type { Observer } from "../../loops/stage.ts";
import { LAYOUT_STAGE, SCHEDULE_STAGE } from "../../loops/stage.ts";
import type { Step } from "../../loops/step.ts";
import type { Buffer } from "../../loops/storage.ts";
import { verifyNest } from "../../loops/verify.ts";
import type { Body, Grid } from "./kernels.ts";
import { emitBody } from "./kernels.ts";
import { moduleOf } from "./module.ts";
import { emitRegion } from "./regions.ts";
import type { Schedule } from "./schedule.ts";
import { partsOf, schedule, showSchedule } from "./schedule.ts";
import type { Logged } from "./special.ts";
import { emitAdvance, emitFetch } from "./special.ts";
import { emitTile } from "./tiles.ts";
import type { Names } from "./values.ts";

/** Which buffers share an arena. A kernel binds each arena once, so that no device's limit on bindings is met. */
const ARENAS: Readonly<Record<Buffer["role"], string>> = {
  parameter: "weights",
  state: "weights",
  field: "batch",
  temporary: "work",
  zeroed: "work",
  result: "work",
  data: "data",
};

const arenaName = (b: Buffer): string =>
  b.name === "ring" ? "ring" : `${ARENAS[b.role]}${b.dtype === "i32" ? " of integers" : ""}`;

/** A dispatch before places are known. */
interface Line {
  readonly kind: "kernel";
  readonly kernel: number;
  readonly grid: Grid;
  readonly buffers: readonly string[];
  readonly arenas: readonly string[];
}
interface Loop {
  readonly kind: "loop";
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly Line[];
}

/** What an adapter allows of one buffer, in bytes. */
export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

/** MemoryExceeded where an arena is larger than the adapter's limits allow; without limits every plan is made. */
export function compileWgsl(
  entries: readonly Entry[],
  batch: number,
  data: readonly Buffer[] = [],
  limits?: GpuLimits,
  { after, verify = false }: Observer = {},
): WgslPlan {
  const ring: Buffer = { name: "ring", size: LAYOUT.ringSize, role: "result", dtype: "f32" };
  const writer = new Writer(batch, [ring, ...data], verify);
  const tables = entries.map((e) => e.parts.flatMap((part, i) => writer.part(`${e.name}${i}/`, part)));
  const written = zip(entries, tables);
  for (const [{ name }, table] of written) after?.(SCHEDULE_STAGE, name, () => listing(table, writer.kernels));
  const { arenas, buffers } = place(tables, writer.buffers, verify);
  for (const [i, { name }] of arenas.entries()) {
    const own = buffers.filter((b) => b.arena === i);
    after?.(LAYOUT_STAGE, name, () => addressText(own, new Map(own.map((b) => [b.name, bytesOf(b.dtype, b.at)]))));
  }
  if (limits) {
    const most = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
    for (const [i, { bytes }] of arenas.entries())
      mustFit(
        { of: "a buffer of this GPU", bytes, most },
        buffers.filter((b) => b.arena === i),
        entries,
      );
  }
  const index = new Map(arenas.map((a, i) => [a.name, i] as const));
  const at = new Map(buffers.map((b) => [b.name, b.at] as const));
  const dispatch = (l: Line): WgslDispatch => ({
    kind: "kernel",
    kernel: l.kernel,
    grid: l.grid,
    arenas: l.arenas.map((a) => lookUp(index, a)),
    offsets: l.buffers.map((b) => lookUp(at, b)),
  });
  const planned = written.map(([e, table]): WgslEntry => {
    const steps = table.map((l): WgslDispatch | WgslLoop =>
      l.kind === "loop" ? { ...l, body: l.body.map(dispatch) } : dispatch(l),
    );
    return {
      name: e.name,
      steps,
      logged: e.parts.flatMap((p) => p.logged),
      fields: [...new Set(e.parts.flatMap((p) => p.fields))],
      batches: e.parts.filter((p) => p.fields.length > 0).length,
      parts: e.parts.length,
    };
  });
  return { arenas, buffers, kernels: writer.kernels, entries: planned, batch };
}

/** Each arena by itself; temporaries share places where their lives do not overlap. */
function place(
  tables: readonly (readonly (Line | Loop)[])[],
  all: ReadonlyMap<string, Buffer>,
  verify: boolean,
): { arenas: WgslArena[]; buffers: WgslBuffer[] } {
  const arenas: WgslArena[] = [];
  const buffers: WgslBuffer[] = [];
  for (const name of new Set([...all.values()].map(arenaName))) {
    const own = new Map([...all].filter(([, b]) => arenaName(b) === name));
    const keep = (l: Line | Loop): Uses =>
      l.kind === "loop"
        ? { kind: "loop", body: l.body.map(keep) }
        : { kind: "kernel", buffers: l.buffers.filter((b) => own.has(b)) };
    const uses = tables.map((t) => t.map(keep));
    const placed = placeBuffers(uses, own, 0);
    if (verify) verifyLayout(uses, own, placed.addresses);
    for (const b of own.values()) {
      const at = placed.addresses.get(b.name);
      // A temporary that nothing uses has no place.
      if (at !== undefined) buffers.push({ ...b, arena: arenas.length, at: at / 4 });
    }
    const [{ dtype }] = [...own.values()] as [Buffer];
    arenas.push({ name, dtype, bytes: Math.max(256, placed.end) });
  }
  return { arenas, buffers };
}

class Writer {
  readonly kernels: WgslKernel[] = [];
  readonly buffers: Map<string, Buffer>;
  private readonly batch: number;
  private readonly known = new Map<string, number>();
  private prefix = "";
  private readonly verify: boolean;
  /** Steps of the loop that is being written. */
  private times: ReadonlyMap<string, number> = new Map();

  constructor(batch: number, data: readonly Buffer[], verify: boolean) {
    this.batch = batch;
    this.verify = verify;
    this.buffers = new Map(data.map((b) => [b.name, b]));
  }

  part(prefix: string, part: EntryPart): (Line | Loop)[] {
    this.prefix = prefix;
    const roles = part.lowered.buffers;
    for (const b of roles.values()) this.add({ ...b, name: this.rename(b) });
    return [
      ...part.fields.map((f) => this.fetch(f)),
      ...part.lowered.steps.flatMap((step) => this.step(step, roles)),
      this.advance(part),
    ];
  }

  private add(b: Buffer): void {
    if (!this.buffers.has(b.name)) this.buffers.set(b.name, b);
  }

  /** Temporaries belong to their part. */
  private rename(b: Buffer): string {
    return b.role === "temporary" || b.role === "zeroed" || b.role === "result" ? this.prefix + b.name : b.name;
  }

  private step(step: Step, roles: ReadonlyMap<string, Buffer>): (Line | Loop)[] {
    const rename = (n: string): string => this.rename(lookUp(roles, n));
    this.times = new Map();
    if (step.kind === "nest") return splitSibling(mapNest(step.nest, { buffer: rename })).flatMap((n) => this.nest(n));
    const { nests, region } = openLoop(step, rename);
    const { length, reverse } = step;
    this.times = new Map([[step.time, length]]);
    if (!region) return [{ kind: "loop", length, reverse, body: nests.flatMap((n) => this.nest(n)) }];
    const merged = nests.map((n) => this.verified(mergeAxes(n, true)));
    const text = `region of ${length} steps, a workgroup for each row of the batch`;
    const about: About = { label: "region", schedule: text, nest: merged.map(showNest).join("\n") };
    const emit = (names: Names): Body => emitRegion(names, { nests: merged, length, reverse, batch: this.batch });
    return [this.kernel(about, [...new Set(merged.flatMap(buffersIn))], writtenBy(merged), emit)];
  }

  private nest(nest: Nest): Line[] {
    const s = schedule(nest, this.batch);
    const parts = partsOf(s, this.batch);
    const name = `${this.prefix}parts_${this.buffers.size}`;
    const cut =
      parts > 1
        ? cutReduction(nest, this.batch, name, parts)
        : s.mode === "tile"
          ? undefined
          : splitReduction(nest, this.batch, name);
    if (!cut) return [this.scheduled(s)];
    this.add(cut.buffer);
    return [cut.first, cut.second].flatMap((n) => this.nest(n));
  }

  private verified(nest: Nest): Nest {
    if (this.verify) verifyNest(nest, { buffers: this.buffers, batch: this.batch, times: this.times });
    return nest;
  }

  private scheduled(s: Schedule): Line {
    this.verified(s.nest);
    const emit = (names: Names): Body => (s.mode === "tile" ? emitTile(names, s) : emitBody(names, s));
    const about: About = { label: s.nest.label, schedule: showSchedule(s), nest: showNest(s.nest) };
    return this.kernel(about, buffersIn(s.nest), writtenBy([s.nest]), emit);
  }

  /** Rows of the batch from a data set. */
  private fetch(field: string): Line {
    const size = lookUp(this.buffers, field).size / this.batch;
    const about: About = { label: "fetch", schedule: "a thread for each number", nest: "rows by the epoch's order" };
    const emit = (names: Names): Body => emitFetch(names, field, size);
    return this.kernel(about, [`data:${field}`, "order", field], [field], emit);
  }

  /** The end of a part. */
  private advance(part: EntryPart): Line {
    const logged = part.logged.map((name): Logged => {
      const storage = lookUp(part.lowered.results, name);
      return { buffer: this.rename(lookUp(part.lowered.buffers, storage.buffer)), at: storage.offset.offset };
    });
    const about: About = { label: "advance", schedule: "one thread", nest: "scalars to the ring, then the next step" };
    const buffers = [...new Set([...logged.map((l) => l.buffer), "ring"])];
    return this.kernel(about, buffers, ["ring"], (names) => emitAdvance(names, logged, part.fields.length > 0), true);
  }

  private kernel(
    about: About,
    buffers: readonly string[],
    written: readonly string[],
    emit: (names: Names) => Body,
    advances = false,
  ): Line {
    const arenaOf = (b: string): { name: string; dtype: Buffer["dtype"] } => {
      const buffer = lookUp(this.buffers, b);
      return { name: arenaName(buffer), dtype: buffer.dtype };
    };
    const module = moduleOf({ buffers, written: new Set(written), arenaOf, advances }, emit);
    const { grid, arenaNames: arenas, ...kernel } = module;
    return { kind: "kernel", kernel: this.number(about, kernel), grid, buffers, arenas };
  }

  /** Kernels by their code. */
  private number(about: About, kernel: Omit<WgslKernel, "name" | "schedule" | "nest">): number {
    const known = this.known.get(kernel.code);
    if (known !== undefined) return known;
    const index = this.kernels.length;
    this.known.set(kernel.code, index);
    const name = `k${index}_${about.label.replaceAll(/\W/g, "_")}`;
    this.kernels.push({ name, schedule: about.schedule, nest: about.nest, ...kernel });
    return index;
  }
}

/** The dispatches of a table with their kernels; those of a loop are indented. */
function listing(lines: readonly (Line | Loop)[], kernels: readonly WgslKernel[]): string {
  const text = (line: Line | Loop): string => {
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
    const kernel = kernels[line.kernel];
    return kernel ? `${kernel.name}: ${kernel.schedule}\n${kernel.nest}\n` : "";
  };
  return lines.map(text).join("");
}

/** What a listing says of a kernel. */
interface About {
  readonly label: string;
  readonly schedule: string;
  readonly nest: string;
}

const writtenBy = (nests: readonly Nest[]): string[] => nests.flatMap((n) => n.stores.map((s) => s.buffer));
