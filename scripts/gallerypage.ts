// In: the examples, what they must reach and what they have reached. Out: examples/README.md.
// Invariant: facts about a program are read from it; a classic network is measured by the compiler.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { measureModel } from "../compiler/check/program/cost.ts";
import { Library } from "../compiler/check/program/library.ts";
import { openProgram } from "../compiler/check/program/program.ts";
import { CLASSICS } from "../test/examples/classics.ts";
import { TARGETS } from "../test/examples/targets.ts";
import type { Figure } from "./gallery.ts";
import { CELLS, GROUPS, ROWS, ZOO } from "./gallerytables.ts";

const folder = new URL("../examples/", import.meta.url);
const stdlib = new URL("../stdlib/", import.meta.url);
const textOf = (name: string): string => readFileSync(new URL(`${name}.dnn`, folder), "utf8");
const grouped = (n: number): string => n.toLocaleString("en");
const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

/** The comment at the head of a program, as one line of a table. */
function headOf(name: string): string {
  const lines = /^(?:#.*\n)+/.exec(textOf(name))?.[0] ?? "";
  return lines.replaceAll(/^# ?/gm, "").trim().replaceAll("\n", " ").replaceAll(/[|*<]/g, "\\$&");
}

/** The pictures that the program has drawn, one for each of its `show images` lines, stand under what it is. */
function picture(name: string): string {
  const places = ["", "-2", "-3"].map((end) => `pictures/${name}${end}.png`);
  const drawn = places.filter((place) => existsSync(new URL(place, folder)));
  return drawn.length > 0 ? `<br>${drawn.map((place) => `![drawn by ${name}](${place})`).join(" ")}` : "";
}

const link = (name: string): string => `[${name}](${name}.dnn)`;
const links = (names: readonly string[]): string => names.map(link).join(", ");

/** Parameters and weighted depth of the model that a file of the same name declares. */
function measured(name: string): { params: number; depth: number } {
  const library = new Library(
    readdirSync(stdlib).map((f) => ({ file: `stdlib/${f}`, text: readFileSync(new URL(f, stdlib), "utf8") })),
  );
  const { program } = openProgram({ file: `${name}.dnn`, text: textOf(name) }, library);
  const checked = program.checkModel(name);
  const results = checked.result.kind === "tensor" ? [checked.result.node] : [];
  const { params, depth } = measureModel(name, checked.applications, results, new Set());
  return { params: Number(params), depth };
}

type Row = readonly [program: string, what: string, params: string, target: string, trivial: string, reached: string];

function classicRow(name: string): Row {
  const { params, depth } = measured(name);
  const published = CLASSICS[name]!;
  const target = `${grouped(published.params)} parameters, ${published.depth} layers`;
  return [link(name), headOf(name), grouped(params), target, "", `${grouped(params)}, ${depth}`];
}

function trainedRow(name: string, figure: Figure | undefined): Row {
  const { metric, atLeast, atMost, trivial, seeds } = TARGETS[name]!;
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${atLeast}`]),
    ...(atMost === undefined ? [] : [`at most ${atMost}`]),
  ];
  const target = atLeast === atMost ? `${metric} ${atLeast}` : `${metric} ${bounds.join(" and ")}`;
  const [params, value] = figure ? [grouped(figure.params), String(figure.value)] : ["", ""];
  const missed = trivial ? `${trivial.figure}: ${trivial.what}` : "";
  const reached = seeds ? `${value}<br>(in tests ${seeds.join(", ")})` : value;
  return [link(name), headOf(name) + picture(name), params, target, missed, reached];
}

function groups(): string {
  const figures = JSON.parse(readFileSync(new URL("figures.json", folder), "utf8")) as Record<string, Figure>;
  const row = (name: string): Row => (name in CLASSICS ? classicRow(name) : trainedRow(name, figures[name]));
  return Object.entries(GROUPS)
    .map(([title, names]) => {
      const heads = ["program", "what it is", "parameters", "target", "a trivial answer", "reached"];
      return `## ${title}\n\n${table(heads, names.map(row))}\n`;
    })
    .join("\n");
}

/** As pages name the place of a heading. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w -]/g, "")
    .replaceAll(" ", "-");

function cells(): string {
  const rows = Object.entries(CELLS).map(([kind, { written, example, means, manual }]) => [
    kind,
    `\`${written}\``,
    `${means} ([${manual}](../docs/language.md#${anchor(manual)}))`,
    link(example),
  ]);
  return table(["cell", "written", "which is", "example"], rows);
}

function rows(): string {
  const all = Object.entries(ROWS).flatMap(([part, list]) =>
    Object.entries(list).map(([row, names]) => [part, row, links(names)]),
  );
  return table(["part", "row", "programs"], all);
}

export function galleryPage(): string {
  return `# Gallery

Every program of this folder, with its formula or source, the number of its parameters (of the last model, where it trains
several), the held-out figure that its test asks for, what an answer that has learned nothing of it would reach, and what it
reached itself, with seed 1 (\`npm run gallery\`) and in the shorter settings of the tests with seeds 1, 2 and 3. The classic
networks from AlexNet to ResNet-152 have no data here: what is published of them is compared with what the compiler counts,
their shapes are tested, and one training step at their real size. Layers, cells, losses, optimizers and schedules are
definitions of the [standard library](../stdlib), each with its formula. This page is generated.

${groups()}
## The zoo

The kinds of the neural-network zoo (van Veen, 2016).

${table(
  ["kind", "programs"],
  Object.entries(ZOO).map(([kind, names]) => [kind, links(names)]),
)}

## The cells of the chart

What each of the thirteen kinds of cells in the zoo's chart is in the language.

${cells()}

## Row by row

Where to look for what the course teaches, beside the kinds of the zoo.

${rows()}
`;
}
