// Proves that the classic networks are those of their papers: parameters to the unit, weighted depth, the shapes of the
// papers' tables; and that each takes a training step at its real size within one memory of 4 GiB.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measureModel } from "../../compiler/check/measure.ts";
import { openProgram } from "../../compiler/check/program.ts";
import { compileWasm } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { compileText, library } from "../support/engine.ts";

interface Classic {
  readonly params: number;
  readonly depth: number;
  readonly size: number;
  /** Shapes that the network goes through, in order. */
  readonly shapes: readonly string[];
}

const VGG = [
  "[112, 112, 64]",
  "[56, 56, 128]",
  "[28, 28, 256]",
  "[14, 14, 512]",
  "[7, 7, 512]",
  "[25088]",
  "[4096]",
  "[1000]",
];
const BOTTLENECKS = [
  "[112, 112, 64]",
  "[56, 56, 256]",
  "[28, 28, 512]",
  "[14, 14, 1024]",
  "[7, 7, 2048]",
  "[2048]",
  "[1000]",
];

const CLASSICS: Readonly<Record<string, Classic>> = {
  alexnet: {
    params: 60_965_224,
    depth: 8,
    size: 227,
    shapes: [
      "[55, 55, 96]",
      "[27, 27, 96]",
      "[27, 27, 256]",
      "[13, 13, 256]",
      "[13, 13, 384]",
      "[6, 6, 256]",
      "[9216]",
      "[1000]",
    ],
  },
  vgg16: {
    params: 138_357_544,
    depth: 16,
    size: 224,
    shapes: VGG,
  },
  vgg19: {
    params: 143_667_240,
    depth: 19,
    size: 224,
    shapes: VGG,
  },
  googlenet: {
    params: 6_998_552,
    depth: 22,
    size: 224,
    shapes: [
      "[112, 112, 64]",
      "[56, 56, 64]",
      "[56, 56, 192]",
      "[28, 28, 192]",
      "[28, 28, 256]",
      "[28, 28, 480]",
      "[14, 14, 480]",
      "[14, 14, 512]",
      "[14, 14, 528]",
      "[14, 14, 832]",
      "[7, 7, 832]",
      "[7, 7, 1024]",
      "[1024]",
      "[1000]",
    ],
  },
  resnet18: {
    params: 11_689_512,
    depth: 18,
    size: 224,
    shapes: ["[112, 112, 64]", "[56, 56, 64]", "[28, 28, 128]", "[14, 14, 256]", "[7, 7, 512]", "[512]", "[1000]"],
  },
  resnet50: {
    params: 25_557_032,
    depth: 50,
    size: 224,
    shapes: BOTTLENECKS,
  },
  resnet152: {
    params: 60_192_808,
    depth: 152,
    size: 224,
    shapes: BOTTLENECKS,
  },
};

const textOf = (name: string): string => readFileSync(new URL(`../../examples/${name}.dnn`, import.meta.url), "utf8");

for (const [name, classic] of Object.entries(CLASSICS)) {
  test(`${name} has ${classic.params} parameters, ${classic.depth} weighted layers and the paper's shapes`, () => {
    const { program } = openProgram({ file: `${name}.dnn`, text: textOf(name) }, library);
    const checked = program.checkModel(name);
    expect(program.diagnostics).toEqual([]);
    const results = checked.result.kind === "tensor" ? [checked.result.node] : [];
    const figures = measureModel(name, checked.records, results, new Set());
    expect([figures.params, figures.depth]).toEqual([classic.params, classic.depth]);
    const outputs = checked.records.filter((r) => r.name === name).map((r) => r.output);
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
    const engine = await WasmEngine.start(compileWasm(bare, 1, false), 1);
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
