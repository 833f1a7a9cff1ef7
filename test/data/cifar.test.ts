// CIFAR-10's binary files: planes become channels, and whatever is not whole records of them gives one clear error.

import { expect, test } from "vitest";
import { column, failure, load, utf8 } from "./rawfiles.ts";

/** One record: every point of its planes has these three values, except the first, which is black. */
function record(label: number, [r, g, b]: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(3073);
  bytes[0] = label;
  for (const [k, value] of [r!, g!, b!].entries()) bytes.fill(value, 1 + 1024 * k + 1, 1 + 1024 * (k + 1));
  return bytes;
}

const batch = (...labels: number[]): Uint8Array =>
  Uint8Array.from(labels.flatMap((label) => [...record(label, [255, 51, 10 * label])]));

const batches = (folder = "d"): Record<string, Uint8Array> =>
  Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`${folder}/data_batch_${n}.bin`, batch(n, n)]));
const all = (folder = "d") => ({ ...batches(folder), [`${folder}/test_batch.bin`]: batch(9, 0, 3) });
const call = { positional: ["d"] };
const broken = (bytes: Uint8Array) => failure(load("cifar10", { ...all(), "d/data_batch_2.bin": bytes }, call));

test("five batches train and one is held out, in file order, with channels last and values from 0 to 1", async () => {
  const data = await load("cifar10", all(), call);
  expect([data.unit, data.train.length, data.heldout.length]).toEqual(["images", 10, 3]);
  const image = column(data, "image");
  expect([image.shape, image.values.length]).toEqual([[32, 32, 3], 10 * 3072]);
  expect([...image.values.subarray(0, 6)]).toEqual([0, 0, 0, 1, 51 / 255, 10 / 255].map(Math.fround));
  const label = column(data, "label", "heldout");
  expect([[...label.values], label.classes, label.labels?.[9]]).toEqual([[9, 0, 3], 10, "truck"]);
});

test("the folder above the archive's will do, and n takes the first of each half", async () => {
  const data = await load("cifar10", all("d/cifar-10-batches-bin"), { ...call, named: { n: 3 } });
  expect([...column(data, "label").values]).toEqual([1, 1, 2]);
  expect([...column(data, "label", "heldout").values]).toEqual([9, 0, 3]);
});

test("one half alone is split in file order", async () => {
  const data = await load("cifar10", batches(), { ...call, named: { split: 0.7 } });
  expect([data.train.length, [...column(data, "label", "heldout").values]]).toEqual([7, [4, 5, 5]]);
  const tested = await load("cifar10", { "d/test_batch.bin": batch(1, 2, 3, 4, 5) }, call);
  expect([tested.train.length, tested.heldout.length]).toEqual([4, 1]);
});

test("a batch that is cut off, of another size of record, empty or a web page is refused", async () => {
  const cut = await broken(batch(1, 2).subarray(0, 4000));
  expect([cut.code, cut.message]).toEqual([
    "data/truncated",
    expect.stringContaining("1 records of 3073 and 927 more"),
  ]);
  const hundred = await broken(new Uint8Array(2 * 3074));
  expect([hundred.code, hundred.hint]).toEqual(["data/record-size", expect.stringContaining("CIFAR-100")]);
  expect((await broken(new Uint8Array())).code).toBe("data/empty-file");
  expect((await broken(utf8("<html><body>404</body></html>"))).code).toBe("data/web-page");
});

test("a label outside 0 to 9 names its file and place", async () => {
  const error = await broken(batch(0, 10));
  expect([error.code, error.message]).toEqual([
    "data/label-out-of-range",
    "d/data_batch_2.bin: label 1 is 10, but labels are 0 to 9",
  ]);
});

test("missing folders and missing files get different errors, and the files for Python are recognised", async () => {
  expect((await failure(load("cifar10", {}, call))).code).toBe("data/folder-not-found");
  const { "d/data_batch_4.bin": _, ...four } = all();
  expect((await failure(load("cifar10", four, call))).message).toBe("d has data_batch_1.bin, but no data_batch_4.bin");
  const other = await failure(load("cifar10", { "d/readme.html": utf8("x") }, call));
  expect([other.code, other.hint]).toEqual(["data/file-not-found", expect.stringContaining("data_batch_1.bin")]);
  const pickles = await failure(load("cifar10", { "d/data_batch_1": utf8("x") }, call));
  expect(pickles.hint).toContain("for Python");
});
