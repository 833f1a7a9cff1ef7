// A drawing for Graphviz and for Mermaid, which lay it out themselves: groups that are open are clusters.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { type GraphBox, parentsOf } from "./boxes.ts";

interface Printer {
  readonly box: (id: string, box: GraphBox) => string;
  readonly group: (id: string, box: GraphBox, inside: readonly string[]) => readonly string[];
  readonly edge: (from: string, to: string) => string;
}

function print(roots: readonly GraphBox[], open: ReadonlySet<string>, printer: Printer): string[] {
  const parents = parentsOf(roots);
  const numbers = new Map([...parents.keys()].map((id, i) => [id, `n${i}`]));
  const shown = (id: string): string => {
    let found = id;
    for (let p = parents.get(id); p; p = parents.get(p.id)) if (!open.has(p.id)) found = p.id;
    return found;
  };
  const edges = new Set<string>();
  const printed = (box: GraphBox): readonly string[] => {
    const id = lookUp(numbers, box.id);
    if (!open.has(box.id)) return [printer.box(id, box)];
    return printer.group(id, box, box.children.flatMap(printed));
  };
  const visit = (box: GraphBox): void => {
    for (const input of box.inputs) {
      const [from, to] = [shown(input), shown(box.id)];
      const [tail, head] = [numbers.get(from), numbers.get(to)];
      if (tail !== undefined && head !== undefined && tail !== head) edges.add(printer.edge(tail, head));
    }
    for (const child of box.children) visit(child);
  };
  const boxes = roots.flatMap(printed);
  for (const root of roots) visit(root);
  return [...boxes, ...edges];
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((l) => `  ${l}`);

const SHAPES: Readonly<Record<GraphBox["kind"], string>> = {
  input: "shape=oval",
  weight: "shape=note",
  state: 'shape=note style="dashed"',
  layer: "shape=box",
  expression: 'shape=box style="rounded"',
  backward: 'shape=box style="filled" fillcolor="#f3e8ff"',
  group: "shape=box3d",
};

export function drawDot(name: string, roots: readonly GraphBox[], open: ReadonlySet<string>): string {
  const quoted = (text: string): string => `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  const label = (b: GraphBox): string => [b.title, ...b.notes].map((t) => quoted(t).slice(1, -1)).join("\\n");
  const lines = print(roots, open, {
    box: (id, b) => `${id} [label="${label(b)}" ${SHAPES[b.kind]}];`,
    group: (id, b, inside) => [`subgraph cluster_${id} {`, ...indented([`label=${quoted(b.title)};`, ...inside]), "}"],
    edge: (from, to) => `${from} -> ${to};`,
  });
  return [`digraph ${quoted(name)} {`, ...indented(lines), "}"].join("\n");
}

export function drawMermaid(roots: readonly GraphBox[], open: ReadonlySet<string>): string {
  const quoted = (text: string): string =>
    text.replaceAll("&", "#amp;").replaceAll('"', "#quot;").replaceAll("<", "#lt;").replaceAll(">", "#gt;");
  const brackets = (kind: GraphBox["kind"]): readonly [string, string] => {
    if (kind === "input") return ['(["', '"])'];
    if (kind === "weight" || kind === "state") return ['[/"', '"/]'];
    return kind === "group" ? ['[["', '"]]'] : ['["', '"]'];
  };
  const lines = print(roots, open, {
    box: (id, b) => `${id}${brackets(b.kind).join([b.title, ...b.notes].map(quoted).join("<br>"))}`,
    group: (id, b, inside) => [`subgraph ${id}["${quoted(b.title)}"]`, ...indented(inside), "end"],
    edge: (from, to) => `${from} --> ${to}`,
  });
  return ["flowchart TD", ...indented(lines)].join("\n");
}
