// Parses successive versions of one text. Definitions whose text has not changed keep their tree, and so do unchanged
// statements of changed definitions; only their spans shift. Invariant: the result equals that of `parse`.

import { findPossibleStarts, isRegionStart } from "../lexer/regions.ts";
import { tokenize } from "../lexer/tokenize.ts";
import { blockIn, type StatementTokens } from "../lexer/tokentree.ts";
import type { Statement } from "../syntax/ast.ts";
import { shiftSpans } from "../syntax/shift.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { spanOfTokens } from "../syntax/token.ts";
import { assembleParts, checkText, MAX_DIAGNOSTICS, type Parsed, type Part, parse, parsePart } from "./parse.ts";
import { parseStatement } from "./parsestatement.ts";

interface CachedPart {
  readonly start: number;
  readonly part: Part;
}

interface CachedStatement {
  readonly start: number;
  readonly node: Statement;
  readonly diagnostics: readonly Diagnostic[];
  /** The bodies of the blocks in it. */
  readonly bodies: readonly unknown[];
}

/** Several times as many as a long file has. */
const MAX_STATEMENTS = 5000;

/** Keeps the entries used in this generation and in the one before: a change is often undone. */
class TwoGenerationCache<T> {
  private now = new Map<string, T>();
  private before = new Map<string, T>();

  get(key: string, make: () => T): T {
    const known = this.now.get(key) ?? this.before.get(key) ?? make();
    this.now.set(key, known);
    return known;
  }

  set(key: string, value: T): void {
    this.now.set(key, value);
  }

  get size(): number {
    return this.now.size;
  }

  forget(): void {
    this.before.clear();
    this.now.clear();
  }

  advance(): void {
    this.before = this.now;
    this.now = new Map();
  }
}

export class IncrementalParser {
  private readonly parts = new TwoGenerationCache<CachedPart>();
  private readonly statements = new TwoGenerationCache<CachedStatement>();
  /** Statements where they stand, with all that is in them: as long as one stays where it is, it is the same tree. */
  private readonly placed = new TwoGenerationCache<ReturnType<typeof parseStatement>>();
  private readonly starts = new TwoGenerationCache<boolean>();

  /** Parses the next version of a file. */
  parse(text: string, file: string): Parsed {
    if (checkText(text, file) !== undefined) return parse(text, file);
    this.parts.advance();
    this.starts.advance();
    // Statements of unchanged definitions are not looked up, so a generation of them spans many versions.
    if (this.statements.size > MAX_STATEMENTS) this.statements.advance();
    if (this.placed.size > MAX_STATEMENTS) this.placed.advance();
    const parts: Part[] = [];
    const pieces = this.splitPieces(text, file);
    for (const [i, piece] of pieces.entries()) {
      const explainsStrayLines = parts.at(-1)?.explainsStrayLines ?? false;
      parts.push(this.parsePiece(piece, file, i === pieces.length - 1, explainsStrayLines));
    }
    // After so many mistakes `parse` skips the rest of a text, across parts.
    const failures = parts.reduce((sum, p) => sum + p.failures, 0);
    if (failures < MAX_DIAGNOSTICS) return assembleParts(parts, text, file);
    this.placed.forget();
    return parse(text, file);
  }

  private parsePiece({ start, text }: Piece, file: string, atEnd: boolean, explainsStrayLines: boolean): Part {
    const key = `${atEnd} ${explainsStrayLines} ${text}`;
    const known = this.parts.get(key, () => {
      const read: typeof parseStatement = (statement) => this.parseStatement(statement, text, file);
      return {
        start: 0,
        part: parsePart(text, file, { atEnd, explainsStrayLines, parseStatement: read }),
      };
    });
    const part = shiftPart(known.part, start - known.start);
    // Mostly a part stays where it is, and needs no shift the next time.
    this.parts.set(key, { start, part });
    return part;
  }

  private parseStatement(statement: StatementTokens, text: string, file: string): ReturnType<typeof parseStatement> {
    if (statement.skipped) return parseStatement(statement, file);
    const { start, end } = spanOfTokens(statement.tokens, file);
    const written = `${statement.ending} ${statement.isUnclosed} ${text.slice(start, end)}`;
    return this.placed.get(`${start} ${written}`, () => this.parseElsewhere(statement, written, start, file));
  }

  private parseElsewhere(
    statement: StatementTokens,
    written: string,
    start: number,
    file: string,
  ): ReturnType<typeof parseStatement> {
    const bodies = bodiesIn(statement);
    const known = this.statements.get(written, () => ({ start, ...parseStatement(statement, file), bodies }));
    if (known.bodies === bodies && known.start === start) return known;
    const by = start - known.start;
    const changed = bodies.length === 0 ? undefined : new Map(bodies.map((b, i) => [known.bodies[i], b]));
    return { node: shiftSpans(known.node, by, changed), diagnostics: shiftSpans(known.diagnostics, by) };
  }

  /** Cuts the text where definitions begin, each with the comment above it. */
  private splitPieces(text: string, file: string): readonly Piece[] {
    const lines = [...findPossibleStarts(text)];
    const cuts = lines.map((at) => startOfComment(text, at));
    const pieces: Piece[] = [{ start: 0, text: text.slice(0, cuts[0] ?? text.length) }];
    for (const [i, line] of lines.entries()) {
      const at = cuts[i] ?? line;
      const piece = { start: at, text: text.slice(at, cuts[i + 1] ?? text.length) };
      const last = pieces.at(-1);
      const head = lineFrom(text, line);
      // The word of a definition need not begin one; its line decides, since no token goes on behind a line.
      if (last && !this.starts.get(head, () => isRegionStart(tokenize(head, file).tokens)))
        pieces[pieces.length - 1] = { start: last.start, text: last.text + piece.text };
      else pieces.push(piece);
    }
    return pieces;
  }
}

const NO_BODIES: readonly unknown[] = [];

/** The bodies of the blocks in a statement; most have none, and share one empty list. */
function bodiesIn({ tokens }: StatementTokens): readonly unknown[] {
  let found: unknown[] | undefined;
  for (const token of tokens) {
    const block = blockIn(token);
    if (block === undefined) continue;
    found ??= [];
    found.push(block.body);
  }
  return found ?? NO_BODIES;
}

interface Piece {
  readonly start: number;
  readonly text: string;
}

/** Where the comment directly above a line begins, or the line itself. */
function startOfComment(text: string, line: number): number {
  let at = line;
  while (at > 0) {
    const start = startOfLineAbove(text, at);
    if (!/^[^\S\r\n]*#/.test(text.slice(start, at))) break;
    at = start;
  }
  return at;
}

/** The line that begins here, with its end. */
function lineFrom(text: string, at: number): string {
  const end = text.slice(at).search(/[\r\n]/);
  return end < 0 ? text.slice(at) : text.slice(at, at + end + 1);
}

const isLineEnd = (sign: string | undefined): boolean => sign === "\n" || sign === "\r";

/** The beginning of the line above the one that begins here. */
function startOfLineAbove(text: string, line: number): number {
  let at = line - (text[line - 1] === "\n" && text[line - 2] === "\r" ? 2 : 1);
  while (at > 0 && !isLineEnd(text[at - 1])) at--;
  return at;
}

function shiftPart(part: Part, by: number): Part {
  if (by === 0) return part;
  const definitions = shiftSpans(part.definitions, by);
  const kept =
    part.shallow.kept.length === part.definitions.length ? [...definitions] : shiftSpans(part.shallow.kept, by);
  const shallow = { kept, diagnostics: shiftSpans(part.shallow.diagnostics, by) };
  return { ...part, definitions, shallow, diagnostics: shiftSpans(part.diagnostics, by) };
}
