// The page of a run, or of several: one file that asks for nothing from anywhere. In: its data. Out: HTML. All text goes into the
// page as JSON and is put in place as text, so that no name of a class can be markup.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { plainText } from "../../compiler/diagnostics/plain.ts";
import { jsonOf } from "../../runtime/json.ts";
import { showAnswers } from "./client/answers.ts";
import { showCurves } from "./client/curves.ts";
import { showComparison, showFacts, showLayers, showShown } from "./client/parts.ts";
import { drawPlot } from "./client/plot.ts";
import { makeUi } from "./client/ui.ts";
import type { ReportData } from "./data.ts";
import { STYLE } from "./style.ts";

const require = createRequire(import.meta.url);

/** A library of the page, which may hold no end of its own script. */
const library = (path: string): string => readFileSync(require.resolve(path), "utf8").replaceAll("</", "<\\/");

/** Functions that stand in the page as their own text, and run in this order. */
const PARTS = [makeUi, drawPlot, showFacts, showComparison, showCurves, showShown, showAnswers, showLayers];

/** Nothing may be loaded, whatever stands in the data. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function reportPage(data: ReportData, live?: string): string {
  const policy = live === undefined ? POLICY : `${POLICY}; connect-src 'self'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${escaped(plainText(data.title))}</title>
<style>
${library("uplot/dist/uPlot.min.css")}
${STYLE}
</style>
</head>
<body>
<a class="skip" href="#run">to the run</a>
<header><h1>${escaped(plainText(data.title))}</h1><nav aria-label="parts of this page"></nav></header>
<main></main>
<noscript><p>This page draws itself from its data, which takes JavaScript.</p></noscript>
<script type="application/json" id="data">${jsonForPage(data)}</script>
<script>
${library("uplot/dist/uPlot.iife.min.js")}
</script>
<script>
${PARTS.map(String).join("\n")}
const data = JSON.parse(document.getElementById("data").textContent);
const ui = makeUi();
showFacts(ui, data);
showComparison(ui, data);
showCurves(ui, data, uPlot, drawPlot);
showShown(ui, data);
showAnswers(ui, data);
showLayers(ui, data);
${live ?? ""}
</script>
</body>
</html>
`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** JSON that ends no script: what HTML would read is escaped as JSON escapes it, and what turns or moves text is replaced. */
function jsonForPage(data: ReportData): string {
  const seen: unknown = JSON.parse(jsonOf(data), (_, v: unknown) => (typeof v === "string" ? plainText(v) : v));
  return JSON.stringify(seen).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
