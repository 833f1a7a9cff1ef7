// A document's text in; what is known about it out: its syntax tree, what the checker says, and what every line and name was
// when it was checked. Invariant: any text whatever has an analysis.

import { showDim } from "../../compiler/arithmetic/dim.ts";
import { outputText } from "../../compiler/check/frame/application.ts";
import type { Definition } from "../../compiler/check/names/meanings.ts";
import type { Names } from "../../compiler/check/names/resolve.ts";
import { namesIn } from "../../compiler/check/names/resolve.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import { outsideOf } from "../../compiler/check/program/program.ts";
import type { Value } from "../../compiler/check/values/values.ts";
import { showType } from "../../compiler/check/values/values.ts";
import { Lines } from "../../compiler/diagnostics/lines.ts";
import { inOrder } from "../../compiler/diagnostics/order.ts";
import type { SourceFile } from "../../grammar/syntax/ast.ts";
import type { Sources } from "../../project/source.ts";
import type { Findings, LineFact, Parts } from "./parts.ts";

export interface Analysis extends Findings {
  /** The document's name, as its spans have it. */
  readonly path: string;
  readonly text: string;
  readonly lines: Lines;
  readonly file: SourceFile;
  readonly program: Program;
  readonly names: Names;
}

export async function analyse(path: string, text: string, sources: Sources, parts: Parts): Promise<Analysis> {
  const opened = sources.openText(path, text, (own, file) => parts.reader.parse(own, file));
  const { program, syntax } = opened;
  const before = [...syntax, ...program.diagnostics];
  const { diagnostics, facts, values } = await parts.check(opened);
  return {
    path,
    text,
    lines: new Lines(text),
    file: program.file,
    program,
    diagnostics: inOrder([...before, ...diagnostics], path),
    facts,
    values,
    names: namesIn(program.file, outsideOf(program.scope)),
  };
}

/** A definition by its name, from this file, its imports or the library. */
export function definitionNamed(analysis: Analysis, name: string): Definition | undefined {
  const value = analysis.program.scope.get(name);
  return value?.kind === "definition" ? (value.definition as Definition) : undefined;
}

/** The output of a line, or what it was each time where that differs: `[56, 56, 64] ... [7, 7, 512]`. */
export function outputOf({ runs }: LineFact): string {
  const outputs = [...new Set(runs.map(outputText))];
  return outputs.length > 2 ? `${outputs[0]} ... ${outputs.at(-1)}` : outputs.join(" or ");
}

function literalText(value: Extract<Value, { kind: "number" | "boolean" | "string" }>): string {
  if (value.kind === "number") return showDim(value.value);
  return value.kind === "string" ? `"${value.value}"` : String(value.value);
}

/** The value of a name, in a few words; undefined where it has nothing to say. */
export function valueText(value: Value | undefined): string | undefined {
  switch (value?.kind) {
    case "tensor":
      return showType(value);
    case "number":
    case "boolean":
    case "string":
      return literalText(value);
    case "list":
      return `[${value.items.map((v) => valueText(v) ?? "...").join(", ")}]`;
    case "layer":
      return `layer ${value.name}`;
    default:
      return undefined;
  }
}
