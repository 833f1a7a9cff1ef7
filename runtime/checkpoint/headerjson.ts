// In: the JSON text of a safetensors header. Out: its parsed value.
// Invariant: no object in it has the same key twice (JSON.parse would silently keep the last one).

import { WeightsError } from "./weightserror.ts";

/** Where the text of a JSON string that begins at `start` ends: behind the quote that closes it. */
function endOfString(text: string, start: number): number {
  for (let from = start + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote < 0) return text.length;
    let escapes = 0;
    while (text[quote - 1 - escapes] === "\\") escapes++;
    if (escapes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

/** The first key that some object of this valid JSON text has twice. Strings may be of any length. */
function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  let pending: string | undefined;
  for (let at = 0; at < text.length; at++) {
    const token = text[at];
    if (token === '"') {
      const end = endOfString(text, at);
      // Only what a colon follows is a key; others may be long.
      let next = end;
      while (" \n\r\t".includes(text[next] ?? ":")) next++;
      pending = text[next] === ":" ? String(JSON.parse(text.slice(at, end))) : undefined;
      at = end - 1;
    } else if (token === "{" || token === "[") objects.push(new Set());
    else if (token === "}" || token === "]") objects.pop();
    else if (token === ":" && pending !== undefined) {
      const keys = objects.at(-1);
      if (keys?.has(pending)) return pending;
      keys?.add(pending);
      pending = undefined;
    }
  }
  return undefined;
}

/** WeightsError `weights/header-not-json` or `weights/duplicate-key`. */
export function parseHeaderJson(bytes: Uint8Array, path: string): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new WeightsError("weights/header-not-json", `${path}: the header is not JSON (${reason})`);
  }
  if (!text.startsWith("{") || typeof value !== "object" || value === null) {
    throw new WeightsError("weights/header-not-json", `${path}: the header does not start with a JSON object`);
  }
  const repeated = repeatedKey(text);
  if (repeated === undefined) return { ...value };
  throw new WeightsError("weights/duplicate-key", `${path}: the header has ${JSON.stringify(repeated)} twice`);
}
