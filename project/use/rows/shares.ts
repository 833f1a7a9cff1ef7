// Bytes that are given to a model of numbers from 0 to 1, as those of pictures are. In: an input and what is given for it. Out: an error.

import type { ModelInput } from "../model/modelinputs.ts";
import { wrong } from "./rowvalues.ts";

/** From such numbers on, they are bytes. */
const BYTES = 16;

/** `value`: numbers, nested lists of them, or arrays. Failure `input/mismatch`. */
export function mustBeShares(value: unknown, { name, field }: ModelInput, what: string): undefined {
  const byte = field.shares ? byteIn(value) : undefined;
  if (byte === undefined) return undefined;
  throw wrong(what, `'${name}' is given ${byte}, and was trained on numbers from 0 to 1`, "divide bytes by 255");
}

function byteIn(value: unknown): number | undefined {
  if (typeof value === "number") return value >= BYTES ? value : undefined;
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    for (const item of value as Iterable<unknown>) {
      const found = byteIn(item);
      if (found) return found;
    }
  return undefined;
}
