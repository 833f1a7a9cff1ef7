// What is shown over a name: what it is, its documentation and formula, and for a layer its shapes, the arithmetic of its
// windows, its parameters and multiply-adds.

import type { LineRecord } from "../../compiler/check/frame.ts";
import type { Meaning } from "../../compiler/check/meanings.ts";
import { SETTINGS } from "../../compiler/check/meanings.ts";
import { lineWeight } from "../../compiler/check/measure.ts";
import type { Dim } from "../../compiler/graph/dim.ts";
import { isNumber, showDim, showShape } from "../../compiler/graph/dim.ts";
import type { Span } from "../../grammar/span.ts";
import type { Analysis } from "./analysis.ts";
import { valueText } from "./analysis.ts";
import { signatureOf, textsFrom } from "./documentation.ts";
import type { Host } from "./host.ts";

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

export function hoverAt(analysis: Analysis, offset: number, host: Host): Hover | undefined {
  const name = analysis.names.at(offset);
  if (!name) return undefined;
  const { meaning, span } = name;
  const parts = [headOf(analysis, meaning, span, host)];
  const text = meaning.definition?.documentation;
  if (text) parts.push(text);
  if (meaning.kind === "setting") parts.push(SETTINGS[meaning.name] ?? "");
  const fact = analysis.facts.get(span.start);
  const file = meaning.definition?.name.span.file;
  // Of a layer of one's own the windows inside are shown at its own lines.
  if (fact && meaning.definition) parts.push(...layerText(fact.records, file?.startsWith("stdlib/") ?? false));
  if (file && file !== analysis.path) parts.push(`*${file}*`);
  return { span, markdown: parts.filter((p) => p !== "").join("\n\n") };
}

const code = (text: string): string => `\`\`\`dnn\n${text}\n\`\`\``;

function headOf(analysis: Analysis, meaning: Meaning, span: Span, host: Host): string {
  const textOf = textsFrom((file) => (file === analysis.path ? analysis.text : host.text(file)));
  if (meaning.definition) return code(signatureOf(meaning.definition, textOf).label);
  if (meaning.parameter && meaning.span?.file !== analysis.path) {
    const { parameter } = meaning;
    return code(`${meaning.name}${parameter.default ? `=${textOf(parameter.default)}` : ""}`);
  }
  const value = valueText(analysis.values.get(span.start) ?? analysis.values.get(meaning.span?.start ?? -1));
  const word = meaning.kind === "variable" || meaning.kind === "setting" ? "" : `${meaning.kind} `;
  return code(`${word}${meaning.name}${value === undefined ? "" : `: ${value}`}`);
}

const shown = (dim: Dim): string => (isNumber(dim) ? dim.toLocaleString("en") : showDim(dim));

const MOST_USES = 4;

/** A paragraph for each different use: a line of a block is run once for every call. */
function layerText(records: readonly LineRecord[], sums: boolean): string[] {
  const texts = [...new Set(records.map((r) => useText(r, sums)))];
  if (texts.length <= MOST_USES) return texts;
  return [...texts.slice(0, MOST_USES), `and ${texts.length - MOST_USES} more`];
}

function useText(record: LineRecord, withSums: boolean): string {
  const { params, macs } = lineWeight(record);
  const flow = record.input ? `\`${showShape(record.input.shape)}\` → \`${record.output}\`` : `\`${record.output}\``;
  const sums = withSums ? record.arithmetic.map((a) => `\`${a}\``) : [];
  const weight = `${shown(params)} parameters, ${shown(macs)} multiply-adds`;
  return [flow, ...sums, weight].join("  \n");
}
