// The formatter's result as small edits: the white space between two tokens is replaced where it differs, nothing else is
// touched, so that cursors and marks stay where they are.

import { zip } from "../../compiler/arithmetic/lists.ts";
import { format } from "../../grammar/format/format.ts";
import { tokenize } from "../../grammar/lexer/tokenize.ts";
import * as T from "../../grammar/syntax/tokentypes.ts";

export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

interface Piece {
  readonly from: number;
  readonly to: number;
}

/** Tokens that formatting keeps, in order. */
function pieces(text: string): Piece[] {
  const { tokens, comments } = tokenize(text, "");
  const kept = [...tokens.filter((t) => t.tokenType !== T.Newline && t.tokenType !== T.Semicolon), ...comments];
  return kept
    .map((t) => ({ from: t.startOffset, to: t.startOffset + t.image.trimEnd().length }))
    .sort((a, b) => a.from - b.from);
}

/** Edits that lie within `from` and `to`; none where the text has a mistake of syntax. */
export function formattingEdits(text: string, from = 0, to = text.length): readonly Edit[] {
  const formatted = format(text, "");
  if (!("text" in formatted)) return [];
  const [before, after] = [pieces(text), pieces(formatted.text)];
  const same =
    before.length === after.length && zip(before, after).every(([b, a]) => slice(text, b) === slice(formatted.text, a));
  if (!same) return formatted.text === text ? [] : [{ from: 0, to: text.length, text: formatted.text }];
  const edits: Edit[] = [];
  for (let i = 0; i <= before.length; i++) {
    const gap: Piece = { from: before[i - 1]?.to ?? 0, to: before[i]?.from ?? text.length };
    const wanted = formatted.text.slice(after[i - 1]?.to ?? 0, after[i]?.from ?? formatted.text.length);
    if (gap.from >= from && gap.to <= to && slice(text, gap) !== wanted) edits.push({ ...gap, text: wanted });
  }
  return edits;
}

const slice = (text: string, { from, to }: Piece): string => text.slice(from, to);
