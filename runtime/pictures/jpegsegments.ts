// The segments of a JPEG file (ISO/IEC 10918-1, annex B), as far as they follow each other. Nothing is read beyond the file.

export const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

export const spells = (bytes: Uint8Array, at: number, text: string): boolean =>
  [...text].every((c, i) => bytes[at + i] === c.charCodeAt(0));

interface JpegSegment {
  readonly marker: number;
  /** Where its marker stands. */
  readonly at: number;
  readonly contents: Uint8Array;
}

/** The segments of a JPEG file, as far as they follow each other. */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  const view = viewOf(bytes);
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) return;
    const marker = view.getUint8(at + 1);
    // Fill bytes stand alone.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const next = at + 2 + view.getUint16(at + 2);
    yield { marker, at, contents: bytes.subarray(at + 4, next) };
    at = next;
  }
}
