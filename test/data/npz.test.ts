// NumPy archives are read exactly; nothing that could run code or be silently wrong gets through.

import { zipSync } from "fflate";
import { expect, test } from "vitest";
import type { Split } from "../../runtime/data/dataset.ts";
import { readZip } from "../../runtime/data/zip.ts";
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

test("the shuffle depends on the seed only, and the split takes the share it is told", async () => {
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
    ["y", [2], 5],
    ["id", [], 2],
  ]);
  expect([...column(data, "a").values].sort()).toEqual([-2, 0.5]);
});

test("Python objects are refused with the reason, other dtypes with the list of those that are read", async () => {
  const object = await failure(read(archive({ x: npy("'|O'", "(1,)", utf8("cos\nsystem\n")) })));
  expect([object.code, object.message]).toEqual(["data/npy-object", expect.stringContaining("can run code")]);
  const cases = ["'>f4'", "'<f2'", "'<U5'", "'<c8'", "'<u8'", "[('a', '<f4')]"];
  for (const descr of cases) {
    const error = await failure(read(archive({ x: npy(descr, "(1,)", new Uint8Array(8)) })));
    expect([descr, error.code]).toEqual([descr, "data/npy-dtype"]);
  }
  const fortran = npy("'<f4'", "(2, 2)", new Uint8Array(16), "True");
  expect((await failure(read(archive({ x: fortran })))).hint).toContain("ascontiguousarray");
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
    flipped[at] ^= 0x11;
    const outcome = await read(flipped).catch((error) => failure(Promise.reject(error)));
    if ("code" in outcome) continue;
    // names of arrays are the one thing a zip file does not protect
    const rename = (part: Split): Split => {
      const columns = part.columns.map((each, index) => ({ ...each, name: ["x", "label", "flag"][index] }));
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
