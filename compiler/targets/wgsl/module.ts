// A kernel's whole module: what it binds, the functions that it calls, its body.

import type { WgslGrid, WgslKernel } from "../../../runtime/plan.ts";
import { BINDING } from "../../../runtime/plan.ts";
import type { StoredType } from "../../arithmetic/dtype.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import type { Element } from "./halves.ts";
import { elementOf, HALF_TYPES } from "./halves.ts";
import type { Body, Shared } from "./kernels.ts";
import { HAND_DOWN } from "./kernels.ts";
import { functionsFor } from "./scalars.ts";
import type { Names } from "./values.ts";
import { fresh, indented, planExtentText } from "./values.ts";

/** The buffers of a kernel, before places are known. */
export interface Bound {
  /** In the order of their places in the uniform. */
  readonly buffers: readonly string[];
  readonly written: ReadonlySet<string>;
  readonly arenaOf: (buffer: string) => { readonly name: string; readonly dtype: StoredType };
  /** Whether it changes the step block. */
  readonly advances: boolean;
  /** Whether shaders may have numbers of 16 bits. */
  readonly hasHalves: boolean;
  /** As `Names` has it. */
  readonly subgroup: number;
}

export interface Module extends Pick<WgslKernel, "code" | "step" | "time" | "arenas"> {
  readonly grids: readonly WgslGrid[];
  /** Names of its arenas, in the order of their bindings. */
  readonly arenaNames: readonly string[];
}

/** Bodies of one module run in workgroups beside each other. */
export function moduleOf(
  { buffers, written, arenaOf, advances, hasHalves, subgroup }: Bound,
  emit: (names: Names) => readonly Body[],
): Module {
  const arenaNames = [...new Set(buffers.map((b) => arenaOf(b).name))];
  const accessOf = (arena: string): "read" | "write" =>
    buffers.some((b) => arenaOf(b).name === arena && written.has(b)) ? "write" : "read";
  const elementIn = ({ name, dtype }: ReturnType<Bound["arenaOf"]>): Element =>
    dtype === "f16" ? elementOf(accessOf(name), hasHalves) : "whole";
  const names: Names = {
    variable: (b) => `m${arenaNames.indexOf(arenaOf(b).name)}`,
    base: (b) => {
      const i = buffers.indexOf(b);
      return `offsets[${Math.floor(i / 4)}].${"xyzw"[i % 4]}`;
    },
    element: (b) => elementIn(arenaOf(b)),
    uses: { step: false, time: false, subgroup: false },
    subgroup,
    counter: 0,
  };
  const bodies = emit(names);
  const text = mainText(names, bodies);
  const step = advances ? "write" : names.uses.step ? "read" : "none";
  const arenas = arenaNames.map((name) => {
    const arena = arenaOf(
      itemAt(
        buffers.filter((b) => arenaOf(b).name === name),
        0,
      ),
    );
    const element = elementIn(arena);
    return { access: accessOf(name), type: element === "whole" ? ELEMENTS[arena.dtype] : HALF_TYPES[element] };
  });
  const lines = [
    ...(text.includes("f16") || arenas.some((a) => a.type === HALF_TYPES.half) ? ["enable f16;"] : []),
    ...(text.includes(HAND_DOWN) ? ["enable subgroups;"] : []),
    ...(names.uses.subgroup ? [ENABLE_MATRICES] : []),
    ...(step === "none" ? [] : [STEP_BLOCK, binding(BINDING.step, storage(step), "step: StepBlock")]),
    binding(BINDING.offsets, "uniform", `offsets: array<vec4<i32>, ${Math.ceil(buffers.length / 4)}>`),
    ...(names.uses.time ? [binding(BINDING.time, "uniform", "now: vec4<i32>")] : []),
    ...arenas.map((a, i) => binding(BINDING.arenas + i, storage(a.access), `m${i}: array<${a.type}>`)),
    "",
    functionsFor(text) + text,
  ];
  return {
    code: lines.join("\n"),
    step,
    time: names.uses.time,
    arenas: arenas.map(({ access }) => ({ access })),
    grids: bodies.map((b) => b.grid),
    arenaNames,
  };
}

/** Elements of an arena as a shader declares them: bytes lie four in a word. */
const ELEMENTS: Readonly<Record<StoredType, string>> = { f32: "f32", i32: "i32", f16: "f16", u8: "u32" };

const STEP_BLOCK = "struct StepBlock { seed: u32, step: u32, batch: u32, cursor: u32, ring: u32 }";
const storage = (access: "read" | "write"): string => `storage, ${access === "write" ? "read_write" : "read"}`;
const binding = (number: number, space: string, variable: string): string =>
  `@group(0) @binding(${number}) var<${space}> ${variable};`;

/** A line of kernels whose subgroups multiply matrices. */
export const ENABLE_MATRICES = "enable chromium_experimental_subgroup_matrix;";

/** The number of a thread's subgroup, for kernels that ask for it. */
const SUBGROUP = "@builtin(subgroup_id) subgroup: u32";

const BUILTINS =
  "@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32";

/** `main` over one row of workgroups, folded into two dimensions where one would be too long: those of each body in turn. */
function mainText(names: Names, bodies: readonly Body[]): string {
  const [{ threads, lines }] = bodies as readonly [Body, ...Body[]];
  const own = bodies.length === 1 ? { parts: [], calls: lines } : partsOfMain(names, bodies);
  const shared = new Map<string, Shared>();
  for (const s of bodies.flatMap((b) => b.shared))
    shared.set(s.name, { ...s, count: Math.max(s.count, shared.get(s.name)?.count ?? 0) });
  return [
    ...[...shared.values()].map((s) => `var<workgroup> ${s.name}: array<${s.type}, ${s.count}>;`),
    "var<private> one: u32;",
    ...bodies.flatMap((b) => b.functions),
    ...own.parts,
    `@compute @workgroup_size(${threads})`,
    `fn main(${BUILTINS}${names.uses.subgroup ? `, ${SUBGROUP}` : ""}) {`,
    "  one = groups.z;",
    "  let place = i32(group.x + group.y * groups.x);",
    ...indented(own.calls),
    "}",
    "",
  ].join("\n");
}

/** A function for each body, and the calls by the number of the workgroup. */
function partsOfMain(names: Names, bodies: readonly Body[]): { readonly parts: string[]; readonly calls: string[] } {
  const functions = bodies.map(() => fresh(names, "part"));
  const parts = zip(functions, bodies).flatMap(([name, { lines }]) => [
    `fn ${name}(place: i32, lane: u32${names.uses.subgroup ? ", subgroup: u32" : ""}) {`,
    ...indented(lines),
    "}",
  ]);
  const threadText = names.uses.subgroup ? "lane, subgroup" : "lane";
  const runs = runsOf(zip(functions, bodies));
  let place = "place";
  const calls = runs.flatMap(({ called, grid }, i) => {
    if (i === runs.length - 1) return callLines(called, place, threadText);
    const [groups, next] = [fresh(names, "groups"), fresh(names, "place")];
    const count = grid.map(({ extents, per }) => {
      const points = extents.map((e) => planExtentText(names, e)).join(" * ") || "1";
      return per === 1 ? points : `(${points} + ${per - 1}) / ${per}`;
    });
    const each = count.map((c) => `(${c})`).join(" * ") || "1";
    const lines = [
      `let ${groups} = ${called.length === 1 ? each : `${called.length} * ${each}`};`,
      `if (${place} < ${groups}) {`,
      ...indented([...callLines(called, place, threadText), "return;"]),
      "}",
      `let ${next} = ${place} - ${groups};`,
    ];
    place = next;
    return lines;
  });
  return { parts, calls };
}

interface Run {
  readonly called: string[];
  readonly grid: WgslGrid;
}

/** Bodies with equally many workgroups, one after the other: these take turns, so that what several of them read is read about the same time. */
function runsOf(bodies: readonly (readonly [name: string, body: Body])[]): Run[] {
  const runs: Run[] = [];
  for (const [name, { grid }] of bodies) {
    const last = runs.at(-1);
    if (last && JSON.stringify(last.grid) === JSON.stringify(grid)) last.called.push(name);
    else runs.push({ called: [name], grid });
  }
  return runs;
}

/** `thread`: the last arguments. */
function callLines(called: readonly string[], place: string, thread: string): string[] {
  if (called.length === 1) return [`${called[0]}(${place}, ${thread});`];
  const turn = `${place} % ${called.length}`;
  return [
    `switch (${turn}) {`,
    ...called.map((name, i) => {
      const which = i === called.length - 1 ? "default" : `case ${i}`;
      return `  ${which}: { ${name}(${place} / ${called.length}, ${thread}); }`;
    }),
    "}",
  ];
}
