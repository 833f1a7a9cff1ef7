// A program's text, its fields and a batch: compiled, with an engine that runs it, for tests.

import { readdirSync, readFileSync } from "node:fs";
import { Library } from "../../compiler/check/program/library.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import type { Field, Training } from "../../compiler/check/training/lines/types.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import type { Entry } from "../../compiler/compile.ts";
import { compileTraining } from "../../compiler/compile.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";

const folder = new URL("../../stdlib/", import.meta.url);

export const library = new Library(
  readdirSync(folder).map((name) => ({ file: `stdlib/${name}`, text: readFileSync(new URL(name, folder), "utf8") })),
);

export interface Compiled {
  readonly training: Training;
  readonly entries: readonly Entry[];
}

/** Compiles the first training of a text; mistakes in it fail the test with their messages. */
export function compileText(text: string, fields: readonly Field[], examples: number): Compiled {
  const { program, diagnostics } = openProgram({ file: "test.dnn", text }, library);
  const training = elaborateTraining(program, program.trains[0]!, { fields, examples, overrides: new Map() });
  const wrong = [...diagnostics, ...program.diagnostics].filter((d) => d.severity === "error");
  if (!training || wrong.length > 0) throw new Error(wrong.map((d) => `${d.code}: ${d.message}`).join("\n"));
  return { training, entries: compileTraining(training, { batch: training.batch }) };
}

/** An engine whose batch fields are written by hand, on one thread. */
export async function startEngine(compiled: Compiled): Promise<WasmEngine> {
  const entries = compiled.entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries, batch: compiled.training.batch }, { shared: false }),
    1,
  );
  engine.set("batch", compiled.training.batch);
  return engine;
}
