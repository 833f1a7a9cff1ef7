// Small corrections of a program's text. In: the text, and where something stands in it; out: what to replace. Where a correction
// would not be safe there is none.

import type { Fix, Span } from "../../../grammar/syntax/span.ts";

/** Where an option such as `p1` or `nobias` is put into a layer that is written with spaces: what of its text it replaces. */
export function optionEdit(
  layer: string,
  option: string,
): readonly [from: number, to: number, text: string] | undefined {
  if (layer === "" || /[({=]/.test(layer)) return undefined;
  const old = /^[spdg]\d+$/.test(option) ? new RegExp(`(?<=\\s)${option[0]}\\d+\\b`).exec(layer) : null;
  return old ? [old.index, old.index + old[0].length, option] : [layer.length, layer.length, ` ${option}`];
}

/** Text written behind a line, which is nothing else: not where it is part of an expression or has a label. */
export function behindLine(text: string, span: Span, added: string, title: string): Fix | undefined {
  return isLine(text, span) ? { title, edits: [{ span: { ...span, start: span.end }, text: added }] } : undefined;
}

/** Text written before a line. */
export function beforeLine(text: string, span: Span, added: string, title: string): Fix | undefined {
  const starts = /(^|[;{\n])[ \t]*$/.test(text.slice(0, span.start));
  return starts ? { title, edits: [{ span: { ...span, end: span.start }, text: added }] } : undefined;
}

/** A line left out, with the semicolon or the line break that parts it from the next. */
export function withoutLine(text: string, span: Span, title: string): Fix | undefined {
  if (!isLine(text, span)) return undefined;
  const before = /;[ \t]*$/.exec(text.slice(0, span.start));
  const after = /^[ \t]*;[ \t]*/.exec(text.slice(span.end));
  const alone = /\n[ \t]*$/.exec(text.slice(0, span.start));
  const start = before?.index ?? (after ? span.start : (alone?.index ?? span.start));
  const end = before || !after ? span.end : span.end + after[0].length;
  return { title, edits: [{ span: { ...span, start, end }, text: "" }] };
}

const isLine = (text: string, { start, end }: Span): boolean =>
  /(^|[;{\n])[ \t]*$/.test(text.slice(0, start)) && /^[ \t]*($|[;}\n#])/.test(text.slice(end));
