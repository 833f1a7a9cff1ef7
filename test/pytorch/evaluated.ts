// In: a layer or a loss as the language writes it, with the numbers of a fixture. Out: its results, gradients and new states,
// by the f64 reference and by the engines.

import { BATCH } from "../../compiler/arithmetic/dim.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import type { Value } from "../../compiler/check/values/values.ts";
import { compileStep } from "../../compiler/compile.ts";
import { add, make, mul, sum } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import { runPasses } from "../../compiler/passes/list.ts";
import { wasmTarget } from "../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { WasmEngine } from "../../runtime/wasm/engine.ts";
import { type Found, startGpu } from "../../runtime/webgpu/node.ts";
import { library } from "../support/engine.ts";
import type { TensorFormula } from "./formula.ts";
import { values } from "./formula.ts";

export type Numbers = ArrayLike<number>;

/** Numbers by formula, or as they stand. */
export type Given = TensorFormula | { readonly shape: readonly number[]; readonly numbers: readonly number[] };

const numbersOf = (g: Given): Numbers => ("numbers" in g ? g.numbers : values(g));

export interface Question {
  /** A model called `m`; its parameters are called by the fixture as if it were the file's top. */
  readonly text: string;
  readonly training: boolean;
  /** Batches: the first axis is the example's number. */
  readonly inputs: Readonly<Record<string, Given>>;
  /** Parameters and states. */
  readonly learned: Readonly<Record<string, TensorFormula>>;
  /** Results of the model's value to compare: their names, with the numbers that their gradients are weighted with. */
  readonly seeds: Readonly<Record<string, TensorFormula | "one">>;
  readonly gradients: readonly string[];
  readonly states: readonly string[];
}

export type Answers = ReadonlyMap<string, ArrayLike<number>>;

interface Asked {
  readonly names: readonly string[];
  readonly nodes: readonly Node[];
  readonly leaves: ReadonlyMap<string, Numbers>;
  readonly batch: number;
}

/** The model's value by name: `y` is the value itself, others are its fields. */
function part(value: Value, name: string): Node {
  if (value.kind !== "tensor") throw new Error(`the model gives ${value.kind}`);
  if (name === "y") return value.node;
  const found = value.fields?.get(name);
  if (found?.kind !== "tensor") throw new Error(`the model's value has no ${name}`);
  return found.node;
}

function fieldNode(name: string, f: Given): Node {
  const dtype = "classes" in f ? "i32" : "f32";
  const type = { shape: f.shape.slice(1), dtype };
  return make("parameter", [], { name, type, role: "field", batched: true });
}

function ask(q: Question): Asked {
  const { program, diagnostics } = openProgram({ file: "case.dnn", text: q.text }, library);
  const fields = new Map(Object.entries(q.inputs).map(([name, f]) => [name, fieldNode(name, f)]));
  const given: Value[] = [...fields].map(([name, node]) => {
    const f = q.inputs[name]!;
    return { kind: "tensor", node, ...("classes" in f ? { classes: f.classes } : {}) };
  });
  const frame = program.frame(q.training);
  const model = program.models.get("m")!;
  const value = program.elaborator.applyModel(model, given, new Map(), model.definition.name.span, frame);
  const wrong = [...diagnostics, ...program.diagnostics].filter((d) => d.severity === "error");
  if (wrong.length > 0) throw new Error(wrong.map((d) => `${d.code}: ${d.message}`).join("\n"));
  const learned = new Map(model.instance!.everything().map((l) => [l.path.slice("m.".length), l]));
  const leaves = new Map<string, Numbers>();
  for (const [name, f] of Object.entries(q.inputs)) leaves.set(name, numbersOf(f));
  for (const [name, f] of Object.entries(q.learned)) {
    if (!learned.has(name)) throw new Error(`the model has no ${name}, it has ${[...learned.keys()].join(", ")}`);
    leaves.set(`m.${name}`, values(f));
  }
  const outputs = Object.keys(q.seeds).map((name) => [name, part(value, name)] as const);
  const weighted = outputs.map(([name, node]) => {
    const seed = q.seeds[name]!;
    if (seed === "one") return node;
    leaves.set(`seed ${name}`, values(seed));
    return mul(node, fieldNode(`seed ${name}`, seed));
  });
  const totals = weighted.map((n) =>
    sum(
      n,
      n.shape.map((_, i) => i - n.shape.length),
    ),
  );
  const loss = make("over_batch", [totals.reduce((a, b) => add(a, b))], { combine: "sum" });
  const at = (name: string): Node => fields.get(name) ?? learned.get(name)!.node;
  return {
    names: [...outputs.map(([n]) => n), ...q.gradients.map((n) => `gradient ${n}`), ...q.states],
    nodes: [
      ...outputs.map(([, n]) => n),
      ...q.gradients.map((n) => make("gradient", [loss, at(n)])),
      ...q.states.map((n) => frame.context.stateUpdates.get(`m.${n}`)!),
    ],
    leaves,
    batch: Object.values(q.inputs)[0]!.shape[0]!,
  };
}

/** In f64, by the ops' own references. */
export function byReference(q: Question): Answers {
  const { names, nodes, leaves, batch } = ask(q);
  const results = runPasses(nodes);
  const tensors = new Map(
    topological(results)
      .filter((n) => n.op === "parameter" && n.attributes.role !== "local")
      .map((n) => {
        const shape = n.shape.map((d) => (d === BATCH ? batch : Number(d)));
        return [n, { shape, data: Float64Array.from(leaves.get(n.attributes.name as string)!) }] as const;
      }),
  );
  const found = interpret(results, tensors, batch);
  return new Map(names.map((name, i) => [name, found[i]!.data]));
}

/** By generated kernels. */
export async function byEngine(q: Question): Promise<Answers> {
  const { names, nodes, leaves, batch } = ask(q);
  const results = names.map((name, i) => ({ name: `out ${name}`, node: nodes[i]!, into: `out ${name}` }));
  const compiled = compileStep({ name: "case", results, logged: [] }, { batch });
  const entry = { name: "case", parts: [{ ...compiled, fields: [] }] };
  const engine = await WasmEngine.start(wasmTarget.plan({ entries: [entry], batch }, { shared: false }), 1);
  engine.set("batch", batch);
  for (const [name, numbers] of leaves) if (engine.has(name)) engine.view(name).set(numbers);
  await engine.run("case");
  return new Map(names.map((name) => [name, Float64Array.from(engine.view(`out ${name}`))]));
}

/** By the GPU's kernels, on an adapter. */
export async function byGpu(q: Question, adapter: Found): Promise<Answers> {
  const { names, nodes, leaves, batch } = ask(q);
  const results = names.map((name, i) => ({ name: `out ${name}`, node: nodes[i]!, into: `out ${name}` }));
  const compiled = compileStep({ name: "case", results, logged: [] }, { batch });
  const plan = wgslTarget.plan({ entries: [{ name: "case", parts: [{ ...compiled, fields: [] }] }], batch }, {});
  const engine = await startGpu(adapter, plan);
  engine.set("batch", batch);
  for (const [name, numbers] of leaves)
    if (engine.has(name))
      await engine.write(name, numbers instanceof Int32Array ? numbers : Float32Array.from(numbers));
  await engine.run("case");
  const found = new Map<string, ArrayLike<number>>();
  for (const name of names) found.set(name, await engine.read(`out ${name}`));
  await engine.stop();
  return found;
}

/** The largest difference, relative to the largest number of what is wanted. */
export function worst(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  const size = Math.max(1e-3, ...Array.from(wanted, Math.abs));
  return Math.max(0, ...Array.from(wanted, (w, i) => Math.abs(found[i]! - w) / size));
}

/** `[2, 4, 5] of 3` as the language writes one example's type. */
export function typeOf(f: Given): string {
  const shape = `[${f.shape.slice(1).join(", ")}]`;
  return "classes" in f ? `${shape} of ${f.classes}` : shape;
}
