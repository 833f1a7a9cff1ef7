// idx files are read strictly: what is whole is read exactly, what is not gives one clear error.

import { gzipSync } from "fflate";
import { expect, test } from "vitest";
import { gunzip } from "../../runtime/files/gzip.ts";
import { column, failure, idx, load, utf8 } from "./rawfiles.ts";

/** Five pictures of 2x3 pixels; pixel k of the file is k. */
const pixels = Array.from({ length: 30 }, (_, index) => index);
const images = idx([5, 2, 3], pixels);
const labels = idx([5], [3, 1, 4, 1, 5]);
const call = { positional: ["d"] };

function half(name: "train" | "t10k", imageBytes = images, labelBytes = labels) {
  return { [`d/${name}-images-idx3-ubyte`]: imageBytes, [`d/${name}-labels-idx1-ubyte`]: labelBytes };
}

function broken(imageBytes: Uint8Array, labelBytes = labels) {
  return failure(load("mnist", half("t10k", imageBytes, labelBytes), call));
}

test("the t10k half alone is split in file order, values scaled to 0..1", async () => {
  const data = await load("mnist", half("t10k"), call);
  expect([data.unit, data.unitsPerExample, data.train.length, data.heldout.length]).toEqual(["images", 1, 4, 1]);
  const image = column(data, "image");
  expect([image.shape, image.classes]).toEqual([[2, 3, 1], undefined]);
  expect([...image.values]).toEqual(pixels.slice(0, 24).map((value) => Math.fround(value / 255)));
  expect(column(data, "label")).toMatchObject({ shape: [], classes: 10, values: Int32Array.of(3, 1, 4, 1) });
  expect([...column(data, "label", "heldout").values]).toEqual([5]);
});

test("both halves give training and held-out images without a split, packed, plain, and with dots in the names", async () => {
  const small = { images: idx([2, 2, 3], pixels.slice(0, 12)), labels: idx([2], [9, 0]) };
  const data = await load(
    "mnist",
    {
      "d/train-images-idx3-ubyte.gz": gzipSync(images),
      "d/train-labels-idx1-ubyte.gz": gzipSync(labels, { filename: "labels" }),
      "d/t10k-images.idx3-ubyte": small.images,
      "d/t10k-labels.idx1-ubyte": small.labels,
    },
    call,
  );
  expect([data.train.length, data.heldout.length]).toEqual([5, 2]);
  expect([...column(data, "label", "heldout").values]).toEqual([9, 0]);
});

test("split=1 trains on everything, split=0.4 on two of five", async () => {
  const all = await load("mnist", half("train"), { ...call, named: { split: 1 } });
  expect([all.train.length, all.heldout.length]).toEqual([5, 0]);
  const some = await load("mnist", half("train"), { ...call, named: { split: 0.4 } });
  expect([some.train.length, some.heldout.length]).toEqual([2, 3]);
});

test("a wrong magic number, another element type and swapped files get different errors", async () => {
  const magic = await broken(Uint8Array.of(7, ...images.subarray(1)));
  expect([magic.code, magic.message]).toEqual(["data/not-idx", expect.stringContaining("07 00 08 03")]);
  expect((await broken(idx([5, 2, 3], pixels, 13))).message).toContain("floats");
  const swapped = await broken(labels, images);
  expect([swapped.code, swapped.hint]).toEqual(["data/not-idx", "are these the labels?"]);
});

test("a count that lies is an error in both directions, packed or not", async () => {
  for (const pack of [(bytes: Uint8Array) => bytes, (bytes: Uint8Array) => gzipSync(bytes)]) {
    const tooMany = await broken(pack(idx([6, 2, 3], pixels)));
    expect([tooMany.code, tooMany.message]).toEqual(["data/truncated", expect.stringContaining("5 of the 6")]);
    expect((await broken(pack(idx([4, 2, 3], pixels)))).code).toBe("data/idx-count");
  }
  expect((await broken(idx([0, 2, 3], []))).code).toBe("data/not-idx");
  expect((await broken(images, idx([4], [0, 1, 2, 3]))).code).toBe("data/counts-differ");
});

test("every truncation of a plain and of a packed file is one DataError", async () => {
  const packed = gzipSync(images);
  for (const whole of [images, packed]) {
    for (let length = 0; length < whole.length; length++) {
      const error = await broken(whole.slice(0, length));
      expect(error.code).toMatch(/truncated|not-idx|empty-file|corrupt-gzip/);
    }
  }
});

test("a bit flipped anywhere in a packed file is an error, or changes nothing that is read", async () => {
  const packed = gzipSync(images, { mtime: 0 });
  const good = await load("mnist", half("t10k"), call);
  const accepted = new Set<number>();
  for (let bit = 0; bit < packed.length * 8; bit++) {
    const flipped = packed.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const outcome = await load("mnist", half("t10k", flipped), call).catch((error) => failure(Promise.reject(error)));
    if ("code" in outcome) continue;
    expect(outcome).toEqual(good);
    accepted.add(bit >> 3);
  }
  // only these bytes may be ignored: flags (text), time, extra flags, system, and the fill bits before the trailer
  const harmless = new Set([3, 4, 5, 6, 7, 8, 9, packed.length - 9]);
  expect([...accepted].filter((byte) => !harmless.has(byte))).toEqual([]);
});

test("a web page saved under the name of the data is recognised, packed or plain", async () => {
  const page = utf8("\n<!DOCTYPE html>\n<html><body>404</body></html>");
  const error = await broken(page);
  expect([error.code, error.message]).toEqual([
    "data/web-page",
    expect.stringContaining("t10k-images-idx3-ubyte is a web page"),
  ]);
  expect((await broken(gzipSync(page))).code).toBe("data/not-idx");
  expect((await broken(new Uint8Array(0))).code).toBe("data/empty-file");
});

test("a gzip bomb stops at what the header announces, and a header that announces too much is refused", async () => {
  const zeros = new Uint8Array(3_000_000);
  zeros.set(idx([1, 2, 3], pixels.slice(0, 6)));
  const bomb = gzipSync(zeros);
  expect(bomb.length).toBeLessThan(10_000);
  expect((await broken(bomb)).code).toBe("data/idx-count");
  expect((await failure(() => gunzip(bomb, "bomb", 1000))).code).toBe("data/too-large");
  const giant = await broken(gzipSync(idx([4_000_000_000, 1000, 1000], [])));
  expect([giant.code, giant.message]).toEqual(["data/too-large", expect.stringContaining("4000000000 x 1000 x 1000")]);
});

test("a label outside 0 to 9 names its place", async () => {
  const error = await broken(images, idx([5], [0, 1, 10, 3, 4]));
  expect([error.code, error.message]).toEqual(["data/label-out-of-range", expect.stringContaining("label 2 is 10")]);
});

test("missing folders, files and halves get different errors", async () => {
  expect((await failure(load("mnist", {}, call))).code).toBe("data/folder-not-found");
  expect((await failure(load("mnist", { "d/cat.png": images }, call))).message).toContain("no MNIST files");
  const lonely = await failure(load("mnist", { "d/train-images-idx3-ubyte": images }, call));
  expect(lonely.message).toContain("no train-labels-idx1-ubyte or train-labels-idx1-ubyte.gz");
  const sizes = await failure(load("mnist", { ...half("train"), ...half("t10k", idx([5, 3, 2], pixels)) }, call));
  expect(sizes.code).toBe("data/counts-differ");
});
