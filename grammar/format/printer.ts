// Prints a block of statements as lines. Statements that the author wrote on one line, a row, stay on one line while they
// fit the width, and so does a `{ ... }`.

import type { IToken } from "chevrotain";
import { blockIn, type StatementTokens, type TokenBlock } from "../lexer/tokentree.ts";
import { type Extent, findComments } from "../syntax/comments.ts";
import { endOf, lastOf, type NonEmpty } from "../syntax/token.ts";
import * as T from "../syntax/tokentypes.ts";
import { type SpacedToken, spaceTokens } from "./spacing.ts";

export interface PrintContext {
  readonly text: string;
  /** In text order. */
  readonly comments: readonly IToken[];
  /** Statements of the top level, whose headers have a spacing of their own. */
  readonly topLevel: ReadonlySet<NonEmpty<IToken>>;
  /** Printed blocks: several ways of breaking a line are tried, with the same blocks in each. */
  readonly flats: Map<IToken, string | undefined>;
  readonly bodies: Map<IToken, Map<number, PrintedBlock>>;
}
export interface PrintedBlock {
  readonly lines: string[];
  /** A comment on the line of the `{`. */
  readonly opening?: string;
}

const WIDTH = 120;
const margin = (columns: number) => " ".repeat(columns);

interface Row {
  readonly blankAbove: boolean;
  readonly statements: StatementTokens[];
  comment?: string;
}

export function printBlock(block: TokenBlock, extent: Extent, indent: number, context: PrintContext): PrintedBlock {
  const { rows, opening } = groupRows(block, extent, context);
  const lines: string[] = [];
  for (const row of rows) {
    if (row.blankAbove && lines.length > 0) lines.push("");
    const printed = printRow(row, indent, context);
    if (row.comment !== undefined) {
      printed.push(printed.length === 0 ? `${margin(indent)}${row.comment}` : `${printed.pop()}  ${row.comment}`);
    }
    for (const line of printed) lines.push(line);
  }
  return { lines, ...(opening !== undefined && { opening }) };
}

// ---------------------------------------------------------------- rows

interface Item extends Extent {
  readonly statement?: StatementTokens;
  readonly comment?: string;
}

function groupRows(block: TokenBlock, extent: Extent, context: PrintContext): { rows: Row[]; opening?: string } {
  const rows: Row[] = [];
  let opening: string | undefined;
  let end = extent.from;
  for (const item of listItems(block, extent, context)) {
    const breaks = context.text.slice(end, item.from).split(/\r\n|\n|\r/).length - 1;
    end = item.to;
    const last = rows.at(-1);
    if (item.comment !== undefined && breaks === 0 && extent.from > 0 && last === undefined) opening = item.comment;
    else if (breaks > 0 || last === undefined || last.comment !== undefined) {
      const statements = item.statement ? [item.statement] : [];
      rows.push({ blankAbove: breaks > 1, statements, ...(item.comment !== undefined && { comment: item.comment }) });
    } else if (item.statement) last.statements.push(item.statement);
    else if (item.comment !== undefined) last.comment = item.comment;
  }
  return { rows, ...(opening !== undefined && { opening }) };
}

/** Statements and the comments between them, in text order. */
function listItems(block: TokenBlock, extent: Extent, context: PrintContext): Item[] {
  const items: Item[] = [];
  let at = extent.from;
  for (const statement of block.statements) {
    const from = statement.tokens[0].startOffset;
    const to = endOf(lastOf(statement.tokens));
    for (const comment of findComments({ from: at, to: from }, context.comments)) items.push(comment);
    items.push({ from, to, statement });
    at = to;
  }
  for (const comment of findComments({ from: at, to: extent.to }, context.comments)) items.push(comment);
  return items;
}

function printRow(row: Row, indent: number, context: PrintContext): string[] {
  const lines: string[] = [];
  let run: string[] = [];
  const flush = () => {
    const joined = `${margin(indent)}${run.join("; ")}`;
    if (joined.length <= WIDTH && run.length > 0) lines.push(joined);
    else for (const text of run) lines.push(`${margin(indent)}${text}`);
    run = [];
  };
  for (const { tokens } of row.statements) {
    const flat = printFlat(tokens, context);
    if (flat !== undefined && indent + flat.length <= WIDTH) run.push(flat);
    else {
      flush();
      for (const line of printStatement(tokens, indent, context)) lines.push(line);
    }
  }
  flush();
  return lines;
}

// ---------------------------------------------------------------- statements on one line

/** The statement on one line; nothing if it has comments, or a block that the author spread over lines. */
function printFlat(tokens: NonEmpty<IToken>, context: PrintContext): string | undefined {
  if (hasInnerComments(tokens, context)) return undefined;
  let text = "";
  for (const { token, space } of spaceTokens(tokens, context.topLevel.has(tokens))) {
    const image = token.tokenType === T.Braces ? printFlatBlock(token, context) : token.image;
    if (image === undefined) return undefined;
    text += space ? ` ${image}` : image;
  }
  return text;
}

/** Whether comments stand between the tokens of a statement, outside of its blocks. */
function hasInnerComments(tokens: NonEmpty<IToken>, { comments }: PrintContext): boolean {
  return tokens.some((token, i) => {
    const before = tokens[i - 1];
    return before !== undefined && findComments(gapBetween(before, token), comments).length > 0;
  });
}

function printFlatBlock(braces: IToken, context: PrintContext): string | undefined {
  if (!context.flats.has(braces)) context.flats.set(braces, flattenBlock(braces, context));
  return context.flats.get(braces);
}

function flattenBlock(braces: IToken, context: PrintContext): string | undefined {
  const { statements } = blockOf(braces);
  const extent = interiorOf(braces);
  if (findComments(extent, context.comments).length > 0) return undefined;
  if (statements.length === 0) return "{ }";
  if (/[\r\n]/.test(context.text.slice(extent.from, extent.to))) return undefined;
  const texts = statements.map(({ tokens }) => printFlat(tokens, context));
  return texts.includes(undefined) ? undefined : `{ ${texts.join("; ")} }`;
}

function blockOf(braces: IToken): TokenBlock {
  const block = blockIn(braces);
  if (block === undefined) throw new Error("a Braces token carries its block");
  return block;
}

function interiorOf(braces: IToken): Extent {
  return { from: braces.startOffset + 1, to: endOf(braces) - 1 };
}

function gapBetween(before: IToken, token: IToken): Extent {
  return { from: endOf(before), to: token.startOffset };
}

// ---------------------------------------------------------------- statements on several lines

interface LineBuffer {
  readonly lines: string[];
  line: string;
  /** A line of the statement itself, not of its blocks, is too wide. */
  overflows: boolean;
}

interface PrintedToken extends SpacedToken {
  /** The block on one line, if it can be printed so. */
  readonly flat: string | undefined;
}
interface BreakOptions {
  /** The last block is opened, too. */
  readonly opening: boolean;
  /** The author's line breaks are kept. */
  readonly breaking: boolean;
}

/** Blocks that do not fit are opened; the author's own line breaks are only kept where the statement needs them. */
function printStatement(tokens: NonEmpty<IToken>, indent: number, context: PrintContext): string[] {
  const pieces = spaceTokens(tokens, context.topLevel.has(tokens)).map((spaced): PrintedToken => {
    const flat = spaced.token.tokenType === T.Braces ? printFlatBlock(spaced.token, context) : undefined;
    return { ...spaced, flat };
  });
  const blocks = pieces.filter(({ token }) => token.tokenType === T.Braces);
  const canOpen = blocks.length > 0 && blocks.every(({ flat }) => flat !== undefined);
  const commented = hasInnerComments(tokens, context);
  const buffer = fillLines(pieces, { opening: false, breaking: commented }, indent, context);
  if (!buffer.overflows) return buffer.lines;
  const opened = fillLines(pieces, { opening: canOpen, breaking: commented }, indent, context);
  if (!opened.overflows) return opened.lines;
  return fillLines(pieces, { opening: canOpen, breaking: true }, indent, context).lines;
}

function fillLines(
  pieces: readonly PrintedToken[],
  options: BreakOptions,
  indent: number,
  context: PrintContext,
): LineBuffer {
  const buffer: LineBuffer = { lines: [], line: margin(indent), overflows: false };
  const last = options.opening ? pieces.findLast(({ token }) => token.tokenType === T.Braces) : undefined;
  for (const [i, piece] of pieces.entries()) {
    const { token, space, flat } = piece;
    const before = options.breaking ? pieces[i - 1]?.token : undefined;
    const gap = before && gapBetween(before, token);
    const broken = gap !== undefined && breakLine(buffer, gap, indentOfContinuation(token, indent), context);
    if (space && !broken) buffer.line += " ";
    const opens = token.tokenType === T.Braces && (flat === undefined || piece === last);
    if (opens) openBlock(buffer, token, context);
    else buffer.line += flat ?? token.image;
  }
  endLine(buffer);
  return buffer;
}

function indentOfContinuation(token: IToken, indent: number): number {
  const { tokenType } = token;
  const closes = tokenType === T.RightParen || tokenType === T.RightBracket || tokenType === T.Else;
  return closes ? indent : indent + 4;
}

function endLine(buffer: LineBuffer, comment?: string): void {
  if (buffer.line.length > WIDTH) buffer.overflows = true;
  buffer.lines.push(comment === undefined ? buffer.line : `${buffer.line}  ${comment}`);
}

/** Breaks the line where the author did, with the comments at that place; says whether it did. */
function breakLine(buffer: LineBuffer, gap: Extent, indent: number, context: PrintContext): boolean {
  const { text } = context;
  if (!/[\r\n]/.test(text.slice(gap.from, gap.to))) return false;
  const comments = findComments(gap, context.comments);
  const [first] = comments;
  const trailing = first !== undefined && !/[\r\n]/.test(text.slice(gap.from, first.from));
  endLine(buffer, trailing ? first.comment : undefined);
  for (const { comment } of trailing ? comments.slice(1) : comments) buffer.lines.push(`${margin(indent)}${comment}`);
  buffer.line = margin(indent);
  return true;
}

function openBlock(buffer: LineBuffer, braces: IToken, context: PrintContext): void {
  const indent = buffer.line.length - buffer.line.trimStart().length;
  const { lines, opening } = printBlockBody(braces, indent + 2, context);
  buffer.line += "{";
  endLine(buffer, opening);
  for (const line of lines) buffer.lines.push(line);
  buffer.line = `${margin(indent)}}`;
}

function printBlockBody(braces: IToken, indent: number, context: PrintContext): PrintedBlock {
  const bodies = context.bodies.get(braces) ?? new Map<number, PrintedBlock>();
  const body = bodies.get(indent) ?? printBlock(blockOf(braces), interiorOf(braces), indent, context);
  context.bodies.set(braces, bodies.set(indent, body));
  return body;
}
