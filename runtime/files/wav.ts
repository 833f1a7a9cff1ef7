// In: the bytes of a WAV file (RIFF, "WAVE"): whole numbers of 8, 16, 24 or 32 bits, or floats of 32 or 64 bits. Out: its samples from
// -1 to 1, channels averaged, and their rate.
// Invariant: nothing is read beyond the file; chunks that are not known are passed over.

import { DataError } from "./dataerror.ts";
import { refuseWebPage } from "./decode.ts";

export interface Sound {
  /** Samples a second. */
  readonly rate: number;
  readonly samples: Float32Array;
}

const PCM = 1;
const FLOAT = 3;
/** The kind stands further on, at the start of a longer name. */
const EXTENSIBLE = 0xfffe;
const MOST_CHANNELS = 64;
const MOST_RATE = 768_000;

const AGAIN = "save or download it again";
const FORMATS = "save it as WAV of 8, 16, 24 or 32 bits";

interface Format {
  readonly isFloat: boolean;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

const spells = (bytes: Uint8Array, at: number, text: string): boolean =>
  [...text].every((c, i) => bytes[at + i] === c.charCodeAt(0));

/** Whether bytes begin as a WAV file does. */
export const isWav = (bytes: Uint8Array): boolean => spells(bytes, 0, "RIFF") && spells(bytes, 8, "WAVE");

/** DataErrors `data/empty-file`, `data/web-page`, `data/not-wav`, `data/truncated`, `data/not-finite`. */
export function readWav(bytes: Uint8Array, path: string): Sound {
  refuseWebPage(bytes, path, "a WAV file");
  if (!isWav(bytes)) throw new DataError("data/not-wav", `${path} is no WAV file: it does not begin as one`, FORMATS);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let format: Format | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const [start, size] = [at + 8, view.getUint32(at + 4, true)];
    if (spells(bytes, at, "fmt ")) format = formatIn(view, start, size, path);
    else if (spells(bytes, at, "data")) {
      if (!format) throw new DataError("data/not-wav", `${path} has samples before it says what they are`, AGAIN);
      // A recorder that was stopped leaves the size at 0 or at the most there is.
      const isOpen = size === 0xffffffff || (size === 0 && start < bytes.length);
      if (!isOpen && start + size > bytes.length)
        throw new DataError("data/truncated", `${path} ends before its ${size} bytes of sound do`, AGAIN);
      const end = isOpen ? bytes.length : start + size;
      return { rate: format.rate, samples: samplesIn(view, start, end, format, path) };
    }
    at = start + size + (size % 2);
  }
  throw new DataError("data/truncated", `${path} has no sound in it`, AGAIN);
}

function formatIn(view: DataView, at: number, size: number, path: string): Format {
  if (size < 16 || at + size > view.byteLength)
    throw new DataError("data/truncated", `${path} ends inside its header`, AGAIN);
  const written = view.getUint16(at, true);
  const kind = written === EXTENSIBLE && size >= 26 ? view.getUint16(at + 24, true) : written;
  const [channels, rate, bits] = [
    view.getUint16(at + 2, true),
    view.getUint32(at + 4, true),
    view.getUint16(at + 14, true),
  ];
  const isFloat = kind === FLOAT;
  const isKnown = (kind === PCM && [8, 16, 24, 32].includes(bits)) || (isFloat && [32, 64].includes(bits));
  if (!isKnown) {
    const message = `${path} holds sound of kind ${kind} with ${bits} bits, which is not read`;
    throw new DataError("data/not-wav", message, FORMATS);
  }
  if (channels >= 1 && channels <= MOST_CHANNELS && rate >= 1 && rate <= MOST_RATE)
    return { isFloat, channels, rate, bits };
  throw new DataError(
    "data/not-wav",
    `${path} says that it has ${channels} channels of ${rate} samples a second`,
    AGAIN,
  );
}

/** How a sample at a byte is read, from -1 to 1. */
function readerOf(view: DataView, { isFloat, bits }: Format): (at: number) => number {
  if (isFloat) return bits === 32 ? (at) => view.getFloat32(at, true) : (at) => view.getFloat64(at, true);
  if (bits === 8) return (at) => (view.getUint8(at) - 128) / 128;
  if (bits === 16) return (at) => view.getInt16(at, true) / 2 ** 15;
  if (bits === 24) return (at) => (view.getUint8(at) + view.getInt16(at + 1, true) * 256) / 2 ** 23;
  return (at) => view.getInt32(at, true) / 2 ** 31;
}

function samplesIn(view: DataView, start: number, end: number, format: Format, path: string): Float32Array {
  const { channels, bits } = format;
  const each = bits / 8;
  const read = readerOf(view, format);
  const samples = new Float32Array(Math.floor((end - start) / (channels * each)));
  if (samples.length === 0) throw new DataError("data/truncated", `${path} has no sound in it`, AGAIN);
  for (let i = 0, at = start; i < samples.length; i++) {
    let sum = 0;
    for (let k = 0; k < channels; k++, at += each) sum += read(at);
    samples[i] = sum / channels;
    if (!Number.isFinite(samples[i]))
      throw new DataError("data/not-finite", `${path}: sample ${i} is not a finite number`, AGAIN);
  }
  return samples;
}
