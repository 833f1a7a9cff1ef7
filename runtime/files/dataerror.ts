// An error of data that is read: a code, one line for people, and where it helps a place and a hint.

import { USUAL_HINTS } from "./usualhints.ts";

/** An error of a data source: one clear error that names the file, what was seen and what was expected. */
export class DataError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  /** The argument that is at fault: the name of its parameter, or its place where no parameter has it. */
  readonly argument: string | number | undefined;
  constructor(code: string, message: string, hint?: string, argument?: string | number) {
    super(message);
    this.argument = argument;
    this.name = "DataError";
    this.code = code;
    this.hint = hint ?? USUAL_HINTS[code];
  }
}
