// Proves that a table with a row for each box gives every picture its boxes, as shares of the picture as it is seen, however the table
// writes them and however the picture is read; and that a box that cannot be is one error at its line.

import { expect, test } from "vitest";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { batchesOf } from "../../runtime/stream/reading.ts";
import { column, failure, load, utf8 } from "./rawfiles.ts";
import { exif, jpegWithExif, plainJpeg, png, withExif } from "./rawpictures.ts";

type Named = Record<string, SourceArgument>;
const FILES = { "d/1.png": png(20, 40), "d/in/2.png": png(10, 16), "d/3.png": png(8, 8) };
const given = (named: Named): Named => ({ table: "t.csv", split: 1, size: [4, 4], ...named });
const read = (table: string, named: Named = {}, files: Record<string, Uint8Array> = FILES): Promise<Dataset> =>
  load("images", { ...files, "t.csv": utf8(table) }, { positional: ["d"], named: given(named), seed: 1 });

/** The boxes of each picture that is trained on, without what fills them up, in no order of pictures. */
function boxesOf(data: Dataset): string[] {
  const { values, shape } = column(data, "boxes");
  const lengths = column(data, "boxes~length").values;
  const [most = 0] = shape;
  const rounded = Array.from(values, (v) => Number(v.toFixed(4)));
  return Array.from(lengths, (n, row) => rounded.slice(4 * row * most, 4 * (row * most + n)).join(" ")).sort();
}

const WANTED = ["", "0.25 0.1 0.5 0.6", "0.5 0.2 1 0.9 0 0 0.25 0.5"].sort();

test("every usual way of writing boxes gives the same shares of the picture, and classes by their names", async () => {
  const tables = [
    "file,xmin,ymin,xmax,ymax,label\n1.png,10,2,20,12,cat\nin/2.png,8,2,16,9,dog\nin/2.png,0,0,4,5,cat\n3.png,,,,,\n",
    "filename,width,height,class,xmin,ymin,xmax,ymax\n1.png,40,20,cat,10,2,20,12\nin/2.png,16,10,dog,8,2,16,9\nin/2.png,16,10,cat,0,0,4,5\n3.png,8,8,,,,,\n",
    "label;x;y;w;h;path\ncat;10;2;10;10;1.png\ndog;8;2;8;7,0;in/2.png\ncat;0;0;4;5;in/2.png\n;;;;;3.png\n",
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax\n1,x,cat,1,0.25,0.5,0.1,0.6\nin/2,x,dog,1,0.5,1,0.2,0.9\nin/2,x,cat,1,0,0.25,0,0.5\n3,x,,,,,,\n",
    'image_id,width,height,bbox,category\n1,40,20,"[10.0, 2.0, 10.0, 10.0]",cat\nin/2,16,10,"[8, 2, 8, 7]",dog\nin/2,16,10,"[0, 0, 4, 5]",cat\n3,8,8,,\n',
    "file,x_center,y_center,width,height,label\n1.png,0.375,0.35,0.25,0.5,cat\nin/2.png,0.75,0.55,0.5,0.7,dog\nin/2.png,0.125,0.25,0.25,0.5,cat\n3.png,,,,,\n",
    "file,x1,y1,x2,y2,label\n1.png,10,2,20,12,cat\nin/2.png,8,2,16,9,dog\nin/2.png,0,0,4,5,cat\n3.png,,,,,\n",
    "file,x0,y0,x1,y1,label\n1.png,10,2,20,12,cat\n3.png,,,,,\nin/2.png,8,2,16,9,dog\nin/2.png,0,0,4,5,cat\n",
    "file,bbox_left,bbox_top,bbox_width,bbox_height,label\nin/2.png,8,2,8,7,dog\n1.png,10,2,10,10,cat\nin/2.png,0,0,4,5,cat\n3.png,,,,,\n",
  ];
  for (const table of tables) {
    const data = await read(table);
    expect(column(data, "boxes").shape).toEqual([2, 4]);
    expect([table, boxesOf(data)]).toEqual([table, WANTED]);
    const labels = column(data, "labels");
    expect([labels.shape, labels.labels]).toEqual([[2], ["cat", "dog"]]);
    const row = column(data, "labels~length").values.indexOf(2);
    expect([...labels.values.subarray(2 * row, 2 * row + 2)]).toEqual([1, 0]);
    expect(column(data, "boxes").note).toMatch(/left, top, right and bottom as shares.*1 of 3 pictures have none/);
  }
  const without = await read("file,x,y,w,h\n1.png,1,1,2,2\n");
  expect(without.train.columns.map(({ name }) => name)).toEqual(["image", "boxes", "boxes~length"]);
});

test("boxes are shares of the upright picture, whatever size it is taken to", async () => {
  const turned = { "d/1.png": withExif(png(20, 40), exif(6, true)) };
  const jpeg = { "d/1.jpg": jpegWithExif(plainJpeg(20, 40, [9, 9, 9]), exif(8, false)) };
  for (const size of [[4, 4], [33, 9], "first"] as const)
    for (const files of [turned, jpeg])
      expect(boxesOf(await read("file,x,y,w,h\n1,0,30,20,10\n", size === "first" ? {} : { size }, files))).toEqual([
        "0 0.75 1 1",
      ]);
  const { message, hint } = await failure(read("file,x,y,w,h\n1.png,30,0,10,20\n", {}, turned));
  expect(message).toBe(
    "t.csv, line 2: the box goes from 30 to 40 across and from 0 to 20 down, but d/1.png is 20 points wide and 40 high",
  );
  expect(hint).toContain("stored lying on its side");
});

const THREE = "file,x,y,w,h,label\n1.png,1,1,4,4,a\n1.png,2,2,4,4,b\n1.png,3,3,4,4,c\nin/2.png,0,0,2,2,c\n";

test("boxes=N gives fields for so many, of which the first are taken with a note, and boxes=1 one that is no list", async () => {
  const two = await read(THREE, { boxes: 2 });
  expect([column(two, "boxes").shape, column(two, "labels").labels]).toEqual([
    [2, 4],
    ["a", "b", "c"],
  ]);
  expect(boxesOf(two)).toEqual(["0 0 0.125 0.2", "0.025 0.05 0.125 0.25 0.05 0.1 0.15 0.3"]);
  expect(column(two, "boxes").note).toContain("1 of 2 pictures have more than 2, of which the first are taken");
  expect(column(await read(THREE, { boxes: 9 }), "boxes").shape).toEqual([9, 4]);
  const one = await read(THREE, { boxes: 1 });
  const [box, label] = [column(one, "box"), column(one, "label")];
  expect([box.shape, label.shape, label.classes]).toEqual([[4], [], 3]);
  expect([...label.values].sort()).toEqual([0, 2]);
});

test("a box that cannot be, a picture that is missing and an argument without a table are each one error", async () => {
  const head = "file,x,y,w,h,label\n1.png,1,1,4,4,a\n";
  const cases: readonly [table: string, named: Named, code: string, message: string][] = [
    [`${head}1.png,38,0,4,4,a\n`, {}, "data/bad-box", "t.csv, line 3: the box goes from 38 to 42 across"],
    [`${head}3.png,0,-1,4,4,a\n`, {}, "data/bad-box", "from -1 to 3 down, but d/3.png is 8 points wide and 8 high"],
    [`${head}3.png,0,0,-4,4,a\n`, {}, "data/bad-box", "from 0 to -4 across and from 0 to 4 down, which holds nothing"],
    [`${head}3.png,0,0,0,4,a\n`, {}, "data/bad-box", "which holds nothing"],
    [`${head}3.png,0,0,wide,4,a\n`, {}, "data/bad-box", 'line 3: "wide" is no number of a box'],
    [`${head}3.png,0,0,,4,a\n`, {}, "data/bad-box", 'line 3: "" is no number of a box'],
    [`${head}3.png,0,0,1e999,4,a\n`, {}, "data/bad-box", "line 3"],
    ["file,bbox\n1.png,[1 2 3]\n", {}, "data/bad-box", 'line 2: "[1 2 3]" is no box of four numbers'],
    [`${head}4.png,0,0,4,4,a\n`, {}, "data/no-pictures", "t.csv, line 3: there is no picture d/4.png"],
    [`${head}in/4,0,0,4,4,a\n`, {}, "data/no-pictures", "t.csv, line 3: there is no picture d/in/4"],
    [`${head}no/4,0,0,4,4,a\n`, {}, "data/no-pictures", "t.csv, line 3: there is no picture d/no/4"],
    [`${head}3.png,0,0,4,4,\n`, {}, "data/csv-missing", "t.csv, line 3: there is no label"],
    ["file,x,y,w,h\n1.png,,,,\n", {}, "data/csv-no-rows", "no row has a box"],
    [`${head}3.png,,,,,\n`, { boxes: 1 }, "data/bad-box", "the picture d/3.png has no box"],
    ["file,label\n1.png,a\n3.png,b\n", { boxes: 2 }, "data/bad-argument", "t.csv has no columns of boxes"],
    [head, { boxes: 2, table: "" }, "data/bad-argument", "boxes are those of a table"],
    [
      "file,x0,y0,x1,y1\n1.png,0,0,0.5,0.5\n3.png,0.1,0.2,0.5,1\nin/2.png,0.1,0.1,1.2,1\n",
      {},
      "data/bad-box",
      "line 4: the box goes from 0.1 to 1.2 across and from 0.1 to 1 down, but the table has shares",
    ],
  ];
  for (const [table, named, code, message] of cases) {
    const error = await failure(read(table, named));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});

test("a stream has the boxes that are in memory", async () => {
  const files = memoryFiles({ ...FILES, "t.csv": utf8(`${THREE}3.png,,,,,\n`) });
  for (const named of [{}, { boxes: 2 }]) {
    const request = { name: "images", positional: ["d"], seed: 3, base: "" };
    const open = (stream: boolean) => loadDataset({ ...request, named: { ...given(named), stream } }, files);
    const [inMemory, streamed] = [await open(false), await open(true)];
    const facts = (data: Dataset) =>
      data.train.columns.map(({ name, shape, classes, note }) => ({ name, shape, classes, note }));
    expect(facts(streamed)).toEqual(facts(inMemory));
    for await (const { values } of batchesOf(streamed, "train", 10, files))
      for await (const wanted of batchesOf(inMemory, "train", 10, files)) expect(values).toEqual(wanted.values);
  }
});
