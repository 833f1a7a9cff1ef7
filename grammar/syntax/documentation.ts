// Reads the documentation of a definition: the comment lines directly above it. Those that begin with `@` are tags, which speak to
// the checker: `# @role linear`.

import type { IToken } from "chevrotain";
import type { FnDefinition, Tag } from "./ast.ts";
import { lowerBound } from "./comments.ts";
import type { Span } from "./span.ts";
import { endOf } from "./token.ts";

type Documentation = Pick<FnDefinition, "documentation" | "tags">;

export function readDocumentation({ start, file }: Span, comments: readonly IToken[], text: string): Documentation {
  const lines: string[] = [];
  const tags: Record<string, Tag> = {};
  let below = start;
  for (let i = lowerBound(start, comments, (c) => c.startOffset) - 1; i >= 0; i--) {
    const comment = comments[i];
    if (comment === undefined || !isDirectlyAbove(comment, below, text)) break;
    const tag = TAG.exec(comment.image);
    const span = { file, start: comment.startOffset, end: endOf(comment) };
    if (tag?.[1] !== undefined) tags[tag[1]] = readTag((tag[2] ?? "").trim(), span);
    else lines.push(comment.image.replace(/^#+ ?/, "").trimEnd());
    below = comment.startOffset;
  }
  const documentation = lines.reverse().join("\n");
  return Object.keys(tags).length === 0 ? { documentation } : { documentation, tags };
}

const readTag = (text: string, span: Span): Tag => ({ text, words: text.split(/[\s,]+/).filter(Boolean), span });

const TAG = /^#+ *@([a-z][a-z-]*)\b(.*)$/;

/** On the line directly above `below`, with nothing before it. */
function isDirectlyAbove(comment: IToken, below: number, text: string): boolean {
  if (!/^[^\S\r\n]*(?:\r\n|\n|\r)[^\S\r\n]*$/.test(text.slice(endOf(comment), below))) return false;
  return /(?:^|[\r\n])[^\S\r\n]*$/.test(text.slice(Math.max(0, comment.startOffset - 200), comment.startOffset));
}
