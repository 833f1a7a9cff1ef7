// Where a definition begins and all comments come in; its documentation goes out: the comment lines directly above it.

import type { IToken } from "chevrotain";
import { firstFrom } from "./comments.ts";

export function documentationAbove(start: number, comments: readonly IToken[], text: string): string {
  const lines: string[] = [];
  let below = start;
  const after = firstFrom(start, comments.length, (i) => comments[i]!.startOffset);
  for (let i = after - 1; i >= 0; i--) {
    const comment = comments[i]!;
    if (!aloneAbove(comment, below, text)) break;
    lines.push(comment.image.replace(/^#+ ?/, "").trimEnd());
    below = comment.startOffset;
  }
  return lines.reverse().join("\n");
}

/** On the line directly above `below`, with nothing before it. */
function aloneAbove(comment: IToken, below: number, text: string): boolean {
  if (!/^[^\S\r\n]*(?:\r\n|\n|\r)[^\S\r\n]*$/.test(text.slice(comment.endOffset! + 1, below))) return false;
  return /(?:^|[\r\n])[^\S\r\n]*$/.test(text.slice(Math.max(0, comment.startOffset - 200), comment.startOffset));
}
