// Proves that the classic networks are those of their papers: parameters to the unit, weighted depth, the shapes of the
// papers' tables; and that each takes a training step at its real size within one memory of 4 GiB.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { linesWithin, outputText } from "../../compiler/check/frame/application.ts";
import { measureModel } from "../../compiler/check/program/cost.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText, library } from "../support/engine.ts";
import { CLASSICS } from "./classics.ts";

const textOf = (name: string): string => readFileSync(new URL(`../../examples/${name}.dnn`, import.meta.url), "utf8");

for (const [name, classic] of Object.entries(CLASSICS)) {
  test(`${name} has ${classic.params} parameters, ${classic.depth} weighted layers and the paper's shapes`, () => {
    const { program } = openProgram({ file: `${name}.dnn`, text: textOf(name) }, library);
    const checked = program.checkModel(name);
    expect(program.diagnostics).toEqual([]);
    const results = checked.result.kind === "tensor" ? [checked.result.node] : [];
    const figures = measureModel(name, checked.applications, results, new Set());
    expect([figures.params, figures.depth]).toEqual([classic.params, classic.depth]);
    const outputs = linesWithin(name, checked.applications).map(outputText);
    const seen = outputs.filter((o, i) => o !== outputs[i - 1]);
    expect(inOrder(classic.shapes, seen), `${seen.join(" ")}`).toBe(true);
  });

  test(`${name} takes a training step at its real size`, async () => {
    const { size } = classic;
    const text = `${textOf(name)}\ntrain ${name} on d { loss cross_entropy(${name}(image), label); optimizer sgd lr=0.001; batch 1 }`;
    const fields = [
      { name: "image", shape: [size, size, 3] },
      { name: "label", shape: [], classes: 1000 },
    ];
    const { entries } = compileText(text, fields, 1);
    const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
    const engine = await WasmEngine.start(wasmTarget.plan({ entries: bare, batch: 1 }, { shared: false }), 1);
    engine.set("batch", 1);
    engine.set("seed", 1);
    await engine.run("initialise");
    const image = engine.view("image");
    for (let i = 0; i < image.length; i++) image[i] = Math.sin(i * 0.7);
    await engine.run("train");
    const loss = engine.logged(1)[0]!;
    expect(loss).toBeGreaterThan(1);
    expect(Number.isFinite(loss)).toBe(true);
  }, 120_000);
}

function inOrder(wanted: readonly string[], seen: readonly string[]): boolean {
  let at = 0;
  for (const s of seen) if (s === wanted[at]) at++;
  return at === wanted.length;
}
