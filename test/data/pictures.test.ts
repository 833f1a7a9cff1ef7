// PNG and JPEG files are read strictly: every colour type, depth and order exactly, and what is damaged with one clear error.

import { zlibSync } from "fflate";
import { expect, test } from "vitest";
import { sizeOf } from "../../runtime/pictures/kind.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { readPicture } from "../../runtime/pictures/read.ts";
import { readPng } from "../../runtime/pictures/readpng.ts";
import { pictureBytes, pictureValues } from "../../runtime/pictures/values.ts";
import { failure, utf8 } from "./rawfiles.ts";
import {
  chunk,
  exif,
  extendedWebp,
  HALVES,
  jpegWithExif,
  plainJpeg,
  png,
  ramp,
  rawPng,
  withExif,
} from "./rawpictures.ts";

const bytesOf = (file: Uint8Array): number[] => [...readPng(file, "p.png").bytes];
const broken = (file: Uint8Array, name = "p.png") => failure(() => readPicture(file, name));

test("what our own writer writes is read back, grey and in colour", () => {
  for (const picture of [ramp(3, 5), ramp(4, 2, 1), ramp(1, 1)])
    expect(readPng(encodePng(picture), "p.png")).toEqual(picture);
});

test("each filter is undone, on rows of points that are known", () => {
  const rows = [
    [0, 10, 20, 30],
    [1, 10, 10, 10],
    [2, 5, 5, 5],
    [3, 10, 10, 10],
    [4, 1, 1, 1],
  ];
  // up and left of what was read before: 15, 25, 35 is the row that `average` sees above it
  const expected = [10, 20, 30, 10, 20, 30, 15, 25, 35, 17, 31, 43, 18, 32, 44];
  expect(bytesOf(rawPng({ size: [5, 3], depth: 8, colour: 0, rows }))).toEqual(expected);
  const colour = [
    [1, 1, 2, 3, 1, 1, 1],
    [4, 1, 1, 1, 2, 2, 2],
  ];
  expect(bytesOf(rawPng({ size: [2, 2], depth: 8, colour: 2, rows: colour }))).toEqual([
    1, 2, 3, 2, 3, 4, 2, 3, 4, 4, 5, 6,
  ]);
});

test("samples of 1, 2, 4 and 16 bits come as 8, and transparency is left out", () => {
  const grey = (depth: number, row: number[], width: number) =>
    bytesOf(rawPng({ size: [1, width], depth, colour: 0, rows: [[0, ...row]] }));
  expect(grey(1, [0b10110000], 4)).toEqual([255, 0, 255, 255]);
  expect(grey(2, [0b00011011], 4)).toEqual([0, 85, 170, 255]);
  expect(grey(4, [0x0f, 0x80], 3)).toEqual([0, 255, 136]);
  expect(grey(16, [0x12, 0x34, 0xff, 0x00], 2)).toEqual([0x12, 0xff]);
  const alpha = rawPng({ size: [1, 2], depth: 8, colour: 4, rows: [[0, 9, 255, 8, 0]] });
  expect(readPng(alpha, "p.png")).toMatchObject({ channels: 1, bytes: Uint8Array.of(9, 8) });
  expect(bytesOf(rawPng({ size: [1, 1], depth: 8, colour: 6, rows: [[0, 1, 2, 3, 4]] }))).toEqual([1, 2, 3]);
});

test("places in a palette become its colours", () => {
  const palette = [255, 0, 0, 0, 255, 0, 0, 0, 255];
  const file = (row: number[]) => rawPng({ size: [1, 3], depth: 2, colour: 3, palette, rows: [[0, ...row]] });
  expect(bytesOf(file([0b00011000]))).toEqual(palette);
  expect(() => readPng(file([0b00011100]), "p.png")).toThrow("colour 3 is not in its palette");
});

test("interlaced rows are put where they belong, with less than a byte for a point too", () => {
  // 3x3: pass 1 has (0,0), pass 4 (2,0), pass 5 (0,2) and (2,2), pass 6 (1,0) and (1,2), pass 7 row 1
  const rows = [
    [0, 1],
    [0, 3],
    [0, 7, 9],
    [0, 2],
    [0, 8],
    [0, 4, 5, 6],
  ];
  const file = rawPng({ size: [3, 3], depth: 8, colour: 0, interlaced: true, rows });
  expect(bytesOf(file)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const bits = [
    [0, 0x80],
    [0, 0x80],
    [0, 0xc0],
    [0, 0],
    [0, 0],
    [0, 0b10100000],
  ];
  const small = rawPng({ size: [3, 3], depth: 1, colour: 0, interlaced: true, rows: bits });
  expect(bytesOf(small)).toEqual([255, 0, 255, 255, 0, 255, 255, 0, 255]);
});

test("every truncation of a PNG and of a JPEG file is one DataError", async () => {
  for (const [whole, name] of [
    [png(3, 4), "p.png"],
    [plainJpeg(9, 10, [200, 30, 60]), "p.jpg"],
  ] as const)
    for (let length = 0; length < whole.length; length++) {
      const error = await broken(whole.slice(0, length), name);
      expect(error.code).toMatch(/^data\/(truncated|not-a-picture|empty-file)$/);
      expect(error.message).toContain(name);
    }
});

test("a bit flipped anywhere in a PNG file is an error", async () => {
  const whole = png(3, 4);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect((await broken(flipped)).code).toMatch(/^data\/(truncated|not-a-picture|corrupt-picture|too-large)$/);
  }
});

test("a bit flipped anywhere in a JPEG file gives a picture or a DataError, and never hangs", async () => {
  const whole = plainJpeg(9, 10, [200, 30, 60]);
  let refused = 0;
  for (let byte = 0; byte < whole.length; byte++) {
    const flipped = whole.slice();
    flipped[byte]! ^= 1 << (byte & 7);
    const outcome = await readPicture(flipped, "p.jpg").catch((error) => failure(Promise.reject(error)));
    if ("code" in outcome) refused++;
  }
  expect(refused).toBeGreaterThan(10);
}, 30_000);

test("a header that lies about rows, in both directions, is found, and a bomb is not unpacked", async () => {
  const rows = (count: number) => Array.from({ length: count }, () => [0, 1, 2]);
  const file = (height: number, count: number) => rawPng({ size: [height, 2], depth: 8, colour: 0, rows: rows(count) });
  expect((await broken(file(3, 2))).message).toContain("fewer rows");
  expect((await broken(file(30_000, 2))).message).toContain("fewer rows");
  expect((await broken(file(2, 3))).message).toContain("more than its header says");
  const header = file(2, 2).subarray(0, 33);
  const data = chunk("IDAT", zlibSync(new Uint8Array(2_000_000)));
  const bomb = Uint8Array.from([...header, ...data, ...chunk("IEND", new Uint8Array())]);
  expect((await broken(bomb)).message).toContain("more than its header says");
  const giant = await broken(rawPng({ size: [100_000, 100_000], depth: 8, colour: 0, rows: [[0]] }));
  expect([giant.code, giant.message]).toEqual(["data/too-large", expect.stringContaining("100000x100000")]);
  expect((await broken(rawPng({ size: [0, 2], depth: 8, colour: 0, rows: [] }))).code).toBe("data/corrupt-picture");
  expect((await broken(rawPng({ size: [1, 1], depth: 4, colour: 2, rows: [[0, 0]] }))).message).toContain("4 bits");
});

test("a file under the wrong name, of another kind, or no picture at all says what it is", async () => {
  const named = await broken(plainJpeg(8, 8, [1, 2, 3]), "a/p.png");
  expect([named.code, named.hint]).toEqual(["data/picture-name", "rename it to a/p.jpg"]);
  expect((await broken(png(2, 2), "p.JPEG")).code).toBe("data/picture-name");
  const gif = await broken(utf8("GIF89a and so on"), "p.gif");
  expect([gif.code, gif.message]).toEqual(["data/not-a-picture", expect.stringContaining("47 49 46 38")]);
  expect((await broken(utf8("<!DOCTYPE html><html></html>"))).code).toBe("data/web-page");
});

test("a JPEG file comes in its colours, and its size is read without decoding", async () => {
  const file = plainJpeg(5, 11, [200, 30, 60]);
  expect(sizeOf(file, "p.jpg")).toEqual([5, 11]);
  const { width, height, channels, bytes } = await readPicture(file, "p.jpg");
  expect([height, width, channels, bytes.length]).toEqual([5, 11, 3, 165]);
  for (const [i, byte] of bytes.entries()) expect(Math.abs(byte - [200, 30, 60][i % 3]!)).toBeLessThan(4);
});

/** The largest difference from the two halves, but for the columns beside the edge, where what is lossy blurs. */
async function distanceOf(file: Uint8Array, name: string, left = [255, 40, 0], right = [20, 128, 240]) {
  const { width, height, channels, bytes } = await readPicture(file, name);
  expect([height, width, channels, bytes.length]).toEqual([16, 16, 3, 768]);
  return Math.max(
    ...Array.from(bytes, (byte, i) => {
      const column = Math.floor(i / 3) % 16;
      return column === 7 || column === 8 ? 0 : Math.abs(byte - (column < 8 ? left : right)[i % 3]!);
    }),
  );
}

test("JPEG files in grey and progressive ones are read like others", async () => {
  const progressive = await readPicture(plainJpeg(20, 30, [200, 30, 60], { progressive: true }), "p.jpg");
  for (const [i, byte] of progressive.bytes.entries()) expect(Math.abs(byte - [200, 30, 60][i % 3]!)).toBeLessThan(4);
  const grey = await readPicture(plainJpeg(5, 6, [90, 90, 90], { grey: true }), "p.jpg");
  expect(grey.channels).toBe(3);
  expect(new Set(grey.bytes)).toEqual(new Set([90]));
});

test("JPEG files in the inks of print come in the colours that are seen", async () => {
  expect(await distanceOf(HALVES.inks, "p.jpg")).toBeLessThan(8);
  expect(await distanceOf(HALVES.inksProgressive, "p.jpg")).toBeLessThan(8);
  // The luma and chroma of the left half, (155, 184, 17), taken for the inks themselves, which Adobe's programs store turned round.
  const transform = HALVES.inks.findIndex((byte, i) => byte === 0x41 && HALVES.inks[i + 1] === 0x64) + 11;
  expect(HALVES.inks[transform]).toBe(2);
  const { bytes: turned } = await readPicture(HALVES.inks.with(transform, 0), "p.jpg");
  for (const [i, light] of [155, 184, 17].entries()) expect(Math.abs(turned[i]! - light)).toBeLessThan(4);
  // Without the mark of such a program they are not turned round, and 255 of black covers all.
  const unmarked = Uint8Array.from([...HALVES.inks.subarray(0, 2), ...HALVES.inks.subarray(18)]);
  expect([...(await readPicture(unmarked, "p.jpg")).bytes.subarray(0, 3)]).toEqual([0, 0, 0]);
});

test("WebP files, lossless and lossy, are read, turned as they say, and known by their bytes", async () => {
  expect(await distanceOf(HALVES.webpLossless, "p.webp")).toBe(0);
  expect(await distanceOf(HALVES.webpLossy, "p.webp")).toBeLessThan(16);
  for (const tiff of [exif(3, true), Uint8Array.from([...utf8("Exif\0\0"), ...exif(3, false)])])
    expect(await distanceOf(extendedWebp(8, { EXIF: tiff }), "p.webp", [20, 128, 240], [255, 40, 0])).toBe(0);
  expect(sizeOf(HALVES.webpLossy, "p.webp")).toEqual([16, 16]);
  const named = await broken(HALVES.webpLossless, "p.jpg");
  expect([named.code, named.hint]).toEqual(["data/picture-name", "rename it to p.webp"]);
  const moving = await broken(extendedWebp(2, {}), "p.webp");
  expect([moving.code, moving.message]).toEqual(["data/corrupt-picture", "p.webp is a moving picture"]);
});

test("every truncation of a WebP file and of one in inks is one DataError", async () => {
  for (const [whole, name] of [
    [HALVES.webpLossy, "p.webp"],
    [HALVES.webpLossless, "p.webp"],
    [HALVES.inks, "p.jpg"],
  ] as const)
    for (let length = 0; length < whole.length; length++)
      expect((await broken(whole.slice(0, length), name)).message).toContain(name);
});

test("what cameras leave behind a whole JPEG picture does not matter; a part that is missing does", async () => {
  const file = plainJpeg(40, 40, [200, 30, 60]);
  const longer = Uint8Array.from([...file.subarray(0, -2), 0, 0, 0, 0xff, 0xd9]);
  expect((await readPicture(longer, "p.jpg")).width).toBe(40);
  const cut = Uint8Array.from([...file.subarray(0, -8), 0xff, 0xd9]);
  expect((await broken(cut, "p.jpg")).message).toContain("p.jpg is a damaged JPEG file");
  // The picture after one that failed is read by a decoder that knows nothing of it.
  expect(await readPicture(file, "p.jpg")).toMatchObject({ width: 40, height: 40 });
});

test("resampling: the mean of an area, lines between points, nothing at the same size", () => {
  const picture = (height: number, width: number, bytes: number[]) =>
    ({ height, width, channels: 1, bytes: Uint8Array.from(bytes) }) as const;
  const values = (p: ReturnType<typeof picture>, height: number, width: number, channels: 1 | 3 = 1) =>
    [...pictureValues(p, [height, width], channels)].map((v) => Math.round(v * 255 * 1000) / 1000);
  const two = picture(1, 2, [0, 200]);
  expect(values(two, 1, 2)).toEqual([0, 200]);
  expect(values(two, 1, 4)).toEqual([0, 50, 150, 200]);
  expect(values(two, 1, 1)).toEqual([100]);
  expect(values(two, 1, 2, 3)).toEqual([0, 0, 0, 200, 200, 200]);
  // Halved: of the points that the triangle reaches, the near two weigh three times what the far one does.
  expect(values(picture(4, 1, [0, 70, 140, 210]), 2, 1)).toEqual([50, 160]);
  const plain = picture(7, 5, new Array<number>(35).fill(90));
  expect(new Set(values(plain, 3, 11))).toEqual(new Set([90]));
  const red = { height: 1, width: 1, channels: 3, bytes: Uint8Array.of(255, 0, 0) } as const;
  // 0.299 of 255, as a whole byte.
  expect([...pictureValues(red, [1, 1], 1)]).toEqual([Math.fround(76 / 255)]);
  expect([...pictureBytes(red, [1, 1], 1)]).toEqual([76]);
});

/** Where the first row and the first column of what is stored stand in the picture: the table of the Exif standard. */
const STANDS: readonly (readonly [orientation: number, row: string, column: string])[] = [
  [1, "top", "left"],
  [2, "top", "right"],
  [3, "bottom", "right"],
  [4, "bottom", "left"],
  [5, "left", "top"],
  [6, "right", "top"],
  [7, "right", "bottom"],
  [8, "left", "bottom"],
];

for (const [orientation, row, column] of STANDS)
  test(`a picture whose first row is at the ${row} and first column at the ${column} is turned upright`, async () => {
    const [height, width] = [2, 3];
    const stored = ramp(height, width, 1, 1, 1);
    const sideways = row === "left" || row === "right";
    const size = sideways ? [width, height] : [height, width];
    const wanted = new Array<number>(6);
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) {
        const [down, right] = sideways
          ? [column === "top" ? c : width - 1 - c, row === "left" ? r : height - 1 - r]
          : [row === "top" ? r : height - 1 - r, column === "left" ? c : width - 1 - c];
        wanted[down * size[1]! + right] = stored.bytes[r * width + c]!;
      }
    for (const little of [true, false])
      for (const type of [3, 4]) {
        const file = withExif(encodePng(stored), exif(orientation, little, type));
        const { height: h, width: w, bytes } = await readPicture(file, "p.png");
        expect([h, w, ...bytes]).toEqual([...size, ...wanted]);
        expect(sizeOf(file, "p.png")).toEqual(size);
      }
    const photo = jpegWithExif(plainJpeg(height, width, [9, 9, 9]), exif(orientation, true));
    const { height: h, width: w } = await readPicture(photo, "p.jpg");
    expect([h, w]).toEqual(size);
  });

test("Exif data that is cut, empty or says nothing known leaves the picture as it is stored", async () => {
  const whole = exif(6, true);
  const plain = { height: 2, width: 3 };
  for (let cut = 0; cut < 20; cut++)
    expect(await readPicture(withExif(png(2, 3), whole.subarray(0, cut)), "p.png")).toMatchObject(plain);
  for (const value of [0, 9, 65535])
    expect(await readPicture(jpegWithExif(plainJpeg(2, 3, [1, 2, 3]), exif(value, false)), "p.jpg")).toMatchObject(
      plain,
    );
  const lost = exif(6, true).with(4, 255).with(5, 255);
  expect(await readPicture(withExif(png(2, 3), lost), "p.png")).toMatchObject(plain);
});

test("pictures that unpack to more than they say, and scans without end, are refused before they are unpacked", async () => {
  const header = (height: number, width: number) => {
    const bytes = new Uint8Array(13);
    new DataView(bytes.buffer).setUint32(0, width);
    new DataView(bytes.buffer).setUint32(4, height);
    bytes.set([8, 0], 8);
    return chunk("IHDR", bytes);
  };
  const file = (size: readonly [number, number], data: Uint8Array) =>
    Uint8Array.from([
      ...[137, 80, 78, 71, 13, 10, 26, 10],
      ...header(...size),
      ...chunk("IDAT", data),
      ...chunk("IEND", new Uint8Array()),
    ]);
  const zeros = zlibSync(new Uint8Array(2 ** 24), { level: 9 });
  expect((await broken(file([4, 4], zeros))).message).toContain("holds more than its header says");
  expect((await broken(file([8192, 8192], zeros))).message).toContain("fewer rows than its header says");
  expect((await broken(file([65536, 65536], zeros))).code).toBe("data/too-large");
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];
  const photo = plainJpeg(8, 8, [1, 2, 3]);
  const many = Uint8Array.from([
    ...photo.subarray(0, -2),
    ...Array.from({ length: 200 }, () => scan).flat(),
    0xff,
    0xd9,
  ]);
  const error = await broken(many, "p.jpg");
  expect([error.code, error.message]).toEqual([
    "data/too-large",
    "p.jpg has 201 scans, more than the 100 that are read",
  ]);
});
