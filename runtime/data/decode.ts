// In: the bytes of a file that should hold text, or should not. Out: the text, or one clear error.
// Invariant: no byte is replaced or dropped silently; only a byte order mark is removed.

import { DataError } from "./dataset.ts";

/** Index of the first byte sequence that is not UTF-8: the shortest prefix that fails, by bisection. */
function firstInvalid(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle + 1), { stream: true });
      low = middle + 1;
    } catch {
      high = middle;
    }
  }
  return low;
}

/** DataError `data/empty-file` or `data/not-utf8`, which names the first bad byte. */
export function decodeText(bytes: Uint8Array, path: string): string {
  if (bytes.length === 0) throw new DataError("data/empty-file", `${path} is empty`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const message = `${path} is not UTF-8 text: byte ${firstInvalid(bytes)} does not belong`;
    throw new DataError("data/not-utf8", message, "save the file as UTF-8");
  }
}

/** True for what a download gives when the server answers with a page instead of the file. */
export function looksLikeWebPage(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 512));
  return /^\s*(<!--[\s\S]*?-->\s*|<\?xml[^>]*>\s*)*<(!doctype\s+html|html|head|body)\b/i.test(head);
}

/** DataError `data/web-page` or `data/empty-file`. */
export function refuseWebPage(bytes: Uint8Array, path: string, wanted: string): void {
  if (bytes.length === 0) throw new DataError("data/empty-file", `${path} is empty, but ${wanted} was expected`);
  if (!looksLikeWebPage(bytes)) return;
  const message = `${path} is a web page, but ${wanted} was expected`;
  throw new DataError("data/web-page", message, "the download gave an error page: download the file again");
}
