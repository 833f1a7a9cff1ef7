// In place of `dnnerror.ts` in built modules: there is no text of a program that places of diagnostics could point into.

import { asFailure, failure } from "../../project/failure.ts";

export class DnnError extends Error {
  override readonly name = "DnnError";
  readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, code: string, hint: string | undefined, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

const TOO_OLD = "Node 22 or a newer browser is needed";

export function asDnnError(error: unknown): unknown {
  // Node 20 and old browsers compile no relaxed vectors.
  const known =
    error instanceof WebAssembly.CompileError
      ? failure("machine/old", TOO_OLD, { hint: "update it" })
      : asFailure(error);
  const [first] = known?.diagnostics ?? [];
  if (!first) return error;
  // The flags of a command are no advice here.
  const hint = first.hint?.includes("--device cpu") ? 'load({ device: "cpu" }) runs it' : first.hint;
  return new DnnError(first.message, first.code, hint, { cause: error });
}

export const misused = (message: string, hint: string): unknown => asDnnError(failure("usage", message, { hint }));
