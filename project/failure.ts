// How a verb stops early: with diagnostics for the user and the exit code that belongs to them.

import type { Diagnostic } from "../grammar/syntax/span.ts";

const USER = 1;

/** `closed` is what shells say of a command whose reader has ended (128 and the number of SIGPIPE). */
export const EXIT = { fine: 0, user: USER, usage: 2, diverged: 3, bug: 70, interrupted: 130, closed: 141 } as const;

/** The user's program, data, weights or command line is at fault. */
export class Failure extends Error {
  readonly diagnostics: readonly Diagnostic[];
  readonly exitCode: number;
  constructor(diagnostics: readonly Diagnostic[], exitCode: number = USER) {
    super(diagnostics[0]?.message ?? "failed");
    this.diagnostics = diagnostics;
    this.exitCode = exitCode;
  }
}

export function failure(code: string, message: string, rest: Partial<Diagnostic> = {}): Failure {
  return new Failure([{ code, severity: "error", message, ...rest }]);
}

/** A flag or argument that makes no sense. */
export function usage(message: string, hint?: string): Failure {
  return new Failure(
    [{ code: "usage", severity: "error", message, ...(hint === undefined ? {} : { hint }) }],
    EXIT.usage,
  );
}

/** Is true of the compiler's `Mistake`, whose class would bring the compiler into every built module. */
const hasDiagnostic = (error: unknown): error is { diagnostic: Diagnostic } =>
  error instanceof Error && "diagnostic" in error;

/** Errors of data sources, weights files and GPUs, and mistakes outside of every statement, as diagnostics; anything else is no mistake of the user. */
export function asFailure(error: unknown, rest: Partial<Diagnostic> = {}): Failure | undefined {
  if (error instanceof Failure) return error;
  if (hasDiagnostic(error)) return new Failure([error.diagnostic]);
  if (
    !(error instanceof Error) ||
    !["DataError", "WeightsError", "GpuError"].includes(error.name) ||
    !("code" in error)
  )
    return undefined;
  const hint = "hint" in error && typeof error.hint === "string" ? { hint: error.hint } : {};
  return failure(String(error.code), error.message, { ...hint, ...rest });
}

/** Takes a line of what a user should know and that is no mistake: a folder that is left out, columns taken in their order. */
export type Note = (text: string) => void;
