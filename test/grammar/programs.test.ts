import { describe, expect, test } from "vitest";
import { parse } from "../../grammar/parser/parse.ts";
import type { SourceFile } from "../../grammar/syntax/ast.ts";
import { programs } from "./programs.ts";
import { definition } from "./sketch.ts";

const read = (name: string): SourceFile => parse(programs[name]!, `${name}.dnn`).file;
const sketchOf = (name: string, at: number) => definition(read(name).definitions[at]!);

test.each(Object.keys(programs))("%s is read without a diagnostic", (name) => {
  // Proves that the grammar carries the whole program.
  expect(parse(programs[name]!, `${name}.dnn`).diagnostics).toEqual([]);
});

describe("what the programs are read as", () => {
  test("a list of layers", () => {
    // Proves that `;` and newlines make lines and that options and flags are arguments.
    expect(sketchOf("lenet", 0)).toBe(
      "model lenet(image: [28, 28, 1]) { <conv 5x5 6 p:2>; tanh; <avgpool 2x2>; <conv 5x5 16>; tanh; <avgpool 2x2>; " +
        "flatten; <dense 120>; tanh; <dense 84>; tanh; <dense 10> }",
    );
    expect(sketchOf("lenet", 2)).toContain("optimizer: <sgd lr=0.1 momentum=0.9 nesterov decay=0.0005>");
  });
  test("a block as an argument and as a trailing block", () => {
    // Proves the nesting of the residual connection.
    expect(sketchOf("resnet152", 0)).toMatch(
      /^block-definition bottleneck\(width, stride = 1\) \{ <residual\(skip=\(if .* else \{ .*; batchnorm \}\)\) \{ .* \}>; relu \}$/,
    );
  });
  test("bindings at the top level, shared by the file", () => {
    // Proves that several stand on one line.
    expect(read("belief_network").definitions.map((node) => node.kind)).toEqual([
      "block-definition",
      "fn",
      "fn",
      "binding",
      "binding",
      "model",
      "train",
      "train",
      "train",
      "data",
    ]);
    expect(sketchOf("belief_network", 3)).toBe("low = <rbm 256>");
  });
  test("a cell with typed states", () => {
    // Proves classes as a type, start values and labels.
    expect(sketchOf("translate", 0)).toContain("state h: [n], prev: [] of W = 0; word = it; score = (memory @ dense(");
    expect(sketchOf("translate", 1)).toMatch(
      /^model translate\(source: \[S\] of V, target: \[T\] of W = none, length = 20\)/,
    );
  });
  test("updates, slices and a data body", () => {
    // Proves the statements that only some programs use.
    expect(sketchOf("old_machines", 2)).toContain("data = concat(v, sweep(data, bm.w, bm.b)[20:])");
    expect(sketchOf("old_machines", 2)).toContain("update bm.b += (0.05 * mean((data - free), over=batch))");
    expect(sketchOf("linear_autoencoder", 1)).toBe("data flat8 = digits(size=8x8) { x = centre(flat(image)) }");
  });
  test("optimizers and schedules", () => {
    // Proves that a schedule may be one expression and that `^` stands under the products.
    expect(sketchOf("optimizers", 2)).toContain("((1 - beta2) * (grad ^ 2))");
    expect(sketchOf("trainings", 6)).toMatch(/^schedule cosine\(t, total, low = 0\) \{ \(low \+ /);
  });
});
