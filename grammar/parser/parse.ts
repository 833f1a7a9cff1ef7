// Text in; syntax tree and diagnostics out. Text of any kind gives a tree, which holds what could be read, and one
// diagnostic for each independent mistake. Invariant: never throws; every span lies inside the text.

import type { IToken } from "chevrotain";
import { scan } from "../lexer/tokenize.ts";
import { type Group, layOut, type Sentence } from "../lexer/tokentree.ts";
import type { SourceFile, TopLevel } from "../syntax/ast.ts";
import { firstFrom } from "../syntax/comments.ts";
import { documentationAbove } from "../syntax/documentation.ts";
import { type Diagnostic, join } from "../syntax/span.ts";
import { spanOf } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { tooDeepParts } from "./depth.ts";
import { readDefinition, readStatement } from "./parsestatement.ts";

const maxLength = 1_000_000;
/** More of them than this say nothing new. */
export const mostDiagnostics = 200;

export interface Parsed {
  readonly file: SourceFile;
  readonly diagnostics: Diagnostic[];
}

/** How definitions that follow each other are read. */
export interface Reading {
  /** Whether the text ends behind them. */
  readonly atEnd: boolean;
  /** Whether what stood above explains lines outside of every definition. */
  readonly silent: boolean;
  readonly readStatement: typeof readStatement;
}

/** Definitions as they were read, and what is wrong with them. */
export interface Part {
  readonly definitions: readonly TopLevel[];
  readonly diagnostics: readonly Diagnostic[];
  /** What is left of them where those that are nested too deeply are not kept. */
  readonly shallow: ReturnType<typeof tooDeepParts>;
  readonly tokens: number;
  /** Sentences that could not be read. */
  readonly failures: number;
  readonly silent: boolean;
}

export function parse(text: string, file: string): Parsed {
  const refusal = refuse(text, file);
  if (refusal !== undefined) return { file: fileOf([], text, file), diagnostics: [refusal] };
  return whole([readPart(text, file, { atEnd: true, silent: false, readStatement })], text, file);
}

/** Reads a text, or a part of one that begins where a definition or the comment above it does. */
export function readPart(text: string, file: string, reading: Reading): Part {
  const { tokens, comments, diagnostics: lexical } = scan(text, file);
  const layout = layOut(tokens, file, reading.atEnd);
  const early = [...lexical, ...layout.diagnostics];
  const late: Diagnostic[] = [];
  const explained = new Starts(early);
  // Brackets without a partner change how the text around them is read.
  const read = early.length > 0 ? readStatement : reading.readStatement;
  for (const group of layout.groups) if (group !== layout.top) readGroup(group, file, explained, late, read);
  const top = readTop(layout.top, file, explained, late, reading.silent);
  const definitions = top.definitions.map((node) => {
    return "documentation" in node
      ? { ...node, documentation: documentationAbove(node.span.start, comments, text) }
      : node;
  });
  const shallow = tooDeepParts(definitions);
  const diagnostics = [...early, ...late];
  return { definitions, diagnostics, shallow, tokens: tokens.length, failures: late.length, silent: top.silent };
}

/** Parts that follow each other as one file. */
export function whole(parts: readonly Part[], text: string, file: string): Parsed {
  const isLong = parts.reduce((sum, p) => sum + p.tokens, 0) > 1000;
  const definitions = parts.flatMap((p) => (isLong ? p.shallow.kept : p.definitions));
  const said = parts.flatMap((p) => (isLong ? [...p.diagnostics, ...p.shallow.diagnostics] : p.diagnostics));
  const diagnostics = onceForEachWord(said.sort((a, b) => a.span!.start - b.span!.start));
  return { file: fileOf(definitions, text, file), diagnostics: diagnostics.slice(0, mostDiagnostics) };
}

function fileOf(definitions: readonly TopLevel[], text: string, file: string): SourceFile {
  return { kind: "file", span: { file, start: 0, end: text.length }, definitions, text };
}

/** A word of the language that is used as a name is used so in many places: saying it once is enough. */
function onceForEachWord(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const said = new Set<string>();
  return diagnostics.filter((d) => {
    if ([...said].some((word) => d.message.includes(`${word} is a word`) || d.message.includes(`after ${word},`)))
      return false;
    if (d.code === "syntax/keyword-as-name") said.add(d.message.split(" ")[0]!);
    return true;
  });
}

function readGroup(
  group: Group,
  file: string,
  explained: Starts,
  late: Diagnostic[],
  read: Reading["readStatement"],
): void {
  for (const sentence of group.sentences) {
    // A text with so many mistakes is no program; its further sentences are not worth their time.
    const hopeless = late.length >= mostDiagnostics;
    const { node, diagnostics } = read(hopeless ? { ...sentence, skipped: true } : sentence, file);
    group.body.push(node);
    if (!explained.within(sentence)) late.push(...diagnostics);
  }
}

function readTop(
  group: Group,
  file: string,
  explained: Starts,
  late: Diagnostic[],
  silentBefore: boolean,
): Pick<Part, "definitions" | "silent"> {
  const definitions: TopLevel[] = [];
  let silent = silentBefore;
  for (const sentence of group.sentences) {
    const { node, diagnostics } = readDefinition(sentence, file);
    if (node !== undefined) definitions.push(node);
    if (diagnostics.length > 0 && sentence.tokens[0]!.tokenType === T.Import) leaveOutWithin(sentence, late, file);
    // What follows a header without a block, or a line outside of every definition, has the same cause.
    const homeless = diagnostics[0]?.code === "syntax/line-outside-definition";
    if (!explained.within(sentence) && !(homeless && silent)) late.push(...diagnostics);
    silent = homeless || (diagnostics.length > 0 && !sentence.tokens.some((token) => token.payload !== undefined));
  }
  return { definitions, silent };
}

/** What an import has in braces are no lines: that they cannot be read is no mistake of its own. */
function leaveOutWithin({ tokens }: Sentence, late: Diagnostic[], file: string): void {
  const { start, end } = join(spanOf(tokens[0]!, file), spanOf(tokens.at(-1)!, file));
  const outside = late.filter(({ span }) => !span || span.start < start || span.end > end);
  late.splice(0, late.length, ...outside);
}

export function refuse(text: string, file: string): Diagnostic | undefined {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const span = { file, start: nul, end: nul + 1 };
    const message = "this file is not text: it has a zero byte";
    return { code: "syntax/not-text", severity: "error", message, span, hint: "give the path of a .dnn program" };
  }
  if (text.length <= maxLength) return undefined;
  const span = { file, start: maxLength, end: text.length };
  const message = `this file is longer than ${maxLength / 1_000_000} MB (${(text.length / 1_000_000).toFixed(1)} MB)`;
  return {
    code: "syntax/too-large",
    severity: "error",
    message,
    span,
    hint: "split it and join the parts with import",
  };
}

/** Where earlier passes already found mistakes: a sentence with one of them is not complained about again. */
class Starts {
  private readonly offsets: readonly number[];
  constructor(diagnostics: readonly Diagnostic[]) {
    this.offsets = diagnostics.map((diagnostic) => diagnostic.span!.start).sort((a, b) => a - b);
  }
  within(sentence: Sentence): boolean {
    return sentence.tokens.some((token, i) => this.touched(token, sentence.tokens[i + 1]));
  }
  /** From a token to the next, what stands in braces left out: it has sentences of its own. */
  private touched(token: IToken, next: IToken | undefined): boolean {
    if (this.offsets.length === 0) return false;
    const from = token.payload === undefined ? token.startOffset : token.endOffset!;
    const to = next === undefined ? token.endOffset! : next.startOffset;
    const first = firstFrom(from, this.offsets.length, (i) => this.offsets[i]!);
    const offset = this.offsets[first] ?? Number.POSITIVE_INFINITY;
    return offset <= Math.max(from, to - (next === undefined ? 0 : 1));
  }
}
