// The page of a run from what stands around its data. In: the parts of the page, the data. Out: HTML. All text goes into the page as
// JSON and is put in place as text, so that no name of a class can be markup.

import { plainText } from "../../compiler/diagnostics/plain.ts";
import { jsonOf } from "../../runtime/json.ts";
import type { ReportData } from "./data.ts";

/** The page around its variable parts: before the title, between title and heading, between heading and data, and behind. */
export type ReportFrame = readonly [head: string, body: string, main: string, end: string];

export function framedReport([head, body, main, end]: ReportFrame, data: ReportData): string {
  const title = escaped(plainText(data.title));
  return [head, title, body, title, main, jsonForPage(data), end].join("");
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** JSON that ends no script: what HTML would read is escaped as JSON escapes it, and what turns or moves text is replaced. */
function jsonForPage(data: ReportData): string {
  const seen: unknown = JSON.parse(jsonOf(data), (_, v: unknown) => (typeof v === "string" ? plainText(v) : v));
  return JSON.stringify(seen).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
