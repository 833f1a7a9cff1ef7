// Proves that every optimizer walks PyTorch's ten steps down a ravine and off a saddle: the f64 reference to the fixtures'
// nine digits, the CPU engine to what float32 allows.

import { expect, test } from "vitest";
import { topological } from "../../compiler/graph/node.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import type { Tensor } from "../../compiler/graph/tensor.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { type Compiled, compileText, startEngine } from "../support/engine.ts";
import { worst } from "./evaluated.ts";
import type { OptimizerCase, Surface } from "./fixtures.ts";
import { readLayers } from "./fixtures.ts";

const { optimizers, surfaces } = readLayers();

function compiledOf(c: OptimizerCase, surface: Surface): Compiled {
  const options = Object.entries(c.options).map(([name, value]) =>
    typeof value === "boolean" ? (value ? name : `no${name}`) : `${name}=${value}`,
  );
  const curves = surface.curvature.map((k, i) => `(${k}) * p[${i}]^2 / 2`).join(" + ");
  const text = `model point(x: [1]) { param p: [${surface.start.length}] = 0; p }
train walk on nothing {
  p = point(x)
  loss ${curves}
  optimizer ${c.kind} ${options.join(" ")}
  batch 1
}
`;
  return compileText(text, [{ name: "x", shape: [1] }], 1);
}

/** The point after each step, in f64. */
function walked({ training }: Compiled, start: readonly number[], steps: number): number[][] {
  const [step] = training.steps;
  const nodes = runPasses(step!.results.map((r) => r.node));
  const leaves = topological(nodes).filter((n) => n.op === "parameter" && n.attributes.role !== "local");
  const nameOf = (n: (typeof leaves)[number]): string => n.attributes.name as string;
  const values = new Map<string, Tensor>(
    leaves.map((n) => {
      const shape = n.shape.map((d) => (typeof d === "number" ? d : 1));
      return [nameOf(n), { shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) }];
    }),
  );
  values.set("point.p", { shape: [start.length], data: Float64Array.from(start) });
  return Array.from({ length: steps }, () => {
    const results = interpret(nodes, new Map(leaves.map((n) => [n, values.get(nameOf(n))!])));
    step!.results.forEach((r, i) => {
      if (r.into !== undefined) values.set(r.into, results[i]!);
    });
    return [...values.get("point.p")!.data];
  });
}

for (const c of optimizers) {
  test(`${c.name} on the ${c.surface}`, async () => {
    const surface = surfaces[c.surface]!;
    const compiled = compiledOf(c, surface);
    const reference = walked(compiled, surface.start, c.points.length);
    const engine = await startEngine(compiled);
    await engine.run("initialise");
    engine.view("point.p").set(surface.start);
    for (const [i, wanted] of c.points.entries()) {
      expect(worst(reference[i]!, wanted), `reference, step ${i + 1}`).toBeLessThan(1e-7);
      await engine.run("train");
      expect(worst(engine.view("point.p"), wanted), `engine, step ${i + 1}`).toBeLessThan(1e-4);
    }
  });
}
