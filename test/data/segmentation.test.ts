// Proves that pictures and masks are paired by name, that the colours of masks are classes in their order, and that every pair that
// does not fit is one error that names its files; and that a table of names may give labels.

import { expect, test } from "vitest";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { column, failure, load, utf8 } from "./rawfiles.ts";
import { exif, plainJpeg, png, withExif } from "./rawpictures.ts";

type Files = Record<string, Uint8Array>;
const grey = (height: number, width: number, bytes: readonly number[]) =>
  encodePng({ width, height, channels: 1, bytes: Uint8Array.from(bytes) });
const read = (files: Files, named: Record<string, SourceArgument> = {}) =>
  load("segmentation", files, { positional: ["p", "m"], named: { split: 1, ...named }, seed: 1 });
const FINE: Files = {
  "p/1.png": png(2, 3),
  "p/2.jpg": plainJpeg(2, 3, [9, 9, 9]),
  "m/1.png": grey(2, 3, [0, 0, 255, 255, 0, 0]),
  "m/2.png": grey(2, 3, [7, 7, 7, 7, 7, 0]),
};

test("each point of a picture has the class that its mask colours it with", async () => {
  const data = await read(FINE);
  const mask = column(data, "mask");
  expect([mask.shape, mask.classes, mask.labels, column(data, "image").shape]).toEqual([
    [2, 3],
    3,
    ["0", "7", "255"],
    [2, 3, 3],
  ]);
  const rows = [mask.values.subarray(0, 6), mask.values.subarray(6)].map(String).sort();
  expect(rows).toEqual(["0,0,2,2,0,0", "1,1,1,1,1,0"]);
});

test("colours are classes, too, masks are taken to another size by their nearest points, and stand upright", async () => {
  const rgb = encodePng({ width: 2, height: 1, channels: 3, bytes: Uint8Array.of(255, 128, 0, 0, 0, 0) });
  const data = await read({ "p/1.png": png(1, 2), "m/1.png": rgb }, { size: [2, 4], grey: true });
  expect(column(data, "mask").labels).toEqual(["0", "#ff8000"]);
  expect([...column(data, "mask").values]).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
  expect(column(data, "image").shape).toEqual([2, 4, 1]);
  const turned = { "p/1.png": png(2, 1), "m/1.png": withExif(grey(1, 2, [3, 5]), exif(6, true)) };
  expect([...column(await read(turned), "mask").values]).toEqual([0, 1]);
});

test("masks may be called 1_mask.png, in a folder of their own or beside their pictures", async () => {
  const own = { "p/1.png": png(1, 2), "p/2.jpg": plainJpeg(1, 2, [9, 9, 9]) };
  const marked = { "m/1_mask.png": grey(1, 2, [3, 3]), "m/2-mask.png": grey(1, 2, [3, 5]) };
  const apart = await read({ ...own, ...marked });
  expect([...column(apart, "mask").values].sort()).toEqual([0, 0, 0, 1]);
  const beside = { "d/1.png": png(1, 2), "d/1_mask.png": grey(1, 2, [3, 5]) };
  const here = (files: Files) => load("segmentation", files, { positional: ["d", "d"], named: { split: 1 }, seed: 1 });
  const together = await here(beside);
  expect(together.train.length).toBe(1);
  expect([...column(together, "mask").values]).toEqual([0, 1]);
  const lacking = await failure(here({ ...beside, "d/2.png": png(1, 2) }));
  expect([lacking.message, lacking.hint]).toEqual([
    "the picture d/2.png has no mask in d",
    "a mask is called like its picture: d/2_mask.png",
  ]);
  const twice = await failure(here({ ...beside, "d/1_seg.png": grey(1, 2, [3, 5]) }));
  expect(twice.message).toBe("d/1_mask.png and d/1_seg.png are masks of one picture");
});

test("a mask that is missing, alone or of another size, and too many colours, are errors that name the file", async () => {
  const { "m/2.png": _, ...lacking } = FINE;
  const bytes = Uint8Array.from(
    { length: 1200 },
    (_, i) => [Math.floor(i / 3) >> 8, Math.floor(i / 3) & 255, 0][i % 3]!,
  );
  const manyColours = encodePng({ width: 20, height: 20, channels: 3, bytes });
  const cases: readonly [files: Files, code: string, message: string][] = [
    [lacking, "data/no-pictures", "the picture p/2.jpg has no mask in m"],
    [
      { ...FINE, "m/3.png": grey(2, 3, [0, 0, 0, 0, 0, 0]) },
      "data/no-pictures",
      "the mask m/3.png has no picture in p",
    ],
    [
      { ...FINE, "m/2.png": grey(3, 2, [0, 0, 0, 0, 0, 0]) },
      "data/picture-sizes",
      "m/2.png is 3x2, but its picture p/2.jpg is 2x3",
    ],
    [{ ...FINE, "p/2.jpg": png(4, 4), "m/2.png": png(4, 4) }, "data/picture-name", "p/2.jpg is a PNG file"],
    [{ "p/1.png": png(20, 20), "m/1.png": manyColours }, "data/too-large", "more than 256 colours"],
    [{ "p/1.txt": utf8("x"), "m/1.png": png(2, 2) }, "data/no-pictures", "the folder p has no"],
  ];
  for (const [files, code, message] of cases) {
    const error = await failure(read(files));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});

test("a table of names says the labels of pictures in one folder, and a missing picture is an error at its line", async () => {
  const files: Files = { "d/1.png": png(2, 2), "d/more/2.png": png(2, 2, 3, 9), "d/3.png": png(2, 2, 3, 20) };
  const images = (table: string) =>
    load(
      "images",
      { ...files, "t.csv": utf8(table) },
      { positional: ["d"], named: { table: "t.csv", split: 1 }, seed: 1 },
    );
  const data = await images("file,label\n1.png,dog\nmore/2.png,cat\n3.png,dog\n");
  expect([data.train.length, column(data, "label").labels]).toEqual([3, ["cat", "dog"]]);
  expect([...column(data, "label").values].sort()).toEqual([0, 1, 1]);
  const swapped = await images("id;label;path\n7;dog;1.png\n");
  expect([swapped.train.length, column(swapped, "label").labels]).toEqual([1, ["dog"]]);
  const cases: readonly [table: string, code: string, message: string][] = [
    ["file,label\n1.png,dog\n4.png,cat\n", "data/no-pictures", "t.csv, line 3: there is no picture d/4.png"],
    ["file,label\n1.png,\n", "data/csv-missing", "t.csv, line 2: there is no label"],
    ["file\n1.png\n", "data/csv-no-label", "t.csv has one column"],
    ["file,label\n", "data/csv-no-rows", "t.csv has a header and no rows"],
  ];
  for (const [table, code, message] of cases) {
    const error = await failure(images(table));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});
