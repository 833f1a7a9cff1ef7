// Texts as Markdown, which editors show over names and beside completions. In: plain text, such as a comment, in which `code`
// stands in backticks. Out: Markdown that shows the same signs. Invariant: nothing of a text is markup but its code.

/** Code in backticks, and addresses, of a length that keeps the search linear. */
const PIECES = /(`[^`\n]+`|\bhttps?:\/\/[^\s<>]{1,2000}[^\s<>.,;:!?)\]])/;

/** All signs that Markdown can read as markup anywhere in a line; `$` begins an icon in some editors. */
const SIGNS = /[\\*_~[\]<>&|$`#!{}]/g;

/** Characters that make a list, a heading, a rule or the rule of a table where a line begins with them. */
const LINE_START = /^(?:[-+=:]|\d+(?=[.)]))/;

/** A comment or a note: its lines flow together, but for those that are set apart by an indentation or as items of a list. */
export function prose(text: string): string {
  const lines = text.split("\n");
  const isText = (line: string | undefined): boolean => line !== undefined && line.trim() !== "";
  return lines
    .map((line, i) => {
      if (!isText(lines[i - 1])) return (i > 0 ? "\n" : "") + piecesOf(line.trimStart());
      return `${isApart(line) ? "\\" : ""}\n${lineOf(line)}`;
    })
    .join("");
}

const isApart = (line: string): boolean => /^(?:\s+|[-*+]\s|\d+[.)]\s)\S/.test(line);

/** Below another: its indentation is shown. */
function lineOf(line: string): string {
  const indent = /^\s*(?=\S)/.exec(line)?.[0].length ?? 0;
  return "&nbsp;".repeat(indent) + piecesOf(line.slice(indent));
}

function piecesOf(words: string): string {
  const pieces = words.split(PIECES).map((piece, i) => {
    if (i % 2 === 0) return piece.replaceAll(SIGNS, "\\$&");
    return piece.startsWith("`") ? codeSpan(piece.slice(1, -1)) : `<${piece}>`;
  });
  return pieces.join("").replace(LINE_START, (mark) => (/^\d/.test(mark) ? `${mark}\\` : `\\${mark}`));
}

/** Within a line. Backticks around it are more than any that stand together in it. */
export function codeSpan(text: string): string {
  const marks = "`".repeat(longestRun(text) + 1);
  const space = /^`|`$/.test(text) || (/^ .* $/.test(text) && text.trim() !== "") ? " " : "";
  return `${marks}${space}${text}${space}${marks}`;
}

/** Lines of a program, coloured as such. */
export function codeBlock(text: string): string {
  const marks = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${marks}dnn\n${text}\n${marks}`;
}

const longestRun = (text: string): number => Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
