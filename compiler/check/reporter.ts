// Collecting mistakes: each once, those inside a library definition shown where the user called it.

import type { Diagnostic, Span } from "../../grammar/span.ts";
import { ShapeMistake } from "../ops/define.ts";
import type { Observer } from "./frame.ts";
import type { Warning } from "./lints.ts";
import { Consequence, Mistake } from "./values.ts";

export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  observer: Observer | undefined;
  protected readonly said = new Set<string>();

  report(error: unknown, span: Span): void {
    if (error instanceof Consequence) return;
    let d: Diagnostic;
    if (error instanceof Mistake) d = error.diagnostic;
    else if (error instanceof ShapeMistake)
      d = { code: "shapes/mismatch", severity: "error", message: error.message, span };
    else throw error;
    if (this.isNew(d)) this.diagnostics.push(d);
  }

  /** Something that is allowed and hardly meant; nothing where there is nothing to say. */
  warn(warning: Warning | undefined, span: Span): void {
    if (!warning) return;
    const d: Diagnostic = { severity: "warning", span, ...warning };
    if (this.isNew(d)) this.diagnostics.push(d);
  }

  private isNew(d: Diagnostic): boolean {
    const key = keyOf(d);
    if (this.said.has(key)) return false;
    this.said.add(key);
    return true;
  }

  /**
   * A mistake inside a library definition is shown where the user called it, with the place in the library as a reason.
   * Of the next call the same may be wrong, so the place in the library counts as not said.
   */
  protected relocate(from: number, span: Span, name: string): void {
    for (const d of this.diagnostics.splice(from)) {
      if (!d.span || d.span.file === span.file || !d.span.file.startsWith("stdlib/")) {
        this.diagnostics.push(d);
        continue;
      }
      this.said.delete(keyOf(d));
      const moved = { ...d, span, related: [{ span: d.span, text: `in '${name}'` }, ...(d.related ?? [])] };
      if (this.isNew(moved)) this.diagnostics.push(moved);
    }
  }

  relocateTo(from: number, span: Span, name: string): void {
    this.relocate(from, span, name);
  }
}

function keyOf(d: Diagnostic): string {
  return `${d.code} ${d.span?.file} ${d.span?.start} ${d.message}`;
}
