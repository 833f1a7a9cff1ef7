// The applied layers of an elaboration: a tree of lines and calls that says what gave what, also where something failed.

import { expect, test } from "vitest";
import {
  type Application,
  arithmeticOf,
  linesWithin,
  outputNode,
  outputText,
} from "../../compiler/check/frame/application.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import { library } from "../support/engine.ts";

function applied(text: string, model: string) {
  const { program } = openProgram({ file: "net.dnn", text }, library);
  const { applications, result } = program.checkModel(model);
  return { program, roots: applications, result };
}

const inTree = (roots: readonly Application[]): readonly Application[] =>
  roots.flatMap((a) => [a, ...inTree(a.children)]);

const NET = `block part(n) {
  conv 3x3 n p1
  relu
}
model net(image: [28, 28, 1]) {
  part 4
  maxpool 2x2
  flatten
  dense 10
}
`;

test("a model's lines are its children, and what they call stands below them", () => {
  const { roots, result } = applied(NET, "net");
  const [net] = roots;
  expect(roots.map((a) => [a.name, a.callee?.kind])).toEqual([["net", "definition"]]);
  expect(net!.output).toBe(result);
  expect(net!.children.map((line) => `${line.name} ${outputText(line)}`)).toEqual([
    "part [28, 28, 4]",
    "maxpool [14, 14, 4]",
    "flatten [784]",
    "dense [10]",
  ]);
  const [part] = net!.children[0]!.children;
  expect(part).toMatchObject({ name: "part", within: "net", callee: { kind: "layer" } });
  expect(part!.children.map((line) => line.name)).toEqual(["conv", "relu"]);
  const conv = part!.children[0]!.children[0]!;
  expect(conv.arguments.get("padding")).toMatchObject({ kind: "number", value: 1 });
  expect(conv.instance!.learned.size).toBe(2);
});

test("every application stands within its parent, and begins with what the one before it gave", () => {
  const { roots } = applied(NET, "net");
  for (const a of inTree(roots)) for (const child of a.children) expect(child.parent).toBe(a);
  const lines = linesWithin("net", roots);
  for (const [i, line] of lines.entries()) if (i > 0) expect(line.input).toBe(outputNode(lines[i - 1]!));
});

test("windows are those of all that an application calls, each once", () => {
  const { roots } = applied(NET, "net");
  const [net] = roots;
  const [part, maxpool] = net!.children;
  expect(arithmeticOf(part!)).toEqual(["(28 - 3 + 2*1)/1 + 1 = 28"]);
  expect(arithmeticOf(maxpool!)).toEqual(["(28 - 2 + 2*0)/2 + 1 = 14"]);
  expect(net!.windows).toEqual([...part!.windows, ...maxpool!.windows]);
  expect(part!.windows).toEqual(inTree([part!]).find((a) => a.name === "conv" && a.callee)!.windows);
});

test("an equal call of a model repeats the first, whose lines are run once", () => {
  const text =
    "model half(x: [4]) { dense 2 }\nmodel net(a: [4], b: [4]) {\n  u = half(a)\n  v = half(a)\n  w = half(b)\n  u + v + w\n}\n";
  const { roots } = applied(text, "net");
  const [first, again, other] = inTree(roots).filter((a) => a.name === "half");
  expect(again).toMatchObject({ repeats: first, children: [] });
  expect(outputNode(again!)).toBe(outputNode(first!));
  expect([first!.repeats, other!.repeats]).toEqual([undefined, undefined]);
  expect(other!.children.map((line) => line.name)).toEqual(["dense"]);
});

test("what fails has no output, and what follows stands beside it and not within", () => {
  const { program, roots } = applied(
    "block bad(n) {\n  dense n\n  conv 3x3 4\n}\nmodel net(x: [4]) {\n  bad 3\n  y = 1\n  conv 3x3 4\n  normal([2])\n  conv 3x3 4\n  normal([3])\n}\n",
    "net",
  );
  expect(program.diagnostics.map((d) => d.severity)).toContain("error");
  const [net] = roots;
  expect(net!.children.map((line) => [line.name, line.output.kind])).toEqual([
    ["bad", "unknown"],
    ["conv", "unknown"],
    ["normal", "tensor"],
    ["conv", "unknown"],
    ["normal", "tensor"],
  ]);
  expect(linesWithin("net", roots).map(outputText)).toEqual(["[2]", "[3]"]);
});
