// A diagnostic for people: the message, the lines it is about with what is wrong underlined, notes and a hint.
// Invariant: without colour the text has no control characters, whatever the source holds.

import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";
import { itemAt } from "../arithmetic/lists.ts";
import type { Lines, Texts } from "./lines.ts";
import { plainText } from "./plain.ts";

export interface PrintOptions {
  readonly colour: boolean;
}

interface Mark {
  readonly span: Span;
  readonly text: string;
  readonly primary: boolean;
}

/** Longest part of a line that is shown. */
const WIDTH = 120;

type Paint = (style: keyof typeof STYLES, text: string) => string;
const STYLES = { error: "1;31", warning: "1;33", bold: "1", place: "34", note: "36" } as const;

const painter =
  (colour: boolean): Paint =>
  (style, text) =>
    colour && text !== "" ? `\x1b[${STYLES[style]}m${text}\x1b[0m` : text;

export function printDiagnostic(d: Diagnostic, texts: Texts, options: PrintOptions): string {
  const paint = painter(options.colour);
  const [first = "", ...rest] = visible(d.message).split("\n");
  const head = `${paint(d.severity, `${d.severity}[${d.code}]`)}${paint("bold", `: ${first}`)}`;
  const marks: Mark[] = [
    ...(d.span ? [{ span: d.span, text: d.detail ?? "", primary: true }] : []),
    ...(d.related ?? []).map((r) => ({ span: r.span, text: r.text, primary: false })),
  ];
  const tail = [
    ...(d.span || !d.detail ? [] : [`  = ${visible(d.detail)}`]),
    ...(d.notes ?? []).map((n) => `  = ${visible(n)}`),
    ...(d.hint === undefined ? [] : [`  = ${paint("note", "hint:")} ${visible(d.hint)}`]),
  ];
  return [head, ...rest.map((line) => `  ${line}`), ...frames(marks, texts, d.severity, paint), ...tail].join("\n");
}

/** One frame for each file, the primary mark's first; the marks of a file in the order of their lines. */
function frames(marks: readonly Mark[], texts: Texts, severity: Diagnostic["severity"], paint: Paint): string[] {
  const files = [...new Set(marks.map((m) => m.span.file))];
  return files.flatMap((file) => {
    const own = marks.filter((m) => m.span.file === file);
    const lines = texts.get(file);
    const lead = own.find((m) => m.primary) ?? itemAt(own, 0);
    // Where in the library it came up is one line: its text is not the reader's.
    if (file.startsWith("stdlib/") && !own.some((m) => m.primary))
      return own.map((m) => `  = ${visible(m.text)}, ${file}${lines ? `:${lines.at(m.span.start).line}` : ""}`);
    if (!lines)
      return [
        `  ${paint("place", "-->")} ${visible(file)}`,
        ...own.filter((m) => m.text).map((m) => `  = ${visible(m.text)}`),
      ];
    const at = lines.at(lead.span.start);
    const header = `  ${paint("place", "-->")} ${visible(file)}:${at.line}:${at.column}`;
    return [header, ...excerpt(own, lines, severity, paint)];
  });
}

function excerpt(marks: readonly Mark[], lines: Lines, severity: Diagnostic["severity"], paint: Paint): string[] {
  const placed = marks
    .map((mark) => ({ mark, from: lines.at(mark.span.start), to: lines.at(mark.span.end) }))
    .sort((a, b) => a.from.line - b.from.line || Number(b.mark.primary) - Number(a.mark.primary));
  const gutter = String(Math.max(...placed.map((p) => p.from.line))).length;
  const out: string[] = [];
  let last = 0;
  for (const { mark, from, to } of placed) {
    const line = lines.line(from.line);
    const shift = shiftOf(line, from.column);
    if (from.line !== last) {
      if (last !== 0 && from.line > last + 1) out.push(`  ${paint("place", "...")}`);
      const number = paint("place", `${String(from.line).padStart(gutter)} |`);
      out.push(`  ${number} ${visible(line.slice(shift, shift + WIDTH))}`.trimEnd());
    }
    const end = to.line === from.line ? to.column : line.length + 1;
    const width = Math.max(1, Math.min(end, shift + WIDTH + 1) - from.column);
    const under = (mark.primary ? "^" : "-").repeat(width);
    const lead = `  ${paint("place", `${" ".repeat(gutter)} |`)} ${" ".repeat(from.column - 1 - shift)}`;
    const text = visible(mark.text);
    out.push(`${lead}${paint(mark.primary ? severity : "place", text ? `${under} ${text}` : under)}`);
    last = from.line;
  }
  return out;
}

/** Where to begin so that the column is in sight. */
const shiftOf = (line: string, column: number): number =>
  line.length <= WIDTH || column < WIDTH * 0.75 ? 0 : column - Math.round(WIDTH / 2);

/** A tab is as wide as the one column that it counts for. */
const visible = (text: string): string => plainText(text).replaceAll("\t", " ");

/** `2 errors, 1 warning`, or nothing. */
export function countText(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: string): number => diagnostics.filter((d) => d.severity === severity).length;
  const part = (n: number, word: string): string[] => (n === 0 ? [] : [`${n} ${word}${n === 1 ? "" : "s"}`]);
  return [...part(count("error"), "error"), ...part(count("warning"), "warning")].join(", ");
}
