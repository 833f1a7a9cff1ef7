// Proves that NaN stays NaN through maxima and minima, of rows and columns, wherever it stands in them, and beside a number, where the
// instructions that take the larger of two drop one of them; and that infinities and the largest and least numbers are found.

import { expect, test } from "vitest";
import { constant, make, parameter } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";

const HARD = [Number.NaN, Infinity, -Infinity, 3.4e38, -3.4e38, 1e-45, 2.5, -2.5];

test.each([1, 3, 17, 65])("of %i numbers", async (size) => {
  const x = parameter("x", [size, size], "f32", "parameter");
  const goals: Record<string, Node> = {
    rows: make("reduce_max", [x], { axes: [-1] }),
    columns: make("reduce_max", [x], { axes: [-2] }),
    relu: make("max", [x, constant(0)]),
    most: make("min", [constant(2), x]),
    both: make("max", [x, make("neg", [x])]),
  };
  const lowered = lowerGraph(
    Object.entries(goals).map(([name, node]) => ({ name, node, into: name })),
    1,
  );
  const entries = [{ name: "run", parts: [{ name: "run", lowered, logged: [], fields: [] }] }];
  const engine = await WasmEngine.start(wasmTarget.plan({ entries, batch: 1 }, { shared: false }), 1);
  engine.set("batch", 1);
  for (const [k, hard] of HARD.entries())
    for (const at of new Set([0, 1, size - 1, size >> 1, 16].filter((i) => i < size))) {
      const values = Float32Array.from({ length: size * size }, (_, i) => Math.sin(k + 7 * i));
      for (let i = 0; i < size; i++) values[i * size + ((i + at) % size)] = hard;
      await engine.write("x", values);
      await engine.run("run");
      const lineOf = (along: "row" | "column", i: number): number[] =>
        Array.from({ length: size }, (_, j) => values[along === "row" ? i * size + j : j * size + i]!);
      const wanted: Record<string, (i: number) => number> = {
        rows: (i) => Math.max(...lineOf("row", i)),
        columns: (i) => Math.max(...lineOf("column", i)),
        relu: (i) => Math.max(values[i]!, 0),
        most: (i) => Math.min(2, values[i]!),
        both: (i) => Math.max(values[i]!, -values[i]!),
      };
      for (const [name, of] of Object.entries(wanted)) {
        const found = [...(await engine.read(name))];
        // 0 and -0 are as large as each other.
        expect(
          found.map((v) => v + 0),
          `${name}, ${hard} at ${at}`,
        ).toEqual(found.map((_, i) => of(i) + 0));
      }
    }
  await engine.stop();
});
