// A tile of a contraction as products of matrices, each by a whole subgroup (WGSL's experimental subgroup matrices). A workgroup stages
// a stretch of both operands as in `tiles.ts`, here in numbers of the matrices' kind and matrix by matrix, so that a load reads
// one piece of memory; each subgroup adds up a rectangle of matrices in 32 bits. Results go by way of workgroup memory to the threads
// that store them: which numbers of a matrix a thread holds is the device's own affair.

import { itemAt } from "../../../arithmetic/lists.ts";
import type { Value } from "../../../loops/nest.ts";
import type { Body } from "../kernels.ts";
import { partBounds, timeAxes } from "../kernels.ts";
import { SHARED_BYTES, THREADS } from "../tuning.ts";
import type { Names } from "../values.ts";
import { countText, decode, fresh, indented } from "../values.ts";
import type { Coordinates, TileSchedule } from "./epilogue.ts";
import { count, finishFunction, gridOf, placeLines, withinTile } from "./epilogue.ts";
import type { MatrixLayout } from "./matrixlayout.ts";
import { componentBytes, resultCount } from "./matrixlayout.ts";
import { sidesOf } from "./shapes.ts";
import type { Operand, Reader } from "./tiles.ts";
import { operandsOf, reader } from "./tiles.ts";

/** The load of a matrix. */
const LOAD = "subgroupMatrixLoad<";

const ROOM = { threads: THREADS, bytes: SHARED_BYTES };

/** Bytes of workgroup memory. */
export function matrixBytes({ tile: { shape } }: TileSchedule): number {
  if (!shape.matrix) return 0;
  const { kind } = shape.matrix;
  return stagedCount(shape) * componentBytes(kind) + 4 * resultCount(kind, ROOM);
}

type Shape = TileSchedule["tile"]["shape"];

const stagedCount = (shape: Shape): number => sidesOf(shape).reduce((a, b) => a + b, 0) * shape.depth;

/** An operand as matrices in workgroup memory. */
interface Staged {
  readonly operand: Operand;
  /** Rows or columns of the tile, and of a matrix. */
  readonly side: number;
  readonly own: number;
  /** Reduced steps of a matrix. */
  readonly steps: number;
  readonly start: number;
}

export function emitMatrices(names: Names, s: TileSchedule, matrix: MatrixLayout): Body {
  const { nest, tile } = s;
  const { shape } = tile;
  const { kind, subgroups } = matrix;
  const [rows, columns] = sidesOf(shape);
  const [left, right] = operandsOf(s);
  names.uses.subgroup = true;
  const outer = timeAxes(names, nest);
  const place = placeLines(names, tile, outer);
  const [from, to] = partBounds(names, nest, outer);
  const rest = countText(names, nest.reduces.slice(1));
  const finish = finishFunction(names, s);
  const operands: readonly [Staged, Staged] = [
    { operand: left, side: rows, own: kind.m, steps: kind.k, start: 0 },
    { operand: right, side: columns, own: kind.n, steps: kind.k, start: rows * shape.depth },
  ];
  const readers = operands.map(({ operand }) =>
    reader(names, s, operand, { type: kind.component, of: rounded(kind, operand) }),
  );
  const staged = operands.map((o, i) => staging(names, s, o, itemAt(readers, i), outer));
  const [down, along] = [rows / kind.m / subgroups[0], columns / kind.n / subgroups[1]];
  const sums = count(down).map((i) => count(along).map((j) => `sum_${i}_${j}`));
  const lines = [
    ...place,
    "let thread = i32(lane);",
    "let own = i32(subgroup);",
    `let matrix_row = own / ${subgroups[1]} * ${down};`,
    `let matrix_column = own % ${subgroups[1]} * ${along};`,
    `let first = ${from} * ${rest};`,
    `let last = ${to} * ${rest};`,
    ...sums.flat().map((sum) => `var ${sum} = subgroup_matrix_result<f32, ${kind.n}, ${kind.m}>();`),
    ...staged.flatMap((o) => o.declare),
    ...staged.flatMap((o) => o.load("first")),
    `for (var k0 = first; k0 < last; k0 += ${shape.depth}) {`,
    "  workgroupBarrier();",
    ...indented(staged.flatMap((o) => o.put)),
    "  workgroupBarrier();",
    ...indented(staged.flatMap((o) => o.load(`k0 + ${shape.depth}`))),
    ...indented(multiply(matrix, shape.depth, operands, sums)),
    "}",
    ...storing(names, s, matrix, sums, finish, outer),
  ];
  return {
    lines,
    functions: [...readers.map((f) => f.text), finish.text],
    shared: [
      { name: "staged_matrices", type: kind.component, count: stagedCount(shape) },
      { name: "results", type: "f32", count: resultCount(kind, ROOM) },
    ],
    threads: THREADS,
    grid: gridOf(tile),
  };
}

/** Numbers of 16 bits stay as they are; others are rounded as where they are stored in 16 bits: too large ones become infinite. */
function rounded({ component }: MatrixLayout["kind"], { value }: Operand): (text: string) => string {
  if (component === "f32") return (text) => text;
  const isExact = (v: Value): boolean => (v.kind === "guard" ? v.outside === 0 && isExact(v.inside) : isHalf(v));
  return isExact(value) ? (text) => `f16(${text})` : (text) => `bitcast<vec2<f16>>(half_bits(${text})).x`;
}

const isHalf = (v: Value): boolean => v.kind === "load" && v.dtype === "f16";

interface Staging {
  readonly declare: readonly string[];
  readonly load: (at: string) => string[];
  readonly put: readonly string[];
}

/** As that of tiles, number by number: neighbouring threads read neighbouring steps, or neighbouring rows or columns. */
function staging(names: Names, { nest, tile }: TileSchedule, o: Staged, read: Reader, outer: Coordinates): Staging {
  const { depth } = tile.shape;
  const { operand, side } = o;
  const { alongSteps } = operand;
  const [step, place] = [fresh(names, "step"), fresh(names, "place")];
  const across = alongSteps ? depth : side;
  const declare = [
    `let ${alongSteps ? step : place} = thread % ${across};`,
    `let ${alongSteps ? place : step} = thread / ${across};`,
  ];
  const apart = THREADS / across;
  const turns = count((side * depth) / THREADS);
  const at = (base: string, turn: number): string => (turn === 0 ? base : `(${base} + ${turn * apart})`);
  const size = countText(names, operand.axes);
  const owns = (alongSteps ? turns : [0]).map((turn) => {
    const own = fresh(names, "own");
    const coordinates = new Map<string, string>(outer);
    // Those outside are the last one's, whose results nobody stores.
    declare.push(`let ${own} = min(${operand.first} + ${at(place, turn)}, ${size} - 1);`);
    declare.push(...decode(names, operand.axes, own, coordinates));
    return coordinates;
  });
  const next = turns.map(() => fresh(names, "next"));
  const zero = `${tile.shape.matrix?.kind.component}(0)`;
  declare.push(...next.map((name) => `var ${name} = ${zero};`));
  const loadTurns = (from: string, list: readonly number[]): string[] => {
    const reduced = new Map<string, string>();
    const now = fresh(names, "step");
    const decoded = decode(names, nest.reduces, now, reduced);
    const one = (turn: number): string =>
      `${itemAt(next, turn)} = ${read.call(new Map([...itemAt(owns, alongSteps ? turn : 0), ...reduced]))};`;
    return [
      `let ${now} = ${from} + ${alongSteps ? step : at(step, itemAt(list, 0))};`,
      ...list.map((turn) => `${itemAt(next, turn)} = ${zero};`),
      `if (${now} < last) {`,
      ...indented([...decoded, ...list.map(one)]),
      "}",
    ];
  };
  const load = (from: string): string[] =>
    alongSteps ? loadTurns(from, turns) : turns.flatMap((turn) => loadTurns(from, [turn]));
  const put = turns.map((turn) => {
    const [k, own] = alongSteps ? [step, at(place, turn)] : [at(step, turn), place];
    return `staged_matrices[${placeIn(o, k, own)}] = ${itemAt(next, turn)};`;
  });
  return { declare, load, put };
}

/** Where a number of a stretch lies: in its matrix, those that neighbouring threads stage beside each other. */
function placeIn({ operand, side, own, steps, start }: Staged, step: string, at: string): string {
  const within = operand.alongSteps
    ? `${at} % ${own} * ${steps} + ${step} % ${steps}`
    : `${step} % ${steps} * ${own} + ${at} % ${own}`;
  return `${start} + (${step} / ${steps} * ${side / own} + ${at} / ${own}) * ${own * steps} + ${within}`;
}

/** The products of a stretch. */
function multiply(
  { kind }: MatrixLayout,
  depth: number,
  [left, right]: readonly [Staged, Staged],
  sums: readonly (readonly string[])[],
): string[] {
  const { component, m, n, k } = kind;
  const load = (
    { operand, side, own, start }: Staged,
    type: string,
    first: string,
    slice: number,
    i: number,
  ): string => {
    // Rows of a left matrix, and columns of a right one, are steps beside each other where these are staged so.
    const isByRow = (operand.name === "left") === operand.alongSteps;
    const at = `${start + (slice * (side / own) + i) * own * k} + ${first} * ${own * k}`;
    const stride = operand.alongSteps ? k : own;
    return `${LOAD}${type}, ${isByRow ? "row_major" : "col_major"}>(&staged_matrices, ${at}, ${stride})`;
  };
  const [lefts, rights] = [
    `subgroup_matrix_left<${component}, ${k}, ${m}>`,
    `subgroup_matrix_right<${component}, ${n}, ${k}>`,
  ];
  const columns = count(itemAt(sums, 0).length);
  return count(depth / k).flatMap((slice) => [
    "{",
    ...columns.map((j) => `  let b_${j} = ${load(right, rights, "matrix_column", slice, j)};`),
    ...sums.flatMap((row, i) => [
      `  let a_${i} = ${load(left, lefts, "matrix_row", slice, i)};`,
      ...row.map((sum, j) => `  ${sum} = subgroupMatrixMultiplyAccumulate(a_${i}, b_${j}, ${sum});`),
    ]),
    "}",
  ]);
}

/** A matrix of each subgroup at a time: as many threads as a subgroup has store it, neighbouring ones neighbouring columns. */
function storing(
  names: Names,
  { tile }: TileSchedule,
  { kind, subgroups }: MatrixLayout,
  sums: readonly (readonly string[])[],
  finish: ReturnType<typeof finishFunction>,
  outer: Coordinates,
): string[] {
  const { m, n, threads } = kind;
  const [down, along] = [sums.length, itemAt(sums, 0).length];
  const storeOne = (sum: string, i: number, j: number): string[] => {
    const [row, column] = [fresh(names, "row"), fresh(names, "column")];
    const at = new Map<string, string>(outer);
    const decoded = [...decode(names, tile.rows, row, at), ...decode(names, tile.columns, column, at)];
    const store = [...decoded, finish.call(at, `results[stored * ${m * n} + at]`)];
    return [
      "workgroupBarrier();",
      `subgroupMatrixStore<row_major>(&results, own * ${m * n}, ${sum}, ${n});`,
      "workgroupBarrier();",
      `for (var at = thread % ${threads}; at < ${m * n}; at += ${threads}) {`,
      `  let ${row} = row0 + (stored_row + ${i}) * ${m} + at / ${n};`,
      `  let ${column} = column0 + (stored_column + ${j}) * ${n} + at % ${n};`,
      ...indented(withinTile(names, tile, [row, column], store)),
      "}",
    ];
  };
  return [
    `let stored = thread / ${threads};`,
    `let stored_row = stored / ${subgroups[1]} * ${down};`,
    `let stored_column = stored % ${subgroups[1]} * ${along};`,
    ...sums.flatMap((row, i) => row.flatMap((sum, j) => storeOne(sum, i, j))),
  ];
}
