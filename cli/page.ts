// What a training shows as one page that needs nothing else: texts, tables, heat maps, histograms, pictures.

import type { Section } from "./readings.ts";

const STYLE = `body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
pre, table, .heat { font-family: ui-monospace, monospace }
pre { white-space: pre-wrap } td, th { padding: 0 .5em; text-align: center } .heat { white-space: nowrap; overflow-x: auto }
.heat b { display: inline-block; width: 3em; color: #666 } img { image-rendering: pixelated; min-width: 20rem } figure { margin: 1rem 0 }`;

export function pageOf(name: string, sections: readonly Section[]): string {
  const body = sections.map((s) => `<section>\n${s.html}\n</section>`).join("\n<hr>\n");
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${name}</title><style>
${STYLE}
</style></head>
<body>
<h1>${name}</h1>
${body}
</body>
</html>
`;
}

export function pictureSection(png: Uint8Array, rows: number, columns: number): Section {
  const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
  const words = `${rows} x ${columns} pictures`;
  return { text: () => words, html: `<img src="${source}" alt="${words}">` };
}
