// Proves that a graph's text is the graph: what is printed reads back to the same nodes, after every pass; and that every
// pass leaves a graph whose types are those of the ops' rules.

import { expect, test } from "vitest";
import { parseDim, showDim } from "../../compiler/arithmetic/dim.ts";
import { constant, parameter } from "../../compiler/graph/build.ts";
import { intern } from "../../compiler/graph/node.ts";
import { GraphTextError, parseGraph } from "../../compiler/graph/parse.ts";
import { graphText } from "../../compiler/graph/text.ts";
import { GraphFault, verify } from "../../compiler/graph/verify.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { compileText } from "../support/engine.ts";
import { CASES } from "../support/programs.ts";

for (const { name, program, fields } of CASES)
  test(`${name}: the text of every pass reads back to the same nodes, and its types are right`, () => {
    const { training } = compileText(program, fields, 20);
    for (const step of [...training.steps, training.evaluate]) {
      const names = step.results.map((r) => r.name);
      runPasses(
        step.results.map((r) => r.node),
        (pass, results) => {
          verify(results);
          const read = parseGraph(graphText(results, names));
          expect(read.names, pass.name).toEqual(names);
          read.results.forEach((r, i) => {
            expect(r, `${names[i]} after ${pass.name}`).toBe(results[i]);
          });
        },
      );
    }
  });

test("sizes read back", () => {
  for (const text of ["7", "batch", "4*H*W", "(H + 2)/2", "2*batch - 3", "H*W - H + 1", "batch/2"])
    expect(showDim(parseDim(text)!)).toBe(text);
  expect(parseDim("3 apples")).toBeUndefined();
});

test("a text that is no graph names its line", () => {
  expect(() => parseGraph("leaf x: [2]  {role: field}\nloss = %4")).toThrow(GraphTextError);
  expect(() => parseGraph("leaf x: two")).toThrow("line 1: a type is expected");
});

test("a node whose type is not its op's is found", () => {
  const wrong = intern("neg", [constant(1)], {}, { shape: [3], dtype: "f32" }, undefined);
  expect(() => verify([wrong])).toThrow(GraphFault);
});

test("a leaf of a body is not read outside", () => {
  expect(() => verify([parameter("state", [2])])).toThrow("outside the body");
});
