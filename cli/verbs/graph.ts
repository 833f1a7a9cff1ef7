// `dnn graph`: the operations of a model and what flows between them, for Graphviz, Mermaid or a browser.

import { showShape } from "../../compiler/arithmetic/dim.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { topological } from "../../compiler/graph/node.ts";
import { EXIT } from "../../project/failure.ts";
import { type Drawing, drawSvg, type Vertex } from "../../report/drawing.ts";
import { type Flags, oneOf, type Values } from "../command/flag.ts";
import { program as programArgument, shared } from "../command/shared.ts";
import { defineVerb } from "../command/verb.ts";
import { sources } from "../terminal/machine.ts";
import { out } from "../terminal/say.ts";
import { chosenModels, measured } from "./summary.ts";

const printers = { dot, mermaid, svg: drawSvg };

const flags = {
  format: {
    value: "format",
    type: oneOf("dot", "mermaid", "svg"),
    default: "dot",
    description: "the language of the drawing",
  },
  model: shared.model,
} as const satisfies Flags;

type GraphFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn graph examples/lenet.dnn --format svg > lenet.svg",
  run: ([file], flags) => graph(file, flags),
});

async function graph(file: string, flags: GraphFlags): Promise<number> {
  const opened = sources.openForUse(file);
  const [name] = chosenModels(opened.program, flags.model, opened.path);
  const { results } = await measured(opened, name);
  out(printers[flags.format](drawingOf(name, results)));
  return EXIT.fine;
}

/** The drawing of a model of a file, or of its first. Failure where there is none or the program has mistakes. */
export async function graphSvg(file: string, model: string | undefined): Promise<string> {
  const opened = sources.openForUse(file);
  const [name] = chosenModels(opened.program, model, opened.path);
  const { results } = await measured(opened, name);
  return drawSvg(drawingOf(name, results));
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
    vertices: [...ids].map(([n, id]) => vertexOf(n, id)),
    edges: [...ids].flatMap(([n, id]) =>
      [...new Set(n.inputs)].flatMap((i) => {
        const from = ids.get(i);
        return from === undefined ? [] : [[from, id] as const];
      }),
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
