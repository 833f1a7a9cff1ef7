// Parses a text into a syntax tree and diagnostics. Any text gives a tree, of the definitions that could be read, and one
// diagnostic for each independent mistake. Invariant: never throws; every span lies inside the text.

import type { IToken } from "chevrotain";
import { findPossibleStarts } from "../lexer/regions.ts";
import { tokenize } from "../lexer/tokenize.ts";
import { buildTokenTree, type StatementTokens, type TokenBlock } from "../lexer/tokentree.ts";
import type { SourceFile, TopLevel } from "../syntax/ast.ts";
import { lowerBound } from "../syntax/comments.ts";
import { readDocumentation } from "../syntax/documentation.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { endOf, hasType, lastOf, spanOfTokens } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { dropTooDeep } from "./depth.ts";
import { parseDefinition, parseStatement } from "./parsestatement.ts";

const MAX_LENGTH = 1_000_000;
/** Further diagnostics would tell a reader nothing new. */
export const MAX_DIAGNOSTICS = 200;

export interface Parsed {
  readonly file: SourceFile;
  readonly diagnostics: Diagnostic[];
}

/** Surroundings of a run of definitions that is parsed by itself. */
export interface PartContext {
  /** Whether the file ends behind it. */
  readonly atEnd: boolean;
  /** Whether a mistake above already explains lines outside of every definition. */
  readonly explainsStrayLines: boolean;
  readonly parseStatement: typeof parseStatement;
}

/** A parsed run of definitions. */
export interface Part {
  readonly definitions: readonly TopLevel[];
  readonly diagnostics: readonly Diagnostic[];
  /** The definitions without those that are nested too deeply for later passes. */
  readonly shallow: ReturnType<typeof dropTooDeep>;
  readonly tokens: number;
  /** Number of statements that could not be parsed. */
  readonly failures: number;
  readonly explainsStrayLines: boolean;
}

export function parse(text: string, file: string): Parsed {
  const refusal = checkText(text, file);
  if (refusal !== undefined) return { file: fileOf([], text, file), diagnostics: [refusal] };
  const part = parsePart(text, file, { atEnd: true, explainsStrayLines: false, parseStatement });
  return assembleParts([part], text, file);
}

/** Parses a whole text, or a part that begins at a definition or at the comment above it. */
export function parsePart(text: string, file: string, context: PartContext): Part {
  const { tokens, comments, diagnostics: lexical } = tokenize(text, file);
  const tree = buildTokenTree(tokens, file, context.atEnd);
  const early = [...lexical, ...tree.diagnostics];
  const late: Diagnostic[] = [];
  const explainedOffsets = new ExplainedOffsets(early);
  // Unpaired brackets change how the text around them is read, so cached statements do not apply.
  const read = early.length > 0 ? parseStatement : context.parseStatement;
  for (const block of tree.blocks) if (block !== tree.root) parseBlock(block, file, explainedOffsets, late, read);
  const top = parseRoot(tree.root, file, { explainedOffsets, early, late, text }, context.explainsStrayLines);
  const definitions = top.definitions.map((node) => {
    return "documentation" in node ? { ...node, ...readDocumentation(node.span, comments, text) } : node;
  });
  const shallow = dropTooDeep(definitions);
  const diagnostics = [...early, ...late];
  return {
    definitions,
    diagnostics,
    shallow,
    tokens: tokens.length,
    failures: late.length,
    explainsStrayLines: top.explainsStrayLines,
  };
}

/** Joins consecutive parts into one file. */
export function assembleParts(parts: readonly Part[], text: string, file: string): Parsed {
  const isLong = parts.reduce((sum, p) => sum + p.tokens, 0) > 1000;
  const definitions = parts.flatMap((p) => (isLong ? p.shallow.kept : p.definitions));
  const all = parts.flatMap((p) => (isLong ? [...p.diagnostics, ...p.shallow.diagnostics] : p.diagnostics));
  const diagnostics = dropRepeatedKeywords(all.sort((a, b) => startOf(a) - startOf(b)));
  return { file: fileOf(definitions, text, file), diagnostics: diagnostics.slice(0, MAX_DIAGNOSTICS) };
}

/** Every syntax diagnostic has a span. */
const startOf = ({ span }: Diagnostic): number => span?.start ?? 0;

function fileOf(definitions: readonly TopLevel[], text: string, file: string): SourceFile {
  return { kind: "file", span: { file, start: 0, end: text.length }, definitions, text };
}

/** A reserved word used as a name is so at each of its uses; one diagnostic is enough. */
function dropRepeatedKeywords(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const reported = new Set<string>();
  return diagnostics.filter((d) => {
    if ([...reported].some((word) => d.message.includes(`${word} is a word`) || d.message.includes(`after ${word},`)))
      return false;
    const [word] = d.message.split(" ");
    if (d.code === "syntax/keyword-as-name" && word !== undefined) reported.add(word);
    return true;
  });
}

function parseBlock(
  block: TokenBlock,
  file: string,
  explainedOffsets: ExplainedOffsets,
  late: Diagnostic[],
  read: PartContext["parseStatement"],
): void {
  for (const statement of block.statements) {
    // A text with so many mistakes is no program: its further statements are skipped to save time.
    const isHopeless = late.length >= MAX_DIAGNOSTICS;
    const { node, diagnostics } = read(isHopeless ? { ...statement, skipped: true } : statement, file);
    block.body.push(node);
    if (!explainedOffsets.hasAnyIn(statement)) late.push(...diagnostics);
  }
}

/** Mistakes of brackets and characters, where they are, and those of statements. */
interface Found {
  readonly explainedOffsets: ExplainedOffsets;
  readonly early: Diagnostic[];
  readonly late: Diagnostic[];
  readonly text: string;
}

function parseRoot(
  block: TokenBlock,
  file: string,
  found: Found,
  explainsStrayLines: boolean,
): Pick<Part, "definitions" | "explainsStrayLines"> {
  const { explainedOffsets, late } = found;
  const definitions: TopLevel[] = [];
  let isExplained = explainsStrayLines;
  for (const statement of block.statements) {
    const { node, diagnostics } = parseDefinition(statement, file);
    if (node !== undefined) definitions.push(node);
    if (diagnostics.length > 0 && statement.tokens[0].tokenType === T.Import) leaveOutWithin(statement, late, file);
    // Stray lines after a header without a block, or after other stray lines, have the same cause.
    const isSetting = hasType(statement.tokens[0], T.Optimizer, T.Schedule);
    const isStray = diagnostics[0]?.code === "syntax/line-outside-definition" || (isExplained && isSetting);
    if (!explainedOffsets.hasAnyIn(statement) && !(isStray && isExplained)) late.push(...diagnostics);
    const lacksBlock = diagnostics[0]?.code === "syntax/expected-block" && !isStray;
    if (lacksBlock) leaveOutClosers(statement, found);
    isExplained = isStray || (diagnostics.length > 0 && !statement.tokens.some((token) => token.payload !== undefined));
  }
  return { definitions, explainsStrayLines: isExplained };
}

/** Drops what was said of the `}` behind a header without its `{`, up to where the next definition may begin. */
function leaveOutClosers({ tokens }: StatementTokens, { early, text }: Found): void {
  const from = endOf(lastOf(tokens));
  const next = [...findPossibleStarts(text)].find((start) => start >= from) ?? text.length;
  const isBehind = (d: Diagnostic): boolean => startOf(d) >= from && startOf(d) < next;
  const at = early.findIndex((d) => d.code === "syntax/stray-bracket" && isBehind(d));
  if (at >= 0) early.splice(at, 1);
}

/** Drops the mistakes of statements within an import's braces: they are names, and no lines that could be parsed. */
function leaveOutWithin({ tokens }: StatementTokens, late: Diagnostic[], file: string): void {
  const { start, end } = spanOfTokens(tokens, file);
  const outside = late.filter(({ span }) => !span || span.start < start || span.end > end);
  late.splice(0, late.length, ...outside);
}

/** The reason why a text is not parsed at all. */
export function checkText(text: string, file: string): Diagnostic | undefined {
  const nul = text.indexOf("\0");
  if (nul >= 0) {
    const span = { file, start: nul, end: nul + 1 };
    const message = "this file is not text: it has a zero byte";
    return { code: "syntax/not-text", severity: "error", message, span, hint: "give the path of a .dnn program" };
  }
  if (text.length <= MAX_LENGTH) return undefined;
  const span = { file, start: MAX_LENGTH, end: text.length };
  const message = `this file is longer than ${MAX_LENGTH / 1_000_000} MB (${(text.length / 1_000_000).toFixed(1)} MB)`;
  return {
    code: "syntax/too-large",
    severity: "error",
    message,
    span,
    hint: "split it and join the parts with import",
  };
}

/** Places of the mistakes that lexing found: the parser reports nothing more about a statement with one of them. */
class ExplainedOffsets {
  private readonly offsets: readonly number[];
  constructor(diagnostics: readonly Diagnostic[]) {
    this.offsets = diagnostics.map(startOf).sort((a, b) => a - b);
  }
  hasAnyIn(statement: StatementTokens): boolean {
    return statement.tokens.some((token, i) => this.hasAnyBetween(token, statement.tokens[i + 1]));
  }
  /** From a token to the next, without the inside of braces, which has statements of its own. */
  private hasAnyBetween(token: IToken, next: IToken | undefined): boolean {
    if (this.offsets.length === 0) return false;
    const from = token.payload === undefined ? token.startOffset : endOf(token) - 1;
    const to = next === undefined ? endOf(token) - 1 : next.startOffset;
    const first = lowerBound(from, this.offsets, (offset) => offset);
    const offset = this.offsets[first] ?? Number.POSITIVE_INFINITY;
    return offset <= Math.max(from, to - (next === undefined ? 0 : 1));
  }
}
