// `dnn graph`: the layers of a program's models, or their operations and gradients, and what flows between them.

import { basename, extname } from "node:path";
import { chosenModels, measured } from "../../../project/cost/measured.ts";
import { EXIT } from "../../../project/failure.ts";
import type { Opened } from "../../../project/source.ts";
import type { GraphBox } from "../../../report/graph/boxes.ts";
import { openGroups } from "../../../report/graph/folding.ts";
import { layoutGraph } from "../../../report/graph/layout.ts";
import { boxesOfGradients, boxesOfOperations } from "../../../report/graph/ofmodel.ts";
import { boxesOfModels, placesIn } from "../../../report/graph/ofprogram.ts";
import { graphPage } from "../../../report/graph/page.ts";
import { drawSvg, type Ground } from "../../../report/graph/svg.ts";
import { drawDot, drawMermaid } from "../../../report/graph/text.ts";
import { type Flags, oneOf, path, type Values } from "../../command/flag.ts";
import { program as programArgument, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { sources } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { out } from "../../terminal/say.ts";

const flags = {
  format: {
    value: "format",
    type: oneOf("dot", "mermaid", "svg", "html"),
    description: "the language of the drawing",
    defaultText: "dot, or by the ending of --out",
  },
  out: { value: "file", type: path(), description: "a file for the drawing: FILE.svg, .html, .dot or .mmd" },
  model: shared.model,
  blocks: {
    value: "which",
    type: oneOf("auto", "open", "closed"),
    default: "auto",
    description: "which blocks show what is in them: auto opens the first of each kind where there are many",
  },
  ops: { description: "every operation in place of layers" },
  gradients: { description: "every operation, and those of the gradients by the parameters" },
} as const satisfies Flags;

type GraphFlags = Values<typeof flags>;

const ENDINGS = { svg: "a picture", html: "a page", dot: "Graphviz", mmd: "Mermaid" } as const;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn graph examples/lenet.dnn --out lenet.html",
  run: ([file], flags) => graph(file, flags),
});

async function graph(file: string, flags: GraphFlags): Promise<number> {
  const ending = flags.out === undefined ? undefined : outKind(flags.out, ENDINGS);
  const format = flags.format ?? (ending === "mmd" ? "mermaid" : (ending ?? "dot"));
  const opened = sources.openForUse(file);
  const names = chosenModels(opened.program, flags.model, opened.path);
  const roots =
    flags.ops || flags.gradients ? await operations(opened, names, flags) : await boxesOfModels(opened, names);
  const name = basename(file, extname(file));
  const open = openGroups(roots, flags.blocks);
  const text = print(format, name, roots, open, opened);
  if (flags.out === undefined) out(text);
  else await writeOut(flags.out, `${text}\n`);
  return EXIT.fine;
}

function print(
  format: "dot" | "mermaid" | "svg" | "html",
  name: string,
  roots: readonly GraphBox[],
  open: ReadonlySet<string>,
  opened: Opened,
): string {
  switch (format) {
    case "dot":
      return drawDot(name, roots, open);
    case "mermaid":
      return drawMermaid(roots, open);
    case "svg":
      return drawSvg(name, layoutGraph(roots, open));
    default:
      return graphPage({ name, roots }, open, [{ file: basename(opened.path), text: opened.text }]);
  }
}

/** The operations of each model in a frame of its own. */
async function operations(opened: Opened, names: readonly string[], flags: GraphFlags): Promise<readonly GraphBox[]> {
  const found: GraphBox[] = [];
  const placeOf = placesIn(opened);
  for (const name of names) {
    const { results } = await measured(opened, name);
    const boxes = flags.gradients ? boxesOfGradients(results, placeOf) : boxesOfOperations(results, placeOf);
    const within = (b: GraphBox): GraphBox => ({
      ...b,
      id: `${name}.${b.id}`,
      inputs: b.inputs.map((i) => `${name}.${i}`),
      children: b.children.map(within),
    });
    found.push({ id: name, kind: "group", title: name, notes: [], children: boxes.map(within), inputs: [] });
  }
  return found;
}

/** The layers of a model of a file, or of all. Failure where there is none or the program has mistakes. */
export async function graphSvg(file: string, model: string | undefined, ground?: Ground): Promise<string> {
  const opened = sources.openForUse(file);
  const roots = await boxesOfModels(opened, chosenModels(opened.program, model, opened.path));
  return drawSvg(model ?? basename(file), layoutGraph(roots, openGroups(roots, "auto")), ground);
}
