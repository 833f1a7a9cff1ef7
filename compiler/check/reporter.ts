// Collecting mistakes: each once, those inside a library definition shown where the user called it.

import type { Diagnostic, Span } from "../../grammar/span.ts";
import { ShapeMistake } from "../ops/define.ts";

import { Mistake } from "./values.ts";
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  protected readonly said = new Set<string>();

  report(error: unknown, span: Span): void {
    let d: Diagnostic;
    if (error instanceof Mistake) d = error.diagnostic;
    else if (error instanceof ShapeMistake)
      d = { code: "shapes/mismatch", severity: "error", message: error.message, span };
    else throw error;
    const key = `${d.code} ${d.span?.file} ${d.span?.start} ${d.message}`;
    if (this.said.has(key)) return;
    this.said.add(key);
    this.diagnostics.push(d);
  }

  /** A mistake inside a library definition is shown where the user called it, with the place in the library as a reason. */
  protected relocate(from: number, span: Span, name: string): void {
    for (let i = from; i < this.diagnostics.length; i++) {
      const d = this.diagnostics[i]!;
      if (!d.span || d.span.file === span.file || !d.span.file.startsWith("stdlib/")) continue;
      this.diagnostics[i] = { ...d, span, related: [{ span: d.span, text: `in '${name}'` }, ...(d.related ?? [])] };
    }
  }

  relocateTo(from: number, span: Span, name: string): void {
    this.relocate(from, span, name);
  }
}
