// A drawing for Graphviz and for Mermaid, which lay it out themselves: groups that are open are clusters.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { type GraphBox, parentsOf } from "./boxes.ts";

interface End {
  readonly box: string;
  readonly group?: string;
}

interface Printer {
  readonly box: (id: string, box: GraphBox) => string;
  readonly group: (id: string, box: GraphBox, inside: readonly string[]) => readonly string[];
  /** Between boxes; where an open group gives or takes the value, a box of it stands for it. */
  readonly edge: (from: End, to: End) => string;
}

function print(roots: readonly GraphBox[], open: ReadonlySet<string>, printer: Printer): string[] {
  const parents = parentsOf(roots);
  const numbers = new Map([...parents.keys()].map((id, i) => [id, `n${i}`]));
  const shown = (id: string): string => {
    let found = id;
    for (let p = parents.get(id); p; p = parents.get(p.id)) if (!open.has(p.id)) found = p.id;
    return found;
  };
  const byId = new Map([...parents.values(), ...roots].flatMap((b) => (b ? [[b.id, b] as const] : [])));
  const endAt = (id: string, place: 0 | -1): End => {
    const inner = open.has(id) ? byId.get(id)?.children.at(place)?.id : undefined;
    const own = lookUp(numbers, id);
    return inner === undefined ? { box: own } : { box: endAt(inner, place).box, group: own };
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
      if (from !== to && numbers.has(from) && numbers.has(to)) edges.add(printer.edge(endAt(from, -1), endAt(to, 0)));
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
    edge: (from, to) => {
      const ends = [from.group && `ltail=cluster_${from.group}`, to.group && `lhead=cluster_${to.group}`].filter(
        Boolean,
      );
      return `${from.box} -> ${to.box}${ends.length > 0 ? ` [${ends.join(" ")}]` : ""};`;
    },
  });
  const compound = lines.some((line) => /l(tail|head)=/.test(line)) ? ["compound=true;"] : [];
  return [`digraph ${quoted(name)} {`, ...indented([...compound, ...lines]), "}"].join("\n");
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
    edge: (from, to) => `${from.group ?? from.box} --> ${to.group ?? to.box}`,
  });
  return ["flowchart TD", ...indented(lines)].join("\n");
}
