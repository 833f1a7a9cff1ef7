// A kernel's whole module: what it binds, the functions that it calls, its body.

import type { WgslGrid, WgslKernel } from "../../../runtime/plan.ts";
import { BINDING } from "../../../runtime/plan.ts";
import type { StoredType } from "../../arithmetic/dtype.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import type { Element } from "./halves.ts";
import { elementOf, HALF_TYPES } from "./halves.ts";
import type { Body } from "./kernels.ts";
import { mainText } from "./kernels.ts";
import { functionsFor } from "./scalars.ts";
import type { Names } from "./values.ts";

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
}

export interface Module extends Pick<WgslKernel, "code" | "step" | "time" | "arenas"> {
  readonly grids: readonly WgslGrid[];
  /** Names of its arenas, in the order of their bindings. */
  readonly arenaNames: readonly string[];
}

/** Bodies of one module run in workgroups beside each other. */
export function moduleOf(
  { buffers, written, arenaOf, advances, hasHalves }: Bound,
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
    uses: { step: false, time: false },
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
    ...(arenas.some((a) => a.type === HALF_TYPES.half) ? ["enable f16;"] : []),
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
