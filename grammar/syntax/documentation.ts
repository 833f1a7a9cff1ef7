// Reads the documentation of a definition: the comment lines directly above it.

import type { IToken } from "chevrotain";
import { lowerBound } from "./comments.ts";
import { endOf } from "./token.ts";

export function readDocumentation(start: number, comments: readonly IToken[], text: string): string {
  const lines: string[] = [];
  let below = start;
  for (let i = lowerBound(start, comments, (c) => c.startOffset) - 1; i >= 0; i--) {
    const comment = comments[i];
    if (comment === undefined || !isDirectlyAbove(comment, below, text)) break;
    lines.push(comment.image.replace(/^#+ ?/, "").trimEnd());
    below = comment.startOffset;
  }
  return lines.reverse().join("\n");
}

/** On the line directly above `below`, with nothing before it. */
function isDirectlyAbove(comment: IToken, below: number, text: string): boolean {
  if (!/^[^\S\r\n]*(?:\r\n|\n|\r)[^\S\r\n]*$/.test(text.slice(endOf(comment), below))) return false;
  return /(?:^|[\r\n])[^\S\r\n]*$/.test(text.slice(Math.max(0, comment.startOffset - 200), comment.startOffset));
}
