// What goes to the two streams: results to stdout, progress and diagnostics to stderr. A closed pipe ends quietly.

import { toJson } from "../compiler/diagnostics/json.ts";
import { countText, printDiagnostic } from "../compiler/diagnostics/print.ts";
import type { Diagnostic } from "../grammar/span.ts";
import { jsonOf } from "../runtime/json.ts";
import { texts } from "./source.ts";

/** Whoever reads us may leave at any time (`dnn ... | head`): that is no mistake. */
export function quietPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
}

export function hasColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** A text of data on a terminal: control characters, which would move its cursor or colour it, show as what they are. */
export function visible(text: string): string {
  return text.replace(
    /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu,
    (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`,
  );
}

/** One line of results. */
export function out(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One object, whose numbers that are none stand as texts. */
export function outJson(value: unknown): void {
  out(jsonOf(value));
}

/** One line of progress. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Diagnostics for people on stderr, with a count where there are several. */
export function sayDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  const colour = hasColour(process.stderr);
  note(diagnostics.map((d) => printDiagnostic(d, texts, { colour })).join("\n\n"));
  if (diagnostics.length > 1) note(`\n${countText(diagnostics)}`);
}

/** Diagnostics for programs, one object a line on stdout. */
export function sayJsonDiagnostics(diagnostics: readonly Diagnostic[], file: string): void {
  for (const d of diagnostics) outJson(toJson(d, texts, file));
}
