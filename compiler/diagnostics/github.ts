// A diagnostic as an annotation of a GitHub workflow: one line that marks the place in the changed files of a pull request.

import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { toJson } from "./json.ts";
import type { Texts } from "./lines.ts";
import { plainText } from "./plain.ts";

export function toAnnotation(d: Diagnostic, texts: Texts, file: string): string {
  const at = toJson(d, texts, file);
  const properties = { file: at.file, line: at.line, col: at.column, endLine: at.endLine, endColumn: at.endColumn };
  const listed = Object.entries({ ...properties, title: `dnn ${d.code}` }).map(
    ([k, v]) => `${k}=${property(String(v))}`,
  );
  const lines = [d.message, d.detail, ...(d.notes ?? []), d.hint && `hint: ${d.hint}`].filter((l) => l);
  return `::${d.severity} ${listed.join(",")}::${data(lines.join("\n"))}`;
}

/** Escapes characters that a workflow command would take for its own signs. */
const data = (text: string): string =>
  plainText(text).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
