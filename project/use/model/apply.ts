// A trained model as a function: rows of its inputs in, its output out. One entry, compiled for one batch size.

import { lookUp } from "../../../compiler/arithmetic/lookup.ts";
import type { Application } from "../../../compiler/check/frame/application.ts";
import { didYouMean } from "../../../compiler/check/names/didyoumean.ts";
import type { Program } from "../../../compiler/check/program/program.ts";
import { lengthLeaf, lengthOf } from "../../../compiler/check/sizes/lengths.ts";
import { fieldLeaf, fieldValue, type Prepared, preparedFields } from "../../../compiler/check/training/fields.ts";
import type { Target } from "../../../compiler/check/training/units.ts";
import type { Learned } from "../../../compiler/check/values/instance.ts";
import type { ModelValue, Value } from "../../../compiler/check/values/values.ts";
import { reshape } from "../../../compiler/graph/build.ts";
import { type Node, topological } from "../../../compiler/graph/node.ts";
import { mixesExamples } from "../../../compiler/passes/batch.ts";
import { rewrite } from "../../../compiler/passes/rewrite.ts";
import type { ModelDefinition } from "../../../grammar/syntax/ast.ts";
import type { SavedField } from "../../../runtime/train/checkpoint.ts";
import { dataOf } from "../../data/declaration.ts";
import { Failure, failure, usage } from "../../failure.ts";
import { hasErrors } from "../../source.ts";
import { extentName, type NodeRun, OUTPUT, outputOn } from "./enginerun.ts";
import { tensorsIn } from "./modelfields.ts";
import { type ModelInput, modelInputs } from "./modelinputs.ts";
import { type DeviceWish, startNodes } from "./noderun.ts";
import { callsInTraining, type TrainingCalls } from "./trainingcalls.ts";
import type { Weights } from "./weights.ts";

export interface Applied extends NodeRun {
  readonly inputs: readonly ModelInput[];
}

/** The models that a training's weights belong to. */
export function modelsWithWeights({ opened, checkpoints }: Weights): readonly string[] {
  const saved = [...checkpoints[0].checkpoint.tensors.keys()];
  return [...opened.program.models.keys()].filter((name) => saved.some((path) => path.startsWith(`${name}.`)));
}

/** The model that was asked for, or the one the training's weights belong to. */
export function chosenModel(
  weights: Weights,
  asked: string | undefined,
  hint = "--model NAME chooses one",
): ModelDefinition {
  const { program, path } = weights.opened;
  const names = modelsWithWeights(weights);
  if (asked !== undefined && !program.models.has(asked)) {
    const close = didYouMean(asked, [...program.models.keys()]);
    throw usage(
      `${path} has no model ${asked}`,
      close ? `did you mean ${close}?` : `it has ${[...program.models.keys()].join(", ")}`,
    );
  }
  const name = asked ?? names[0];
  if (asked === undefined && names.length > 1)
    throw usage(`the weights belong to several models: ${names.join(", ")}`, hint);
  if (name === undefined) throw usage(`no model of ${path} has weights in ${weights.checkpoints[0].folder}`);
  return lookUp(program.models, name).definition;
}

/** A model with its weights, as a graph. */
export interface AppliedGraph {
  readonly weights: Weights;
  readonly definition: ModelDefinition;
  readonly inputs: readonly ModelInput[];
  /** In the units of the data, where it stands for one of its fields. */
  readonly output: Node;
  readonly learned: readonly Learned[];
  /** Values on the way to the output by the names that the program gives them, or its layers have. */
  readonly named: ReadonlyMap<string, Node>;
  /** The applications of the program's lines, in order. */
  readonly applications: readonly Application[];
}

export function modelGraph(weights: Weights, definition: ModelDefinition): AppliedGraph {
  const { program } = weights.opened;
  const { fields } = weights.checkpoints[0].checkpoint.facts;
  const prepared = preparedFields(program, dataOf(program, weights.definition), fields);
  const calls = callsInTraining(weights, definition);
  const inputs = modelInputs(weights, definition, prepared, calls);
  const { value, ...rest } = elaborated(program, definition, { inputs, settings: calls.settings }, prepared);
  const [output] = tensorsIn(value);
  if (!output)
    throw failure("types/not-a-tensor", `the model '${definition.name.text}' gives no tensor`, {
      span: definition.name.span,
    });
  refuseMixed(definition, output.node);
  const inUnits = calls.target && asTarget(output.node, calls.target);
  return { weights, definition, inputs, output: inUnits ?? output.node, ...rest };
}

/** An output in the units of the data; undefined where it has another number of places than the target. */
function asTarget(output: Node, { source, back }: Target): Node | undefined {
  if (String(output.shape) === String(source.shape)) return back(output);
  const [own, wanted] = [output, source].map(({ shape }) => shape.map(Number).reduce((a, b) => a * b, 1));
  if (own !== wanted || lengthOf(output, 0)) return undefined;
  return reshape(back(reshape(output, source.shape)), output.shape);
}

/** Refuses a model whose output for a row depends on the rows that happen to be computed with it. */
function refuseMixed({ name, span }: ModelDefinition, output: Node): void {
  const mixing = topological([output]).find(mixesExamples);
  if (mixing)
    throw failure(
      "batch/in-prediction",
      `what '${name.text}' gives for a row depends on the other rows that are computed with it`,
      {
        span: mixing.span ?? span,
        hint: "a model that is used row by row reads one example: write `all_examples` and `over=batch` in the training's lines, or behind `if training then`",
      },
    );
}

export async function applyModel(
  weights: Weights,
  definition: ModelDefinition,
  batch: number,
  wish?: DeviceWish,
): Promise<Applied> {
  return startModel(modelGraph(weights, definition), batch, wish);
}

export async function startModel(graph: AppliedGraph, batch: number, wish?: DeviceWish): Promise<Applied> {
  const { weights, definition, inputs, output, learned } = graph;
  const run = await startNode(weights, output, learned, batch, wish);
  refuseUnfilled(run, inputs, definition);
  return { inputs, ...run };
}

/** Rows fill all that the model reads: what nothing fills would count as zeros in silence. */
export function refuseUnfilled(
  { fields }: Pick<NodeRun, "fields">,
  inputs: readonly ModelInput[],
  { name }: ModelDefinition,
): void {
  const filled = new Set(inputs.flatMap((i) => (i.lengths === undefined ? [i.name] : [i.name, i.lengths])));
  const missing = fields.filter((f) => !filled.has(f));
  if (missing.length === 0) return;
  throw failure(
    "weights/no-field",
    `'${name.text}' also reads ${missing.map((f) => `'${f}'`).join(", ")} of the data, and its rows hold ${[...filled].join(", ")}`,
    { span: name.span, hint: "make what it reads an input of the model" },
  );
}

export async function startNode(
  weights: Weights,
  node: Node,
  learned: readonly Learned[],
  batch: number,
  wish?: DeviceWish,
): Promise<NodeRun> {
  const { nodes, ragged } = outputNodes(node);
  return outputOn(await startNodes(weights, nodes, learned, batch, wish), node.shape.map(Number), ragged);
}

/** A node as the output of a plan, and the axes that differ in length with what says how long they are. */
export function outputNodes(node: Node): { nodes: ReadonlyMap<string, Node>; ragged: readonly number[] } {
  const lengths = node.shape.flatMap((_, axis) => {
    const length = lengthOf(node, axis);
    return length ? [{ axis, length }] : [];
  });
  const named = lengths.map(({ axis, length }) => [extentName(axis), length] as const);
  return { nodes: new Map([[OUTPUT, node], ...named]), ragged: lengths.map(({ axis }) => axis) };
}

function elaborated(
  program: Program,
  definition: ModelDefinition,
  { inputs, settings }: { inputs: readonly ModelInput[]; settings: TrainingCalls["settings"] },
  prepared: Prepared,
): { value: Value } & Pick<AppliedGraph, "learned" | "named" | "applications"> {
  const model = lookUp(program.models, definition.name.text);
  const values = inputs.map(({ name, field, raw }) =>
    raw ? fieldValue(field, name) : underName(lookUp(prepared.values, field.name), field, name),
  );
  const frame = program.frame(false);
  const named = new Map<string, Node>();
  const value = withNames(program, named, () =>
    program.elaborator.applyModel(model, values, settings, definition.name.span, frame),
  );
  const applications = frame.context.applications.roots;
  for (const [name, node] of layersIn(applications)) if (!named.has(name)) named.set(name, node);
  if (hasErrors(program.diagnostics)) throw new Failure(program.diagnostics);
  return { value, learned: [...learnedBy(program, model, value), ...prepared.learned], named, applications };
}

/** Listens at the names that lines of the program give to tensors, the last of each. */
function withNames<T>(program: Program, named: Map<string, Node>, act: () => T): T {
  const { elaborator } = program;
  elaborator.observer = {
    line: () => {},
    named: ({ text, span }, value) => {
      if (value.kind === "tensor" && !span.file.startsWith("stdlib/")) named.set(text, value.node);
    },
  };
  try {
    return act();
  } finally {
    elaborator.observer = undefined;
  }
}

/** Values of the program's own lines, models and blocks, by the paths that they have in a summary. */
function* layersIn(applications: readonly Application[]): Generator<readonly [string, Node]> {
  for (const application of applications) {
    const { span, output, instance, children } = application;
    if (!span.file.startsWith("stdlib/") && instance && output.kind === "tensor") yield [instance.path, output.node];
    yield* layersIn(children);
  }
}

/** All of the model's own parameters and states, and those of other models and of bindings that its value reads. */
function learnedBy(program: Program, model: ModelValue, value: Value): readonly Learned[] {
  const own = model.instance.everything();
  const read = new Set(topological(tensorsIn(value).map((t) => t.node)));
  const others = program.everything().filter((l) => !own.includes(l));
  return [...own, ...others.filter((l) => read.has(l.node))];
}

/** A prepared field that reads its rows, and how long each is, under an input's name. */
function underName(value: Value, field: SavedField, name: string): Value {
  if (value.kind !== "tensor") return value;
  const renamed = new Map([
    [fieldLeaf(field), fieldLeaf(field, name)],
    [lengthLeaf(field.name), lengthLeaf(name)],
  ]);
  const [node] = rewrite([value.node], (n) => renamed.get(n));
  return { ...value, node };
}
