// Places of definitions that stay while the text above them grows: each has a slot of its own, with room to spare. In: successive
// texts of a file. Out: the same file with its definitions in their slots, where those whose text is the same are the same trees.
// Invariant: two definitions that share a line share one in their slots, too, so that fixes of whole lines are the same.

import type { SourceFile, TopLevel } from "../../../grammar/syntax/ast.ts";
import { shiftSpans } from "../../../grammar/syntax/shift.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { zip } from "../../arithmetic/lists.ts";

/** Room for a comment above a definition, and for what is typed in it. */
const ROOM = 2000;

interface Slot {
  /** Where the definition begins, and where the room for it ends. */
  readonly start: number;
  readonly end: number;
  text: string;
  tree: TopLevel;
}

export class Slots {
  private readonly slots: Slot[] = [];

  private constructor({ definitions, text }: SourceFile) {
    let end = 0;
    for (const d of definitions) {
      const start = end + ROOM;
      const own = textOf(d, text);
      end = start + 2 * own.length + ROOM;
      this.slots.push({ start, end, text: own, tree: shiftSpans(d, start - d.span.start) });
    }
  }

  /** Slots for the definitions of a file; undefined where several share a line or a comment is longer than any room. */
  static of(file: SourceFile): Slots | undefined {
    return isSpread(file) ? new Slots(file) : undefined;
  }

  /** A later text of the file with its definitions in their slots; undefined where one is no longer there or has outgrown its slot. */
  take(file: SourceFile): SourceFile | undefined {
    const { definitions, text } = file;
    if (definitions.length !== this.slots.length || !isSpread(file)) return undefined;
    let padded = "";
    for (const [slot, d] of zip(this.slots, definitions)) {
      const own = textOf(d, text);
      const line = own + restOfLine(text, d.span.end);
      if (slot.start + line.length >= slot.end) return undefined;
      if (own !== slot.text || d.kind !== slot.tree.kind)
        Object.assign(slot, { text: own, tree: shiftSpans(d, slot.start - d.span.start) });
      padded += "\n".repeat(slot.start - padded.length) + line;
    }
    const span: Span = { file: file.span.file, start: 0, end: padded.length };
    return { ...file, span, text: padded, definitions: this.slots.map((s) => s.tree) };
  }
}

const textOf = ({ span }: TopLevel, text: string): string => text.slice(span.start, span.end);

const restOfLine = (text: string, at: number): string => /^[^\r\n]*/.exec(text.slice(at, at + ROOM))?.[0] ?? "";

/** Whether each definition begins a line, and what stands between them fits any room. */
function isSpread({ definitions, text }: SourceFile): boolean {
  let before = 0;
  return definitions.every(({ span: { start, end } }) => {
    const between = text.slice(before, start);
    before = end;
    return between.length < ROOM && (start === 0 || /[\r\n]$/.test(between));
  });
}
