// Hover text of a name: its kind, its documentation and formula, and for a layer its shapes, the arithmetic of its
// windows, its parameters and multiply-adds.

import type { Dim } from "../../compiler/arithmetic/dim.ts";
import { isNumber, showDim, showShape } from "../../compiler/arithmetic/dim.ts";
import { zip } from "../../compiler/arithmetic/lists.ts";
import { builtinNote } from "../../compiler/check/builtins/notes.ts";
import { type Application, arithmeticOf, outputText } from "../../compiler/check/frame/application.ts";
import type { Meaning } from "../../compiler/check/names/meanings.ts";
import { textOfSetting } from "../../compiler/check/names/trainingwords.ts";
import { type LineWeight, lineWeights } from "../../compiler/check/program/cost.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import { fieldNotes, signatureOf, textsFrom } from "../../project/documentation.ts";
import type { Sources } from "../../project/source.ts";
import { describeSource } from "../../runtime/data/sources/all.ts";
import type { Analysis } from "./analysis.ts";
import { valueText } from "./analysis.ts";
import { codeBlock, codeSpan, prose } from "./markdown.ts";

export interface Hover {
  readonly span: Span;
  readonly markdown: string;
}

export function hoverAt(analysis: Analysis, offset: number, sources: Sources): Hover | undefined {
  const name = analysis.names.at(offset);
  if (!name) return undefined;
  const { meaning, span } = name;
  const own = languageText(meaning) ?? fieldText(analysis, meaning, span);
  const parts = own ? [...own] : [headOf(analysis, meaning, span, sources)];
  const text = meaning.definition?.documentation;
  if (text) parts.push(prose(text));
  const fact = analysis.facts.get(span.start);
  const file = meaning.definition?.name.span.file;
  // Of a layer of one's own the windows inside are shown at its own lines.
  if (fact && meaning.definition) parts.push(...layerText(fact.runs, file?.startsWith("stdlib/") ?? false));
  if (file && file !== analysis.path) parts.push(`*${prose(file)}*`);
  return { span, markdown: parts.filter((p) => p !== "").join("\n\n") };
}

function headOf(analysis: Analysis, meaning: Meaning, span: Span, sources: Sources): string {
  const textOf = textsFrom((file) => (file === analysis.path ? analysis.text : sources.textOf(file)));
  if (meaning.definition) return codeBlock(signatureOf(meaning.definition, textOf).label);
  if (meaning.parameter && meaning.span?.file !== analysis.path) {
    const { parameter } = meaning;
    return codeBlock(`${meaning.name}${parameter.default ? `=${textOf(parameter.default)}` : ""}`);
  }
  const value = valueText(analysis.values.get(span.start) ?? analysis.values.get(meaning.span?.start ?? -1));
  const word = meaning.kind === "variable" || meaning.kind === "setting" ? "" : `${meaning.kind} `;
  return codeBlock(`${word}${meaning.name}${value === undefined ? "" : `: ${value}`}`);
}

/** Of a function, a setting or a source, which no program declares: how it is called and what it does. */
function languageText({ kind, name }: Meaning): readonly string[] | undefined {
  if (kind === "setting") return [codeBlock(name), prose(textOfSetting(name) ?? "")];
  const note = kind === "builtin" ? builtinNote(name) : undefined;
  if (note) return [codeBlock(note.signature), prose(note.text)];
  if (kind !== "source") return undefined;
  const [head = "", argument] = name.split(".");
  const source = describeSource(head);
  const parameter = source?.parameters.find((p) => p.name === argument);
  if (parameter) return [codeBlock(name), prose(parameter.documentation)];
  const fields = source?.fields.map((f) => `- ${codeSpan(`${f.name}: ${f.type}`)} ${prose(f.documentation)}`) ?? [];
  return source && [codeBlock(source.signature), prose(source.documentation), fields.join("\n")];
}

/** A field of the data: its type, as it was seen or as the source declares it, and what it holds. */
function fieldText(analysis: Analysis, { kind, name, span: data }: Meaning, span: Span): readonly string[] | undefined {
  const declared = [...analysis.program.data.values()].find(
    ({ name: { span: s } }) => s.start === data?.start && s.file === data.file,
  );
  const note = kind === "field" && declared && fieldNotes(declared).find((f) => f.name === name);
  if (!note) return undefined;
  const type = valueText(analysis.values.get(span.start)) ?? note.type;
  return [codeBlock(`field ${name}: ${type}`), prose(note.documentation)];
}

const shown = (dim: Dim): string => (isNumber(dim) ? dim.toLocaleString("en") : showDim(dim));

const MOST_USES = 4;

/** A paragraph for each different use: a line of a block is run once for every call. */
function layerText(runs: readonly Application[], sums: boolean): string[] {
  const texts = [...new Set(zip(runs, lineWeights(runs)).map(([run, weight]) => useText(run, weight, sums)))];
  if (texts.length <= MOST_USES) return texts;
  return [...texts.slice(0, MOST_USES), `and ${texts.length - MOST_USES} more`];
}

function useText(run: Application, { params, macs }: LineWeight, withSums: boolean): string {
  const output = codeSpan(outputText(run));
  const flow = run.input ? `${codeSpan(showShape(run.input.shape))} → ${output}` : output;
  const sums = withSums ? arithmeticOf(run).map(codeSpan) : [];
  const weight = prose(`${shown(params)} parameters, ${shown(macs)} multiply-adds`);
  return [flow, ...sums, weight].join("  \n");
}
