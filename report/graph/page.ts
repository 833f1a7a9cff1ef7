// A drawing as one page that opens from disk and asks for nothing: the drawing's data, the program's text, and the modules that
// lay it out, as an import map of data URLs.

import { readFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { PALETTE } from "../palette.ts";
import type { GraphData } from "./boxes.ts";
import { layoutGraph } from "./layout.ts";
import { drawSvg, escaped, styleOf } from "./svg.ts";

/** Scripts of the page, each file after those that it imports. */
const MODULES = ["../../compiler/diagnostics/plain", "boxes", "folding", "layout", "svg", "client"];

export interface ProgramText {
  readonly file: string;
  readonly text: string;
}

/** `open`: the groups that are open when the page opens. */
export function graphPage(data: GraphData, open: ReadonlySet<string>, programs: readonly ProgramText[]): string {
  const facts = { data, open: [...open], programs };
  return `<!doctype html>
<html lang="en">
<!-- Laid out by dagre, copyright (c) 2012-2014 Chris Pettitt, MIT licence: https://github.com/dagrejs/dagre -->
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(data.name)}</title>
<style>${STYLE}${styleOf()}</style>
<script type="importmap">${JSON.stringify({ imports: imports() })}</script></head>
<body>
<header><h1>${escaped(data.name)}</h1>
<div role="toolbar" aria-label="view"><button id="open">Open all</button><button id="first">First of each kind</button><button id="close">Close all</button>
<button id="out" aria-label="zoom out">−</button><button id="in" aria-label="zoom in">+</button><button id="fit">Fit</button><button id="width">100%</button></div>
<p id="help">Click a block to open or close it. Drag or scroll to move, Ctrl and wheel to zoom. Keys: Tab through boxes, Enter opens, arrows move, + − 0.</p></header>
<main><div id="view" tabindex="0" role="group" aria-label="graph, arrow keys move it">${drawSvg(data.name, layoutGraph(data.roots, open), "page")}</div>
<aside aria-label="program"><pre id="source"></pre></aside></main>
<script type="application/json" id="facts">${JSON.stringify(facts).replaceAll("<", "\\u003c")}</script>
<script type="module">import "client";</script>
</body>
</html>
`;
}

function imports(): Record<string, string> {
  const found: Record<string, string> = { "@dagrejs/dagre": dataUrl(libraryText()) };
  for (const path of MODULES) found[nameOf(path)] = dataUrl(moduleText(path));
  return found;
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const dataUrl = (text: string): string => `data:text/javascript;base64,${Buffer.from(text).toString("base64")}`;

/** A module of ours as JavaScript, whose imports are names of the map: data URLs have no folder to start from. */
function moduleText(path: string): string {
  const here = fileURLToPath(import.meta.url);
  const ending = here.endsWith(".ts") ? ".ts" : ".js";
  const text = readFileSync(join(dirname(here), `${path}${ending}`), "utf8");
  const code = ending === ".ts" ? withoutTypes(text) : text;
  return code.replace(/^\/\/# sourceMappingURL=.*$/gm, "").replace(/(from\s*)"\.[^"]*\/([\w-]+)\.[tj]s"/g, '$1"$2"');
}

/** Node calls this experimental, once, which nobody can do anything about who runs the sources. */
function withoutTypes(text: string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return stripTypeScriptTypes(text);
  } finally {
    process.emitWarning = emitWarning;
  }
}

function libraryText(): string {
  const folder = dirname(createRequire(import.meta.url).resolve("@dagrejs/dagre"));
  return readFileSync(join(folder, "dagre.esm.js"), "utf8").replace(/^\/\/# sourceMappingURL=.*$/gm, "");
}

const STYLE = `${PALETTE}
:root{--mark:#fff3c4}@media(prefers-color-scheme:dark){:root{--mark:#4a3b10}}
*{box-sizing:border-box}body{margin:0;height:100vh;display:flex;flex-direction:column;font:14px/1.4 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
header{padding:.5rem 1rem;border-bottom:1px solid var(--line);display:flex;flex-wrap:wrap;gap:.3rem 1rem;align-items:center}
h1{font-size:1rem;margin:0}#help{margin:0;color:var(--dim);font-size:12px;flex-basis:100%}
button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--line);border-radius:4px;padding:.15rem .6rem;margin-right:.25rem;cursor:pointer}
main{flex:1;display:flex;min-height:0}#view{flex:1;overflow:auto;touch-action:pan-x pan-y;cursor:grab}
#view:active{cursor:grabbing}#view svg{display:block;margin:auto}
aside{width:min(34rem,38vw);border-left:1px solid var(--line);overflow:auto}
pre{margin:0;padding:.5rem 0;font:12px/1.5 ui-monospace,monospace}pre span{display:block;padding:0 .75rem;white-space:pre}
pre span.has{cursor:pointer}pre span i{display:inline-block;width:3ch;margin-right:1ch;color:var(--dim);text-align:right;font-style:normal;user-select:none}
pre span.on{background:var(--mark)}button:focus-visible,#view:focus-visible,.box:focus-visible{outline:2px solid #2f81f7;outline-offset:1px}
.graph .box{cursor:default}.graph .box[aria-expanded]{cursor:pointer}.graph .box.on>rect,.graph .box:focus>rect{stroke:#2f81f7;stroke-width:2.4}
@media(max-width:900px){main{flex-direction:column}aside{width:auto;max-height:32vh;border-left:0;border-top:1px solid var(--line)}}`;
