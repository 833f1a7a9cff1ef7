// `dnn graph`: the operations of a model and what flows between them, for Graphviz, Mermaid or a browser.

import { showShape } from "../../compiler/arithmetic/dim.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import { EXIT, usage } from "../../project/failure.ts";
import { openForUse } from "../../project/source.ts";
import { type Drawing, drawSvg, type Vertex } from "../../report/drawing.ts";
import { out } from "../terminal/say.ts";
import { chosenModels, measured } from "./summary.ts";

export interface GraphFlags {
  readonly format: string;
  readonly model?: string;
}

const printers: Readonly<Record<string, (d: Drawing) => string>> = { dot, mermaid, svg: drawSvg };

export async function graph(file: string, flags: GraphFlags): Promise<number> {
  const print = Object.hasOwn(printers, flags.format) ? printers[flags.format] : undefined;
  if (!print) throw usage(`--format ${flags.format}: it is dot, mermaid or svg`);
  const { program, path } = await openForUse(file);
  const [name] = chosenModels(program, flags.model, path);
  const { results } = await measured(program, name!, path);
  out(print(drawingOf(name!, results)));
  return EXIT.fine;
}

/** The drawing of a model of a file, or of its first. Failure where there is none or the program has mistakes. */
export async function graphSvg(file: string, model: string | undefined): Promise<string> {
  const { program, path } = await openForUse(file);
  const [name] = chosenModels(program, model, path);
  const { results } = await measured(program, name!, path);
  return drawSvg(drawingOf(name!, results));
}

/** Plain numbers and sizes are left out: they say how, not what. */
export function drawingOf(name: string, results: readonly Node[]): Drawing {
  const plain = new Set<Node>();
  const kept: Node[] = [];
  for (const node of topological(results)) {
    const constantOnly = node.op !== "parameter" && node.inputs.every((i) => plain.has(i)) && node.op !== "random";
    if (constantOnly) plain.add(node);
    else kept.push(node);
  }
  const ids = new Map(kept.map((n, i) => [n, `n${i}`]));
  return {
    name,
    vertices: kept.map((n) => vertexOf(n, ids.get(n)!)),
    edges: kept.flatMap((n) =>
      [...new Set(n.inputs)].filter((i) => ids.has(i)).map((i) => [ids.get(i)!, ids.get(n)!] as const),
    ),
  };
}

function vertexOf(node: Node, id: string): Vertex {
  const { role, name } = node.attributes;
  const kind = role === "field" ? "input" : role === "parameter" ? "weight" : role === "state" ? "state" : "operation";
  return { id, title: node.op === "parameter" ? String(name) : node.op, shape: showShape(node.shape), kind };
}

function dot({ name, vertices, edges }: Drawing): string {
  const looks = { input: "shape=oval", weight: "shape=note", state: "shape=note style=dashed", operation: "shape=box" };
  const nodes = vertices.map((v) => `  ${v.id} [label="${v.title}\\n${v.shape}" ${looks[v.kind]}];`);
  return `digraph "${name}" {\n${[...nodes, ...edges.map(([a, b]) => `  ${a} -> ${b};`)].join("\n")}\n}`;
}

function mermaid({ vertices, edges }: Drawing): string {
  const brackets = { input: ['(["', '"])'], weight: ['[/"', '"/]'], state: ['[/"', '"/]'], operation: ['["', '"]'] };
  const nodes = vertices.map((v) => `  ${v.id}${brackets[v.kind][0]}${v.title} ${v.shape}${brackets[v.kind][1]}`);
  return `flowchart TD\n${[...nodes, ...edges.map(([a, b]) => `  ${a} --> ${b}`)].join("\n")}`;
}
