// A text that was read before and has changed in a few places: definitions whose text is the same keep their tree, and in the
// others statements keep theirs; they only move. Invariant: what is read is what `parse` reads.

import { beginRegion, linesOfRegions } from "../lexer/regions.ts";
import { scan } from "../lexer/tokenize.ts";
import type { Group, Sentence } from "../lexer/tokentree.ts";
import type { Statement } from "../syntax/ast.ts";
import { moved } from "../syntax/shift.ts";
import type { Diagnostic } from "../syntax/span.ts";
import { mostDiagnostics, type Parsed, type Part, parse, readPart, refuse, whole } from "./parse.ts";
import { readStatement } from "./parsestatement.ts";

interface KnownPart {
  readonly start: number;
  readonly part: Part;
}

interface KnownStatement {
  readonly start: number;
  readonly node: Statement;
  readonly diagnostics: readonly Diagnostic[];
  /** The bodies in it. */
  readonly bodies: readonly unknown[];
}

/** Several times as many as a long file has. */
const MOST_STATEMENTS = 5000;

/** What was asked for since the last turn, and between that and the one before it: a change is often taken back. */
class Memory<T> {
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

  turn(): void {
    this.before = this.now;
    this.now = new Map();
  }
}

export class Rereader {
  private readonly parts = new Memory<KnownPart>();
  private readonly statements = new Memory<KnownStatement>();
  private readonly starts = new Memory<boolean>();

  /** Reads one text after the other of one file. */
  parse(text: string, file: string): Parsed {
    if (refuse(text, file) !== undefined) return parse(text, file);
    this.parts.turn();
    this.starts.turn();
    // Those of a definition that is not read again are asked for when it is, later.
    if (this.statements.size > MOST_STATEMENTS) this.statements.turn();
    const parts: Part[] = [];
    const pieces = this.piecesOf(text, file);
    for (const [i, piece] of pieces.entries()) {
      const silent = parts.at(-1)?.silent ?? false;
      parts.push(this.partOf(piece, file, i === pieces.length - 1, silent));
    }
    // After so many mistakes the rest of a text is not read.
    const failures = parts.reduce((sum, p) => sum + p.failures, 0);
    return failures >= mostDiagnostics ? parse(text, file) : whole(parts, text, file);
  }

  private partOf({ start, text }: Piece, file: string, atEnd: boolean, silent: boolean): Part {
    const key = `${atEnd} ${silent} ${text}`;
    const known = this.parts.get(key, () => {
      const read: typeof readStatement = (sentence) => this.statement(sentence, text, file);
      return { start: 0, part: readPart(text, file, { atEnd, silent, readStatement: read }) };
    });
    const part = movedPart(known.part, start - known.start);
    // At its next place, which is mostly the same.
    this.parts.set(key, { start, part });
    return part;
  }

  private statement(sentence: Sentence, text: string, file: string): ReturnType<typeof readStatement> {
    const first = sentence.tokens[0];
    if (sentence.skipped || !first) return readStatement(sentence, file);
    const start = first.startOffset;
    const bodies = bodiesIn(sentence.tokens);
    const own = text.slice(start, sentence.tokens.at(-1)!.endOffset! + 1);
    const known = this.statements.get(`${sentence.ending} ${own}`, () => {
      return { start, ...readStatement(sentence, file), bodies };
    });
    if (known.bodies === bodies && known.start === start) return known;
    const by = start - known.start;
    const changed = bodies.length === 0 ? undefined : new Map(bodies.map((b, i) => [known.bodies[i], b]));
    return { node: moved(known.node, by, changed), diagnostics: moved(known.diagnostics, by) };
  }

  /** The text cut where definitions begin, each with the comment above it. */
  private piecesOf(text: string, file: string): readonly Piece[] {
    const lines = [...linesOfRegions(text)];
    const cuts = lines.map((at) => aboveComment(text, at));
    const pieces: Piece[] = [];
    for (const [i, at] of [0, ...cuts].entries()) {
      const piece = { start: at, text: text.slice(at, cuts[i] ?? text.length) };
      const last = pieces.at(-1);
      // A word of a definition that begins none; no token goes on behind the end of its line.
      const head = last && lineFrom(text, lines[i - 1]!);
      if (last && !this.starts.get(head!, () => beginRegion(scan(head!, file).tokens)))
        pieces[pieces.length - 1] = { start: last.start, text: last.text + piece.text };
      else pieces.push(piece);
    }
    return pieces;
  }
}

interface Piece {
  readonly start: number;
  readonly text: string;
}

const NO_BODIES: readonly unknown[] = [];

/** The bodies in a sentence; most have none. */
function bodiesIn(tokens: Sentence["tokens"]): readonly unknown[] {
  let found: unknown[] | undefined;
  for (const { payload } of tokens) {
    if (!isGroup(payload)) continue;
    found ??= [];
    found.push(payload.body);
  }
  return found ?? NO_BODIES;
}

const isGroup = (payload: unknown): payload is Group =>
  typeof payload === "object" && payload !== null && "sentences" in payload;

/** Where the comment directly above a line begins, or the line itself. */
function aboveComment(text: string, line: number): number {
  let at = line;
  while (at > 0) {
    const start = lineBefore(text, at);
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

const endsLine = (sign: string | undefined): boolean => sign === "\n" || sign === "\r";

/** The beginning of the line above the one that begins here. */
function lineBefore(text: string, line: number): number {
  let at = line - (text[line - 1] === "\n" && text[line - 2] === "\r" ? 2 : 1);
  while (at > 0 && !endsLine(text[at - 1])) at--;
  return at;
}

function movedPart(part: Part, by: number): Part {
  if (by === 0) return part;
  const definitions = moved(part.definitions, by);
  const kept = part.shallow.kept.length === part.definitions.length ? [...definitions] : moved(part.shallow.kept, by);
  const shallow = { kept, diagnostics: moved(part.shallow.diagnostics, by) };
  return { ...part, definitions, shallow, diagnostics: moved(part.diagnostics, by) };
}
