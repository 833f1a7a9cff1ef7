// The layers of a model as a tree of boxes with what flows between them. In: a program and the inputs of one of its models. Out:
// plain data that printers and pages read. The model is evaluated once more for it, in training, with an observer.

import type { ModelDefinition } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, product, showShape } from "../../arithmetic/dim.ts";
import { onlyOf, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import type { Node } from "../../graph/node.ts";
import { Instance } from "../values/instance.ts";
import type { Value } from "../values/values.ts";
import { itemsOf, requiredInputs, showType } from "../values/values.ts";
import { type BoxKind, LayerTrace, type TracedBox } from "./layertrace.ts";
import type { Program } from "./program.ts";

export interface LayerBox {
  readonly id: string;
  readonly kind: BoxKind;
  /** Its name and arguments; an expression as it is written. */
  readonly title: string;
  /** The program's name for its value. */
  readonly names: readonly string[];
  readonly output: string;
  /** Learned numbers of it that no box before it has. */
  readonly params: Dim;
  /** Whether it learns with numbers that a box before it has. */
  readonly isShared: boolean;
  readonly span: Span;
  readonly children: readonly LayerBox[];
  /** Ids of the boxes, none of them a group, whose values it takes. */
  readonly inputs: readonly string[];
}

/** The boxes of a model; what its result does not depend on is left out. */
export function layersOf(
  program: Program,
  name: string,
  inputs: readonly Value[],
  textOf: (span: Span) => string,
): LayerBox {
  const value = lookUp(program.models, name);
  const { definition } = value;
  const fresh = { ...value, instance: new Instance(name, "model") };
  const trace = new LayerTrace(name, definition.name.span, textOf);
  const { elaborator } = program;
  const observed = elaborator.observer;
  elaborator.observer = { within: (part, run) => trace.within(part, run) };
  let result: Value;
  try {
    result = elaborator.applyModel(fresh, inputs, new Map(), definition.name.span, program.frame(true));
  } finally {
    elaborator.observer = observed;
  }
  return new Reading(name, trace.root, inputsByNode(definition, inputs)).boxes(result);
}

function inputsByNode(definition: ModelDefinition, inputs: readonly Value[]): ReadonlyMap<Node, LayerBox> {
  return new Map(
    zip(requiredInputs(definition), inputs).flatMap(([p, v]) => {
      const id = `${definition.name.text}.${p.name.text}`;
      if (v.kind !== "tensor") return [];
      const box = { id, kind: "input", title: p.name.text, names: [], output: showType(v), params: 0 } as const;
      return [[v.node, { ...box, isShared: false, span: p.span, children: [], inputs: [] }] as const];
    }),
  );
}

interface Region {
  readonly sources: readonly string[];
  readonly parameters: readonly Node[];
  readonly operations: readonly Node[];
}

/** Reads boxes and what flows between them off a graph with anchors. */
class Reading {
  private readonly name: string;
  private readonly root: TracedBox;
  private readonly inputs: ReadonlyMap<Node, LayerBox>;
  private readonly used = new Set<LayerBox>();
  private readonly anchors = new Map<number, Node[]>();
  private readonly known = new Set<Node>();

  constructor(name: string, root: TracedBox, inputs: ReadonlyMap<Node, LayerBox>) {
    this.name = name;
    this.root = root;
    this.inputs = inputs;
  }

  boxes(result: Value): LayerBox {
    // A name that a loss may read counts as a result.
    const fields = result.kind === "tensor" ? [...(result.fields?.values() ?? [])] : [];
    const roots = [result, ...fields].flatMap(itemsOf).flatMap((v) => (v.kind === "tensor" ? [v.node] : []));
    this.collect(roots);
    const children = this.root.children.flatMap((b) => this.finished(b));
    const leaves = [...this.inputs].flatMap(([n, b]) => (this.used.has(b) || roots.includes(n) ? [b] : []));
    const alone = [...new Set(roots)].flatMap((n) => (this.known.has(n) ? [] : this.learned(n)));
    const all = [...leaves, ...children, ...alone];
    const params = all.reduce<Dim>((sum, c) => addDims(sum, c.params), 0);
    return { ...this.labels(this.root), kind: "group", params, isShared: false, children: all, inputs: [] };
  }

  /** The box of a parameter that a model only names, for a loss to read. */
  private learned({ op, attributes, shape }: Node): LayerBox[] {
    if (op !== "parameter" || attributes.role !== "parameter") return [];
    const title = String(attributes.name);
    const { span } = this.root;
    const box = { id: title, kind: "expression", title, names: [], output: showShape(shape), span } as const;
    return [{ ...box, params: product(shape), isShared: false, children: [], inputs: [] }];
  }

  private collect(roots: readonly Node[]): void {
    const found = new Set(roots);
    for (const node of found) {
      const { box } = node.attributes;
      if (node.op === "anchor" && typeof box === "number")
        this.anchors.set(box, [...(this.anchors.get(box) ?? []), node]);
      for (const input of node.inputs) found.add(input);
    }
  }

  private labels(box: TracedBox) {
    const id = box.id === 0 ? this.name : `${this.name}.${box.id}`;
    const { title, names, output, span } = box;
    return { id, title, names: [...new Set(names)], output, span };
  }

  private finished(box: TracedBox): LayerBox[] {
    if (box.kind === "group") {
      const children = box.children.flatMap((b) => this.finished(b));
      if (children.length === 0) return [];
      const params = children.reduce<Dim>((sum, c) => addDims(sum, c.params), 0);
      const isShared = children.some((c) => c.isShared);
      return [{ ...this.labels(box), kind: "group", params, isShared, children, inputs: [] }];
    }
    const anchors = this.anchors.get(box.id);
    if (!anchors) return [];
    const { sources, parameters, operations } = this.region(anchors);
    const added = parameters.filter((p) => !this.known.has(p));
    for (const p of added) this.known.add(p);
    const params = added.reduce<Dim>((sum, p) => addDims(sum, product(p.shape)), 0);
    const labels = this.labels(box);
    const title = box.kind === "expression" ? (symbolOf(operations) ?? labels.title) : labels.title;
    const isShared = added.length < parameters.length;
    return [{ ...labels, title, kind: box.kind, params, isShared, children: [], inputs: sources }];
  }

  /** The operations of a box, down to the values of other boxes. */
  private region(anchors: readonly Node[]): Region {
    const sources = new Set<string>();
    const parameters: Node[] = [];
    const operations: Node[] = [];
    const found = new Set(anchors.flatMap((a) => a.inputs));
    for (const node of found) {
      const input = this.inputs.get(node);
      if (input) {
        this.used.add(input);
        sources.add(input.id);
      } else if (node.op === "anchor" && typeof node.attributes.box === "number")
        sources.add(`${this.name}.${node.attributes.box}`);
      else {
        if (node.op === "parameter" && node.attributes.role === "parameter") parameters.push(node);
        if (node.inputs.length > 0 && !SILENT.has(node.op)) operations.push(node);
        for (const i of node.inputs) found.add(i);
      }
    }
    return { sources: [...sources], parameters, operations };
  }
}

const SYMBOLS: Readonly<Record<string, string>> = { add: "+", sub: "-", mul: "*", div: "/", matmul: "@" };

/** Operations that are not drawn, since the sign of the operation beside them implies them. */
const SILENT: ReadonlySet<string> = new Set(["broadcast", "reshape"]);

/** The sign of a box that is one operation. */
const symbolOf = (operations: readonly Node[]): string | undefined => SYMBOLS[onlyOf(operations)?.op ?? ""];
