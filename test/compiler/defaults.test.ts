// Defaults of parameters: each is evaluated where its definition stands, whatever libraries a process has opened, or none.

import { expect, test } from "vitest";
import { Library } from "../../compiler/check/program/library.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import { Scope } from "../../compiler/check/values/values.ts";

const PROGRAM = `n = 5
fn wide(x, k=3, m=k * 2, also=n, name="a") = x * k + m + also
model net(x: [4]) { wide(it) }
`;

test("a program has its defaults without a library", () => {
  const { program, diagnostics } = openProgram({ file: "p.dnn", text: PROGRAM }, new Scope());
  const { result } = program.checkModel("net");
  expect([...diagnostics, ...program.diagnostics]).toEqual([]);
  expect(result).toMatchObject({ kind: "tensor", node: { shape: [4] } });
});

test("two libraries in one process evaluate their own defaults", () => {
  const libraryOf = (size: number) =>
    new Library([
      {
        file: "stdlib/parts.dnn",
        text: `fn width(k) = k + ${size}
fn start() = ${size}

block grown(n=width(${size}), f=start) {
  param w: [n] = 0
  (w + f()) * sum(it)
}
`,
      },
    ]);
  const libraries = [libraryOf(2), libraryOf(7)];
  const text = "model net(x: [3]) { grown }\n";
  const shapes = libraries.map((library) => {
    const { program } = openProgram({ file: "p.dnn", text }, library);
    const { result } = program.checkModel("net");
    expect(program.diagnostics).toEqual([]);
    return result.kind === "tensor" ? result.node.shape : undefined;
  });
  expect(shapes).toEqual([[4], [14]]);
});
