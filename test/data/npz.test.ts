// NumPy archives are read exactly; nothing that could run code or be silently wrong gets through.

import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { Split } from "../../runtime/data/dataset.ts";
import { readNpy } from "../../runtime/files/npy.ts";
import { readZip } from "../../runtime/files/zip/read.ts";
import { bits, bytesOf, column, failure, load, npy, utf8 } from "./rawfiles.ts";

// Made by numpy.savez and numpy.savez_compressed: x = arange(6, f4).reshape(3, 2) / 2, label = [0, 2, 1] (i8),
// flag = [True, False, True].
const SAVED =
  "UEsDBBQAAAAAAAAAIQCI4yzhmAAAAJgAAAAFABQAeC5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAD8AAIA/AADAPwAAAEAAACBAUEsDBBQAAAAAAAAAIQDm81VNmAAAAJgAAAAJABQAbGFiZWwubnB5AQAQAJgAAAAAAAAAmAAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICc8aTgnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgAAAAAAAAAAAgAAAAAAAAABAAAAAAAAAFBLAwQUAAAAAAAAACEAFpOMu4MAAACDAAAACAAUAGZsYWcubnB5AQAQAIMAAAAAAAAAgwAAAAAAAACTTlVNUFkBAHYAeydkZXNjcic6ICd8YjEnLCAnZm9ydHJhbl9vcmRlcic6IEZhbHNlLCAnc2hhcGUnOiAoMywpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgCgEAAVBLAQIUAxQAAAAAAAAAIQCI4yzhmAAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQIUAxQAAAAAAAAAIQDm81VNmAAAAJgAAAAJAAAAAAAAAAAAAACAAc8AAABsYWJlbC5ucHlQSwECFAMUAAAAAAAAACEAFpOMu4MAAACDAAAACAAAAAAAAAAAAAAAgAGiAQAAZmxhZy5ucHlQSwUGAAAAAAMAAwCgAAAAXwIAAAAA";
const COMPRESSED =
  "UEsDBBQAAAAIAAAAIQCI4yzhVwAAAJgAAAAFABQAeC5ucHkBABAAmAAAAAAAAABXAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GsY6CkaaOgq1CmQDLgYIsGdgaADiA0DM4MDAoOAAAFBLAwQUAAAACAAAACEA5vNVTUwAAACYAAAACQAUAGxhYmVsLm5weQEAEACYAAAAAAAAAEwAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgbpNpoa6joJ6WX1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkaxjqaOgq1ChQALgYoYILSjFAaAFBLAwQUAAAACAAAACEAFpOMu0cAAACDAAAACAAUAGZsYWcubnB5AQAQAIMAAAAAAAAARwAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBek2SorqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RrGOpo6CrUKFAAuRgZGAFBLAQIUAxQAAAAIAAAAIQCI4yzhVwAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAAB4Lm5weVBLAQIUAxQAAAAIAAAAIQDm81VNTAAAAJgAAAAJAAAAAAAAAAAAAACAAY4AAABsYWJlbC5ucHlQSwECFAMUAAAACAAAACEAFpOMu0cAAACDAAAACAAAAAAAAAAAAAAAgAEVAQAAZmxhZy5ucHlQSwUGAAAAAAMAAwCgAAAAlgEAAAAA";

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

function read(archive: Uint8Array, split = 1, seed = 1) {
  return load("npz", { "a.npz": archive }, { positional: ["a.npz"], named: { split }, seed });
}

function archive(arrays: Record<string, Uint8Array>): Uint8Array {
  return zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])));
}

test("archives that NumPy wrote, packed or not, give one field per array with its rows together", async () => {
  const [saved, compressed] = [await read(fromBase64(SAVED)), await read(fromBase64(COMPRESSED))];
  expect(bits(compressed)).toEqual(bits(saved));
  expect(saved.train.columns.map(({ name, shape, classes }) => [name, shape, classes])).toEqual([
    ["x", [2], undefined],
    ["label", [], 3],
    ["flag", [], 2],
  ]);
  const labelOf = new Map(
    [0, 1, 2].map((row) => [column(saved, "x").values[2 * row], column(saved, "label").values[row]]),
  );
  expect([labelOf.get(0), labelOf.get(1), labelOf.get(2)]).toEqual([0, 2, 1]);
});

test("the shuffle depends on the seed only, and the split takes the share it is given", async () => {
  const values = Float32Array.from({ length: 40 }, (_, index) => index);
  const bytes = archive({ x: npy("'<f4'", "(40,)", bytesOf(values)) });
  const data = await read(bytes, 0.75, 3);
  expect([data.train.length, data.heldout.length]).toEqual([30, 10]);
  expect(bits(await read(bytes, 0.75, 3))).toEqual(bits(data));
  expect(bits(await read(bytes, 0.75, 4))).not.toEqual(bits(data));
});

test("f8, i4 and u1 are read; whole numbers are classes only for labels and one per example", async () => {
  const data = await read(
    archive({
      a: npy("'<f8'", "(2, 1)", bytesOf(Float64Array.of(0.5, -2))),
      picture: npy("'|u1'", "(2, 2)", Uint8Array.of(0, 255, 7, 8)),
      y: npy("'<i4'", "(2, 2)", bytesOf(Int32Array.of(0, 4, 1, 2))),
      id: npy("'<i8'", "(2,)", bytesOf(BigInt64Array.of(1n, 0n))),
    }),
  );
  expect(data.train.columns.map(({ name, shape, classes }) => [name, shape, classes])).toEqual([
    ["a", [1], undefined],
    ["picture", [2], undefined],
    ["picture~classes", [2], 256],
    ["y", [2], 5],
    ["id", [], 2],
  ]);
  expect([...column(data, "a").values].sort()).toEqual([-2, 0.5]);
});

test("Python objects are refused with the reason, other dtypes with the list of those that are read", async () => {
  const object = await failure(read(archive({ x: npy("'|O'", "(1,)", utf8("cos\nsystem\n")) })));
  expect([object.code, object.message]).toEqual(["data/npy-object", expect.stringContaining("can run code")]);
  expect(object.hint).toContain("dtype='U'");
  const cases: readonly [string, string][] = [
    ["'<c8'", ".real"],
    ["'<M8[ns]'", "datetime64[D]"],
    ["'<m8[ns]'", "timedelta64[s]"],
    ["'<f16'", "astype('f4')"],
    ["'|V8'", "one array per field"],
    ["[('a', '<f4')]", "one array per field"],
  ];
  for (const [descr, hint] of cases) {
    const error = await failure(read(archive({ x: npy(descr, "(1,)", new Uint8Array(8)) })));
    expect([descr, error.code, error.hint]).toEqual([descr, "data/npy-dtype", expect.stringContaining(hint)]);
  }
});

/** The bytes of numbers of `size` bytes, the last byte of each first where `isBig`. */
function packed(
  values: readonly number[],
  size: number,
  isBig: boolean,
  put: (v: DataView, at: number, n: number, little: boolean) => void,
) {
  const view = new DataView(new ArrayBuffer(values.length * size));
  for (const [i, value] of values.entries()) put(view, i * size, value, !isBig);
  return new Uint8Array(view.buffer);
}

test("every type of numbers, either byte order, and columns before rows are read as the numbers they are", async () => {
  const numbers = [0, 1, 2, 100, 7, 5];
  const types: Record<string, [size: number, put: (v: DataView, at: number, n: number, little: boolean) => void]> = {
    f4: [4, (v, at, n, little) => v.setFloat32(at, n, little)],
    f8: [8, (v, at, n, little) => v.setFloat64(at, n, little)],
    i1: [1, (v, at, n) => v.setInt8(at, n)],
    i2: [2, (v, at, n, little) => v.setInt16(at, n, little)],
    i4: [4, (v, at, n, little) => v.setInt32(at, n, little)],
    i8: [8, (v, at, n, little) => v.setBigInt64(at, BigInt(n), little)],
    u1: [1, (v, at, n) => v.setUint8(at, n)],
    u2: [2, (v, at, n, little) => v.setUint16(at, n, little)],
    u4: [4, (v, at, n, little) => v.setUint32(at, n, little)],
    u8: [8, (v, at, n, little) => v.setBigUint64(at, BigInt(n), little)],
  };
  for (const [type, [size, put]] of Object.entries(types))
    for (const isBig of [false, true]) {
      const array = npy(`'${isBig ? ">" : "<"}${type}'`, "(3, 2)", packed(numbers, size, isBig, put));
      expect([type, isBig, [...readNpy(array, "a").values]]).toEqual([type, isBig, numbers]);
    }
  // [[0, 1, 2], [100, 7, 5]] column by column.
  const turned = npy("'<f4'", "(2, 3)", bytesOf(Float32Array.of(0, 100, 1, 7, 2, 5)), "True");
  expect([...readNpy(turned, "a").values]).toEqual(numbers);
  const deep = Float32Array.from({ length: 24 }, (_, i) => i);
  const at = (i: number, j: number, k: number) => i + 2 * (j + 3 * k);
  const found = [...readNpy(npy("'<f4'", "(2, 3, 4)", bytesOf(deep), "True"), "a").values];
  expect(found).toEqual(Array.from({ length: 24 }, (_, n) => at(Math.floor(n / 12), Math.floor(n / 4) % 3, n % 4)));
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x3555, 0x7bff, 0);
  expect([...readNpy(npy("'<f2'", "(6,)", new Uint8Array(halves.buffer)), "a").values]).toEqual([
    1,
    -2,
    2 ** -24,
    0.333251953125,
    65504,
    0,
  ]);
});

/** Texts as NumPy pads them, four bytes a character. */
function texts(words: readonly string[], width: number): Uint8Array {
  const points = words.flatMap((word) => Array.from({ length: width }, (_, i) => [...word][i]?.codePointAt(0) ?? 0));
  return bytesOf(Int32Array.from(points));
}
const ints = (values: readonly number[]) => bytesOf(BigInt64Array.from(values, BigInt));

test("labels are classes as a list, as a column, as rows with a single one, as texts and as booleans", async () => {
  const label = async (array: Uint8Array) => {
    const { shape, classes, labels, values } = column(
      await read(archive({ label: array, x: npy("'<f4'", "(4, 1)", bytesOf(Float32Array.of(0, 1, 2, 3))) })),
      "label",
    );
    expect(shape).toEqual([]);
    return [classes, labels, [...values].sort()];
  };
  expect(await label(npy("'<i8'", "(4, 1)", ints([2, 0, 1, 2])))).toEqual([3, undefined, [0, 1, 2, 2]]);
  expect(await label(npy("'<i8'", "(4, 3)", ints([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0])))).toEqual([
    3,
    undefined,
    [0, 1, 1, 2],
  ]);
  expect(await label(npy("'<U3'", "(4,)", texts(["cat", "ox", "cat", "\u00e4"], 3)))).toEqual([
    3,
    ["cat", "ox", "\u00e4"],
    [0, 0, 1, 2],
  ]);
  expect(await label(npy("'|S2'", "(4, 1)", utf8("b\0a\0b\0ab")))).toEqual([3, ["a", "ab", "b"], [0, 1, 2, 2]]);
  expect(await label(npy("'|b1'", "(4, 1)", Uint8Array.of(1, 0, 0, 1)))).toEqual([2, undefined, [0, 0, 1, 1]]);
});

test("-100 for a label that does not count is refused with what to save instead", async () => {
  const one = await failure(read(archive({ label: npy("'<i8'", "(3,)", ints([0, -100, 1])) })));
  expect([one.code, one.hint]).toEqual(["data/label-out-of-range", expect.stringContaining("array[label >= 0]")]);
  const each = await failure(read(archive({ label: npy("'<i8'", "(2, 2)", ints([0, -100, 1, 1])) })));
  expect(each.hint).toContain("numpy.maximum(label, 0)");
});

test("arrays called x_train and x_test are trained on and held out as they are, and a part that is missing is named", async () => {
  const numbers = (values: readonly number[]) =>
    npy("'<f4'", `(${values.length}, 1)`, bytesOf(Float32Array.from(values)));
  const words = (values: readonly string[]) => npy("'<U1'", `(${values.length},)`, texts(values, 1));
  const parts = {
    x_train: numbers([1, 2, 3]),
    x_test: numbers([8, 9]),
    y_train: words(["a", "c", "a"]),
    y_test: words(["b", "c"]),
  };
  const data = await read(archive(parts), 0.5);
  expect([data.train.length, data.heldout.length]).toEqual([3, 2]);
  expect([...column(data, "x_train").values, ...column(data, "x_train", "heldout").values]).toEqual([1, 2, 3, 8, 9]);
  expect(column(data, "y_train", "heldout")).toMatchObject({ classes: 3, labels: ["a", "b", "c"] });
  expect([...column(data, "y_train", "heldout").values]).toEqual([1, 2]);
  const { y_test: _, ...lacking } = parts;
  expect((await failure(read(archive(lacking)))).message).toContain("there is no y_test");
  expect((await failure(read(archive({ ...parts, w: numbers([1]) })))).message).toContain("w is part of neither");
  const shorter = await failure(read(archive({ ...parts, y_train: words(["a", "b"]) })));
  expect(shorter.code).toBe("data/counts-differ");
});

test("whole numbers are classes too, padding counts as none, and lengths come along", async () => {
  const tokens = npy("'<i8'", "(2, 3)", ints([5, 7, -1, 2, -1, -1]));
  const data = await read(archive({ tokens, length: npy("'<i8'", "(2,)", ints([2, 1])) }));
  const found = column(data, "tokens~classes");
  expect([found.shape, found.classes, [...found.values].sort()]).toEqual([[3], 8, [0, 0, 0, 2, 5, 7]]);
  const lengths = column(data, "tokens~classes~length").values;
  expect([...lengths].sort()).toEqual([1, 2]);
  const bare = await read(archive({ tokens }));
  expect([bare.train.columns.map(({ name }) => name), column(bare, "tokens").note]).toEqual([
    ["tokens"],
    "tokens holds whole numbers from -1 to 7, and classes are 0 to 999999",
  ]);
  const wrong = await failure(read(archive({ tokens, length: npy("'<i8'", "(2,)", ints([2, 4])) })));
  expect([wrong.code, wrong.message]).toEqual(["data/bad-length", expect.stringContaining("element 1 is 4")]);
});

test("padding may be a negative number, which is no class, and a row of nothing else is refused", async () => {
  const named = { classes: ["tokens: 9"], padding: -1, split: 1 };
  const load_ = (values: readonly number[]) =>
    load(
      "npz",
      { "d.npz": archive({ tokens: npy("'<i8'", "(2, 3)", ints(values)) }) },
      { positional: ["d.npz"], named },
    );
  const tokens = column(await load_([5, 7, -1, -1, 2, 3]), "tokens");
  expect([tokens.classes, [...tokens.values].sort()]).toEqual([9, [0, 0, 2, 3, 5, 7]]);
  const empty = await failure(load_([5, 7, 1, -1, -1, -1]));
  expect([empty.code, empty.message]).toEqual([
    "data/bad-length",
    "d.npz: tokens: row 1 is -1 throughout, which is padding",
  ]);
  const inside = await failure(load_([5, -1, 1, 2, -1, -1]));
  expect([inside.code, inside.message]).toEqual(["data/label-out-of-range", expect.stringContaining("is -1")]);
  const odd = await failure(
    load(
      "npz",
      { "d.npz": archive({ tokens: npy("'<i8'", "(1,)", ints([1])) }) },
      { positional: ["d.npz"], named: { padding: 0.5 } },
    ),
  );
  expect(odd.message).toContain("padding is 0.5, but must be a whole number");
});

test("an array alone is refused with a way out, and numbers of a column that can be no classes stay numbers", async () => {
  const alone = await failure(read(npy("'<f4'", "(1,)", new Uint8Array(4))));
  expect([alone.code, alone.hint]).toEqual(["data/npy-header", expect.stringContaining("numpy.savez")]);
  const delta = column(await read(archive({ delta: npy("'<i8'", "(2,)", ints([-3, 4])) })), "delta");
  expect([delta.classes, [...delta.values].sort()]).toEqual([undefined, [-3, 4]]);
});

test("labels out of range, numbers that are not finite, scalars and unequal counts are errors that name the array", async () => {
  const one = (descr: string, shape: string, data: Uint8Array) =>
    failure(read(archive({ y: npy(descr, shape, data) })));
  expect((await one("'<i4'", "(2,)", bytesOf(Int32Array.of(3, -1)))).message).toContain("y: element 1 is -1");
  expect((await one("'<i8'", "(1,)", bytesOf(BigInt64Array.of(10n ** 12n)))).code).toBe("data/label-out-of-range");
  expect((await one("'<f4'", "(2,)", bytesOf(Float32Array.of(1, Number.NaN)))).code).toBe("data/not-finite");
  expect((await one("'<f8'", "(1,)", bytesOf(Float64Array.of(1e300)))).message).toContain("1e+300");
  expect((await one("'<f4'", "()", new Uint8Array(4))).code).toBe("data/npz-scalar");
  const unequal = archive({ x: npy("'|u1'", "(2, 1)", new Uint8Array(2)), y: npy("'|u1'", "(3,)", new Uint8Array(3)) });
  const error = await failure(read(unequal));
  expect([error.code, error.message]).toEqual(["data/counts-differ", expect.stringContaining("x (2, 1), y (3)")]);
});

test("a header that lies about the size, a bad header and a file that is no array are errors", async () => {
  expect((await failure(read(archive({ x: npy("'<f4'", "(9,)", new Uint8Array(8)) })))).code).toBe("data/truncated");
  expect((await failure(read(archive({ x: npy("'<f4'", "(1,)", new Uint8Array(8)) })))).code).toBe("data/npy-size");
  expect((await failure(read(archive({ x: npy("'<f4'", "nothing", new Uint8Array(8)) })))).code).toBe(
    "data/npy-header",
  );
  expect((await failure(read(archive({ x: utf8("text") })))).code).toBe("data/npy-header");
  expect((await failure(read(zipSync({ "readme.txt": utf8("hello") })))).message).toContain("readme.txt");
  expect((await failure(read(zipSync({})))).code).toBe("data/empty-file");
  expect((await failure(read(archive({ x: npy("'<f4'", "(0, 2)", new Uint8Array(0)) })))).code).toBe("data/too-few");
});

test("every truncation and every flipped byte of an archive is one DataError or changes nothing", async () => {
  const whole = fromBase64(COMPRESSED);
  const good = bits(await read(whole));
  for (let length = 0; length < whole.length; length++) await failure(read(whole.slice(0, length)));
  for (let at = 0; at < whole.length; at++) {
    const flipped = whole.slice();
    flipped[at]! ^= 0x11;
    const outcome = await read(flipped).catch((error) => failure(Promise.reject(error)));
    if ("code" in outcome) continue;
    // names of arrays are the one thing a zip file does not protect
    const rename = (part: Split): Split => {
      const columns = part.columns.map((each, index) => ({ ...each, name: ["x", "label", "flag"][index]! }));
      return { ...part, columns };
    };
    expect([at, bits({ ...outcome, train: rename(outcome.train), heldout: rename(outcome.heldout) })]).toEqual([
      at,
      good,
    ]);
  }
});

test("an archive that would unpack to more than the limit is refused before it is unpacked", async () => {
  const bomb = zipSync({ "x.npy": new Uint8Array(1_000_000) });
  expect(bomb.length).toBeLessThan(5000);
  expect((await failure(() => readZip(bomb, "bomb", 999_999))).code).toBe("data/too-large");
  expect((await failure(read(utf8("<!doctype html>")))).code).toBe("data/web-page");
  expect((await failure(read(utf8("PK, but no archive")))).code).toBe("data/corrupt-zip");
});

test("archives that unpack to more than they say, say more than they can, or name a file twice are refused at once", async () => {
  const zeros = new Uint8Array(2 ** 24);
  const bomb = zipSync({ "x.npy": [zeros, { level: 9 }] });
  const directory = Buffer.from(bomb).indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  const claiming = (size: number, times = 1) => {
    const head = bomb.subarray(0, directory);
    const end = Buffer.from(bomb).indexOf(Buffer.from([0x50, 0x4b, 5, 6]));
    const entry = Uint8Array.from(bomb.subarray(directory, end));
    new DataView(entry.buffer).setUint32(24, size, true);
    const tail = Uint8Array.from(bomb.subarray(end));
    new DataView(tail.buffer).setUint16(10, times, true);
    return Uint8Array.from([...head, ...Array.from({ length: times }, () => [...entry]).flat(), ...tail]);
  };
  const cases: readonly [Uint8Array, string, string][] = [
    [claiming(10), "data/corrupt-zip", "another length than announced"],
    [claiming(2 ** 29), "data/corrupt-zip", "another length than announced"],
    [claiming(2 ** 24, 200), "data/corrupt-zip", "x.npy twice"],
    [claiming(2 ** 31), "data/too-large", "unpacks to"],
  ];
  for (const [bytes, code, message] of cases) {
    const error = await failure(read(bytes));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
});
