// The two output streams: results to stdout, progress and diagnostics to stderr. All that the command writes passes here:
// text of programs and data loses its control characters, and a stream that takes nothing more ends the command.

import { toJson } from "../../compiler/diagnostics/json.ts";
import { plainText } from "../../compiler/diagnostics/plain.ts";
import { countText, printDiagnostic } from "../../compiler/diagnostics/print.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { EXIT } from "../../project/failure.ts";
import { jsonOf } from "../../runtime/json.ts";
import { sources } from "./machine.ts";

/** Nobody reads any more: a pipe whose reader ended (`dnn ... | head`), a terminal that was closed. */
const GONE: ReadonlySet<string> = new Set(["EPIPE", "EIO", "ECONNRESET", "ERR_STREAM_DESTROYED"]);
const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "there is no space left",
  EDQUOT: "there is no space left for this user",
  EFBIG: "the file would be too large",
};

let ended: number | undefined;
let atEnd: (() => void) | undefined;

/** The exit code that a stream which takes nothing more asks for. */
export const streamsEnded = (): number | undefined => ended;

/** Sets what happens once a stream takes nothing more, in place of ending at once. Gives a function that undoes this. */
export function whenStreamsEnd(act: () => void): () => void {
  atEnd = act;
  if (ended !== undefined) act();
  return () => {
    atEnd = undefined;
    if (ended !== undefined) process.exitCode = ended;
  };
}

export function watchStreams(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => end(stream, error));
}

export function outputFailed({ code = "", message }: NodeJS.ErrnoException): Diagnostic {
  return {
    code: "output/failed",
    severity: "error",
    message: `cannot write to standard output: ${REASONS[code] ?? message}`,
    hint: "send the output somewhere else, or free some space",
  };
}

function end(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  if (ended !== undefined) return;
  const code = error.code ?? "";
  ended = GONE.has(code) ? EXIT.closed : EXIT.user;
  if (!GONE.has(code) && stream === process.stdout) printDiagnostics([outputFailed(error)]);
  if (atEnd) atEnd();
  else process.exit(ended);
}

/** Text with colours of our own, whose other parts went through `plainText`. */
export function writeStyled(stream: NodeJS.WriteStream, text: string): void {
  try {
    stream.write(text);
  } catch (error) {
    // Files are written to at once, and some systems throw.
    if (!(error instanceof Error) || !("code" in error)) throw error;
    end(stream, error as NodeJS.ErrnoException);
  }
}

export function hasColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** The rest of a text that waits for the next piece. */
let held = "";

/** One line of results. */
export function out(text: string): void {
  outStyled(plainText(held + text));
  held = "";
}

export function outStyled(text: string): void {
  writeStyled(process.stdout, `${text}\n`);
}

/** A piece of a text that a model writes; `out` ends it. A line end of Windows may come in two pieces. */
export function outPiece(text: string): void {
  const all = held + text;
  held = all.endsWith("\r") ? "\r" : "";
  writeStyled(process.stdout, plainText(all.slice(0, all.length - held.length)));
}

/** One object, whose numbers that are none stand as texts. */
export function outJson(value: unknown): void {
  outLine(jsonOf(value));
}

/** A line of JSON. What JSON itself leaves as it is, and a terminal does not: escaped, so that the value stays. */
export function outLine(json: string): void {
  const escaped = (sign: string): string => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`;
  outStyled(json.replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, escaped));
}

/** One line of progress. */
export function note(text: string): void {
  writeStyled(process.stderr, `${plainText(text)}\n`);
}

/** Diagnostics for people on stderr, with a count where there are several. */
export function printDiagnostics(diagnostics: readonly Diagnostic[]): void {
  if (diagnostics.length === 0) return;
  const colour = hasColour(process.stderr);
  const all = diagnostics.map((d) => printDiagnostic(d, sources.texts, { colour })).join("\n\n");
  writeStyled(process.stderr, `${all}\n`);
  if (diagnostics.length > 1) note(`\n${countText(diagnostics)}`);
}

/** Diagnostics for programs, one object a line on stdout. */
export function printJsonDiagnostics(diagnostics: readonly Diagnostic[], file: string): void {
  for (const d of diagnostics) outJson(toJson(d, sources.texts, file));
}
