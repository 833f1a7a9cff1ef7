// Scheduled nests as WGSL: one thread for each point, or a workgroup that reduces together. Tiles have a file of their own.

import type { WgslDispatch } from "../../../runtime/plan.ts";
import { runExtent } from "../../kernel/axes.ts";
import type { Accumulator, Axis, Nest } from "../../kernel/nest.ts";
import { countUses, rootsOf } from "../../kernel/nest.ts";
import { number } from "./scalars.ts";
import type { Schedule } from "./schedule.ts";
import { POINTS, THREADS } from "./schedule.ts";
import type { Names, Scope } from "./values.ts";
import { countText, decode, extentText, fresh, indented, storeLines, valueText } from "./values.ts";

export type Grid = WgslDispatch["grid"];

/** The body of a module without its bindings, and its workgroups. */
export interface Body {
  readonly text: string;
  readonly grid: Grid;
}

const BUILTINS =
  "@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32";

/** `main` over one row of workgroups, folded into two dimensions where one would be too long. */
export function mainText(threads: number, lines: readonly string[]): string {
  const head = `@compute @workgroup_size(${threads})\nfn main(${BUILTINS}) {`;
  return [head, "  let place = i32(group.x + group.y * groups.x);", ...indented(lines), "}", ""].join("\n");
}

export const extentsOf = (axes: readonly Axis[]): Grid[number]["extents"] => axes.map((a) => runExtent(a.extent));

export function scopeOf(names: Names, nest: Nest, axes: ReadonlyMap<string, string>): Scope {
  return { names, axes, accumulators: [], known: new Map(), uses: countUses(rootsOf(nest)), lines: [] };
}

/** The time step of the loop around a nest. */
export function timeAxes(names: Names, nest: Nest, time = "now.x"): Map<string, string> {
  if (nest.time === undefined) return new Map();
  if (time === "now.x") names.uses.time = true;
  return new Map([[nest.time, time]]);
}

/** All of a point: its reductions, one after the other, and its stores. */
export function pointLines(names: Names, nest: Nest, axes: ReadonlyMap<string, string>): string[] {
  const held = nest.accumulators.map(() => fresh(names, "sum"));
  const lines: string[] = [];
  if (nest.accumulators.length > 0) {
    const argmax = nest.accumulators.some((a) => a.combine === "argmax");
    lines.push(...held.map((h, i) => `var ${h} = ${startText(nest.accumulators[i]!)};`));
    if (argmax) lines.push("var seen = 0f;", ...held.map((h) => `var ${h}_place = 0f;`));
    lines.push(...reduceLines(names, nest, axes, held, argmax));
  }
  const results = nest.accumulators.map((a, i) => (a.combine === "argmax" ? `${held[i]}_place` : held[i]!));
  const scope: Scope = { ...scopeOf(names, nest, axes), accumulators: results };
  storeLines(scope, nest.stores);
  return [...lines, ...scope.lines];
}

const startText = (a: Accumulator): string => (a.combine === "sum" ? "0f" : number(Number.NEGATIVE_INFINITY));

function reduceLines(
  names: Names,
  nest: Nest,
  axes: ReadonlyMap<string, string>,
  held: readonly string[],
  argmax: boolean,
): string[] {
  const inner = new Map(axes);
  const heads = nest.reduces.map((r, i) => {
    const name = fresh(names, "r");
    inner.set(r.name, name);
    const [from, to] = i === 0 ? partBounds(names, nest, axes) : ["0", extentText(names, r.extent)];
    return `for (var ${name} = ${from}; ${name} < ${to}; ${name}++) {`;
  });
  const scope = scopeOf(names, nest, inner);
  nest.accumulators.forEach((a, i) => {
    scope.lines.push(...accumulateLines(scope, a, held[i]!));
  });
  if (argmax) scope.lines.push("seen += 1f;");
  const lines = heads.map((h, i) => `${"  ".repeat(i)}${h}`);
  lines.push(...indented(scope.lines, heads.length));
  return [...lines, ...heads.map((_, i) => `${"  ".repeat(heads.length - 1 - i)}}`)];
}

/** Where the first reduced axis begins and ends: all of it, or one of the parts that it is cut into. */
export function partBounds(names: Names, nest: Nest, axes: ReadonlyMap<string, string>): [string, string] {
  const size = nest.reduces[0] ? extentText(names, nest.reduces[0].extent) : "1";
  if (!nest.split) return ["0", size];
  const part = axes.get(nest.loops[0]!.name)!;
  const { parts } = nest.split;
  return [`(${size} * ${part} / ${parts})`, `(${size} * (${part} + 1) / ${parts})`];
}

function accumulateLines(scope: Scope, a: Accumulator, held: string): string[] {
  const before = scope.lines.length;
  if (a.combine === "sum" && a.body.kind === "apply" && a.body.scalar === "mul") {
    const [x, y] = a.body.inputs.map((v) => valueText(scope, v));
    return [...scope.lines.splice(before), `${held} = fma(${x}, ${y}, ${held});`];
  }
  const value = valueText(scope, a.body);
  const own = scope.lines.splice(before);
  if (a.combine === "sum") return [...own, `${held} += ${value};`];
  if (a.combine === "max") return [...own, `${held} = larger(${held}, ${value});`];
  const name = fresh(scope.names, "v");
  return [...own, `let ${name} = ${value};`, `if (${name} > ${held}) { ${held} = ${name}; ${held}_place = seen; }`];
}

export function emitBody(names: Names, s: Exclude<Schedule, { mode: "tile" }>): Body {
  return s.mode === "together" ? together(names, s) : points(names, s.nest);
}

/** A thread for each point of the loops. */
function points(names: Names, nest: Nest): Body {
  const axes = timeAxes(names, nest);
  const lines = [
    `let point = place * ${POINTS} + i32(lane);`,
    `if (point >= ${countText(names, nest.loops)}) { return; }`,
    ...decode(names, nest.loops, "point", axes),
    ...pointLines(names, nest, axes),
  ];
  return { text: mainText(POINTS, lines), grid: [{ extents: extentsOf(nest.loops), per: POINTS }] };
}

/** Threads of a workgroup each reduce every n-th step; then halves are joined until one is left, always in the same order. */
function together(names: Names, s: Extract<Schedule, { mode: "together" }>): Body {
  const { nest, outputs } = s;
  const threads = THREADS / outputs;
  const axes = timeAxes(names, nest);
  const argmax = nest.accumulators.some((a) => a.combine === "argmax");
  const lines = [
    `let output = i32(lane) % ${outputs};`,
    `let worker = i32(lane) / ${outputs};`,
    `let live = place * ${outputs} + output < ${countText(names, nest.loops)};`,
    `let point = select(0, place * ${outputs} + output, live);`,
    ...decode(names, nest.loops, "point", axes),
  ];
  const [from, to] = partBounds(names, nest, axes);
  const rest = countText(names, nest.reduces.slice(1));
  const held = nest.accumulators.map((_, i) => `held${i}`);
  lines.push(...nest.accumulators.map((a, i) => `var held${i} = ${startText(a)};`));
  if (argmax) lines.push(...held.map((h) => `var ${h}_place = 0f;`));
  const inner = new Map(axes);
  const steps = decode(names, nest.reduces, "step_at", inner);
  const scope = scopeOf(names, nest, inner);
  if (argmax) scope.lines.push("let seen = f32(step_at);");
  nest.accumulators.forEach((a, i) => {
    scope.lines.push(...accumulateLines(scope, a, held[i]!));
  });
  lines.push(
    `for (var step_at = ${from} * ${rest} + worker; step_at < ${to} * ${rest}; step_at += ${threads}) {`,
    ...indented([...steps, ...scope.lines]),
    "}",
    ...joinLines(nest, held, threads, outputs),
  );
  const results = nest.accumulators.map((a, i) => `shared${i}${a.combine === "argmax" ? "_place" : ""}[output]`);
  const after: Scope = { ...scopeOf(names, nest, axes), accumulators: results };
  storeLines(after, nest.stores);
  lines.push("if (worker == 0 && live) {", ...indented(after.lines), "}");
  const shared = nest.accumulators.flatMap((a, i) => [
    `var<workgroup> shared${i}: array<f32, ${THREADS}>;`,
    ...(a.combine === "argmax" ? [`var<workgroup> shared${i}_place: array<f32, ${THREADS}>;`] : []),
  ]);
  const text = `${shared.join("\n")}\n${mainText(THREADS, lines)}`;
  return { text, grid: [{ extents: extentsOf(nest.loops), per: outputs }] };
}

function joinLines(nest: Nest, held: readonly string[], threads: number, outputs: number): string[] {
  const at = "lane";
  const lines = nest.accumulators.flatMap((a, i) => [
    `shared${i}[${at}] = ${held[i]};`,
    ...(a.combine === "argmax" ? [`shared${i}_place[${at}] = ${held[i]}_place;`] : []),
  ]);
  lines.push("workgroupBarrier();");
  const joins = nest.accumulators.flatMap((a, i) => joinOf(a, `shared${i}`, `lane + u32(half * ${outputs})`));
  lines.push(`for (var half = ${threads / 2}; half > 0; half /= 2) {`);
  lines.push("  if (worker < half) {", ...indented(joins, 2), "  }", "  workgroupBarrier();", "}");
  return lines;
}

function joinOf(a: Accumulator, shared: string, other: string): string[] {
  if (a.combine === "sum") return [`${shared}[lane] += ${shared}[${other}];`];
  if (a.combine === "max") return [`${shared}[lane] = larger(${shared}[lane], ${shared}[${other}]);`];
  const [mine, theirs] = [`${shared}[lane]`, `${shared}[${other}]`];
  const earlier = `${theirs} == ${mine} && ${shared}_place[${other}] < ${shared}_place[lane]`;
  return [
    `if (${theirs} > ${mine} || (${earlier})) {`,
    `  ${mine} = ${theirs};`,
    `  ${shared}_place[lane] = ${shared}_place[${other}];`,
    "}",
  ];
}
