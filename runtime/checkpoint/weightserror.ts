// An error of a file of weights or of the folder it lies in: one clear error with a stable code.
// Invariant: the message names the file or tensor, what was found and what was expected.

import { USUAL_HINTS } from "./usualhints.ts";

export class WeightsError extends Error {
  /** `weights/...` for the contents of a file, `checkpoint/...` for reading and writing it. */
  readonly code: string;
  readonly hint: string | undefined;
  constructor(code: string, message: string, hint?: string) {
    super(message);
    this.name = "WeightsError";
    this.code = code;
    this.hint = hint ?? USUAL_HINTS[code];
  }
}
