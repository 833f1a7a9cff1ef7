// Where every buffer lies. What outlives a step has a place of its own; temporaries share memory where their lives do not
// overlap. A zeroed buffer is never shared: the zeros around it must last.

import { bytesOf } from "../arithmetic/dtype.ts";
import { lowerBound } from "../arithmetic/lists.ts";
import type { Buffer } from "../loops/storage.ts";

/** A line of a table: what it reads and writes, or a loop over such lines. */
export type Uses =
  /** Without a barrier it runs beside the lines after it. */
  | { readonly kind: "kernel"; readonly buffers: readonly string[]; readonly barrier?: boolean }
  | { readonly kind: "loop"; readonly body: readonly Uses[] };

/** The lines of a table from the first that uses a temporary to the last. */
export interface Life {
  readonly name: string;
  readonly bytes: number;
  from: number;
  to: number;
}

/** Slack after each buffer, so that whole vectors can be read at its end. */
const SLACK = 64;
const ALIGNED = 64;

/** Byte addresses from `start` on, and where they end. */
export function placeBuffers(
  tables: readonly (readonly Uses[])[],
  buffers: ReadonlyMap<string, Buffer>,
  start: number,
): { addresses: Map<string, number>; end: number } {
  const addresses = new Map<string, number>();
  let end = start;
  for (const b of buffers.values()) {
    if (b.role === "temporary") continue;
    addresses.set(b.name, end);
    end += takenBy(b);
  }
  const shared = end;
  for (const table of tables) end = Math.max(end, placeTemporaries(livesOf(table, buffers), addresses, shared));
  return { addresses, end };
}

/** Bytes of a buffer's place. */
export const takenBy = ({ dtype, size }: Pick<Buffer, "dtype" | "size">): number =>
  Math.ceil((bytesOf(dtype, size) + SLACK) / ALIGNED) * ALIGNED;

/** The temporaries of a table, largest first. */
export function livesOf(table: readonly Uses[], buffers: ReadonlyMap<string, Buffer>): Life[] {
  const lives = new Map<string, Life>();
  let i = 0;
  for (const line of table) {
    for (const name of namesIn(line)) {
      const b = buffers.get(name);
      if (b?.role !== "temporary") continue;
      const life = lives.get(name);
      if (life) life.to = i;
      else lives.set(name, { name, bytes: takenBy(b), from: i, to: i });
    }
    if (line.kind === "loop" || line.barrier !== false) i++;
  }
  return [...lives.values()].sort((a, b) => b.bytes - a.bytes || a.from - b.from);
}

/** The buffers that a line uses. */
export const namesIn = (line: Uses): readonly string[] =>
  line.kind === "loop" ? line.body.flatMap(namesIn) : line.buffers;

/** Temporaries of one table in one memory, each at the lowest address that is free during its whole life. */
export class SharedPlaces {
  private readonly base: number;
  /** By address. */
  private readonly placed: { readonly life: Life; readonly at: number }[] = [];

  constructor(base: number) {
    this.base = base;
  }

  lowestFor(life: Life): number {
    let at = this.base;
    for (const { life: other, at: taken } of this.placed) {
      if (other.from > life.to || life.from > other.to) continue;
      if (at + life.bytes <= taken) break;
      at = Math.max(at, taken + other.bytes);
    }
    return at;
  }

  put(life: Life, at: number): void {
    const place = lowerBound(at, this.placed, (p) => p.at);
    this.placed.splice(place, 0, { life, at });
  }
}

function placeTemporaries(lives: readonly Life[], addresses: Map<string, number>, base: number): number {
  const places = new SharedPlaces(base);
  let end = base;
  for (const life of lives) {
    const at = places.lowestFor(life);
    places.put(life, at);
    addresses.set(life.name, at);
    end = Math.max(end, at + life.bytes);
  }
  return end;
}

/** A line for each buffer, by address: where it begins, how many numbers it holds, its role and name. */
export function addressText(buffers: Iterable<Buffer>, addresses: ReadonlyMap<string, number>): string {
  const placed = [...buffers].flatMap((b) => {
    const at = addresses.get(b.name);
    return at === undefined ? [] : [{ ...b, at }];
  });
  placed.sort((a, b) => a.at - b.at);
  return placed.map((b) => `${b.at}: ${b.dtype}[${b.size}] ${b.role} ${b.name}\n`).join("");
}
