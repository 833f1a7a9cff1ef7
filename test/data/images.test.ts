// A folder for each class: classes and pictures in the order of their names, one size, and one clear error for each slip.

import { expect, test } from "vitest";
import { tinyData } from "../../project/data/schema.ts";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { type FileReader, memoryFiles } from "../../runtime/files/files.ts";
import { openText } from "../support/opened.ts";
import { bits, column, failure, load, utf8 } from "./rawfiles.ts";
import { exif, plainJpeg, png, withExif } from "./rawpictures.ts";

const pets = {
  "d/dog/b.png": png(2, 3, 3, 60),
  "d/dog/a.PNG": png(2, 3, 1, 40),
  "d/cat/one.png": png(2, 3, 3, 0),
  "d/cat/.hidden.png": utf8("not looked at"),
  "d/cat/notes.txt": utf8("not looked at"),
  "d/.cache/x.png": utf8("not looked at"),
  "d/README": utf8("not looked at"),
};

const open = (named: Record<string, SourceArgument> = {}, files: Record<string, Uint8Array> = pets, seed = 1) =>
  load("images", files, { positional: ["d"], named, seed });
const broken = (more: Record<string, Uint8Array>, named: Record<string, SourceArgument> = {}) =>
  failure(open(named, { ...pets, ...more }));

test("pictures come with the classes of their folders, grey ones in three channels", async () => {
  const data = await open({ split: 1 });
  expect([data.unit, data.train.length, data.heldout.length]).toEqual(["images", 3, 0]);
  const [image, label] = [column(data, "image"), column(data, "label")];
  expect([image.shape, label.shape, label.classes, label.labels]).toEqual([[2, 3, 3], [], 2, ["cat", "dog"]]);
  const first = Array.from(label.values, (k, row) => [k, Math.round(image.values[row * 18]! * 255)]);
  expect(first.sort()).toEqual([
    [0, 0],
    [1, 40],
    [1, 60],
  ]);
  const grey = Array.from(label.values.keys()).find((row) => Math.round(image.values[row * 18]! * 255) === 40)!;
  expect([...image.values.subarray(grey * 18, grey * 18 + 6)].map((v) => Math.round(v * 255))).toEqual([
    40, 40, 40, 47, 47, 47,
  ]);
});

test("test= holds another folder out, whose classes have the numbers of those that train", async () => {
  const files = { ...pets, "t/dog/x.png": png(2, 3, 3, 90), "t/dog/y.png": png(2, 3, 3, 90) };
  const data = await open({ test: "t" }, files);
  expect([data.train.length, data.heldout.length]).toEqual([3, 2]);
  expect([...data.heldout.columns[1]!.values]).toEqual([1, 1]);
  const strange = await failure(open({ test: "t" }, { ...files, "t/bird/x.png": png(2, 3, 3, 9) }));
  expect([strange.code, strange.message, strange.hint]).toEqual([
    "data/bad-argument",
    "t has a folder bird, and d has no such class",
    "the classes are cat, dog",
  ]);
  const parts = { "d/train/cat/a.png": png(2, 3, 3, 9), "d/val/cat/b.png": png(2, 3, 3, 9) };
  const error = await failure(open({}, parts));
  expect(error.hint).toBe('images("d/train", test="d/val") trains on one of these folders and holds the other out');
});

test("grey=true gives one channel, size= brings all to one size, n= takes so many", async () => {
  expect(column(await open({ split: 1, grey: true }), "image").shape).toEqual([2, 3, 1]);
  const sized = await open({ split: 1, size: [4, 4] }, { ...pets, "d/dog/c.jpg": plainJpeg(20, 30, [255, 0, 0]) });
  const image = column(sized, "image");
  expect([image.shape, sized.train.length]).toEqual([[4, 4, 3], 4]);
  expect([...image.values].every((value) => value >= 0 && value <= 1)).toBe(true);
  const some = await open({ n: 2, split: 0.5 });
  expect([some.train.length, some.heldout.length, column(some, "label").classes]).toEqual([1, 1, 2]);
});

test("the seed says what is held out, and nothing else does", async () => {
  const many = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`d/${i % 2}/${i}.png`, png(1, 1, 1, i)]));
  const [a, again, b] = [await open({}, many, 1), await open({}, many, 1), await open({}, many, 2)];
  expect([a.train.length, a.heldout.length]).toEqual([10, 2]);
  expect(bits(a)).toEqual(bits(again));
  expect(bits(a)).not.toEqual(bits(b));
});

test("pictures of two sizes name both and the way out", async () => {
  const error = await broken({ "d/dog/c.png": png(5, 4) });
  expect([error.code, error.message, error.hint]).toEqual([
    "data/picture-sizes",
    "d/dog/c.png is 5x4, but d/cat/one.png is 2x3 (height and width): all must be of one size",
    expect.stringContaining("size=64x64"),
  ]);
});

test("pictures in folders of a class's folder belong to the class, whatever their depth; a circle of links has an end", async () => {
  const nested = {
    ...pets,
    "d/cat/more/two.png": png(2, 3),
    "d/cat/more/still/three.png": png(2, 3),
    "d/cat/more/.x/y.png": png(2, 3),
  };
  const data = await open({ split: 1 }, nested);
  expect([data.train.length, [...column(data, "label").values].sort()]).toEqual([5, [0, 0, 0, 1, 1]]);
  const only = await broken({ "d/fish/reef/a.png": png(2, 3), "d/fish/lake/b.png": png(2, 3) });
  expect([only.code, only.message, only.hint]).toEqual([
    "data/no-pictures",
    "the folder d/fish has pictures in its folders only",
    expect.stringContaining('images("d/fish")'),
  ]);
  const inner = memoryFiles(pets);
  const circle: FileReader = {
    ...inner,
    list: (path) =>
      inner.list(path.replaceAll(/\/back/g, "")).then((names) => (path.includes("/cat") ? [...names, "back"] : names)),
  };
  const request = { name: "images", positional: ["d"], named: {}, seed: 1, base: "" };
  const error = await failure(loadDataset(request, circle));
  expect([error.code, error.hint]).toEqual(["data/no-pictures", expect.stringContaining("link")]);
});

test("a picture that a camera stored sideways has the size that it is seen in", async () => {
  const turned = withExif(png(2, 3), exif(6, false));
  const files = { "d/cat/a.png": turned, "d/dog/b.png": png(3, 2) };
  expect(column(await open({ split: 1 }, files), "image").shape).toEqual([3, 2, 3]);
});

test("folders that are missing, empty, or no folders of classes get different errors", async () => {
  expect((await failure(open({}, {}))).code).toBe("data/folder-not-found");
  const none = await failure(open({}, { "d/README": utf8("x") }));
  expect([none.code, none.message]).toEqual(["data/no-pictures", "d has no folders with pictures"]);
  const empty = await broken({ "d/fish/list.txt": utf8("x") });
  expect([empty.code, empty.message]).toEqual([
    "data/no-pictures",
    "the folder d/fish has no .png, .jpg or .webp files",
  ]);
  const deeper = await broken({ "d/train/cat/a.png": png(2, 3) });
  expect([deeper.code, deeper.hint]).toEqual(["data/no-pictures", expect.stringContaining('images("d/train")')]);
  const stray = await broken({ "d/x.jpg": png(2, 3) });
  expect([stray.code, stray.hint]).toEqual([
    "data/no-classes",
    'each class has a folder of its own: d/NAME/x.jpg; or a table names the classes: `images(..., table="labels.csv")`',
  ]);
});

test("a file that is damaged, no picture, a web page or under a wrong name is named", async () => {
  const cases: readonly [Uint8Array, string, string][] = [
    [png(2, 3).subarray(0, 50), "x.png", "data/truncated"],
    [png(2, 3).with(40, 1), "x.png", "data/corrupt-picture"],
    [plainJpeg(2, 3, [1, 2, 3]), "x.png", "data/picture-name"],
    [utf8("<!doctype html><html></html>"), "x.jpg", "data/web-page"],
    [utf8("GIF89a"), "x.gif", "data/not-a-picture"],
    [new Uint8Array(), "x.png", "data/empty-file"],
  ];
  for (const [bytes, name, code] of cases) {
    const error = await broken({ [`d/dog/${name}`]: bytes });
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(`d/dog/${name}`)]);
  }
});

/** Fields of a declaration, and which files were read for them. */
async function glanced(source: string, contents: Record<string, Uint8Array>) {
  const read: string[] = [];
  const inner = memoryFiles(contents);
  const files: FileReader = {
    ...inner,
    read(path) {
      read.push(path);
      return inner.read(path);
    },
  };
  const { program } = openText("test.dnn", `data d = ${source}\n`);
  const tiny = await tinyData(program, program.data.get("d")!, { base: "", files });
  return { fields: tiny?.fields, read, codes: tiny?.diagnostics.map((d) => d.code) };
}

test("the checker gets the fields from the folders and the first picture's header, and none where there is no folder", async () => {
  const { fields, read } = await glanced('images("d")', { ...pets, "d/dog/b.png": utf8("not looked at") });
  expect(fields).toEqual([
    { name: "image", shape: [2, 3, 3] },
    { name: "label", shape: [], classes: 2, labels: "unread" },
  ]);
  expect(read[0]).toBe("d/cat/one.png");
  const other = await glanced('images("d")', { ...pets, "d/dog/b.png": png(4, 3, 3, 60) });
  expect(other.codes).toEqual(["data/picture-sizes"]);
  const sized = await glanced('images("d", size=8x9, grey=true)', pets);
  expect([sized.fields?.[0], sized.read]).toEqual([{ name: "image", shape: [8, 9, 1] }, []]);
  const nowhere = await glanced('images("nowhere")', pets);
  expect([nowhere.fields, nowhere.codes]).toEqual([[], ["data/folder-not-found"]]);
  const cifar = await glanced('cifar10("nowhere")', pets);
  expect([cifar.codes, cifar.fields]).toEqual([
    ["data/folder-not-found"],
    [
      { name: "image", shape: [32, 32, 3] },
      { name: "label", shape: [], classes: 10, labels: "unread" },
    ],
  ]);
});
