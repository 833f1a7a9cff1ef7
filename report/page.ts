// The `show` lines of a training as one page that needs nothing else: texts, tables, heat maps, histograms, pictures.

import { PALETTE } from "./palette.ts";
import type { Section } from "./readings.ts";

const STYLE = `${PALETTE}
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: var(--ink); background: var(--paper); overflow-wrap: anywhere }
h1 { font-size: 1.25rem } h2 { font-size: 1rem; margin: 2rem 0 .5rem } figure { margin: 1rem 0 } img { image-rendering: pixelated; max-width: 100% }
pre, table, .heat { font-family: ui-monospace, monospace } pre { white-space: pre-wrap; overflow-wrap: anywhere } .wide { overflow-x: auto; overflow-wrap: normal } svg { max-width: 100%; height: auto }
table { border-collapse: collapse } td, th { padding: 0; min-width: 1.1em; text-align: center } .heat { white-space: nowrap }
.heat b { display: inline-block; width: 3em; color: var(--dim) }
.rows { font-variant-numeric: tabular-nums } .rows td, .rows th { padding: .15rem .6rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line) } .rows th { color: var(--dim) }
.classes { width: 100% } .classes th { padding: 0 .6rem 0 0; text-align: right; font-weight: normal; white-space: nowrap; width: 1px } .classes td { text-align: left; white-space: nowrap }
.classes i { display: inline-block; vertical-align: -.1em; height: .8em; background: var(--accent) }`;

export function pageOf(name: string, sections: readonly Section[]): string {
  const body = sections.map((s) => `<section>\n${s.html}\n</section>`).join("\n");
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${name}</title><style>
${STYLE}
</style></head>
<body>
<h1>${name}</h1>
${body}
</body>
</html>
`;
}

/** Where a PNG says how wide it is. */
const WIDTH = 16;
/** Points on the page for each of the picture. */
const SCALE = 2;

export const pictureWords = (rows: number, columns: number): string =>
  rows * columns === 1 ? "1 picture" : `${rows} x ${columns} pictures`;

export function pictureSection(png: Uint8Array, rows: number, columns: number): Section {
  const source = pngUrl(png);
  const words = pictureWords(rows, columns);
  const width = SCALE * new DataView(png.buffer, png.byteOffset).getUint32(WIDTH);
  return { text: () => words, html: `<h2>${words}</h2>\n<img src="${source}" alt="${words}" width="${width}">` };
}

/** A picture as an address that holds it: on any machine, so without what Node alone has. */
export function pngUrl(png: Uint8Array): string {
  let text = "";
  for (let at = 0; at < png.length; at += 0x8000) text += String.fromCharCode(...png.subarray(at, at + 0x8000));
  return `data:image/png;base64,${btoa(text)}`;
}
