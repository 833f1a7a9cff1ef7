// Tables that are read in shards: the fields and the values of the table in memory, whatever kind of file it is, whatever its cells
// look like and wherever its shards end; files that change in the meantime; arguments that need all rows.

import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import type { Column, Dataset, Fold, SourceArgument } from "../../runtime/data/dataset.ts";
import { Random } from "../../runtime/data/random.ts";
import { loadDataset, withLengths } from "../../runtime/data/sources/all.ts";
import { RowEnds } from "../../runtime/files/csvends.ts";
import { type FileReader, memoryFiles } from "../../runtime/files/files.ts";
import { batchesOf } from "../../runtime/stream/reading.ts";
import { column, failure, utf8 } from "./rawfiles.ts";

type Named = Readonly<Record<string, SourceArgument>>;
type Files = Readonly<Record<string, Uint8Array>>;

async function open(source: string, files: FileReader, named: Named, fold?: Fold, memory?: number): Promise<Dataset> {
  return loadDataset({ name: source, positional: ["f"], named, seed: 4, base: "", fold, memory }, files);
}

/** Everything that is known of a column, and its values. */
type Known = Omit<Column, "values"> & { readonly values: unknown };

async function known(dataset: Dataset, files: FileReader): Promise<Record<string, Known[] | number>> {
  const part = async (name: "train" | "heldout"): Promise<Known[]> => {
    const { columns } = dataset[name];
    const values = new Map<string, number[]>(columns.map((c) => [c.name, []]));
    for await (const batch of batchesOf(dataset, name, 7001, files))
      for (const [field, numbers] of batch.values) values.get(field)!.push(...numbers);
    return columns.map((c) => {
      const { values: _, extent: __, ...facts } = Object.getOwnPropertyDescriptors(c);
      return { ...(Object.defineProperties({}, facts) as Column), values: values.get(c.name) };
    });
  };
  return {
    train: await part("train"),
    heldout: await part("heldout"),
    trains: dataset.train.length,
    held: dataset.heldout.length,
  };
}

async function expectSame(source: string, contents: Files, named: Named = {}, fold?: Fold): Promise<Dataset> {
  const files = memoryFiles(contents);
  const given = { shuffle: false, ...named };
  const inMemory = await open(source, files, { ...given, stream: false }, fold);
  const streamed = await open(source, files, { ...given, stream: true }, fold);
  expect(streamed.records).toBeDefined();
  expect(await known(streamed, files)).toEqual(await known(inMemory, files));
  expect(streamed.remarks).toEqual(inMemory.remarks);
  return streamed;
}

const random = new Random(3);
const COLOURS = ["red", "green", "deep blue", "gr\u00fcn, hell", 'a "quoted" one', "two\nlines"];
const quoted = (cell: string): string => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

interface Made {
  readonly size: number;
  readonly rate: string;
  readonly when: string;
  readonly colour: string;
  readonly flag: string;
  readonly stars: number;
}

const made = (count: number): Made[] =>
  Array.from({ length: count }, () => ({
    size: Number((100 * random.normal()).toFixed(3)),
    rate: random.integer(9) === 0 ? "" : `${random.integer(100)}%`,
    when: `2024-0${1 + random.integer(9)}-${String(1 + random.integer(28)).padStart(2, "0")}`,
    colour: random.integer(9) === 0 ? "" : COLOURS[random.integer(COLOURS.length)]!,
    flag: random.integer(2) === 0 ? "yes" : "no",
    stars: 1 + random.integer(5),
  }));

const asCsv = (rows: readonly Made[], end = "\n", names = true): Uint8Array =>
  utf8(
    [
      ...(names ? ["size,rate,when,colour,flag,stars"] : []),
      ...rows.map((r) => [r.size, r.rate, r.when, r.colour, r.flag, r.stars].map((c) => quoted(String(c))).join(",")),
    ].join(end),
  );
const asJson = (rows: readonly Made[]): Uint8Array => utf8(rows.map((r) => JSON.stringify(r)).join("\n"));
const asParquet = (rows: readonly Made[]): Uint8Array =>
  new Uint8Array(
    parquetWriteBuffer({
      rowGroupSize: 17,
      columnData: [
        { name: "size", data: rows.map((r) => r.size), type: "DOUBLE" },
        { name: "rate", data: rows.map((r) => r.rate), type: "STRING" },
        { name: "when", data: rows.map((r) => new Date(r.when)), type: "TIMESTAMP" },
        { name: "colour", data: rows.map((r) => r.colour || null), type: "STRING", nullable: true },
        { name: "flag", data: rows.map((r) => r.flag), type: "STRING" },
        { name: "stars", data: rows.map((r) => BigInt(r.stars)), type: "INT64" },
      ],
    }),
  );

const SETTINGS: readonly Named[] = [
  { missing: "mean" },
  { missing: "frequent", categories: "onehot", dates: "parts" },
  { missing: "flag", categories: "onehot" },
  { missing: "flag", label: "flag", dates: "parts" },
  { drop: ["rate", "colour"], label: ["size", "stars"] },
  { columns: ["size", "when"], label: "flag" },
  { drop: ["rate", "colour"], label: "", split: 1 },
  { drop: "colour", missing: "mean", weight: "stars", types: ["flag: class"] },
  { missing: "mean", types: ["stars: class", "size: number"], split: 0.5 },
];

test("a stream has the fields and values of the table in memory, by every setting and of every kind of file", async () => {
  const rows = made(70);
  for (const named of SETTINGS) {
    await expectSame("csv", { f: asCsv(rows) }, named);
    await expectSame("jsonl", { f: asJson(rows) }, named);
    await expectSame("parquet", { f: asParquet(rows) }, named);
  }
});

test("a second file, a fold and shuffled rows hold out the same rows as in memory", async () => {
  const [rows, more] = [made(90), made(20)];
  await expectSame("csv", { f: asCsv(rows), g: asCsv(more, "\r\n") }, { test: "g", missing: "mean" });
  await expectSame("parquet", { f: asParquet(rows), g: asParquet(more) }, { test: "g", missing: "mean" });
  await expectSame("csv", { f: asCsv(rows) }, { missing: "mean" }, { index: 2, of: 3 });
  // A column that is left out may be lacking in the second.
  const fewer = utf8(["flag,stars,size", ...more.map((r) => [r.flag, r.stars, r.size].join(","))].join("\n"));
  const two = { f: asCsv(rows), g: fewer };
  const { heldout } = await expectSame("csv", two, { test: "g", drop: ["rate", "colour", "when"] });
  expect(heldout.length).toBe(20);
  for (const stream of [true, false])
    expect(await failure(open("csv", memoryFiles(two), { test: "g", drop: ["rate", "colour"], stream }))).toMatchObject(
      {
        message: 'g has no column "when"',
        hint: 'f has it: drop="when" leaves it out of both',
      },
    );
  // Rows whose label is to be foretold are no rows to judge by.
  for (const stream of [true, false])
    expect(
      await failure(open("csv", memoryFiles(two), { test: "g", drop: ["rate", "when"], label: "colour", stream })),
    ).toMatchObject({ hint: expect.stringContaining("`dnn predict FILE --weights RUN --input g`") });
  const files = memoryFiles({ f: asJson(rows) });
  const sizes = async (stream: boolean): Promise<number[]> => {
    const dataset = await open("jsonl", files, { missing: "mean", stream });
    const { train, heldout } = await known(dataset, files);
    return [train, heldout].flatMap((part) =>
      ((part as Known[]).find((c) => c.name === "size")!.values as number[]).toSorted((a, b) => a - b),
    );
  };
  expect(await sizes(true)).toEqual(await sizes(false));
});

test("rows with empty cells are left out of both parts", async () => {
  const rows = made(200);
  const files = memoryFiles({ f: asCsv(rows) });
  const dataset = await open("csv", files, { missing: "drop", stream: true });
  const whole = rows.filter((r) => r.rate !== "" && r.colour !== "").length;
  expect(dataset.train.length + dataset.heldout.length).toBe(whole);
  const { train, heldout } = await known(dataset, files);
  for (const part of [train, heldout] as Known[][])
    for (const c of part) for (const value of c.values as number[]) expect(Number.isFinite(value)).toBe(true);
});

/** A reader of parts that are no longer than asked for, as of a large file. */
const reading = (contents: Files): FileReader & { longest: number } => {
  const files = memoryFiles(contents);
  const reader = {
    ...files,
    longest: 0,
    async read(path: string): Promise<Uint8Array> {
      throw new Error(`${path} is read as a whole`);
    },
    async readPart(path: string, from: number, to: number): Promise<Uint8Array> {
      const bytes = await files.readPart(path, from, to);
      reader.longest = Math.max(reader.longest, bytes.length);
      return bytes.slice();
    },
  };
  return reader;
};

test("shards end between rows wherever quotes, line ends and characters lie, and no file is read as a whole", async () => {
  const contents = { f: asCsv(made(56_000), "\r\n") };
  expect(contents.f.length).toBeGreaterThan(2 * 2 ** 20);
  const files = reading(contents);
  const named = { columns: ["size", "colour"], missing: "mean", shuffle: false };
  const streamed = await open("csv", files, { ...named, stream: true });
  const { train } = streamed.records!;
  expect(train.kind === "sharded" && train.sizes.length).toBeGreaterThan(1);
  expect(files.longest).toBeLessThanOrEqual(2 * 2 ** 20);
  const inMemory = await open("csv", memoryFiles(contents), { ...named, stream: false });
  expect(await known(streamed, files)).toEqual(await known(inMemory, files));
}, 60_000);

test("where rows end is found in parts of any length", () => {
  const bytes = asCsv(made(300), "\r\n");
  const endsBy = (length: number): number[] => {
    const ends = new RowEnds(",");
    const found: number[] = [];
    for (let from = 0; from < bytes.length; from += length) {
      const part = bytes.subarray(from, from + length);
      for (let at = 0; at < part.length; ) {
        const next = ends.next(part, at);
        at = next.at;
        // Of a line end that is cut in two, the first half counts.
        if (!next.isEnd) found.push(from + at - (part[at - 1] === 10 ? 1 : 0));
      }
    }
    return found;
  };
  const whole = endsBy(bytes.length);
  expect(whole.length).toBe(300);
  for (const length of [1, 2, 3, 7, 64, 1000]) expect(endsBy(length)).toEqual(whole);
});

test("an error of a cell names its line, in whichever shard it stands", async () => {
  const lines = new TextDecoder()
    .decode(asCsv(made(50_000).map((r) => ({ ...r, colour: "red", rate: "1%" }))))
    .split("\n");
  lines[40_123] = "word,1%,2024-01-01,red,yes,1";
  const wrong = await failure(open("csv", memoryFiles({ f: utf8(lines.join("\n")) }), { stream: true }));
  expect([wrong.code, wrong.message]).toEqual(["data/csv-not-a-number", expect.stringContaining("f, line 40124,")]);
  lines[40_123] = "1,1%";
  const ragged = await failure(open("csv", memoryFiles({ f: utf8(lines.join("\n")) }), { stream: true }));
  expect([ragged.code, ragged.message]).toEqual(["data/csv-ragged", expect.stringContaining("f, line 40124 ")]);
});

test("a number of a Parquet file that is none of 32 bits is refused as in memory", async () => {
  for (const wrong of [1e300, Number.POSITIVE_INFINITY]) {
    const data = Float64Array.from({ length: 20 }, (_, i) => (i === 17 ? wrong : i / 8));
    const bytes = parquetWriteBuffer({ rowGroupSize: 6, columnData: [{ name: "n", data, type: "DOUBLE" }] });
    const files = memoryFiles({ f: new Uint8Array(bytes) });
    const errors = [];
    for (const stream of [false, true]) errors.push(await failure(open("parquet", files, { label: "", stream })));
    expect(errors.map((e) => e.message)).toEqual([errors[0]!.message, errors[0]!.message]);
    expect(errors[0]).toMatchObject({ code: "data/not-finite", message: expect.stringContaining("f, row 18") });
  }
});

test("a file that has changed since it was first read is an error, and so is one that is gone", async () => {
  for (const [source, bytes] of [
    ["csv", asCsv(made(50))],
    ["jsonl", asJson(made(50))],
    ["parquet", asParquet(made(50))],
  ] as const) {
    const contents: Record<string, Uint8Array> = { f: bytes };
    let files = memoryFiles(contents);
    const dataset = await open(
      source,
      { ...files, readPart: (...a) => files.readPart(...a), sizeOf: (p) => files.sizeOf(p) },
      { missing: "mean", stream: true },
    );
    const read = () => known(dataset, files);
    await read();
    files = memoryFiles({ f: Uint8Array.from([...bytes, 10]) });
    expect((await failure(read())).code).toBe("data/changed");
    files = memoryFiles({});
    expect((await failure(read())).code).toBe("data/file-not-found");
  }
  const [before, after] = ["kind,n\nred,1\nblue,2\nred,3\nblue,4\n", "kind,n\nred,1\npink,2\nred,3\nblue,4\n"].map(
    utf8,
  );
  const dataset = await open("csv", memoryFiles({ f: before! }), { stream: true, label: "kind" });
  expect(await failure(known(dataset, memoryFiles({ f: after! })))).toMatchObject({
    code: "data/changed",
    message: expect.stringContaining('a cell is "pink"'),
  });
});

test("arguments that need all rows refuse a stream, or keep the table in memory where none is asked for", async () => {
  const rows = made(60).map((r) => ({ ...r, rate: "5%", colour: r.colour || "red" }));
  const files = memoryFiles({ f: asCsv(rows) });
  for (const named of [{ stratify: true }, { group: "colour" }, { balance: "repeat" }, { text: "colour" }] as Named[]) {
    const [argument] = Object.keys(named);
    const refused = await failure(open("csv", files, { ...named, stream: true }));
    expect([refused.code, refused.argument]).toEqual(["data/streamed", argument]);
    expect(refused.message).toBe(
      `${argument} needs all rows of the table in memory, and stream=true reads some at a time`,
    );
    expect((await open("csv", files, named, undefined, 1)).records).toBeUndefined();
  }
  expect((await open("csv", files, {}, undefined, 1)).records).toBeDefined();
  expect((await open("csv", files, { stream: false }, undefined, 1)).records).toBeUndefined();
  const negative = memoryFiles({ f: asCsv([...rows, { ...rows[0]!, size: -1 }]) });
  for (const stream of [true, false])
    expect(await failure(open("csv", negative, { weight: "size", stream }))).toMatchObject({ argument: "weight" });
  const list = memoryFiles({ f: utf8(JSON.stringify(rows)) });
  expect((await failure(open("jsonl", list, { stream: true }))).code).toBe("data/streamed");
});

test("values of a stream that are asked for at once are an error, never nothing", async () => {
  const dataset = await open("csv", memoryFiles({ f: asCsv(made(30)) }), { missing: "mean", stream: true });
  const asked = () => column(dataset, "size").values;
  expect(await failure(async () => asked())).toMatchObject({ code: "data/streamed" });
  expect(() => withLengths(dataset)).toThrow("is streamed, and this needs all of its values in memory");
});
