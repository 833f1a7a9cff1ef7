// The layers that `dnn graph` draws: one box for each, what flows between them, the blocks around them.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { addDims, type Dim, product } from "../../compiler/arithmetic/dim.ts";
import { type LayerBox, layersOf } from "../../compiler/check/program/layers.ts";
import { itemsOf, requiredInputs } from "../../compiler/check/values/values.ts";
import { topological } from "../../compiler/graph/node.ts";
import { type GraphBox, leavesOf } from "../../report/graph/boxes.ts";
import { openGroups } from "../../report/graph/folding.ts";
import { openText } from "../support/opened.ts";
import { drawn, drawnText, groups, leaves } from "./drawings.ts";

const folder = new URL("../../examples/", import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(`${name}.dnn`, folder), "utf8");
const example = (name: string, model = name): GraphBox => drawn(openText(`${name}.dnn`, textOf(name)), model);
const titles = (box: GraphBox): string[] => leaves(box).map((b) => b.title);

/** Boxes that flow into those of a title, by their titles. */
function into(box: GraphBox, title: string): string[][] {
  const all = leaves(box);
  const named = new Map(all.map((b) => [b.id, b.title]));
  return all.filter((b) => b.title === title).map((b) => b.inputs.map((i) => named.get(i)!));
}

test("each applied layer is one box, with its arguments, what it gives, its parameters and its line", () => {
  const net = drawnText("model net(x: [8, 8, 3]) {\n  conv 3x3 6 p1\n  relu\n  maxpool 2\n  flatten\n  dense 10\n}");
  expect(leaves(net).map((b) => [b.title, ...b.notes, b.place?.line])).toEqual([
    ["x", "[8, 8, 3]", 1],
    ["conv 3x3 6 p1", "[8, 8, 6]", "168 parameters", 2],
    ["relu", "[8, 8, 6]", 3],
    ["maxpool 2", "[4, 4, 6]", 4],
    ["flatten", "[96]", 5],
    ["dense 10", "[10]", "970 parameters", 6],
  ]);
  expect(into(net, "dense 10")).toEqual([["flatten"]]);
});

test("layers in expressions and in arguments have boxes of their own, and what stands around them another", () => {
  const net = drawnText("model net(x: [4]) {\n  a = dense(3)(x)\n  tanh(dense(3)(relu(a)))\n  it + 2 * a\n}");
  expect(titles(net)).toEqual(["x", "a = dense 3", "relu(a)", "dense 3", "tanh(dense(3)(relu(a)))", "it + 2 * a"]);
  expect(into(net, "it + 2 * a").map((names) => names.toSorted())).toEqual([
    ["a = dense 3", "tanh(dense(3)(relu(a)))"],
  ]);
});

test("what neither the result nor a name depends on is left out", () => {
  const net = drawnText("model net(x: [4], y: [3]) { dense 3; relu; x; dense 5 }");
  expect(titles(net)).toEqual(["x", "y", "dense 5"]);
  expect(titles(drawnText("model net(x: [4]) { side = dense(2)(x); dense 5 }"))).toContain("side = dense 2");
});

test("a branch of a residual block and the way around it meet at a plus", () => {
  const net = drawnText("model net(x: [4]) { residual { dense 8; relu; dense 4 } }");
  expect(into(net, "+")).toEqual([["dense 4", "x"]]);
  expect(groups(net).map((g) => g.title)).toEqual(["net", "residual"]);
});

test("the ways of a U-Net go from where a name was given to where it is read", () => {
  const net = example("unet");
  const last = (title: string) => leaves(groups(net).find((g) => g.title.startsWith(title))!).at(-1)!.id;
  const inputs = leaves(net).find((b) => b.title === "concat(it, top)")!.inputs;
  expect(inputs).toContain(last("double 8"));
});

test("cells, models in models, loops and blocks are what they are called", () => {
  expect(titles(example("lstm_variants", "peephole"))).toEqual(["x", "lstm_peephole 24", "last", "dense 1"]);
  expect(groups(example("vae")).map((g) => g.title)).toEqual(["vae", "decoder"]);
  const net = drawnText(
    "block b(n) { dense n; relu }\nmodel net(x: [4]) { for n in [3, 5] { b n }; repeat 2 { b 2; tanh } }",
  );
  expect(groups(net).map((g) => g.title)).toEqual([
    "net",
    "for n in [3, 5]",
    "b 3",
    "b 5",
    "repeat 2",
    "turn 1",
    "b 2",
    "turn 2",
    "b 2",
  ]);
});

test("a table that is used again is said to be shared, and its numbers count once", () => {
  const lm = example("transformer", "lm");
  expect(leaves(lm).at(-1)!.notes).toContain("shared parameters");
  const twice = drawnText("model net(x: [4]) { d = dense 4; d; relu; d }");
  expect(leaves(twice).map((b) => b.notes.slice(1))).toEqual([[], ["20 parameters"], [], ["shared parameters"]]);
});

test("a loop that stays a loop is one box", () => {
  const net = drawnText("model net(x: [4]) { dense 4; repeat 20 { it * 0.5 + x }; dense 2 }");
  expect(titles(net)).toEqual(["x", "dense 4", "repeat 20", "dense 2"]);
  expect(into(net, "dense 2")).toEqual([["repeat 20"]]);
});

const total = (box: LayerBox): Dim =>
  box.children.length > 0 ? box.children.reduce<Dim>((sum, c) => addDims(sum, total(c)), 0) : box.params;

test("the boxes of every example have the parameters of its models", () => {
  for (const file of readdirSync(folder).filter((f) => f.endsWith(".dnn"))) {
    const opened = openText(file, readFileSync(new URL(file, folder), "utf8"));
    const { program } = opened;
    for (const name of program.models.keys()) {
      const { result, definition } = program.checkModel(name);
      if (result.kind === "unknown") continue;
      const inputs = requiredInputs(definition).map((p) =>
        program.elaborator.symbolicInput(p, program.scope, program.frame(false)),
      );
      const box = layersOf(program, name, inputs, () => "");
      const fields = result.kind === "tensor" ? [...(result.fields?.values() ?? [])] : [];
      const given = [result, ...fields].flatMap(itemsOf).flatMap((v) => (v.kind === "tensor" ? [v.node] : []));
      const learned = topological(given).filter((n) => n.op === "parameter" && n.attributes.role === "parameter");
      const expected = learned.reduce<Dim>((sum, n) => addDims(sum, product(n.shape)), 0);
      expect(total(box), `${file} ${name}`).toEqual(expected);
      expect(box.children.length, `${file} ${name}`).toBeGreaterThan(0);
    }
  }
});

test("of a hundred equal blocks the first of each kind is open", () => {
  const net = example("resnet152");
  const open = openGroups([net], "auto");
  const shown = (box: GraphBox): number => (open.has(box.id) ? box.children.reduce((n, c) => n + shown(c), 0) : 1);
  expect(leavesOf([net])).toBeGreaterThan(500);
  expect(shown(net)).toBeLessThan(50);
  const opened = groups(net).filter((g) => open.has(g.id) && g.title.startsWith("residual"));
  expect(opened.length).toBe(2);
});
