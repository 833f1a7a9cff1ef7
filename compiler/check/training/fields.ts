// The data as a training sees it: the fields of the source, and what the body of the declaration makes of them.
// Figures of all training examples (`mean(x, over=data)`) are states that passes over the data fill before the first step;
// they are saved with the weights, so that what a model is given later is prepared as it was in training.

import type { DataDefinition } from "../../../grammar/syntax/ast.ts";
import { companionOf } from "../../../runtime/plan.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { div, make, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { Budget } from "../frame/budget.ts";
import type { Frame } from "../frame/frame.ts";
import { newContext } from "../frame/frame.ts";
import { Measures } from "../frame/statistics.ts";
import type { Program } from "../program/program.ts";
import { raggedField } from "../sizes/lengths.ts";
import type { Learned } from "../values/instance.ts";
import type { TensorValue, Value } from "../values/values.ts";
import { Scope, tensorValue } from "../values/values.ts";
import type { Field } from "./lines/types.ts";

/** A scope below the program's with the fields, as the body of their declaration left them. */
export function fieldScope(
  program: Program,
  data: DataDefinition | undefined,
  fields: readonly Field[],
  training: boolean,
  measures: Measures,
): Scope {
  program.takeTurn();
  const scope = new Scope(program.scope);
  scope.set("training", { kind: "boolean", value: training });
  for (const f of fields) if (f.note !== undefined) program.elaborator.fieldNotes.set(f.name, f.note);
  for (const f of fields) {
    const value = fieldValue(f, f.name, isRagged(f, fields));
    scope.set(f.name, value);
    const of = companionOf(f.name, "classes");
    const numbers = of === undefined ? undefined : scope.get(of);
    const { classes } = value;
    if (numbers?.kind === "tensor" && classes !== undefined)
      program.elaborator.asClasses.set(numbers.node, { ...value, classes });
  }
  if (!data || data.body.length === 0) return scope;
  const base = program.frame(training);
  const context = { ...newContext(training, base.context.places, new Budget(base.context.budget.work)), measures };
  const frame: Frame = { ...base, scope, context, key: `data ${data.name.text}/` };
  program.elaborator.body(data.body, frame);
  return scope;
}

/** Fields as a trained model is to be given them: with which values, of which types, by which figures of the data. */
export interface Prepared {
  readonly values: ReadonlyMap<string, Value>;
  readonly types: readonly Field[];
  readonly learned: readonly Learned[];
  /** Steps over all examples that find these figures. */
  readonly passes: PreparedPasses;
}

export type PreparedPasses = ReturnType<Measures["passes"]>;

/** The fields after the body of their declaration, outside of training; `examples` says of how many its figures are. */
export function preparedFields(
  program: Program,
  data: DataDefinition | undefined,
  fields: readonly Field[],
  examples = 1,
): Prepared {
  const measures = new Measures(data?.name.text ?? "", examples);
  const scope = fieldScope(program, data, fields, false, measures);
  const values = new Map(fields.map((f) => [f.name, lookUp(scope, f.name)]));
  const types = [...values].flatMap(([name, value]) => typeOf(name, value));
  return { values, types, learned: measures.learned, passes: measures.passes() };
}

function typeOf(name: string, value: Value): Field[] {
  if (value.kind !== "tensor") return [];
  const { node, classes, labels } = value;
  const shape = node.shape.map(Number);
  if (classes === undefined) return [{ name, shape }];
  return [{ name, shape, classes: Number(classes), ...(labels === undefined ? {} : { labels }) }];
}

/** Whether a field's sequences differ in length: a field of lengths stands beside it. */
export function isRagged(f: Pick<Field, "name">, fields: readonly Field[]): boolean {
  let long = withLengths.get(fields);
  if (!long) {
    long = new Set(fields.flatMap(({ name }) => companionOf(name, "length") ?? []));
    withLengths.set(fields, long);
  }
  return long.has(f.name);
}

/** Names of fields with lengths: tables may have many thousands of columns. */
const withLengths = new WeakMap<readonly Field[], ReadonlySet<string>>();

/** The batch's values of a field, read under this name. */
export function fieldLeaf(f: Field, name = f.name): Node {
  const dtype = f.classes === undefined ? "f32" : "i32";
  return make("parameter", [], { name, type: { shape: f.shape, dtype }, role: "field", batched: true });
}

/** A field as its source gives it. */
export function sourceValue(f: Field, lengths = false, name = f.name): Node {
  const leaf = fieldLeaf(f, name);
  return lengths ? raggedField(leaf, name) : leaf;
}

export function fieldValue(f: Field, name = f.name, lengths = false): TensorValue {
  const node = sourceValue(f, lengths, name);
  return f.classes === undefined ? tensorValue(scaled(node, f.scale)) : tensorValue(node, f.classes, f.labels);
}

/** Less the means, over the deviations, of each number of the last axis. */
function scaled(node: Node, scale: Field["scale"]): Node {
  if (!scale) return node;
  const row = (values: readonly number[]): Node => make("table", [], { shape: [values.length], values });
  return div(sub(node, row(scale.means)), row(scale.deviations));
}
