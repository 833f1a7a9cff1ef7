// Builds small picture files byte by byte, and pictures whose points can be told from each other.

import mozjpeg from "@jsquash/jpeg/codec/enc/mozjpeg_enc.js";
import { defaultOptions } from "@jsquash/jpeg/meta.js";
import { zlibSync } from "fflate";
import { crc32 } from "../../runtime/files/crc32.ts";
import { packageBytes } from "../../runtime/pictures/packagebytes.ts";
import { encodePng, type Picture } from "../../runtime/pictures/png.ts";
import { utf8 } from "./rawfiles.ts";

/** A picture whose byte i is start + step i. */
export function ramp(height: number, width: number, channels: 1 | 3 = 3, start = 0, step = 7): Picture {
  const bytes = Uint8Array.from({ length: height * width * channels }, (_, i) => start + step * i);
  return { width, height, channels, bytes };
}

export const png = (height: number, width: number, channels: 1 | 3 = 3, start = 0): Uint8Array =>
  encodePng(ramp(height, width, channels, start));

const encoder = await WebAssembly.compile(await packageBytes("@jsquash/jpeg/codec/enc/mozjpeg_enc.wasm"));
const { encode } = await mozjpeg({
  noInitialRun: true,
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
    const instance = new WebAssembly.Instance(encoder, imports);
    done(instance);
    return instance.exports;
  },
});

/** One colour all over, which JPEG keeps nearly as it is. */
export function plainJpeg(
  height: number,
  width: number,
  colour: readonly number[],
  { progressive = false, grey = false } = {},
): Uint8Array {
  const data = Uint8Array.from({ length: height * width * 4 }, (_, i) => [...colour, 255][i % 4]!);
  const options = { ...defaultOptions, quality: 95, progressive, baseline: !progressive };
  return encode(data, width, height, { ...options, color_space: grey ? 1 : 3 }).slice();
}

const decoded = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** 16x16 points, the left half (255, 40, 0), the right (20, 128, 240). */
export const HALVES = {
  /** In the inks of print, as luma, chroma and black. */
  inks: decoded(
    "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMSEBMPEBAQ/9sAQwEDAwMEAwQIBAQIEAsJCxAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ/8AAFAgAEAAQBAERAAIRAQMRAQQRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAYHCf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAVAQEBAAAAAAAAAAAAAAAAAAAJCP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAOBAEAAhEDEQQAAD8ApClRrtUxcS52xcoLQCQoFxLnbF3/2Q==",
  ),
  inksProgressive: decoded(
    "/9j/7gAOQWRvYmUAZAAAAAAC/9sAQwADAgICAgIDAgICAwMDAwQGBAQEBAQIBgYFBgkICgoJCAkJCgwPDAoLDgsJCQ0RDQ4PEBAREAoMEhMSEBMPEBAQ/9sAQwEDAwMEAwQIBAQIEAsJCxAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ/8IAFAgAEAAQBAERAAIRAQMRAQQRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAUGCP/EABUBAQEAAAAAAAAAAAAAAAAAAAgH/9oADgQBAAIQAxAEAAAAAaSlGvVJZLdpai0CShZLdpf/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAEFAh//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAECAQEFAh//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQEFAh//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEEAAEFAh//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAY/Ah//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAECAQY/Ah//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQY/Ah//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEEAAY/Ah//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/IR//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAECAQE/IR//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQE/IR//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEEAAE/IR//2gAOBAEAAgADAAQAAAAQV1f/xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEBAAE/EB//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAECAQE/EB//xAAUEQEAAAAAAAAAAAAAAAAAAAAg/9oACAEDAQE/EB//xAAUEAEAAAAAAAAAAAAAAAAAAAAg/9oACAEEAAE/EB//2Q==",
  ),
  webpLossless: decoded("UklGRigAAABXRUJQVlA4TBwAAAAvD8ADAA9wFKxX/A/8/IcWxILJ/KW7M4jof+gC"),
  webpLossy: decoded(
    "UklGRkYAAABXRUJQVlA4IDoAAABQAgCdASoQABAAAIAIJaACdLoB+AH6Af0AB5AA/vZ7//wgt/+/ELE4zL/+nGP/9ESTPAu//8eeAAAA",
  ),
};

/** The lossless picture as an extended WebP file, with what else it holds. */
export function extendedWebp(flags: number, more: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const picture = HALVES.webpLossless.subarray(12);
  const header = Uint8Array.of(flags, 0, 0, 0, 15, 0, 0, 15, 0, 0);
  const part = (name: string, contents: Uint8Array): number[] => {
    const size = new Uint8Array(Uint32Array.of(contents.length).buffer);
    return [...utf8(name), ...size, ...contents, ...(contents.length % 2 === 1 ? [0] : [])];
  };
  const parts = [...part("VP8X", header), ...picture, ...Object.entries(more).flatMap(([name, c]) => part(name, c))];
  return Uint8Array.from([...part("RIFF", Uint8Array.from([...utf8("WEBP"), ...parts]))]);
}

/** Length, name, contents and check sum. */
export function chunk(name: string, contents: Uint8Array): Uint8Array {
  const body = Uint8Array.from([...utf8(name), ...contents]);
  const made = new Uint8Array(body.length + 8);
  const view = new DataView(made.buffer);
  view.setUint32(0, contents.length);
  made.set(body, 4);
  view.setUint32(made.length - 4, crc32(body));
  return made;
}

export interface RawPng {
  readonly size: readonly [height: number, width: number];
  readonly depth: number;
  readonly colour: number;
  readonly interlaced?: boolean;
  readonly palette?: readonly number[];
  /** Rows as they are stored: the number of the filter, then the bytes. */
  readonly rows: readonly (readonly number[])[];
}

/** A PNG file that says and holds what is asked for, right or wrong; its data is in two parts. */
export function rawPng({ size, depth, colour, interlaced = false, palette, rows }: RawPng): Uint8Array {
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, size[1]);
  new DataView(header.buffer).setUint32(4, size[0]);
  header.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  const data = zlibSync(Uint8Array.from(rows.flat()));
  const parts = [
    chunk("IHDR", header),
    chunk("tEXt", utf8("Comment\0not read")),
    ...(palette ? [chunk("PLTE", Uint8Array.from(palette))] : []),
    chunk("IDAT", data.subarray(0, 5)),
    chunk("IDAT", data.subarray(5)),
    chunk("IEND", new Uint8Array()),
  ];
  return Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10, ...parts.flatMap((part) => [...part])]);
}

/** TIFF data with the one tag of Exif that says how a picture stands, in either byte order. */
export function exif(orientation: number, little: boolean, type = 3): Uint8Array {
  const view = new DataView(new ArrayBuffer(26));
  view.setUint16(0, little ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, little);
  view.setUint32(4, 8, little);
  view.setUint16(8, 1, little);
  view.setUint16(10, 0x0112, little);
  view.setUint16(12, type, little);
  view.setUint32(14, 1, little);
  if (type === 3) view.setUint16(18, orientation, little);
  else view.setUint32(18, orientation, little);
  return new Uint8Array(view.buffer);
}

/** A PNG file with this Exif data. */
export function withExif(file: Uint8Array, tiff: Uint8Array): Uint8Array {
  const header = 8 + 25;
  return Uint8Array.from([...file.subarray(0, header), ...chunk("eXIf", tiff), ...file.subarray(header)]);
}

/** A JPEG file with this Exif data in its first segment. */
export function jpegWithExif(file: Uint8Array, tiff: Uint8Array): Uint8Array {
  const length = 2 + 6 + tiff.length;
  const segment = [0xff, 0xe1, length >> 8, length & 255, ...utf8("Exif\0\0"), ...tiff];
  return Uint8Array.from([...file.subarray(0, 2), ...segment, ...file.subarray(2)]);
}
