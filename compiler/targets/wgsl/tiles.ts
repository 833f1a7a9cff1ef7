// Contractions as tiles: a workgroup of 16 x 16 threads stages a stretch of both operands in workgroup memory, and every
// thread keeps `each` x `each` results in registers. Operands are any values, so a convolution needs no patches in memory.

import { coefficient } from "../../arithmetic/affine.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { dependsOn, loadsOf } from "../../loops/axes.ts";
import type { Axis, Nest, Value } from "../../loops/nest.ts";
import type { SumBlock } from "../../loops/sums.ts";
import { blocksAlong, sumAxes, sumBlocks } from "../../loops/sums.ts";
import type { Body, Held } from "./kernels.ts";
import { closeLines, extentsOf, mainText, partBounds, scopeOf, timeAxes } from "./kernels.ts";
import type { Schedule, Tile } from "./schedule.ts";
import { THREADS, WIDTH } from "./schedule.ts";
import type { Names, Scope } from "./values.ts";
import { blockedLines, countText, decode, indented, storeLines, valueText } from "./values.ts";

export function emitTile(names: Names, s: Extract<Schedule, { mode: "tile" }>): Body {
  const { nest, tile } = s;
  const side = WIDTH * tile.each;
  const [rows, columns] = [countText(names, tile.rows), countText(names, tile.columns)];
  const outer = timeAxes(names, nest);
  const outerLines = decode(names, tile.outer, "outer", outer);
  const [from, to] = partBounds(names, nest, outer);
  const rest = countText(names, nest.reduces.slice(1));
  const blocks = blocksAlong(tileBlocks(s), "k0");
  const sums = eachResult(tile, (i, j) => `sum_${i}_${j}`).map(
    (name): Held => [name, ...blocks.map((_, level) => `${name}_${level + 1}`)],
  );
  const slabs = (first: string, past: string): string[] => [
    `for (var k0 = ${first}; k0 < ${past}; k0 += ${tile.depth}) {`,
    ...indented([...stage(nest, tile, "left", rows), ...stage(nest, tile, "right", columns)]),
    "  workgroupBarrier();",
    ...indented(multiply(tile)),
    "  workgroupBarrier();",
    "}",
  ];
  const lines = [
    `let along = (${columns} + ${side - 1}) / ${side};`,
    `let down = (${rows} + ${side - 1}) / ${side};`,
    `let column0 = (place % along) * ${side};`,
    `let row0 = ((place / along) % down) * ${side};`,
    "let outer = place / (along * down);",
    `if (outer >= ${countText(names, tile.outer)}) { return; }`,
    ...(nest.split ? outerLines : []),
    "let x = i32(lane) % 16;",
    "let y = i32(lane) / 16;",
    `let last = ${to} * ${rest};`,
    ...sums.flat().map((name) => `var ${name} = 0f;`),
    ...blockedLines(names, blocks, [`${from} * ${rest}`, "last"], slabs, (level) => closeLines(sums, level)),
    ...eachResult(tile, (i, j) => {
      const total = itemAt(sums, i * tile.each + j).at(-1);
      return `finish(outer, row0 + y + ${WIDTH * i}, column0 + x + ${WIDTH * j}, ${total});`;
    }),
  ];
  const shared = `var<workgroup> left: array<f32, ${side * tile.depth}>;\nvar<workgroup> right: array<f32, ${side * tile.depth}>;\n`;
  const functions = [
    operand(names, nest, tile, "left"),
    operand(names, nest, tile, "right"),
    finish(names, nest, tile, rows, columns),
  ];
  const grid = [
    { extents: extentsOf(tile.outer), per: 1 },
    { extents: extentsOf(tile.rows), per: side },
    { extents: extentsOf(tile.columns), per: side },
  ];
  return { text: `${shared}${functions.join("")}${mainText(THREADS, lines)}`, grid };
}

/** All reduced axes as one, walked a stretch at a time. */
function tileBlocks({ nest, batch, tile, tuning }: Extract<Schedule, { mode: "tile" }>): SumBlock[] {
  const axes = sumAxes(nest.reduces, batch, nest.split?.parts);
  const extent = axes.reduce((n, a) => n * a.extent, 1);
  const varies = axes.some((a) => a.varies);
  return sumBlocks([{ name: "k0", extent, varies, unit: tile.depth, terms: tile.depth }], tuning.tile.block);
}

function eachResult(tile: Tile, line: (i: number, j: number) => string): string[] {
  const list = Array.from({ length: tile.each }, (_, i) => i);
  return list.flatMap((i) => list.map((j) => line(i, j)));
}

/** Threads put a stretch of an operand in place, neighbours in memory by neighbouring threads; zeros past the ends. */
function stage(nest: Nest, tile: Tile, operand: "left" | "right", size: string): string[] {
  const side = WIDTH * tile.each;
  const axes = operand === "left" ? tile.rows : tile.columns;
  const first = operand === "left" ? "row0" : "column0";
  const alongSteps = stepsAreNeighbours(nest, tile[operand], axes);
  const [step, place] = alongSteps ? [`at % ${tile.depth}`, `at / ${tile.depth}`] : [`at / ${side}`, `at % ${side}`];
  return [
    `for (var at = i32(lane); at < ${side * tile.depth}; at += ${THREADS}) {`,
    `  let step_at = ${step};`,
    `  let own = ${place};`,
    "  var value = 0f;",
    `  if (${first} + own < ${size} && k0 + step_at < last) { value = ${operand}_at(outer, ${first} + own, k0 + step_at); }`,
    `  ${operand}[step_at * ${side} + own] = value;`,
    "}",
  ];
}

function stepsAreNeighbours(nest: Nest, value: Value, axes: readonly Axis[]): boolean {
  const [step, own] = [nest.reduces.at(-1), axes.at(-1)];
  const along = (axis: Axis | undefined): boolean =>
    axis !== undefined && loadsOf([value]).some((l) => coefficient(l.address, axis.name) === 1);
  return along(step) && !along(own);
}

function multiply(tile: Tile): string[] {
  const side = WIDTH * tile.each;
  const list = Array.from({ length: tile.each }, (_, i) => i);
  return [
    `for (var k = 0; k < ${tile.depth}; k++) {`,
    ...list.map((i) => `  let a${i} = left[k * ${side} + y + ${WIDTH * i}];`),
    ...list.map((j) => `  let b${j} = right[k * ${side} + x + ${WIDTH * j}];`),
    ...eachResult(tile, (i, j) => `  sum_${i}_${j} = fma(a${i}, b${j}, sum_${i}_${j});`),
    "}",
  ];
}

/** An operand at a place of its own axes and a step of the sum. */
function operand(names: Names, nest: Nest, tile: Tile, which: "left" | "right"): string {
  const value = tile[which];
  const needed = (list: readonly Axis[]): boolean => list.some((a) => dependsOn(value, a.name));
  const axes = timeAxes(names, nest);
  const lines = [
    ...(needed(tile.outer) ? decode(names, tile.outer, "outer", axes) : []),
    ...decode(names, which === "left" ? tile.rows : tile.columns, "own", axes),
    ...(needed(nest.reduces) ? decode(names, nest.reduces, "step_at", axes) : []),
  ];
  const scope: Scope = scopeOf(names, nest, axes);
  const result = valueText(scope, value);
  const body = indented([...lines, ...scope.lines, `return ${result};`]).join("\n");
  return `fn ${which}_at(outer: i32, own: i32, step_at: i32) -> f32 {\n${body}\n}\n`;
}

/** The epilogue of one result. */
function finish(names: Names, nest: Nest, tile: Tile, rows: string, columns: string): string {
  const axes = timeAxes(names, nest);
  const lines = [
    `if (row >= ${rows} || column >= ${columns}) { return; }`,
    ...decode(names, tile.outer, "outer", axes),
    ...decode(names, tile.rows, "row", axes),
    ...decode(names, tile.columns, "column", axes),
  ];
  const scope: Scope = { ...scopeOf(names, nest, axes), accumulators: ["total"] };
  storeLines(scope, nest.stores);
  const body = indented([...lines, ...scope.lines]).join("\n");
  return `fn finish(outer: i32, row: i32, column: i32, total: f32) {\n${body}\n}\n`;
}
