// How the subgroups of a workgroup share a tile whose products are matrices: each has a rectangle of them. In: the matrices that a
// device multiplies, the sides of a tile, what a workgroup has. Out: plain data; undefined where they do not go together.

import type { MatrixKind } from "../../../../runtime/plan.ts";

/** Of a workgroup. */
export interface Room {
  readonly threads: number;
  readonly bytes: number;
}

export interface MatrixLayout {
  readonly kind: MatrixKind;
  /** Subgroups down the rows and along the columns. */
  readonly subgroups: readonly [down: number, along: number];
}

/** Reduced steps that are staged at once, most first. */
const DEPTHS = [32, 16, 8];
const RESULT_BYTES = 4;

/** Equal for equal matrices. */
export const sizesText = ({ component, m, n, k, threads }: MatrixKind): string =>
  `${m} x ${n} x ${k} of ${component} by ${threads} threads`;

export const componentBytes = ({ component }: MatrixKind): number => (component === "f16" ? 2 : 4);

/** Numbers of workgroup memory into which each subgroup puts a matrix of results at a time, for threads to store. */
export const resultCount = ({ m, n, threads }: MatrixKind, room: Room): number => (room.threads / threads) * m * n;

/** The layout with the fewest loads of matrices, and the largest depth there is memory for. */
export function layoutOf(
  kind: MatrixKind,
  [rows, columns]: readonly [number, number],
  room: Room,
): (MatrixLayout & { readonly depth: number }) | undefined {
  const [down, along] = [rows / kind.m, columns / kind.n];
  const count = room.threads / kind.threads;
  const rest = room.bytes - RESULT_BYTES * resultCount(kind, room);
  const areWhole = [down, along, count, (kind.m * kind.n) / kind.threads, room.threads / rows, room.threads / columns];
  if (!areWhole.every((x) => Number.isInteger(x) && x > 0)) return undefined;
  const depth = DEPTHS.find(
    (d) =>
      d % kind.k === 0 &&
      (rows + columns) * d * componentBytes(kind) <= rest &&
      rows * d >= room.threads &&
      columns * d >= room.threads,
  );
  const ways = Array.from({ length: count }, (_, i) => [i + 1, count / (i + 1)] as const).filter(
    ([d, a]) => Number.isInteger(a) && down % d === 0 && along % a === 0,
  );
  const [first, ...others] = ways;
  if (depth === undefined || !first) return undefined;
  const loads = ([d, a]: readonly [number, number]): number => down / d + along / a;
  const subgroups = others.reduce<readonly [number, number]>((x, y) => (loads(y) < loads(x) ? y : x), first);
  return { kind, subgroups, depth };
}
