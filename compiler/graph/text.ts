// A graph as text, one node a line: `%3 = contract(%1, w) [batch, 10]`. Inputs stand before their users, learned tensors
// and fields by their names, plain numbers as numbers; the body of a loop is indented under it.

import type { Dim } from "./dim.ts";
import { showDim, showShape } from "./dim.ts";
import type { Attribute, Node } from "./node.ts";
import { topological } from "./node.ts";

interface Body {
  readonly parameters: readonly Node[];
  readonly results: readonly Node[];
}

/** Attributes that the rest of the line tells already. */
const TOLD = new Set(["name", "type", "role", "batched", "value", "body"]);

export function graphText(results: readonly Node[], names: readonly string[] = []): string {
  const printer = new Printer();
  const lines = printer.lines(results, "");
  results.forEach((r, i) => {
    lines.push(`${names[i] ?? `result ${i}`} = ${printer.reference(r)}`);
  });
  return `${lines.join("\n")}\n`;
}

class Printer {
  private readonly numbers = new Map<Node, number>();

  lines(results: readonly Node[], indent: string): string[] {
    const lines: string[] = [];
    for (const node of topological(results)) {
      if (this.numbers.has(node) || isInline(node)) continue;
      this.numbers.set(node, this.numbers.size);
      const call = `${node.op}(${node.inputs.map((i) => this.reference(i)).join(", ")})`;
      const type = `${node.dtype === "i32" ? "i32 " : ""}${showShape(node.shape)}`;
      lines.push(`${indent}%${this.numbers.get(node)} = ${call} ${type}${attributesText(node)}`);
      const body = node.attributes.body as Body | undefined;
      if (!body) continue;
      lines.push(`${indent}  body(${body.parameters.map((p) => this.reference(p)).join(", ")})`);
      lines.push(...this.lines(body.results, `${indent}    `));
      lines.push(`${indent}  gives ${body.results.map((r) => this.reference(r)).join(", ")}`);
    }
    return lines;
  }

  reference(node: Node): string {
    if (node.op === "constant") return String(node.attributes.value);
    if (node.op === "parameter") return String(node.attributes.name);
    return `%${this.numbers.get(node) ?? `?${node.id}`}`;
  }
}

const isInline = (node: Node): boolean => node.op === "constant" || node.op === "parameter";

function attributesText(node: Node): string {
  const entries = Object.entries(node.attributes).filter(([name, value]) => !TOLD.has(name) && value !== undefined);
  return entries.length === 0 ? "" : `  {${entries.map(([name, value]) => `${name}: ${valueText(value)}`).join(", ")}}`;
}

function valueText(value: Attribute): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if ("kind" in value && value.kind === "polynomial") return showDim(value as Dim);
  if ("kind" in value && value.kind === "graph") return "graph";
  if ("terms" in value) return indexText(value as unknown as Affine);
  return `{${Object.entries(value)
    .map(([k, v]) => `${k}: ${valueText(v as Attribute)}`)
    .join(", ")}}`;
}

interface Affine {
  readonly terms: readonly (readonly [string, number])[];
  readonly offset: number;
  readonly div: number;
}

/** `2*y + i - 1`, over its divisor. */
function indexText({ terms, offset, div }: Affine): string {
  const parts = terms.map(([name, c]) => (c === 1 ? name : `${c}*${name}`));
  if (offset !== 0 || parts.length === 0) parts.push(String(offset));
  const sum = parts.join(" + ").replaceAll("+ -", "- ");
  return div === 1 ? sum : `(${sum})/${div}`;
}
