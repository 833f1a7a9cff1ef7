// A drawing as SVG text, in light and dark. The same text is a picture by itself and what the page shows: boxes carry their ids.

import { plainText } from "../../compiler/diagnostics/plain.ts";
import type { GraphBox } from "./boxes.ts";
import type { Placed, PlacedBox, PlacedLine } from "./layout.ts";

/** Colours by the kind of box: light, dark. */
const FILLS: Readonly<Record<GraphBox["kind"], readonly [string, string]>> = {
  input: ["#dbeafe", "#1e3a5f"],
  weight: ["#fef3c7", "#4a3b10"],
  state: ["#fde2e2", "#512626"],
  layer: ["#ffffff", "#262a31"],
  expression: ["#eef7ee", "#21352a"],
  backward: ["#f3e8ff", "#3a2752"],
  group: ["#f4f5f7", "#1b1e24"],
};

const INK = { text: ["#1b1f24", "#e6e9ee"], note: ["#57606a", "#a3abb6"], line: ["#6b7480", "#8d96a3"] } as const;

/** The colours of drawings, for where the drawing stands: as the system has it, unless said otherwise. */
export function styleOf(theme?: "light" | "dark"): string {
  const rules = (shade: 0 | 1): string =>
    [
      ...Object.entries(FILLS).map(([kind, fill]) => `.graph .${kind}{fill:${fill[shade]}}`),
      `.graph text{fill:${INK.text[shade]}}.graph .note{fill:${INK.note[shade]}}`,
      `.graph .frame{stroke:${FILLS.group[shade]}}`,
      `.graph rect{stroke:${INK.line[shade]}}.graph .line{stroke:${INK.line[shade]}}.graph .tip{fill:${INK.line[shade]}}`,
    ].join("");
  const fonts =
    ".graph text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}.graph .title{font-weight:600}";
  const shapes =
    ".graph .frame{paint-order:stroke;stroke-width:4;pointer-events:none}.graph .line{fill:none;stroke-width:1.2}.graph rect{stroke-width:1}.graph .group{stroke-dasharray:4 3}";
  const closed = ".graph .closed .group{stroke-dasharray:none;stroke-width:1.6}";
  if (theme !== undefined) return `${fonts}${shapes}${closed}${rules(theme === "dark" ? 1 : 0)}`;
  return `${fonts}${shapes}${closed}${rules(0)}@media (prefers-color-scheme:dark){${rules(1)}}`;
}

/** Where a drawing stands: alone, on paper of its own; on what is light or dark already; or on a page that has its colours. */
export type Ground = "paper" | "light" | "dark" | "page";

export function drawSvg(name: string, placed: Placed, ground: Ground = "paper"): string {
  const { width, height, boxes, lines } = placed;
  const closed = new Set(boxes.flatMap((b) => (b.isOpen ? [] : [b.box.id])));
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const paper = `<style>.graph .sheet{fill:#fff;stroke:none}${styleOf()}@media (prefers-color-scheme:dark){.graph .sheet{fill:#0d1117}}</style>\n<rect class="sheet" width="${w}" height="${h}"/>`;
  const sheet = ground === "paper" ? paper : ground === "page" ? "" : `<style>${styleOf(ground)}</style>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" role="img" aria-label="${escaped(name)}">`,
    `<title>${escaped(name)}</title>`,
    sheet,
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip" d="M0 0.8L8 4L0 7.2z"/></marker></defs>',
    ...boxes.filter((b) => b.isOpen).map(frame),
    ...lines.map((l) => line(l, closed)),
    ...boxes.filter((b) => b.isOpen).map(frameTitle),
    ...boxes.filter((b) => !b.isOpen).map(closedBox),
    "</svg>",
  ].join("\n");
}

const round = (x: number): number => Math.round(x * 10) / 10;

/** Straight down where x stays, bent where it does not. */
export function pathOf({ points }: Pick<PlacedLine, "points">): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let [x, y] = first;
  let path = `M${round(x)} ${round(y)}`;
  for (const [nextX, nextY] of rest) {
    const middle = round((y + nextY) / 2);
    if (Math.abs(nextX - x) < 0.05) path += `V${round(nextY)}`;
    else path += `C${round(x)} ${middle} ${round(nextX)} ${middle} ${round(nextX)} ${round(nextY)}`;
    [x, y] = [nextX, nextY];
  }
  return path;
}

/** A line that ends at a frame goes on inside, so it has no tip. */
function line(placed: PlacedLine, closed: ReadonlySet<string>): string {
  return `<path class="line" d="${pathOf(placed)}"${closed.has(placed.to) ? ' marker-end="url(#tip)"' : ""}/>`;
}

/** Attributes of a box for the page and for readers of the picture's text. */
function opening(box: GraphBox, classes: string, expanded: string): string {
  const place = box.place ? ` data-line="${box.place.line}" data-file="${escaped(box.place.file)}"` : "";
  const where = box.place ? ` (${escaped(box.place.file)}:${box.place.line})` : "";
  const label = escaped([box.title, ...box.notes].join(", "));
  return `<g class="${classes}" data-id="${escaped(box.id)}"${place}${expanded} aria-label="${label}${where}"><title>${label}${where}</title>`;
}

const clip = (text: string, width: number): string => {
  const letters = Math.floor((width - 16) / 6.6);
  return text.length > letters ? `${text.slice(0, Math.max(1, letters - 1))}…` : text;
};

function frame({ box, x, y, width, height }: PlacedBox): string {
  return [
    opening(box, "box open", ' aria-expanded="true"'),
    `<rect class="group" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6"/>`,
    "</g>",
  ].join("");
}

/** Above the lines, which may pass behind it. */
const frameTitle = ({ box, x, y, width }: PlacedBox): string =>
  `<text class="title frame" x="${round(x + 8)}" y="${round(y + 15)}">− ${escaped(clip(box.title, width - 16))}</text>`;

function closedBox({ box, x, y, width, height }: PlacedBox): string {
  const isGroup = box.kind === "group";
  const rx = box.kind === "input" ? round(height / 2) : 4;
  const middle = round(x + width / 2);
  const title = escaped(isGroup ? `+ ${box.title}` : box.title);
  const notes = box.notes.map(
    (n, i) =>
      `<text class="note" x="${middle}" y="${round(y + 32 + 15 * i)}" text-anchor="middle">${escaped(n)}</text>`,
  );
  // A round end is narrower there.
  const edge = box.kind === "input" ? 13 : 5;
  const place = box.place
    ? `<text class="note" x="${round(x + width - edge)}" y="${round(y + height - 5)}" text-anchor="end" font-size="9" style="font-size:9px">:${box.place.line}</text>`
    : "";
  return [
    opening(box, isGroup ? "box closed" : "box", isGroup ? ' aria-expanded="false"' : ""),
    `<rect class="${box.kind}" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="${rx}"/>`,
    `<text class="title" x="${middle}" y="${round(y + 17)}" text-anchor="middle">${title}</text>`,
    ...notes,
    place,
    "</g>",
  ].join("");
}

/** Text for SVG and HTML, attributes too. */
export function escaped(text: string): string {
  return plainText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
