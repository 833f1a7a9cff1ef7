// In: the JSON text of a safetensors header. Out: its parsed value.
// Invariant: no object in it has the same key twice (JSON.parse would silently keep the last one).

import { WeightsError } from "./weightserror.ts";

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

/** The first key that some object of this valid JSON text has twice. */
function repeatedKey(text: string): string | undefined {
  const objects: Set<string>[] = [];
  let pending: string | undefined;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") objects.push(new Set());
    else if (token === "}" || token === "]") objects.pop();
    else if (token === ":" && pending !== undefined) {
      const keys = objects.at(-1);
      if (keys?.has(pending)) return pending;
      keys?.add(pending);
    }
    pending = token.startsWith('"') ? String(JSON.parse(token)) : undefined;
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
