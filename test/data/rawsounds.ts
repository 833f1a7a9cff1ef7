// Builds small WAV files byte by byte.

import { utf8 } from "./rawfiles.ts";

export interface Making {
  readonly bits?: 8 | 16 | 24 | 32 | 64;
  readonly isFloat?: boolean;
  /** With the long form of the header. */
  readonly isExtensible?: boolean;
  /** A chunk of an odd size before the samples. */
  readonly hasNote?: boolean;
  /** The size that the chunk of samples says it has. */
  readonly size?: number;
}

/** Channels of samples from -1 to 1. */
export function wavOf(rate: number, channels: readonly (readonly number[])[], making: Making = {}): Uint8Array {
  const { bits = 16, isFloat = false, isExtensible = false, hasNote = false } = making;
  const count = channels[0]?.length ?? 0;
  const each = bits / 8;
  const data = new DataView(new ArrayBuffer(count * channels.length * each));
  for (let i = 0; i < count; i++)
    for (const [k, channel] of channels.entries())
      write(data, (i * channels.length + k) * each, channel[i]!, bits, isFloat);
  const kind = isFloat ? 3 : 1;
  const format = new DataView(new ArrayBuffer(isExtensible ? 40 : 16));
  format.setUint16(0, isExtensible ? 0xfffe : kind, true);
  format.setUint16(2, channels.length, true);
  format.setUint32(4, rate, true);
  format.setUint32(8, rate * channels.length * each, true);
  format.setUint16(12, channels.length * each, true);
  format.setUint16(14, bits, true);
  if (isExtensible) format.setUint16(24, kind, true);
  const body = [
    ...chunk("fmt ", new Uint8Array(format.buffer)),
    ...(hasNote ? chunk("LIST", utf8("odd")) : []),
    ...chunk("data", new Uint8Array(data.buffer), making.size),
  ];
  return Uint8Array.from([...utf8("RIFF"), ...size32(4 + body.length), ...utf8("WAVE"), ...body]);
}

const size32 = (n: number): number[] => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, (n >>> 24) & 255];

const chunk = (name: string, bytes: Uint8Array, size = bytes.length): number[] => [
  ...utf8(name),
  ...size32(size),
  ...bytes,
  ...(bytes.length % 2 === 1 ? [0] : []),
];

function write(data: DataView, at: number, value: number, bits: number, isFloat: boolean): void {
  const whole = (scale: number): number => Math.max(-scale, Math.min(scale - 1, Math.round(value * scale)));
  if (isFloat) return bits === 32 ? data.setFloat32(at, value, true) : data.setFloat64(at, value, true);
  if (bits === 8) return data.setUint8(at, whole(128) + 128);
  if (bits === 16) return data.setInt16(at, whole(2 ** 15), true);
  if (bits === 32) return data.setInt32(at, whole(2 ** 31), true);
  data.setUint8(at, whole(2 ** 23) & 255);
  data.setInt16(at + 1, whole(2 ** 23) >> 8, true);
}
