// Collecting mistakes: each once, those inside a library definition shown where the user called it.

import { namesWithin } from "../../../grammar/syntax/queries.ts";
import type { Diagnostic, Fix, Span } from "../../../grammar/syntax/span.ts";
import { DimExceeded } from "../../arithmetic/dim.ts";
import { onlyOf } from "../../arithmetic/lists.ts";
import { LengthMistake } from "../../graph/op.ts";
import { ShapeMistake } from "../../graph/shapemistake.ts";
import { optionEdit } from "../advice/edits.ts";
import type { Observer, Part, Warning } from "../frame/frame.ts";
import { Consequence, describeFault, Mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";

export interface ReportMark {
  readonly diagnostics: readonly Diagnostic[];
  readonly said: ReadonlySet<string>;
  readonly failures: number;
}

export class Reporter {
  readonly diagnostics: Diagnostic[] = [];
  observer: Observer | undefined;
  /** The program's own text. */
  source: { readonly file: string; readonly text: string } | undefined;
  private said = new Set<string>();
  /** Statements that had a mistake, or a consequence of one. */
  failures = 0;
  /** Notes of the data on its fields, by their names: an error that shows where one of them comes from says it, too. */
  readonly fieldNotes = new Map<string, string>();

  /** The text of a place; empty where it is in another file. */
  textOf({ file, start, end }: Span): string {
    return this.source?.file === file ? this.source.text.slice(start, end) : "";
  }

  /** Runs a part of an evaluation, by way of the observer where it wants to see parts. */
  within(part: Part, run: () => Value): Value {
    return this.observer?.within ? this.observer.within(part, run) : run();
  }

  report(error: unknown, span: Span): void {
    if (error instanceof Consequence) return;
    let d: Diagnostic;
    if (error instanceof Mistake) d = error.diagnostic;
    else if (error instanceof LengthMistake)
      d = { code: error.code, severity: "error", message: error.message, span, hint: error.hint };
    else if (error instanceof DimExceeded)
      d = {
        code: "limits/too-large",
        severity: "error",
        message: error.message,
        span,
        hint: "give the inputs of the model fixed sizes, or multiply sizes less often",
      };
    else if (error instanceof ShapeMistake)
      d = { code: "shapes/mismatch", severity: "error", message: error.message, span };
    else throw error;
    if (this.isNew(d)) this.diagnostics.push(this.withFieldNotes(d));
    for (const other of error instanceof Mistake ? error.also : []) this.report(other, span);
  }

  /** Reports from one of them on, to come back to; the mark before where nothing was reported since. */
  mark(from: number, before?: ReportMark): ReportMark {
    const diagnostics = this.diagnostics.slice(from);
    if (before && diagnostics.length === before.diagnostics.length && this.failures === before.failures) return before;
    return { diagnostics, said: new Set(this.said), failures: this.failures };
  }

  restore(from: number, { diagnostics, said, failures }: ReportMark): void {
    this.diagnostics.splice(from, this.diagnostics.length, ...diagnostics);
    this.said = new Set(said);
    this.failures = failures;
  }

  /** For what is only tried: gives a function that makes unsaid whatever is said from now on. */
  trying(): () => void {
    const [count, said] = [this.diagnostics.length, new Set(this.said)];
    return () => {
      this.diagnostics.length = count;
      this.said = said;
    };
  }

  /** Reports a lint; without one it does nothing. */
  warn(warning: Warning | undefined, span: Span): void {
    if (!warning) return;
    const d: Diagnostic = { severity: "warning", span, ...warning };
    if (this.isNew(d)) this.diagnostics.push(d);
  }

  private withFieldNotes(d: Diagnostic): Diagnostic {
    if (!/^(shapes|names|types)\//.test(d.code)) return d;
    const named = new Set((d.related ?? []).flatMap(({ value }) => value ?? []));
    const found = [...named].flatMap((name) => this.fieldNotes.get(name) ?? []);
    return found.length === 0 ? d : { ...d, notes: [...(d.notes ?? []), ...found] };
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
  relocate(from: number, call: Span, name: string, within?: Applied): void {
    for (const d of this.diagnostics.splice(from)) {
      if (!d.span || d.span.file === call.file || !d.span.file.startsWith("stdlib/")) {
        this.diagnostics.push(within ? underName(d, name, within) : d);
        continue;
      }
      this.said.delete(keyOf(d));
      const span = within ? placeOfArgument(d, call, within) : call;
      const related = [{ span: d.span, text: `in '${name}'` }, ...(d.related ?? [])];
      const { fix, ...rest } = d;
      const moved = { ...rest, span, related, ...(fix ? this.fixAt(call, fix) : {}) };
      if (this.isNew(moved)) this.diagnostics.push(moved);
    }
  }

  /** A correction of the library's text is an option that its caller is to give. */
  private fixAt(span: Span, fix: Fix): Pick<Diagnostic, "fix"> {
    const [edit] = fix.edits;
    if (!edit?.span.file.startsWith("stdlib/")) return { fix };
    const placed = optionEdit(this.textOf(span), edit.text);
    if (!placed) return {};
    const [from, to, text] = placed;
    const at = { ...span, start: span.start + from, end: span.start + to };
    return { fix: { ...fix, edits: [{ span: at, text }] } };
  }
}

/** A definition at work: its body, and where the program wrote what its parameters were given. */
export interface Applied {
  readonly body: object;
  readonly given: ReadonlyMap<string, Span> | undefined;
}

/** The one argument whose kind is wrong, where the library reads no other at the place of the mistake; else the call. */
function placeOfArgument({ code, span }: Diagnostic, call: Span, { body, given }: Applied): Span {
  if (!given || !span || !/^types\/|^calls\/not-callable$/.test(code)) return call;
  const read = namesWithin(body, span).flatMap((name) => given.get(name) ?? []);
  return onlyOf(read) ?? call;
}

/** An argument that the definition hands on under its own name is the definition's: `output_padding` of `upconv`. */
function underName(d: Diagnostic, name: string, { given }: Applied): Diagnostic {
  const at = d.argument && given?.get(d.argument.name);
  if (!at || !d.argument || !d.span || at.file !== d.span.file || at.start !== d.span.start || at.end !== d.span.end)
    return d;
  const argument = { ...d.argument, callee: name };
  return { ...d, argument, message: describeFault(argument) };
}

function keyOf(d: Diagnostic): string {
  return `${d.code} ${d.span?.file} ${d.span?.start} ${d.message}`;
}
