// In: the bytes of a file that should hold text, or should not. Out: the text, whole or part by part, or one clear error.
// Invariant: no byte is replaced or dropped silently; only a byte order mark is removed. Time and memory are linear.
import { DataError } from "./dataerror.ts";

/** Bytes that are decoded at once: far below what one string may hold. */
export const PART = 2 ** 20;
/** Characters that one string may hold in every engine. */
const STRING_LIMIT = 2 ** 29 - 2 ** 10;

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

/** Where a part that begins at `from` ends: before the first byte of a character. */
function partEnd(bytes: Uint8Array, from: number): number {
  let end = Math.min(bytes.length, from + PART);
  if (end === bytes.length) return end;
  for (let back = 0; back < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--;
  return end;
}

/** Where bytes stand in their file: the first of them, and the number of its line. */
export interface FilePlace {
  readonly from: number;
  readonly line: number;
}

export const FILE_START: FilePlace = { from: 0, line: 1 };

function notUtf8(bytes: Uint8Array, from: number, to: number, path: string, first: number): DataError {
  if (first === 0 && isMarkedWide(bytes)) return wideText(path);
  const at = first + from + firstInvalid(bytes.subarray(from, to));
  const message = `${path} is not UTF-8 text: byte ${at} does not belong`;
  return new DataError("data/not-utf8", message, utf8Hint(path, "WINDOWS-1252"));
}

const isMarkedWide = ([a, b]: Uint8Array): boolean => (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);

const wideText = (path: string): DataError =>
  new DataError("data/not-utf8", `${path} is UTF-16 text, and UTF-8 is read`, utf8Hint(path, "UTF-16"));

/** Gives the command that makes UTF-8 of the encoding that most of such files have. */
function utf8Hint(path: string, encoding: string): string {
  const name = path.split(/[/\\]/).pop() ?? path;
  const inSpreadsheet = /\.csv$/i.test(name) ? ', in a spreadsheet as "CSV UTF-8"' : "";
  return `save the file as UTF-8${inSpreadsheet}; or write \`iconv -f ${encoding} -t UTF-8 ${name} > utf8-${name}\` and name that file`;
}

/** Bytes that show whether there is a zero for every other character, as in no text of one byte for each. */
const HEAD = 512;

/** DataError `data/not-utf8` of text whose characters take two bytes each, without a mark that says so. */
function refuseWide(bytes: Uint8Array, path: string): void {
  const length = Math.min(HEAD, bytes.length);
  let zeros = 0;
  for (let i = 0; i < length; i++) if (bytes[i] === 0) zeros++;
  if (isMarkedWide(bytes) || 4 * zeros > length) throw wideText(path);
}

/**
 * The text in parts, each of whole characters, so that a file may be longer than a string.
 * DataError `data/empty-file` or `data/not-utf8`, which names the first bad byte. `first` is the place of the bytes in their file.
 */
export function* decodeParts(bytes: Uint8Array, path: string, first = 0): Generator<string> {
  if (bytes.length === 0) throw new DataError("data/empty-file", `${path} is empty`);
  for (let from = 0; from < bytes.length; ) {
    const to = partEnd(bytes, from);
    try {
      // A mark in the middle of the file is a character of it.
      yield new TextDecoder("utf-8", { fatal: true, ignoreBOM: first + from > 0 }).decode(bytes.subarray(from, to));
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw notUtf8(bytes, from, to, path, first);
    }
    from = to;
  }
}

/** A part of the text, of whole characters; a byte order mark in it is a character. DataError `data/not-utf8`. */
export function decodePart(bytes: Uint8Array, from: number, to: number, path: string, first = 0): string {
  try {
    return WHOLE.decode(bytes.subarray(from, to));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw notUtf8(bytes, from, to, path, first);
  }
}

const WHOLE = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The whole text. DataErrors of `decodeParts`, and `data/too-large` where one string cannot hold it. */
export function decodeText(bytes: Uint8Array, path: string): string {
  const parts: string[] = [];
  let length = 0;
  for (const part of decodeParts(bytes, path)) {
    parts.push(part);
    length += part.length;
    if (length > STRING_LIMIT)
      throw new DataError(
        "data/too-large",
        `${path} has more than the ${STRING_LIMIT} characters that are read at once`,
      );
  }
  return parts.join("");
}

/** Skips the prologue before the first element of a page: each alternative begins with another character than the next. */
function afterPrologue(head: string): string {
  for (let rest = head.trimStart(); ; ) {
    const [start, end] = rest.startsWith("<!--") ? [4, "-->"] : rest.startsWith("<?") ? [2, ">"] : [0, ""];
    const at = start === 0 ? -1 : rest.indexOf(end, start);
    if (at < 0) return rest;
    rest = rest.slice(at + end.length).trimStart();
  }
}

/** True for what a download gives when the server answers with a page instead of the file. */
function looksLikeWebPage(bytes: Uint8Array): boolean {
  const head = new TextDecoder().decode(bytes.subarray(0, 512));
  return /^<(!doctype\s+html|html|head|body)\b/i.test(afterPrologue(head));
}

/** DataError where a table was expected and an object or a list of JSON begins the file. */
export function refuseJson(bytes: Uint8Array, path: string): void {
  const start = new TextDecoder().decode(bytes.subarray(0, 2000));
  if (!/^\s*(?:\[\s*[[{]|\{\s*")/.test(start)) return;
  const names = new Set([...start.replace(/\}.*/s, "").matchAll(/"([\w ]{1,40})"\s*:/g)].map(([, name = ""]) => name));
  const first = names.size > 0 ? `: ${[...names].slice(0, 6).join(",")}` : "";
  const message = `${path} holds JSON, and a table is CSV: a line with the names of the columns, then a line for each row`;
  throw new DataError("data/csv-header", message, `write the file as CSV, beginning with the names${first}`);
}

/** `refuseWebPage` of a file of text: DataError `data/not-utf8`, too, where its characters take two bytes each. */
export function refuseOtherText(bytes: Uint8Array, path: string, wanted: string): void {
  refuseWebPage(bytes, path, wanted);
  refuseWide(bytes, path);
}

/** DataError `data/web-page` or `data/empty-file`. */
export function refuseWebPage(bytes: Uint8Array, path: string, wanted: string): void {
  if (bytes.length === 0) throw new DataError("data/empty-file", `${path} is empty, but ${wanted} was expected`);
  if (!looksLikeWebPage(bytes)) return;
  const message = `${path} is a web page, but ${wanted} was expected`;
  throw new DataError("data/web-page", message, "the download gave an error page: download the file again");
}
