// A graph as text, one node a line: `%3 = contract(%1, w) [batch, 10]`. Inputs stand before their users, leaves are declared
// before the first node that reads them, plain numbers stand where they are used; the body of a loop is indented under it.
// `parse.ts` reads the same text back to the same nodes.

import { showDim, showShape } from "../arithmetic/dim.ts";
import type { AffineAttribute, Attribute, Attributes, Graph, Node, TensorType } from "./node.ts";
import { isAffine, isGraph, isPolynomial, topological } from "./node.ts";

/** Words of the text form: strings that read like them stand in quotes. */
const RESERVED = new Set(["true", "false", "none", "graph", "NaN", "Infinity"]);

export function graphText(results: readonly Node[], names: readonly string[] = []): string {
  const printer = new Printer();
  const lines = printer.lines(results, "");
  results.forEach((r, i) => {
    lines.push(`${names[i] ?? `result${i}`} = ${printer.reference(r)}`);
  });
  return `${lines.join("\n")}\n`;
}

class Printer {
  private readonly references = new Map<Node, string>();
  private readonly leafNames = new Set<string>();
  private count = 0;

  lines(results: readonly Node[], indent: string): string[] {
    const lines: string[] = [];
    for (const node of topological(results)) {
      if (this.references.has(node) || node.op === "constant") continue;
      if (node.op === "parameter") lines.push(indent + this.leaf(node));
      else lines.push(...this.node(node, indent));
    }
    return lines;
  }

  /** A number distinguishes leaves of one name in different bodies. */
  private leaf(node: Node): string {
    const { name } = node.attributes;
    let reference = String(name);
    for (let n = 2; this.leafNames.has(reference); n++) reference = `${String(name)}#${n}`;
    this.leafNames.add(reference);
    this.references.set(node, reference);
    const told = Object.entries(node.attributes).filter(([key]) => key !== "name" && key !== "type");
    return `leaf ${reference}: ${typeText(node)}${attributesText(Object.fromEntries(told))}`;
  }

  private node(node: Node, indent: string): string[] {
    const reference = `%${this.count++}`;
    this.references.set(node, reference);
    const call = `${node.op}(${node.inputs.map((i) => this.reference(i)).join(", ")})`;
    const lines = [`${indent}${reference} = ${call} ${typeText(node)}${attributesText(node.attributes)}`];
    const body = Object.values(node.attributes).find(isGraph);
    return body ? [...lines, ...this.body(body, indent)] : lines;
  }

  private body(body: Graph, indent: string): string[] {
    const leaves = body.parameters.map((p) => `${indent}    ${this.leaf(p)}`);
    const inner = this.lines(body.results, `${indent}    `);
    const list = (nodes: readonly Node[]): string => nodes.map((n) => this.reference(n)).join(", ");
    return [`${indent}  body(${list(body.parameters)})`, ...leaves, ...inner, `${indent}  gives ${list(body.results)}`];
  }

  reference(node: Node): string {
    if (node.op === "constant") return numberText(node.attributes.value as number);
    const known = this.references.get(node);
    if (known === undefined) throw new Error(`${node.op} is read before it stands in the text`);
    return known;
  }
}

const typeText = (type: TensorType): string => `${type.dtype === "i32" ? "i32 " : ""}${showShape(type.shape)}`;
const numberText = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

function attributesText(attributes: Attributes): string {
  const entries = Object.entries(attributes);
  return entries.length === 0 ? "" : `  ${recordText(entries)}`;
}

const recordText = (entries: readonly (readonly [string, Attribute])[]): string =>
  `{${entries.map(([name, value]) => `${name}: ${valueText(value)}`).join(", ")}}`;

/** Sizes that are no plain numbers stand in angle brackets, index functions after an @. */
function valueText(value: Attribute): string {
  if (value === undefined) return "none";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string")
    return /^[A-Za-z_]\w*$/.test(value) && !RESERVED.has(value) ? value : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (isPolynomial(value)) return `<${showDim(value)}>`;
  if (isGraph(value)) return "graph";
  if (isAffine(value)) return `@${affineText(value)}`;
  return recordText(Object.entries(value as Attributes));
}

/** `2*y + i - 1`, over its divisor. */
function affineText({ terms, offset, div }: AffineAttribute): string {
  const parts = terms.map(([name, c]) => (c === 1 ? name : `${c}*${name}`));
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  const sum = parts.join(" + ").replaceAll("+ -", "- ");
  return div === 1 ? sum : `(${sum})/${div}`;
}
