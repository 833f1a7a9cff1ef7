// Proves that JSON lines and Parquet files are tables like any other: the same rows give the same fields, bit for bit, and what
// no table has is refused with its place.

import { gzipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { bits, column, failure, load, utf8 } from "./rawfiles.ts";

type Named = Record<string, SourceArgument>;
const read = (source: string, bytes: Uint8Array, named: Named = {}) =>
  load(source, { f: bytes }, { positional: ["f"], named, seed: 4 });

const rows = Array.from({ length: 30 }, (_, i) => ({
  size: i / 7,
  when: `2024-02-${String(1 + (i % 28)).padStart(2, "0")}`,
  flag: i % 3 === 0,
  colour: i % 5 === 0 ? null : ["red", "blue"][i % 2]!,
  stars: 1 + (i % 4),
}));
const asJson = utf8(rows.map((row) => JSON.stringify(row)).join("\n"));
const asCsv = utf8(
  `size,when,flag,colour,stars\n${rows.map((r) => `${r.size},${r.when},${r.flag},${r.colour ?? ""},${r.stars}`).join("\n")}`,
);
type Codec = "SNAPPY" | "UNCOMPRESSED" | "GZIP" | "ZSTD";
const asParquet = (codec: Codec = "SNAPPY") =>
  new Uint8Array(
    parquetWriteBuffer({
      codec,
      compressors: { GZIP: (bytes: Uint8Array) => gzipSync(bytes), ZSTD: (bytes: Uint8Array) => bytes },
      rowGroupSize: 12,
      columnData: [
        { name: "size", data: rows.map((r) => r.size), type: "DOUBLE" },
        { name: "when", data: rows.map((r) => new Date(r.when)), type: "TIMESTAMP" },
        { name: "flag", data: rows.map((r) => r.flag), type: "BOOLEAN" },
        { name: "colour", data: rows.map((r) => r.colour), type: "STRING", nullable: true },
        { name: "stars", data: rows.map((r) => BigInt(r.stars)), type: "INT64" },
      ],
    }),
  );

const plain = ({ separator: _, ...data }: Dataset) => bits(data);

test("the same rows as CSV, JSON lines, a JSON list and Parquet give the same fields to the bit", async () => {
  for (const named of [
    { missing: "flag" },
    { missing: "drop", categories: "onehot" },
    { missing: "mean", dates: "parts" },
  ]) {
    const data = plain(await read("csv", asCsv, named));
    expect(plain(await read("jsonl", asJson, named))).toEqual(data);
    expect(plain(await read("jsonl", utf8(`\n ${JSON.stringify(rows)}`), named))).toEqual(data);
    for (const codec of ["SNAPPY", "UNCOMPRESSED", "GZIP"] as const)
      expect(plain(await read("parquet", asParquet(codec), named))).toEqual(data);
  }
  expect(column(await read("jsonl", asJson, { missing: "drop" }), "label").labels).toEqual(["1", "2", "3", "4"]);
});

test("names that a line does not have are empty cells, and numbers keep all their digits", async () => {
  const data = await read("jsonl", utf8('{"a": 1e-7, "k": "p"}\r\n\r\n{"k": "q", "b": 16777217, "a": 0.1}\n'), {
    split: 1,
    shuffle: false,
    missing: "mean",
    label: "k",
  });
  expect([...column(data, "a").values]).toEqual([Math.fround(1e-7), Math.fround(0.1)]);
  expect([...column(data, "b").values]).toEqual([16777216, 16777216]);
});

test("a line that is no row is an error with its number, and lists in cells one with the way to leave them out", async () => {
  const cases: readonly [source: string, bytes: Uint8Array, code: string, message: string][] = [
    ["jsonl", utf8('{"a": 1}\n[2]\n'), "data/jsonl", "f, line 2: "],
    ["jsonl", utf8('{"a": 1}\n{"a": \n'), "data/jsonl", "f, line 2: "],
    ["jsonl", utf8("[1, 2]"), "data/jsonl", "f, row 1: "],
    ["jsonl", utf8("[{]"), "data/jsonl", "no JSON object"],
    ["jsonl", utf8("\n\n"), "data/csv-no-rows", "f has no rows"],
    ["jsonl", utf8("[]"), "data/csv-no-rows", "f has no rows"],
    ["jsonl", utf8(""), "data/empty-file", "f is empty"],
    ["jsonl", utf8('{"a": [1], "k": "p"}\n{"a": [], "k": "q"}'), "data/nested", 'column "a" holds lists'],
    [
      "jsonl",
      utf8('{"a": 1, "k": "p"}\n{"a": "x", "k": "q"}\n{"a": 2, "k": "q"}\n{"a": 2, "k": "q"}\n{"a": 2, "k": "q"}\n'),
      "data/csv-not-a-number",
      "f, line 2",
    ],
    ["parquet", utf8("PAR1 and more"), "data/parquet", "no Parquet file"],
    ["parquet", asParquet().slice(0, -9), "data/parquet", "not a whole one"],
    ["parquet", asParquet("ZSTD"), "data/parquet", "compressed with ZSTD"],
  ];
  for (const [source, bytes, code, message] of cases) {
    const error = await failure(read(source, bytes));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  }
  const lists = utf8('{"a": [1], "b": 2, "k": "p"}\n{"a": [], "b": 3, "k": "q"}');
  expect(column(await read("jsonl", lists, { drop: "a", split: 1 }), "x").shape).toEqual([1]);
});

test("a Parquet file that claims more rows than it can hold is refused before memory is asked for", async () => {
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [{ name: "a", data: new Float64Array(2 ** 12), type: "DOUBLE" }],
      codec: "SNAPPY",
    }),
  );
  const before = process.memoryUsage().arrayBuffers;
  for (let at = bytes.length - 200; at < bytes.length - 8; at += 5) {
    const changed = bytes.slice();
    changed[at] = 0xff;
    await read("parquet", changed, { split: 1, label: "" }).catch((error) => expect(error.code).toMatch(/^data\//));
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 28);
});
