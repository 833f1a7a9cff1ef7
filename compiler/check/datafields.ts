// What a training sees of its data: the fields of the source, and what the body of the declaration makes of them.
// Figures of all training examples (`mean(x, over=data)`) are states that passes over the data fill before the first step;
// they are saved with the weights, so that what a model is given later is prepared as it was in training.

import type { DataDefinition } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import type { Dim } from "../graph/dim.ts";
import { showShape } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import { topological } from "../graph/node.ts";
import { broadcast, constant, div, make } from "../ops/build.ts";
import { accumulate, stateLeaf } from "./accumulate.ts";
import type { Frame } from "./frame.ts";
import { newContext } from "./frame.ts";
import type { Learned } from "./instance.ts";
import { LENGTH, raggedField } from "./lengths.ts";
import type { Program } from "./program.ts";
import type { Field } from "./train.ts";
import type { TensorValue, Value } from "./values.ts";
import { mistake, Scope, tensorValue } from "./values.ts";

/** Ends the name of the field that holds another field's whole numbers as classes; data has it by the same. */
const CLASSES = "~classes";

/** A mean over all training examples: in pass `level`, each batch adds its share. */
interface Measure {
  readonly learned: Learned;
  readonly level: number;
  readonly share: Node;
}

/** The means over its training examples that the body of one data declaration asks for, by place. */
export class Measures {
  private readonly known = new Map<number, Measure>();
  private readonly data: string;
  private readonly examples: number;

  constructor(data: string, examples: number) {
    this.data = data;
    this.examples = examples;
  }

  /**
   * The mean of a value of one example. Where a place is met again (in training, where examples are varied) its figure is
   * the one of the first time: that of the examples as they are.
   */
  mean(place: number, value: Node, span: Span): Node {
    const known = this.known.get(place) ?? this.measure(place, value, span);
    if (showShape(known.learned.node.shape) !== showShape(value.shape))
      throw mistake(
        "shapes/statistic-differs",
        span,
        `this mean over the data is ${showShape(known.learned.node.shape)} of the examples as they are, and would be ${showShape(value.shape)} in training`,
        { hint: "take it before what changes the size in training" },
      );
    return known.learned.node;
  }

  private measure(place: number, value: Node, span: Span): Measure {
    const path = `data.${this.data}.mean${this.known.size + 1}`;
    const learned = stateNamed(path, value.shape, span);
    const inside = new Set(topological([value]));
    const below = [...this.known.values()].filter((m) => inside.has(m.learned.node)).map((m) => m.level);
    const total = make("over_batch", [value], { combine: "sum" });
    const share = div(total, constant(Math.max(1, this.examples)));
    const made = { learned, level: Math.max(-1, ...below) + 1, share };
    this.known.set(place, made);
    return made;
  }

  get learned(): readonly Learned[] {
    return [...this.known.values()].map((m) => m.learned);
  }

  /** What each pass over the data does with a batch; a pass reads what those before it found. */
  passes(): { name: string; results: { name: string; node: Node; into: string }[]; logged: string[] }[] {
    const all = [...this.known.values()];
    const count = Math.max(0, ...all.map((m) => m.level + 1));
    return Array.from({ length: count }, (_, level) => ({
      name: `measure${level}`,
      results: all
        .filter((m) => m.level === level)
        .flatMap(({ learned, share }) => {
          const { total, rest } = accumulate(learned.node, share);
          return [total, rest].map(({ path, node }) => ({ name: path, node, into: path }));
        }),
      logged: [],
    }));
  }
}

function stateNamed(path: string, shape: readonly Dim[], span: Span): Learned {
  const node = stateLeaf(path, shape);
  return { path, node, role: "state", fixed: true, start: broadcast(constant(0), shape), span };
}

/** A scope below the program's with the fields, as the body of their declaration left them. */
export function fieldScope(
  program: Program,
  data: DataDefinition | undefined,
  fields: readonly Field[],
  training: boolean,
  measures: Measures,
): Scope {
  const scope = new Scope(program.scope);
  scope.set("training", { kind: "boolean", value: training });
  for (const f of fields) if (f.note !== undefined) program.elaborator.fieldNotes.set(f.name, f.note);
  for (const f of fields) {
    const value = fieldValue(f, f.name, differs(f, fields));
    scope.set(f.name, value);
    const numbers = f.name.endsWith(CLASSES) ? scope.get(f.name.slice(0, -CLASSES.length)) : undefined;
    if (numbers?.kind === "tensor") program.elaborator.asClasses.set(numbers.node, value);
  }
  if (!data || data.body.length === 0) return scope;
  const base = program.frame(training);
  const context = { ...newContext(training, base.context.places), measures };
  const frame: Frame = { ...base, scope, context, key: `data ${data.name.text}/` };
  program.elaborator.body(data.body, frame);
  return scope;
}

/** Fields as a trained model is to be given them: with which values, of which types, by which figures of the data. */
export interface Prepared {
  readonly values: ReadonlyMap<string, Value>;
  readonly types: readonly Field[];
  readonly learned: readonly Learned[];
}

/** The fields after the body of their declaration, outside of training. */
export function preparedFields(program: Program, data: DataDefinition | undefined, fields: readonly Field[]): Prepared {
  const measures = new Measures(data?.name.text ?? "", 1);
  const scope = fieldScope(program, data, fields, false, measures);
  const values = new Map(fields.map((f) => [f.name, scope.get(f.name)!]));
  const types = fields.flatMap((f) => typeOf(f.name, values.get(f.name)!));
  return { values, types, learned: measures.learned };
}

function typeOf(name: string, value: Value): Field[] {
  if (value.kind !== "tensor") return [];
  const { node, classes } = value;
  return [{ name, shape: node.shape.map(Number), ...(classes === undefined ? {} : { classes: Number(classes) }) }];
}

/** Whether a field's sequences differ in length: a field of lengths stands beside it. */
export function differs(f: Pick<Field, "name">, fields: readonly Field[]): boolean {
  let long = withLengths.get(fields);
  if (!long) {
    const ends = fields.filter(({ name }) => name.endsWith(LENGTH));
    withLengths.set(fields, (long = new Set(ends.map(({ name }) => name.slice(0, -LENGTH.length)))));
  }
  return long.has(f.name);
}

/** Names of fields with lengths: tables may have many thousands of columns. */
const withLengths = new WeakMap<readonly Field[], ReadonlySet<string>>();

/** What the batch brings for a field, read under this name. */
export function fieldLeaf(f: Field, name = f.name): Node {
  const dtype = f.classes === undefined ? "f32" : "i32";
  return make("parameter", [], { name, type: { shape: f.shape, dtype }, role: "field", batched: true });
}

export function fieldValue(f: Field, name = f.name, lengths = false): TensorValue {
  const leaf = fieldLeaf(f, name);
  const node = lengths ? raggedField(leaf, name) : leaf;
  return f.classes === undefined ? tensorValue(node) : tensorValue(node, f.classes);
}
