// Readings of a model along a text, and spreads of values: for the terminal and for a page.

import { itemAt } from "../compiler/arithmetic/lists.ts";
import { plainText } from "../compiler/diagnostics/plain.ts";
import type { Follower } from "./following.ts";
import { visibleName } from "./tables.ts";

/** One `show` line, in both forms. */
export interface Section {
  readonly text: (colour: boolean) => string;
  readonly html: string;
}

export const escaped = (text: string): string =>
  plainText(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

export function textSection(text: string): Section {
  return { text: () => plainText(text), html: `<h2>A text that the model writes</h2>\n<pre>${escaped(text)}</pre>` };
}

function rowsOf(values: ArrayLike<number>, width: number): number[][] {
  const all = Array.from(values);
  return Array.from({ length: all.length / width }, (_, t) => all.slice(t * width, (t + 1) * width));
}

function softmax(logits: readonly number[]): number[] {
  const top = Math.max(...logits);
  const exps = logits.map((v) => Math.exp(v - top));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((e) => e / total);
}

/** How much of a colour may stand behind a letter that is to be read, on light paper and on dark. */
const STRONGEST = 0.65;

/** The `count` likeliest next characters after each of a text. */
export function topSection(
  values: ArrayLike<number>,
  width: number,
  letters: readonly string[],
  labels: readonly string[],
  count: number,
): Section {
  const rows = rowsOf(values, width).map((logits, t) => {
    const ranked = softmax(logits).map((p, i) => ({ p, letter: visibleName(labels[i] ?? String(i)) }));
    return { letter: visibleName(letters[t] ?? ""), best: ranked.toSorted((a, b) => b.p - a.p).slice(0, count) };
  });
  const percent = (p: number): string => `${Math.round(100 * p)}%`;
  const title = `After each character of the text, the ${count} likeliest next ones`;
  const text = rows.map(
    ({ letter, best }) => `${letter}  ${best.map((b) => `${b.letter} ${percent(b.p).padStart(4)}`).join("  ")}`,
  );
  const heads = rows.map(({ letter }) => `<th>${escaped(letter)}</th>`);
  const cell = ({ p, letter }: (typeof rows)[number]["best"][number]): string =>
    `<td style="background: rgba(29, 78, 216, ${(STRONGEST * p).toFixed(2)})" title="${percent(p)}">${escaped(letter)}</td>`;
  const ranks = Array.from({ length: Math.min(count, width) }, (_, i) => rows.map((r) => cell(itemAt(r.best, i))));
  const lines = [heads, ...ranks].map((cells) => `<tr>${cells.join("")}</tr>`);
  return {
    text: () => [`${title}:`, ...text].join("\n"),
    html: `<h2>${title}</h2>\n<div class="wide"><table>\n${lines.join("\n")}\n</table></div>`,
  };
}

/** Cells that a terminal shows: those that change most along the text. */
const CELLS = 8;

interface Along {
  readonly cell: number;
  readonly along: readonly number[];
}

/** Each cell's activations along the text, those that change most first. */
function mostVariable(values: ArrayLike<number>, width: number): Along[] {
  const rows = rowsOf(values, width);
  const cells = Array.from({ length: width }, (_, i) => {
    const along = rows.map((r) => itemAt(r, i));
    const mean = along.reduce((a, b) => a + b, 0) / along.length;
    return { cell: i, along, spread: along.reduce((a, v) => a + (v - mean) ** 2, 0) };
  });
  return cells.toSorted((a, b) => b.spread - a.spread);
}

const sign = (v: number): string => (v > 0.5 ? "+" : v < -0.5 ? "-" : "·");

/** A letter on blue or red. */
function shade(v: number, letter: string): string {
  const strength = Math.round(255 * (1 - Math.abs(Math.tanh(v))));
  const [r, g, b] = v > 0 ? [strength, strength, 255] : [255, strength, strength];
  return `\u001b[48;2;${r};${g};${b}m\u001b[30m${letter}\u001b[0m`;
}

/** `cell 12 follows quoted, correlation 0.81` */
const followerText = ({ name, cell, correlation }: Follower): string =>
  `cell ${cell} follows ${name}, correlation ${correlation.toFixed(2)}`;

function heatText(
  cells: readonly Along[],
  letters: readonly string[],
  followers: readonly Follower[],
  colour: boolean,
): string {
  const rest = cells.filter(({ cell }) => !followers.some((f) => f.cell === cell));
  const found = followers.map((f) => ({
    ...itemAt(
      cells.filter((c) => c.cell === f.cell),
      0,
    ),
    name: `${f.name}, `,
  }));
  const shown = [...found, ...rest.slice(0, CELLS).map((c) => ({ ...c, name: "" }))];
  const wide = Math.max(...shown.map(({ name, cell }) => `${name}cell ${cell}`.length));
  const how = colour ? "blue above zero, red below" : "+ above 0.5, - below -0.5";
  const most = Math.min(CELLS, rest.length);
  const which = most < rest.length ? `the ${most} of ${cells.length} cells that change most` : "cells";
  const text = colour ? [] : [`${" ".repeat(wide)}  ${letters.map(visibleName).join("")}`];
  const lines = shown.map(({ name, cell, along }) => {
    const line = along.map((v, t) => (colour ? shade(v, visibleName(letters[t] ?? " ")) : sign(v)));
    return `${`${name}cell ${cell}`.padStart(wide)}  ${line.join("")}`;
  });
  const title = `Activations of ${followers.length > 0 ? "cells that were found and " : ""}${which} along the text (${how}):`;
  return [...followers.map(followerText), title, ...text, ...lines].join("\n");
}

/** Activations along a text: blue above zero, red below, as far as tanh goes. Cells that follow something come first. */
export function heatSection(
  values: ArrayLike<number>,
  width: number,
  letters: readonly string[],
  followers: readonly Follower[] = [],
): Section {
  const cells = mostVariable(values, width);
  const span = (v: number, letter: string): string => {
    const colour = v > 0 ? "29, 78, 216" : "220, 38, 38";
    const strength = (STRONGEST * Math.abs(Math.tanh(v))).toFixed(2);
    return `<span style="background: rgba(${colour}, ${strength})" title="${v.toFixed(3)}">${escaped(visibleName(letter))}</span>`;
  };
  const line = ({ cell, along }: Along): string =>
    `<div class="heat"><b>${cell}</b> ${along.map((v, t) => span(v, letters[t] ?? " ")).join("")}</div>`;
  const found = followers.map((f) => {
    const drawn = cells.filter(({ cell }) => cell === f.cell).map(line);
    return `<p>${escaped(followerText(f))}</p>\n${drawn.join("\n")}\n`;
  });
  const title = "Activations along the text: blue above zero, red below; the cells that change most come first";
  return {
    text: (colour) => heatText(cells, letters, followers, colour),
    html: `<h2>${title}</h2>\n<div class="wide">\n${found.join("")}${found.length > 0 ? "<p>all cells</p>\n" : ""}${cells.map(line).join("\n")}\n</div>`,
  };
}

const BINS = 40;
const BARS = " ▁▂▃▄▅▆▇█";

interface Spread {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly low: number;
  readonly high: number;
  readonly bins: readonly number[];
}

function spreadOf(name: string, values: ArrayLike<number>): Spread {
  const all = Array.from(values);
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const deviation = Math.sqrt(all.reduce((a, v) => a + (v - mean) ** 2, 0) / all.length);
  const [low, high] = [all.reduce((a, b) => Math.min(a, b)), all.reduce((a, b) => Math.max(a, b))];
  const bins = new Array<number>(BINS).fill(0);
  for (const v of all) {
    const i = high > low ? Math.min(BINS - 1, Math.floor(((v - low) / (high - low)) * BINS)) : BINS >> 1;
    bins[i] = itemAt(bins, i) + 1 / all.length;
  }
  return { name, mean, deviation, low, high, bins };
}

/** How values are spread, a line for each name: too narrow or too wide starts show themselves here. */
export function histogramSection(values: readonly { name: string; values: ArrayLike<number> }[]): Section {
  const spreads = values.map((v) => spreadOf(v.name, v.values));
  const wide = Math.max(...spreads.map((s) => s.name.length));
  const figure = (v: number): string => v.toPrecision(3);
  const lines = spreads.map((s) => {
    const most = Math.max(...s.bins);
    const bars = s.bins
      .map((b) => BARS[b === 0 ? 0 : Math.max(1, Math.round((b / most) * (BARS.length - 1)))])
      .join("");
    const figures = `mean ${figure(s.mean)}, deviation ${figure(s.deviation)}`;
    return `${s.name.padEnd(wide)}  ${figure(s.low).padStart(9)} |${bars}| ${figure(s.high).padEnd(9)}  ${figures}`;
  });
  const bar = (s: Spread): string => {
    const most = Math.max(...s.bins);
    const rects = s.bins.map(
      (b, i) =>
        `<rect x="${i * 6}" y="${(60 * (1 - b / most)).toFixed(1)}" width="5" height="${((60 * b) / most).toFixed(1)}"/>`,
    );
    return `<svg viewBox="0 0 ${BINS * 6} 60" width="${BINS * 6}" height="60" style="fill: var(--accent, #1d4ed8)">${rects.join("")}</svg>`;
  };
  const figures = spreads.map(
    (s) =>
      `<figure><figcaption>${escaped(s.name)}: ${figure(s.low)} to ${figure(s.high)}, mean ${figure(s.mean)}, deviation ${figure(s.deviation)}</figcaption>${bar(s)}</figure>`,
  );
  const title = "How values are spread";
  return {
    text: () => plainText([`${title}:`, ...lines].join("\n")),
    html: `<h2>${title}</h2>\n${figures.join("\n")}`,
  };
}
