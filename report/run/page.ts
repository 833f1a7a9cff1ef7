// The page of a run, or of several: one file that asks for nothing from anywhere. In: its data. Out: HTML.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { showAnswers } from "./client/answers.ts";
import { showCurves } from "./client/curves.ts";
import { showComparison, showFacts, showLayers, showShown } from "./client/parts.ts";
import { drawPlot } from "./client/plot.ts";
import { makeUi } from "./client/ui.ts";
import type { ReportData } from "./data.ts";
import { framedReport, type ReportFrame } from "./frame.ts";
import { STYLE } from "./style.ts";

const require = createRequire(import.meta.url);

/** A library of the page, which may hold no end of its own script. */
const library = (path: string): string => readFileSync(require.resolve(path), "utf8").replaceAll("</", "<\\/");

/** Functions that stand in the page as their own text, and run in this order. */
const PARTS = [makeUi, drawPlot, showFacts, showComparison, showCurves, showShown, showAnswers, showLayers];

/** Nothing may be loaded, whatever stands in the data; the graph of the layers has its modules with it. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' data:";

export const reportPage = (data: ReportData, live?: string): string => framedReport(reportFrame(live), data);

/** The page around the title, twice, and its data. `live`: a script that brings newer data. */
export function reportFrame(live?: string): ReportFrame {
  const policy = live === undefined ? POLICY : `${POLICY}; connect-src 'self'`;
  const head = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>`;
  const body = `</title>
<style>
${library("uplot/dist/uPlot.min.css")}
${STYLE}
</style>
</head>
<body>
<a class="skip" href="#run">to the run</a>
<header><h1>`;
  const main = `</h1><nav aria-label="parts of this page"></nav></header>
<main></main>
<noscript><p>This page draws itself from its data, which takes JavaScript.</p></noscript>
<script type="application/json" id="data">`;
  const end = `</script>
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
  return [head, body, main, end];
}
