// An opened program, checked with its data: what `dnn check` says of a file.

import { inOrder } from "../../compiler/diagnostics/order.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Place } from "../data/place.ts";
import type { Opened } from "../source.ts";
import { checkParts } from "./parts.ts";

/** All problems, in the order of their places. Data is read from `place`, or from where the program lies. */
export async function checkOpened(opened: Opened, place?: Place): Promise<readonly Diagnostic[]> {
  const own = async (): Promise<Place> => place ?? (await import("../data/place.ts")).placeOfSmallFiles(opened);
  const data = await checkParts(opened.program, own);
  // A header that could not be read lacks its data, and that was said of the header.
  const unread = opened.syntax.some((d) => d.code === "syntax/expected-block");
  const told = unread ? data.filter((d) => d.code !== "train/no-data") : data;
  return inOrder([...opened.syntax, ...told, ...opened.program.diagnostics], opened.path);
}
