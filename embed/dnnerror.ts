// The one error that users of the library meet. In: what the project throws. Out: its code, message and hint, and all diagnostics
// with their places in the program's text.

import { type JsonDiagnostic, toJson } from "../compiler/diagnostics/json.ts";
import { Texts } from "../compiler/diagnostics/lines.ts";
import type { Diagnostic } from "../grammar/syntax/span.ts";
import { asFailure, failure } from "../project/failure.ts";
import { inProgram } from "./advice.ts";

/** An error of a program, its data, its weights or a row; `code` is what `dnn explain CODE` explains. */
export class DnnError extends Error {
  override readonly name = "DnnError";
  readonly code: string;
  readonly hint: string | undefined;
  readonly diagnostics: readonly JsonDiagnostic[];

  constructor(message: string, diagnostics: readonly JsonDiagnostic[], options?: ErrorOptions) {
    super(message, options);
    const [first] = diagnostics;
    this.code = first?.code ?? "internal";
    this.hint = first?.hint;
    this.diagnostics = diagnostics;
  }
}

/** A mistake of the user as a DnnError; anything else is a fault of ours and stays what it is. */
export function asDnnError(error: unknown, texts: Texts = new Texts(), file = ""): unknown {
  const failed = asFailure(error);
  if (!failed) return error;
  const found = failed.diagnostics.map((d) => toJson(forProgram(d), texts, file));
  const errors = [...found.filter((d) => d.severity === "error"), ...found.filter((d) => d.severity !== "error")];
  return new DnnError(errors[0]?.message ?? failed.message, errors, { cause: error });
}

const forProgram = (found: Diagnostic): Diagnostic =>
  found.hint === undefined ? found : { ...found, hint: inProgram(found.hint) };

/** A mistake in how the library itself is used. */
export const misused = (message: string, hint: string): unknown => asDnnError(failure("usage", message, { hint }));
