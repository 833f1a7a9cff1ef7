// The text form of a graph read back. Nodes are hash-consed, so a text that was printed from a graph gives its very nodes.

import type { Dim } from "../arithmetic/dim.ts";
import { parseDim } from "../arithmetic/dim.ts";
import type { AffineAttribute, Attribute, Attributes, Graph, Node, TensorType } from "./node.ts";
import { intern } from "./node.ts";

/** A line that is no graph text. */
export class GraphTextError extends Error {}

export interface ParsedGraph {
  readonly names: readonly string[];
  readonly results: readonly Node[];
}

/** GraphTextError with the line's number where the text is wrong. Types are taken as written; `verify` checks them. */
export function parseGraph(text: string): ParsedGraph {
  return new Parser(text.split("\n").filter((l) => l.trim() !== "" && !l.startsWith("#"))).graph();
}

class Parser {
  private readonly lines: readonly string[];
  private readonly known = new Map<string, Node>();
  private at = 0;

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  graph(): ParsedGraph {
    const names: string[] = [];
    const results: Node[] = [];
    while (this.at < this.lines.length) {
      if (this.statement()) continue;
      const [, name, result] = /^(.+) = (\S+)$/.exec(this.next()) ?? [];
      if (name === undefined || result === undefined) throw this.wrong("a leaf, a node or a result is expected");
      names.push(name);
      results.push(this.reference(result));
    }
    return { names, results };
  }

  /** A leaf or a node with its body; false where the line is something else. */
  private statement(): boolean {
    const line = this.lines[this.at]?.trim() ?? "";
    const leaf = /^leaf (\S+): (.*)$/.exec(line);
    const node = /^(%\d+) = (\w+)\(([^()]*)\) (.*)$/.exec(line);
    if (leaf) {
      this.at++;
      const [, label = "", typeText = ""] = leaf;
      const [type, rest] = this.parseType(typeText);
      const name = label.replace(/#\d+$/, "");
      this.known.set(label, intern("parameter", [], { name, type, ...rest }, type, undefined));
      return true;
    }
    if (!node) return false;
    this.at++;
    const [, name = "", op = "", operands = "", typeText = ""] = node;
    const inputs = this.references(operands);
    const body = this.lines[this.at]?.trim().startsWith("body(") ? this.body() : undefined;
    const [type, rest] = this.parseType(typeText, body);
    this.known.set(name, intern(op, inputs, rest, type, undefined));
    return true;
  }

  /** The line at the place, past which it goes; empty at the end of the text. */
  private next(): string {
    return this.lines[this.at++]?.trim() ?? "";
  }

  private body(): Graph {
    const [, parameters] = /^body\((.*)\)$/.exec(this.next()) ?? [];
    if (parameters === undefined) throw this.wrong("a body's parameters are expected");
    while (this.at < this.lines.length && this.statement());
    const [, results] = /^gives (.*)$/.exec(this.next()) ?? [];
    if (results === undefined) throw this.wrong("`gives` is expected at the end of a body");
    return { kind: "graph", parameters: this.references(parameters), results: this.references(results) };
  }

  private references(text: string): Node[] {
    return text === "" ? [] : text.split(", ").map((t) => this.reference(t));
  }

  private reference(text: string): Node {
    const node = this.known.get(text);
    if (node) return node;
    const value = Number(text);
    if (Number.isNaN(value) && text !== "NaN") throw this.wrong(`${text} stands nowhere before`);
    return intern("constant", [], { value }, { shape: [], dtype: "f32" }, undefined);
  }

  /** `i32 [batch, 10]  {axis: 0}` */
  private parseType(text: string, body?: Graph): [TensorType, Attributes] {
    const [, integers, sizes, values] = /^(i32 )?\[([^\]]*)\](?: {2}(\{.*\}))?$/.exec(text) ?? [];
    if (sizes === undefined) throw this.wrong("a type is expected");
    const shape = sizes === "" ? [] : sizes.split(", ").map((d) => this.dim(d));
    const attributes = values ? new Values(values, body, (m) => this.wrong(m)).record() : {};
    return [{ shape, dtype: integers ? "i32" : "f32" }, attributes];
  }

  private dim(text: string): Dim {
    const dim = parseDim(text);
    if (dim === undefined) throw this.wrong(`${text} is no size`);
    return dim;
  }

  private wrong(message: string): GraphTextError {
    return new GraphTextError(`line ${this.at}: ${message}: ${this.lines[this.at - 1] ?? ""}`);
  }
}

/** Attribute values, by recursive descent. */
class Values {
  private readonly text: string;
  private readonly body: Graph | undefined;
  private readonly wrong: (message: string) => Error;
  private at = 0;

  constructor(text: string, body: Graph | undefined, wrong: (message: string) => Error) {
    this.text = text;
    this.body = body;
    this.wrong = wrong;
  }

  record(): Attributes {
    const entries: [string, Attribute][] = [];
    this.list("{", "}", () => {
      const name = this.match(/\w+/y);
      this.expect(": ");
      entries.push([name, this.value()]);
    });
    return Object.fromEntries(entries);
  }

  private value(): Attribute {
    const c = this.text[this.at];
    if (c === "{") return this.record();
    if (c === "[") {
      const items: Attribute[] = [];
      this.list("[", "]", () => items.push(this.value()));
      return items;
    }
    if (c === '"') return JSON.parse(this.match(/"(?:[^"\\]|\\.)*"/y)) as string;
    if (c === "<") {
      const dim = parseDim(this.match(/<[^>]*>/y).slice(1, -1));
      if (dim === undefined) throw this.wrong("a size is expected");
      return dim;
    }
    if (c === "@") return affineOf(this.match(/@(?:\([^)]*\)\/\d+|[^,\]}]*)/y).slice(1));
    return this.word(this.match(/[^,\]}]+/y));
  }

  private word(text: string): Attribute {
    if (text === "none") return undefined;
    if (text === "true" || text === "false") return text === "true";
    if (text === "graph") return this.body;
    const value = Number(text);
    return Number.isNaN(value) && text !== "NaN" ? text : value;
  }

  private list(open: string, close: string, item: () => void): void {
    this.expect(open);
    while (this.text[this.at] !== close) {
      item();
      if (this.text[this.at] !== close) this.expect(", ");
    }
    this.expect(close);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (!found) throw this.wrong("an attribute is expected");
    this.at = pattern.lastIndex;
    return found[0];
  }

  private expect(text: string): void {
    if (!this.text.startsWith(text, this.at)) throw this.wrong(`\`${text}\` is expected`);
    this.at += text.length;
  }
}

function affineOf(text: string): AffineAttribute {
  const [, whole = text, divisor = "1"] = /^\((.*)\)\/(\d+)$/.exec(text) ?? [];
  const terms: [string, number][] = [];
  let offset = 0;
  for (const part of whole.replaceAll(" - ", " + -").split(" + ")) {
    const [, factor, name] = /^(?:(-?\d+)\*)?(-?[A-Za-z_]\w*)$/.exec(part) ?? [];
    if (name === undefined) offset += Number(part);
    else if (name.startsWith("-")) terms.push([name.slice(1), -1]);
    else terms.push([name, Number(factor ?? 1)]);
  }
  return { terms, offset, div: Number(divisor) };
}
