// Boxes of a drawing from an evaluation: the applied layers, the expressions between them, and the blocks,
// models and loops that they stand in. In: the parts of an evaluation as an observer sees them. Out: a tree of boxes, and values
// whose anchors say which box gave them, so that the graph itself says what flows where and no simplification joins two boxes.

import type { Expression, Name } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { itemAt, onlyOf } from "../../arithmetic/lists.ts";
import { make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import type { Part } from "../frame/frame.ts";
import type { LayerValue, Resolved, Value } from "../values/values.ts";
import { showType } from "../values/values.ts";
import { argumentText, titleOfCall } from "./layertitles.ts";

export type BoxKind = "input" | "layer" | "expression" | "group";

/** A box while it is traced. */
export interface TracedBox {
  readonly id: number;
  readonly kind: BoxKind;
  title: string;
  readonly span: Span;
  readonly children: TracedBox[];
  output: string;
  /** Names that its value is given. */
  names: readonly string[];
}

/** An open part: a group that collects boxes, a statement whose calls may be boxes, or a box, in which nothing is. */
interface Open {
  readonly group: TracedBox;
  readonly inside?: true;
  /** Of a statement: where the calls stand that are boxes of their own. */
  readonly chain?: ReadonlySet<number>;
}

type Call = Extract<Part, { kind: "call" }>;

export class LayerTrace {
  readonly root: TracedBox;
  private readonly textOf: (span: Span) => string;
  private stack: readonly Open[];
  private next = 1;

  constructor(name: string, span: Span, textOf: (span: Span) => string) {
    this.textOf = textOf;
    this.root = { id: 0, kind: "group", title: name, span, children: [], output: "", names: [] };
    this.stack = [{ group: this.root }];
  }

  private get top(): Open {
    return itemAt(this.stack, -1);
  }

  /** See `Observer`. */
  within(part: Part, run: () => Value): Value {
    const { top } = this;
    if (top.inside) return run();
    switch (part.kind) {
      case "statement":
        return this.statement(part, run);
      case "loop":
        return this.loop(part.span, run);
      case "turn":
        return this.turn(part.title, part.span, run);
      default:
        return this.call(part, top, run);
    }
  }

  // -------------------------------------------------------------- parts

  private statement({ value: e, names }: { value: Expression; names: readonly Name[] }, run: () => Value): Value {
    const { group } = this.top;
    const made = group.children.length;
    const value = this.opened({ group, chain: chainOf(e) }, run);
    const kept = this.boxed(value, () => this.box("expression", this.short(e.span), e.span, group));
    // The names of the line go to the box that it made last.
    const last = group.children.at(-1);
    if (last && group.children.length > made) last.names = [...last.names, ...names.map((n) => n.text)];
    return kept;
  }

  private loop(span: Span, run: () => Value): Value {
    const head = this.textOf(span).replace(/\{.*/s, "").replace(/\s+/g, " ").trim();
    const { group } = this.top;
    const at = group.children.length;
    const value = this.grouped(head, span, run, () => "expression", true);
    const made = group.children[at];
    if (made?.kind === "group" && head.startsWith("repeat")) made.title = `repeat ${made.children.length}`;
    return value;
  }

  /** A turn of one box is that box. */
  private turn(title: string, span: Span, run: () => Value): Value {
    const { group } = this.top;
    const at = group.children.length;
    const value = this.grouped(title, span, run);
    const made = group.children[at];
    const only = made?.kind === "group" ? onlyOf(made.children) : undefined;
    if (only) group.children[at] = only;
    return value;
  }

  private call(part: Call, top: Open, run: () => Value): Value {
    const { target, given, span } = part;
    if (target.kind === "layer" && target.definition.kind === "literal") return run();
    if (target.kind === "partial") {
      if (!hasLayer(target.given)) return run();
      const name = target.callee.kind === "builtin" ? target.callee.name : nameOf(target.callee);
      return this.grouped(name, span, run);
    }
    const definition = target.kind === "layer" || target.kind === "definition" ? target.definition : undefined;
    if (definition && definition.kind !== "literal" && definition.kind !== "cell") {
      const isLibrary = definition.name.span.file.startsWith("stdlib/");
      const taken =
        target.kind === "layer" ? [...target.arguments.values()] : [...given.positional, ...given.named.values()];
      const opens = isLibrary ? taken.some(isBody) : definition.kind !== "schedule" && definition.kind !== "optimizer";
      if (opens) return this.grouped(titleOfCall(target, given), span, run, () => "layer");
      if (definition.kind === "block-definition") return this.leaf(part, run);
    }
    if (definition?.kind === "cell") return this.leaf(part, run);
    return top.chain?.has(span.start) ? this.leaf(part, run) : run();
  }

  /** A layer, or a function that a line or another call is made of. */
  private leaf({ target, given, span }: Call, run: () => Value): Value {
    const { group } = this.top;
    const value = this.opened({ group, inside: true }, run);
    return this.boxed(value, () => this.box("layer", this.titleOfLeaf(target, given, span), span, group));
  }

  /** Boxes that stand together. Where there are none, what was computed is one box, and where there is one, it stands alone. */
  private grouped(title: string, span: Span, run: () => Value, alone?: () => BoxKind, isLoop = false): Value {
    const { group } = this.top;
    const own = this.box("group", title, span, group);
    const value = this.opened({ group: own }, run);
    own.output = outputOf(value);
    // A loop that stays one was tried as a body first; what that gave is not in the graph.
    if (isLoop && value.kind === "tensor" && isComputed(value.node)) own.children.length = 0;
    if (own.children.length > 0)
      return this.boxed(value, () => this.box("layer", title.replace(/ .*/s, ""), span, own));
    group.children.splice(group.children.indexOf(own), 1);
    return alone ? this.boxed(value, () => this.box(alone(), title, span, group)) : value;
  }

  private opened(open: Open, run: () => Value): Value {
    const before = this.stack;
    this.stack = [...before, open];
    try {
      return run();
    } finally {
      this.stack = before;
    }
  }

  // -------------------------------------------------------------- boxes

  private box(kind: BoxKind, title: string, span: Span, group: TracedBox): TracedBox {
    const made: TracedBox = { id: this.next++, kind, title, span, children: [], output: "", names: [] };
    group.children.push(made);
    return made;
  }

  /** The value with its tensors anchored at a box, unless there is nothing that a box would have computed. */
  private boxed(value: Value, box: () => TracedBox): Value {
    let made: TracedBox | undefined;
    const anchored = (v: Value): Value => {
      if (v.kind === "list") return { ...v, items: v.items.map(anchored) };
      if (v.kind !== "tensor" || !isComputed(v.node)) return v;
      made ??= box();
      return { ...v, node: make("anchor", [v.node], { box: made.id }) };
    };
    const result = anchored(value);
    if (made) made.output = outputOf(value);
    return result;
  }

  /** `dense 10` or `max(a, b)`: by its arguments, or as it is written where these are computed in it. */
  private titleOfLeaf(target: Value, given: Resolved, span: Span): string {
    const text = this.textOf(span);
    const isLayer = target.kind === "layer" || (target.kind === "definition" && target.definition.kind !== "fn");
    return isLayer || !text.includes("(") ? titleOfCall(target, given) : this.short(span);
  }

  private short(span: Span): string {
    const text = this.textOf(span).replace(/\s+/g, " ").trim();
    return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
  }
}

const LONGEST = 36;

const outputOf = (value: Value): string => {
  if (value.kind === "tensor") return showType(value);
  return value.kind === "list"
    ? value.items
        .map(outputOf)
        .filter((t) => t !== "")
        .join(", ")
    : "";
};

/** Anything but what is there already: an input, a parameter, another box's value, a number. */
const isComputed = (node: Node): boolean => {
  if (node.op === "parameter" || (node.op === "anchor" && node.attributes.box !== undefined)) return false;
  return dependsOnValues(node);
};

/** Whether it comes from something that a drawing shows. */
function dependsOnValues(node: Node): boolean {
  const found = new Set([node]);
  for (const n of found) {
    if (n.op === "parameter" || n.op === "random" || n.op === "anchor") return true;
    for (const input of n.inputs) found.add(input);
  }
  return false;
}

const isBody = (v: Value): boolean =>
  v.kind === "layer" || v.kind === "definition" || v.kind === "builtin" || v.kind === "partial";

const hasLayer = ({ positional, named }: Resolved): boolean => [...positional, ...named.values()].some(isBody);

const nameOf = (v: Value): string => (v.kind === "definition" ? v.definition.name.text : argumentText(v as LayerValue));

/** Where the calls begin that a line is made of: itself, and those that are arguments of such calls. */
function chainOf(e: Expression): ReadonlySet<number> {
  const starts = new Set<number>();
  const visit = (x: Expression): void => {
    if (x.kind === "name" || x.kind === "flow" || x.kind === "call") starts.add(x.span.start);
    if (x.kind !== "call") return;
    for (const a of x.arguments) if (a.kind === "positional" && a.value.kind === "call") visit(a.value);
  };
  visit(e);
  return starts;
}
