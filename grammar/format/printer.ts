// A group of sentences in, its lines out. A row is what the author wrote on one line; it stays one while it fits in the
// width, and a `{ ... }` stays on its line when the author wrote it there and it fits.

import type { IToken } from "chevrotain";
import type { Group, Sentence } from "../lexer/tokentree.ts";
import { commentsIn, type Extent } from "../syntax/comments.ts";
import * as T from "../syntax/tokentypes.ts";
import { spacesBefore } from "./spacing.ts";

export interface Source {
  readonly text: string;
  /** In text order. */
  readonly comments: readonly IToken[];
  /** Sentences that are definitions. */
  readonly topLevel: ReadonlySet<readonly IToken[]>;
  /** What blocks were printed as: several ways of breaking a line are tried, and their blocks are the same. */
  readonly flats: Map<IToken, string | undefined>;
  readonly bodies: Map<IToken, Map<number, Body>>;
}
export interface Body {
  readonly lines: string[];
  /** A comment on the line of the `{`. */
  readonly opening?: string;
}

const width = 120;
const margin = (columns: number) => " ".repeat(columns);

interface Row {
  readonly blankAbove: boolean;
  readonly sentences: Sentence[];
  comment?: string;
}

export function printBody(group: Group, extent: Extent, indent: number, source: Source): Body {
  const { rows, opening } = rowsOf(group, extent, source);
  const lines: string[] = [];
  for (const row of rows) {
    if (row.blankAbove && lines.length > 0) lines.push("");
    const printed = printRow(row, indent, source);
    if (row.comment !== undefined) {
      printed.push(printed.length === 0 ? `${margin(indent)}${row.comment}` : `${printed.pop()}  ${row.comment}`);
    }
    for (const line of printed) lines.push(line);
  }
  return { lines, ...(opening !== undefined && { opening }) };
}

// ---------------------------------------------------------------- rows

interface Item extends Extent {
  readonly sentence?: Sentence;
  readonly comment?: string;
}

function rowsOf(group: Group, extent: Extent, source: Source): { rows: Row[]; opening?: string } {
  const rows: Row[] = [];
  let opening: string | undefined;
  let end = extent.from;
  for (const item of itemsOf(group, extent, source)) {
    const breaks = source.text.slice(end, item.from).split(/\r\n|\n|\r/).length - 1;
    end = item.to;
    const last = rows.at(-1);
    if (item.comment !== undefined && breaks === 0 && extent.from > 0 && last === undefined) opening = item.comment;
    else if (breaks > 0 || last === undefined || last.comment !== undefined) {
      const sentences = item.sentence ? [item.sentence] : [];
      rows.push({ blankAbove: breaks > 1, sentences, ...(item.comment !== undefined && { comment: item.comment }) });
    } else if (item.sentence) last.sentences.push(item.sentence);
    else if (item.comment !== undefined) last.comment = item.comment;
  }
  return { rows, ...(opening !== undefined && { opening }) };
}

/** Sentences and the comments between them, in text order. */
function itemsOf(group: Group, extent: Extent, source: Source): Item[] {
  const items: Item[] = [];
  let at = extent.from;
  for (const sentence of group.sentences) {
    const from = sentence.tokens[0]!.startOffset;
    const to = sentence.tokens.at(-1)!.endOffset! + 1;
    for (const comment of commentsIn({ from: at, to: from }, source.comments)) items.push(comment);
    items.push({ from, to, sentence });
    at = to;
  }
  for (const comment of commentsIn({ from: at, to: extent.to }, source.comments)) items.push(comment);
  return items;
}

function printRow(row: Row, indent: number, source: Source): string[] {
  const lines: string[] = [];
  let run: string[] = [];
  const flush = () => {
    const joined = `${margin(indent)}${run.join("; ")}`;
    if (joined.length <= width && run.length > 0) lines.push(joined);
    else for (const text of run) lines.push(`${margin(indent)}${text}`);
    run = [];
  };
  for (const { tokens } of row.sentences) {
    const flat = flatText(tokens, source);
    if (flat !== undefined && indent + flat.length <= width) run.push(flat);
    else {
      flush();
      for (const line of printSentence(tokens, indent, source)) lines.push(line);
    }
  }
  flush();
  return lines;
}

// ---------------------------------------------------------------- sentences on one line

/** The sentence on one line; nothing when it has comments, or a block that the author spread over lines. */
function flatText(tokens: readonly IToken[], source: Source): string | undefined {
  const spaces = spacesBefore(tokens, source.topLevel.has(tokens));
  let text = "";
  for (const [i, token] of tokens.entries()) {
    if (i > 0 && commentsIn(gapBefore(tokens, i), source.comments).length > 0) return undefined;
    const image = token.tokenType === T.Braces ? flatBlock(token, source) : token.image;
    if (image === undefined) return undefined;
    text += spaces[i] ? ` ${image}` : image;
  }
  return text;
}

function flatBlock(braces: IToken, source: Source): string | undefined {
  if (!source.flats.has(braces)) source.flats.set(braces, flatten(braces, source));
  return source.flats.get(braces);
}

function flatten(braces: IToken, source: Source): string | undefined {
  const { sentences } = braces.payload as Group;
  const extent = inside(braces);
  if (commentsIn(extent, source.comments).length > 0) return undefined;
  if (sentences.length === 0) return "{ }";
  if (/[\r\n]/.test(source.text.slice(extent.from, extent.to))) return undefined;
  const texts = sentences.map(({ tokens }) => flatText(tokens, source));
  return texts.includes(undefined) ? undefined : `{ ${texts.join("; ")} }`;
}

function inside(braces: IToken): Extent {
  return { from: braces.startOffset + 1, to: braces.endOffset! };
}

function gapBefore(tokens: readonly IToken[], at: number): Extent {
  return { from: tokens[at - 1]!.endOffset! + 1, to: tokens[at]!.startOffset };
}

// ---------------------------------------------------------------- sentences on several lines

interface Page {
  readonly lines: string[];
  line: string;
  /** A line of the sentence itself is wider than the width. */
  overflows: boolean;
}

interface Piece {
  readonly token: IToken;
  readonly space: boolean;
  /** The block on one line, where it can stand so. */
  readonly flat: string | undefined;
}
interface Manner {
  /** The last block is opened, too. */
  readonly opening: boolean;
  /** The author's line breaks are kept. */
  readonly breaking: boolean;
}

/** Blocks that do not fit are opened; the author's own line breaks are only kept where the sentence needs them. */
function printSentence(tokens: readonly IToken[], indent: number, source: Source): string[] {
  const spaces = spacesBefore(tokens, source.topLevel.has(tokens));
  const pieces = tokens.map((token, i): Piece => {
    const flat = token.tokenType === T.Braces ? flatBlock(token, source) : undefined;
    return { token, space: spaces[i]!, flat };
  });
  const blocks = pieces.filter(({ token }) => token.tokenType === T.Braces);
  const canOpen = blocks.length > 0 && blocks.every(({ flat }) => flat !== undefined);
  const commented = tokens.some((_, i) => i > 0 && commentsIn(gapBefore(tokens, i), source.comments).length > 0);
  const page = fillPage(pieces, { opening: false, breaking: commented }, indent, source);
  if (!page.overflows) return page.lines;
  const opened = fillPage(pieces, { opening: canOpen, breaking: commented }, indent, source);
  if (!opened.overflows) return opened.lines;
  return fillPage(pieces, { opening: canOpen, breaking: true }, indent, source).lines;
}

function fillPage(pieces: readonly Piece[], manner: Manner, indent: number, source: Source): Page {
  const page: Page = { lines: [], line: margin(indent), overflows: false };
  const last = manner.opening ? pieces.findLast(({ token }) => token.tokenType === T.Braces) : undefined;
  for (const [i, piece] of pieces.entries()) {
    const { token, space, flat } = piece;
    const gap =
      i > 0 && manner.breaking ? { from: pieces[i - 1]!.token.endOffset! + 1, to: token.startOffset } : undefined;
    const broken = gap !== undefined && breakLine(page, gap, continuation(token, indent), source);
    if (space && !broken) page.line += " ";
    const opens = token.tokenType === T.Braces && (flat === undefined || piece === last);
    if (opens) openBlock(page, token, source);
    else page.line += flat ?? token.image;
  }
  endLine(page);
  return page;
}

function continuation(token: IToken, indent: number): number {
  const { tokenType } = token;
  const closes = tokenType === T.RightParen || tokenType === T.RightBracket || tokenType === T.Else;
  return closes ? indent : indent + 4;
}

function endLine(page: Page, comment?: string): void {
  if (page.line.length > width) page.overflows = true;
  page.lines.push(comment === undefined ? page.line : `${page.line}  ${comment}`);
}

/** Where the author broke the line, with the comments that stand there. */
function breakLine(page: Page, gap: Extent, indent: number, source: Source): boolean {
  const { text } = source;
  if (!/[\r\n]/.test(text.slice(gap.from, gap.to))) return false;
  const comments = commentsIn(gap, source.comments);
  const [first] = comments;
  const trailing = first !== undefined && !/[\r\n]/.test(text.slice(gap.from, first.from));
  endLine(page, trailing ? first.comment : undefined);
  for (const { comment } of trailing ? comments.slice(1) : comments) page.lines.push(`${margin(indent)}${comment}`);
  page.line = margin(indent);
  return true;
}

function openBlock(page: Page, braces: IToken, source: Source): void {
  const indent = page.line.length - page.line.trimStart().length;
  const { lines, opening } = bodyOf(braces, indent + 2, source);
  page.line += "{";
  endLine(page, opening);
  for (const line of lines) page.lines.push(line);
  page.line = `${margin(indent)}}`;
}

function bodyOf(braces: IToken, indent: number, source: Source): Body {
  const bodies = source.bodies.get(braces) ?? new Map<number, Body>();
  const body = bodies.get(indent) ?? printBody(braces.payload as Group, inside(braces), indent, source);
  source.bodies.set(braces, bodies.set(indent, body));
  return body;
}
