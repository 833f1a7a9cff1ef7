// The commands of a plan, written once for every target: an entry becomes kernels in order, some inside a loop over time.
// In: lowered entries, and a backend that schedules a nest and turns it into kernels. Out: a table of commands for each entry, and
// the buffers of all of them. Temporaries belong to their part: no two parts share a name.

import type { PlanKernel } from "../../runtime/plan.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import type { Entry, EntryPart } from "../loops/entry.ts";
import type { Nest } from "../loops/nest.ts";
import { mapNest } from "../loops/nest.ts";
import type { Cut } from "../loops/regions.ts";
import { openLoop, splitSibling } from "../loops/regions.ts";
import type { Step } from "../loops/step.ts";
import type { Buffer } from "../loops/storage.ts";
import { verifyNest } from "../loops/verify.ts";

/** A kernel with the buffers that it is given, before these have places. */
export interface KernelCommand {
  readonly kind: "kernel";
  readonly buffers: readonly string[];
}

/** Its kernel stands in the plan's list. */
export interface NumberedCommand extends KernelCommand {
  readonly kernel: number;
}

export interface LoopCommand<K extends KernelCommand> {
  readonly kind: "loop";
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly K[];
}

export type Command<K extends KernelCommand> = K | LoopCommand<K>;

/** A scalar that a part appends to the ring. */
export interface Logged {
  readonly buffer: string;
  /** Its element in the buffer. */
  readonly at: number;
}

/** The surroundings of a nest: a step of its own, or the body of a loop over time. */
export interface Surroundings<K extends KernelCommand> {
  /** Whether each row of the batch goes through the loop by itself. */
  readonly region: boolean;
  /** Buffers that the loop writes. */
  readonly written: ReadonlySet<string>;
  /** Buffers that are made once, before the loop, with their commands, by what they hold. */
  readonly before: Map<string, { readonly buffer: string; readonly commands: readonly K[] }>;
}

type Loop = Omit<LoopCommand<KernelCommand>, "kind" | "body">;

/** How one target writes what the tables are made of. `S` is how it runs a nest. */
export interface Backend<K extends KernelCommand, S> {
  schedule(nest: Nest, inRegion: boolean): S;
  /** Whether the target runs a product and the sum of a factor beside it as one kernel. */
  takesSiblings(scheduled: S): boolean;
  /** The nest in two, where more may run at once so; `name` is free for the buffer between them. */
  cut(nest: Nest, scheduled: S, inRegion: boolean, name: string): Cut | undefined;
  kernels(scheduled: S, around: Surroundings<K>): readonly K[];
  /** A whole loop whose rows need nothing of each other as one kernel, after what it needs; undefined where its steps are kernels. */
  region?(nests: readonly Nest[], loop: Loop, written: ReadonlySet<string>): readonly K[] | undefined;
  /** Rows of a field's batch, from its data set. */
  fetch(field: string): readonly K[];
  /** The end of a part: scalars into the ring, then the step's counter; the cursor moves on only where a batch was taken. */
  finish(logged: readonly Logged[], tookBatch: boolean): readonly K[];
}

export interface CommandOptions {
  readonly batch: number;
  readonly data: readonly Buffer[];
  readonly verify: boolean;
}

export class CommandWriter<K extends KernelCommand, S> {
  readonly batch: number;
  readonly buffers: Map<string, Buffer>;
  private readonly backend: Backend<K, S>;
  private readonly verify: boolean;
  /** Of the entry that is being written. */
  hasFixedWeights = false;
  private prefix = "";
  /** Steps of the loop that is being written. */
  private times: ReadonlyMap<string, number> = new Map();

  constructor({ batch, data, verify }: CommandOptions, backendOf: (writer: CommandWriter<K, S>) => Backend<K, S>) {
    this.batch = batch;
    this.buffers = new Map(data.map((b) => [b.name, b]));
    this.verify = verify;
    this.backend = backendOf(this);
  }

  tables(entries: readonly Entry[]): Command<K>[][] {
    return entries.map((e) => {
      this.hasFixedWeights = e.hasFixedWeights ?? false;
      return e.parts.flatMap((part, i) => this.part(`${e.name}${i}/`, part));
    });
  }

  /** A name for a buffer of the part that is being written. */
  freeName(kind: string): string {
    return `${this.prefix}${kind}_${this.buffers.size}`;
  }

  add(buffer: Buffer): void {
    if (!this.buffers.has(buffer.name)) this.buffers.set(buffer.name, buffer);
  }

  verified(nest: Nest): Nest {
    if (this.verify) verifyNest(nest, { buffers: this.buffers, batch: this.batch, times: this.times });
    return nest;
  }

  private part(prefix: string, { lowered, fields, logged }: EntryPart): Command<K>[] {
    this.prefix = prefix;
    for (const b of lowered.buffers.values()) this.add({ ...b, name: this.nameOf(b) });
    const scalars = logged.map((name): Logged => {
      const { buffer, offset } = lookUp(lowered.results, name);
      return { buffer: this.nameOf(lookUp(lowered.buffers, buffer)), at: offset.offset };
    });
    return [
      ...fields.flatMap((f) => this.backend.fetch(f)),
      ...lowered.steps.flatMap((step) => this.step(step, lowered.buffers)),
      ...this.backend.finish(scalars, fields.length > 0),
    ];
  }

  private nameOf(b: Buffer): string {
    return b.role === "temporary" || b.role === "zeroed" || b.role === "result" ? this.prefix + b.name : b.name;
  }

  private step(step: Step, buffers: ReadonlyMap<string, Buffer>): Command<K>[] {
    const rename = (name: string): string => this.nameOf(lookUp(buffers, name));
    const before: Surroundings<K>["before"] = new Map();
    if (step.kind === "nest") {
      this.times = new Map();
      return this.nest(mapNest(step.nest, { buffer: rename }), { region: false, written: new Set(), before });
    }
    this.times = new Map([[step.time, step.length]]);
    const { nests, written, region: ownsRows } = openLoop(step, rename);
    const whole = ownsRows ? this.backend.region?.(nests, step, written) : undefined;
    if (whole) return [...whole];
    // A target that could have had the loop as one kernel has reasons to have its steps over all rows.
    const region = ownsRows && !this.backend.region;
    const body = nests.flatMap((n) => this.nest(n, { region, written, before }));
    const prepared = [...before.values()].flatMap((b) => b.commands);
    return [...prepared, { kind: "loop", length: step.length, reverse: step.reverse, body }];
  }

  private nest(nest: Nest, around: Surroundings<K>): K[] {
    const scheduled = this.backend.schedule(nest, around.region);
    const siblings = this.backend.takesSiblings(scheduled) ? [nest] : splitSibling(nest);
    if (siblings.length > 1) return siblings.flatMap((n) => this.nest(n, around));
    const cut = this.backend.cut(nest, scheduled, around.region, this.freeName("parts"));
    if (!cut) return [...this.backend.kernels(scheduled, around)];
    this.add(cut.buffer);
    return [cut.first, cut.second].flatMap((n) => this.nest(n, around));
  }
}

/** The text of a kernel in a plan; it is named after `label`. */
export interface About {
  readonly label: string;
  readonly schedule: string;
  readonly nest: string;
}

/** Kernels by their code: equal code is one kernel. Numbers begin at `first`. */
export class KernelTable<Code> {
  readonly kernels: { readonly code: Code; readonly about: PlanKernel }[] = [];
  private readonly first: number;
  private readonly known = new Map<string, number>();

  constructor(first = 0) {
    this.first = first;
  }

  /** The number of a kernel; `text` is its code as a key. */
  number(text: string, code: Code, { label, schedule, nest }: About): number {
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const number = this.first + this.kernels.length;
    this.known.set(text, number);
    const name = `k${number}_${label.replaceAll(/\W/g, "_")}`;
    this.kernels.push({ code, about: { name, schedule, nest } });
    return number;
  }

  about(number: number): PlanKernel | undefined {
    return this.kernels[number - this.first]?.about;
  }
}

/** The facts of an entry that every plan has. */
export const summaryOf = ({ name, parts }: Entry): { name: string; logged: string[]; fields: string[] } => ({
  name,
  logged: parts.flatMap((p) => p.logged),
  fields: [...new Set(parts.flatMap((p) => p.fields))],
});

/** The commands of a table with their kernels as `textOf` writes them; those of a loop are indented. */
export function listing<K extends NumberedCommand>(
  commands: readonly Command<K>[],
  textOf: (kernel: number) => string,
): string {
  const text = (c: Command<K>): string => {
    if (c.kind === "kernel") return textOf(c.kernel);
    const head = `loop of ${c.length}${c.reverse ? " backwards" : ""}\n`;
    const body = c.body.map(text).join("");
    return head + body.replaceAll(/^(?=.)/gm, "  ");
  };
  return commands.map(text).join("");
}

/** A kernel with its schedule and its nest, for a listing. */
export const kernelText = ({ name, schedule, nest }: PlanKernel): string => `${name}: ${schedule}\n${nest}\n`;
