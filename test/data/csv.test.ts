// Tables are read by RFC 4180, columns get the kind their cells have, and every oddity names its line.

import fc from "fast-check";
import { expect, test } from "vitest";
import type { SourceArgument } from "../../runtime/data/dataset.ts";
import { Cells } from "../../runtime/data/tables/cells.ts";
import { Profile } from "../../runtime/data/tables/formats.ts";
import { bodyRows } from "../../runtime/files/csvrows.ts";
import { FORM } from "../../runtime/files/csvscan.ts";
import { readNpy } from "../../runtime/files/npy.ts";
import { bits, column, failure, load, npy, utf8 } from "./rawfiles.ts";

function read(contents: string, named: Record<string, SourceArgument> = {}, seed = 1) {
  return load("csv", { "t.csv": utf8(contents) }, { positional: ["t.csv"], named, seed });
}

const flowers = `length,width,colour,species
1,10,red,setosa
2,20,blue,virginica
3,30,red,setosa
4,40,white,versicolor
5,50,red,setosa
`;

test("numeric columns become x and fields of their own, words become classes, the label is called label", async () => {
  const data = await read(flowers);
  expect([data.unit, data.train.length, data.heldout.length]).toEqual(["rows", 4, 1]);
  expect(data.train.columns.map((each) => each.name)).toEqual(["x", "label", "length", "width", "colour", "species"]);
  expect(column(data, "x").shape).toEqual([2]);
  expect(column(data, "colour")).toMatchObject({ shape: [], classes: 3, labels: ["blue", "red", "white"] });
  expect(column(data, "label").labels).toEqual(["setosa", "versicolor", "virginica"]);
  const length = column(data, "length").values;
  const rows = Array.from(length, (_, row) => [...column(data, "x").values.subarray(2 * row, 2 * row + 2)]);
  expect(rows).toEqual(Array.from(length, (value) => [value, 10 * value]));
});

test("rows stay together through the shuffle, and every row lands in exactly one part", async () => {
  const data = await read(flowers, { split: 0.6 });
  const all = [column(data, "length").values, column(data, "length", "heldout").values].flatMap((part) => [...part]);
  expect(all.sort()).toEqual([1, 2, 3, 4, 5]);
  const species = ["setosa", "virginica", "setosa", "versicolor", "setosa"];
  for (const [row, length] of column(data, "length").values.entries()) {
    expect(column(data, "label").labels?.[column(data, "label").values[row]!]).toBe(species[length - 1]);
  }
});

test("equal seeds give equal bits, another seed another order", async () => {
  const table = `a,species\n${Array.from({ length: 50 }, (_, row) => `${row},k${row % 3}`).join("\n")}`;
  expect(bits(await read(table, {}, 7))).toEqual(bits(await read(table, {}, 7)));
  expect(bits(await read(table, {}, 8))).not.toEqual(bits(await read(table, {}, 7)));
});

test("a numeric label becomes y and its own field, and stays out of x; an empty label name leaves none", async () => {
  const data = await read(flowers, { label: "width" });
  expect(column(data, "y").values).toEqual(column(data, "width").values);
  expect(column(data, "x").shape).toEqual([1]);
  const plain = await read(flowers, { label: "" });
  expect(plain.train.columns.map((each) => each.name)).toEqual(["x", "length", "width", "colour", "species"]);
});

test("quotes, doubled quotes, separators and line ends inside cells, CRLF, blank lines and a byte order mark are read", async () => {
  const data = await read('\ufeff"a, b",species\r\n1,"x ""y"""\r\n\r\n"2","p\r\nq"\r\n3,z', { split: 1 });
  expect(column(data, "label").labels).toEqual(["p\r\nq", 'x "y"', "z"]);
  expect([...column(data, "a_b").values].sort()).toEqual([1, 2, 3]);
});

test("any table that is written with quotes is read back as it was", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é") });
  const table = fc.integer({ min: 2, max: 4 }).chain((width) => {
    const row = fc.array(cell, { minLength: width, maxLength: width });
    return fc.array(row, { minLength: 1, maxLength: 5 });
  });
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n"), (rows, end) => {
      const header = rows[0]!.map((_, index) => `c${index}`);
      const quote = (row: string[]) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
      const text = [header, ...rows].map(quote).join(end);
      expect(Array.from(bodyRows(utf8(text), "t", ","), (row) => row.cells)).toEqual(rows);
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("names of columns become identifiers that are free and no keywords", async () => {
  const data = await read("Bill (mm),x,y,data,2nd,Größe,??,x 1,species\n1,2,3,4,5,6,7,8,a\n2,3,4,5,6,7,8,9,b\n");
  const names = data.train.columns.map((each) => each.name);
  const own = ["Bill_mm", "x_2", "y", "data_", "_2nd", "Gro_e", "column7", "x_1", "species"];
  expect(names).toEqual(["x", "label", ...own]);
});

test("an empty cell names line and column and offers two ways out", async () => {
  const error = await failure(read("a,b,species\n1,2,p\n3,,q\n5,6,p\n"));
  expect([error.code, error.message]).toEqual(["data/csv-missing", 't.csv, line 3: column "b" has no value']);
  expect(error.hint).toContain('missing="drop"');
  expect(error.hint).toContain('missing="mean"');
});

test('missing="drop" leaves rows out, missing="mean" fills with the mean or most frequent class of training rows', async () => {
  const table = "a,sex,species\n1,m,p\n,f,q\n5,,p\n9,m,q\n";
  const dropped = await read(table, { missing: "drop", split: 1 });
  expect([...column(dropped, "a").values].sort()).toEqual([1, 9]);
  const filled = await read(table, { missing: "mean", split: 1 });
  expect([...column(filled, "a").values].sort()).toEqual([1, 5, 5, 9]);
  expect([...column(filled, "sex").values].sort()).toEqual([0, 1, 1, 1]);
  const numbers = `a,species\n${Array.from({ length: 20 }, (_, row) => `${row === 3 ? "" : row},p`).join("\n")}`;
  const split = await read(numbers, { missing: "mean" });
  const train = [...column(split, "a").values];
  const heldout = [...column(split, "a", "heldout").values];
  const filledIn = [...train, ...heldout].filter((value) => !Number.isInteger(value) || value === 3);
  const known = train.filter((value) => Number.isInteger(value) && value !== 3);
  expect(filledIn).toEqual([Math.fround(known.reduce((sum, value) => sum + value, 0) / known.length)]);
});

test("an empty label cannot be filled in, only dropped", async () => {
  const table = "a,species\n1,p\n2,\n3,q\n";
  const error = await failure(read(table, { missing: "mean" }));
  expect([error.message, error.hint]).toEqual([
    expect.stringContaining("line 3"),
    'missing="drop" leaves such rows out',
  ]);
  expect((await read(table, { missing: "drop", split: 1 })).train.length).toBe(2);
});

test("NaN and NA are missing values, infinity and numbers beyond 32 bits are errors", async () => {
  for (const cell of ["NaN", "NA", "n/a", "null"]) {
    const error = await failure(read(`a,species\n1,p\n${cell},q\n3,p\n`));
    expect([error.code, error.message]).toEqual(["data/csv-missing", expect.stringContaining("line 3")]);
  }
  for (const cell of ["inf", "-Infinity", "1e39"]) {
    const error = await failure(read(`a,species\n1,p\n${cell},q\n3,p\n`));
    expect([error.code, error.message]).toEqual(["data/not-finite", expect.stringContaining('line 3, column "a"')]);
  }
});

test("one word in a column of numbers is a mistake, not a class", async () => {
  const rows = Array.from({ length: 12 }, (_, row) => `${row === 6 ? "1O" : row},p`);
  const error = await failure(read(`a,species\n${rows.join("\n")}\n`));
  expect([error.code, error.message]).toEqual([
    "data/csv-not-a-number",
    expect.stringContaining('line 8, column "a": "1O"'),
  ]);
});

test("ragged rows, header only, empty, unclosed and torn quotes, nameless and repeated columns each have their error", async () => {
  const cases: readonly [text: string, code: string, message: string][] = [
    ["a,species\n1,p\n2,q,r\n", "data/csv-ragged", "line 3 has 3 cells, but the header has 2"],
    ["a,species\n1,p\n2\n", "data/csv-ragged", "line 3 has 1 cells"],
    ["a,species\n", "data/csv-no-rows", "a header and no rows"],
    ["", "data/empty-file", "empty"],
    ["\n\n", "data/empty-file", "empty"],
    ['a,species\n1,"p\n2,q\n', "data/csv-quote", "line 2: a quoted cell is never closed"],
    ['a,species\n1,"p"x\n', "data/csv-quote", "line 2"],
    ["a,,species\n1,2,p\n", "data/csv-header", "column 2 has no name"],
    ["a,a,species\n1,2,p\n", "data/csv-header", '"a"'],
    ["1.5,2.5\n3,4\n", "data/csv-header", "holds numbers"],
    ["5.1,3.5,1.4,setosa\n4.9,3.0,1.4,setosa\n", "data/csv-header", "holds numbers"],
    ["a,b,species\n1,,p\n2,,q\n", "data/csv-empty-column", '"b"'],
    ['[{"a": 1, "species": "p"}]', "data/csv-header", "holds JSON"],
    ['{"rows": [[1, 2]]}', "data/csv-header", "holds JSON"],
    ["<html><head></head></html>", "data/web-page", "web page"],
  ];
  for (const [text, code, message] of cases) {
    const error = await failure(read(text));
    expect([text, error.code, error.message]).toEqual([text, code, expect.stringContaining(message)]);
  }
});

test("rows that are all incomplete, one row, and a label that does not exist are errors with a way out", async () => {
  expect((await failure(read("a,b,species\n1,,p\n,2,q\n", { missing: "drop" }))).code).toBe("data/csv-no-rows");
  expect((await failure(read("a,species\n1,p\n"))).hint).toContain("split=1");
  const near = await failure(read("a,Specie\n1,p\n2,q\n", { label: "species" }));
  expect([near.code, near.hint]).toEqual(["data/csv-no-label", "did you mean Specie?"]);
  expect((await failure(read("a,kind\n1,p\n2,q\n", { label: "species" }))).hint).toContain("its columns are a, kind");
});

test("a row with too few cells and one with too many get different errors", async () => {
  expect((await failure(read("a,b,species\n1,p\n2,3,q\n"))).hint).toContain("keeps its place");
  expect((await failure(read("a,b,species\n1,2,3,p\n2,3,q\n"))).hint).toContain("needs quotes");
});

test("another separator is read when it is named", async () => {
  const data = await read("a;species\n1;p\n2;q\n", { separator: ";", split: 1 });
  expect(column(data, "label").labels).toEqual(["p", "q"]);
});

/** Columns of numbers as training sees them, by a table of two columns and a label. */
async function numbersIn(cells: readonly string[], named: Record<string, SourceArgument> = {}) {
  const separator = String(named.separator ?? ",");
  const quote = (cell: string) => (cell.includes(separator) ? `"${cell}"` : cell);
  const rows = cells.map((cell, row) => [quote(cell), `k${row % 2}`].join(separator));
  const data = await read(`a${separator}species\n${rows.join("\n")}\n`, { split: 1, ...named });
  const found = column(data, "a");
  return found.classes === undefined ? [...found.values].sort((a, b) => a - b) : found.labels;
}

test("numbers are read as people write them: units, per cents, thousands set apart, decimal commas, yes and no", async () => {
  const cases: readonly [cells: string[], numbers: number[], named?: Record<string, SourceArgument>][] = [
    [
      ["2,340", "980", "1,002,340.5"],
      [980, 2340, 1002340.5],
    ],
    [
      ["1.5%", "12 %", "0"],
      [0, 1.5, 12],
    ],
    [
      ["$1.50", "-$2", "$1,000"],
      [-2, 1.5, 1000],
    ],
    [
      ["CHF 1'250.50", "CHF 3", "CHF 4"],
      [3, 4, 1250.5],
    ],
    [["3 €", "4,5 €", "1.250 €"], [3, 4.5, 1250], { separator: ";" }],
    [["1,34", "7,6", "-0,5"], [-0.5, 1.34, 7.6].map(Math.fround), { separator: ";" }],
    [["1 234,5", "2", "3"], [2, 3, 1234.5], { separator: "\t" }],
    [["1,250", "2,125"], [1.25, 2.125], { separator: ";" }],
    [["1.250", "2.125"], [1250, 2125], { separator: ";", decimal: "," }],
    [["1,250", "2,125"], [1250, 2125], { separator: ";", decimal: "." }],
    [
      ["True", "False", "True"],
      [0, 1, 1],
    ],
    [
      ["yes", "no", "YES"],
      [0, 1, 1],
    ],
    [
      ["\u22125", "+3", ".5"],
      [-5, 0.5, 3],
    ],
  ];
  for (const [cells, numbers, named] of cases) expect([cells, await numbersIn(cells, named)]).toEqual([cells, numbers]);
});

test("what is no number in one clear format stays words: times, two currencies, shares beside per cents, codes", async () => {
  for (const cells of [
    ["02.01.2020", "2020-01-01"],
    ["2020-02-30", "2020-02-31"],
    ["$5", "7 €"],
    ["0.05", "5%"],
    ["AB 12", "AB 13"],
    ["1,2,3", "4,5,6"],
    ["12:30", "14:00"],
    ["maybe", "yes"],
  ])
    expect([cells, await numbersIn(cells)]).toEqual([cells, cells]);
});

test("one column shows the decimal mark of the others, and each may have its own", async () => {
  const data = await read("a;b;c;species\n1,5;2,250;1.5;p\n2,5;3,500;2.5;q\n", { separator: ";", split: 1 });
  expect(["a", "b", "c"].map((name) => [...column(data, name).values].sort())).toEqual([
    [1.5, 2.5],
    [2.25, 3.5],
    [1.5, 2.5],
  ]);
});

test("a label of True and False is two classes", async () => {
  const data = await read("a,b\n1,True\n2,False\n3,True\n", { split: 1 });
  expect(column(data, "label")).toMatchObject({ classes: 2, labels: ["False", "True"] });
});

test("x says which columns it holds and how they are read, and which it leaves out and why", async () => {
  const data = await read('price,rate,flag,day,species\n"2,340",5%,yes,2020-01-01,p\n12,6%,no,2020-01-02,q\n');
  expect(column(data, "x").note).toBe(
    "x holds price, rate (12% is 12), flag (yes is 1, no is 0), day (days since 1970-01-01)",
  );
  const mixed = await read("size,day,species\n1,2020-01-01,p\n2,02.01.2020,q\n");
  expect(mixed.remarks?.map(({ code, message }) => [code, message])).toEqual([
    ["data/left-out", 't.csv: day is left out of x: its cells are 2 different dates, such as "2020-01-01"'],
  ]);
});

test("a column that names its rows is remarked on, and so is a label of nearly as many classes as rows", async () => {
  const rows = Array.from({ length: 30 }, (_, row) => `${row},id${row},${row % 2 ? "a" : "b"}`).join("\n");
  const codes = async (label: string) =>
    (await read(`n,id,kind\n${rows}\n`, { label })).remarks?.map(({ code }) => code);
  expect([await codes("kind"), await codes("id"), await codes("n")]).toEqual([
    ["data/left-out"],
    ["data/many-classes"],
    ["data/left-out"],
  ]);
});

test("a label whose few rows all differ, or that holds sentences, is remarked on; classes of few rows are not", async () => {
  const codes = async (labels: readonly string[]) => {
    const { remarks = [] } = await read(`n,kind\n${labels.map((label, i) => `${i},${label}`).join("\n")}\n`, {
      label: "kind",
    });
    return remarks.map(({ message }) => message);
  };
  expect(await codes(["a", "b", "c", "d", "e"])).toEqual([
    "t.csv: the label kind has 5 classes in 5 rows, so that each is seen once",
  ]);
  expect(await codes(["a good film", "a bad film", "so it goes", "a good film", "not so good"])).toEqual([
    "t.csv: the label kind has 4 classes in 5 rows, so that most are seen once",
  ]);
  for (const few of [
    ["a", "b", "c", "d"],
    ["a", "b", "c", "d", "a"],
  ])
    expect(await codes(few)).toEqual([]);
});

test("lines may end with CR alone, and spaces may stand around quotes", async () => {
  const data = await read('a, "b" ,species\r1, "2" ,p\r3,4,q\r', { split: 1 });
  expect(data.train.columns.map((each) => each.name)).toEqual(["x", "label", "a", "b", "species"]);
  expect([...column(data, "b").values].sort()).toEqual([2, 4]);
});

test("a nameless first column, which pandas writes, is left out and said so, as are empty ones behind the last", async () => {
  const data = await read(",a,species,\n0,1,p,\n1,2,q,\n");
  expect(data.train.columns.map((each) => each.name)).toEqual(["x", "label", "a", "species"]);
  expect(column(data, "x").note).toBe(
    "x holds a; column 1 has no name and is left out; column 4 has no name and no values and is left out",
  );
});

test("text in another encoding and byte order marks in the middle of a file are refused, and UTF-8 is not", async () => {
  const wide = load("csv", { "t.csv": Uint8Array.of(0xff, 0xfe, 97, 0, 10, 0) }, { positional: ["t.csv"] });
  expect((await failure(wide)).message).toBe("t.csv is UTF-16 text, and UTF-8 is read");
  // Without a mark, in every source of lines, and in Windows' own encoding.
  const doubled = (text: string): Uint8Array => Uint8Array.from([...text].flatMap((c) => [c.charCodeAt(0), 0]));
  const unmarked = { "t.csv": doubled("a,species\n1,p\n2,q\n") };
  const windowed = { window: 1, horizon: 1 };
  for (const [source, named] of Object.entries({ csv: {}, series: windowed, jsonl: { stream: true } })) {
    const found = await failure(load(source, unmarked, { positional: ["t.csv"], named }));
    expect([found.code, found.message]).toEqual(["data/not-utf8", "t.csv is UTF-16 text, and UTF-8 is read"]);
  }
  const windows = await failure(load("csv", { "t.csv": Uint8Array.of(97, 10, 0xfc, 10) }, { positional: ["t.csv"] }));
  expect([windows.message, windows.hint]).toEqual([
    "t.csv is not UTF-8 text: byte 2 does not belong",
    'save the file as UTF-8, in a spreadsheet as "CSV UTF-8"; or write `iconv -f WINDOWS-1252 -t UTF-8 t.csv > utf8-t.csv` and name that file',
  ]);
  // Longer than a part of the decoder, whose boundary falls inside of a character.
  const long = `a,species\n${"1,\u00e4\u20ac\u{1f600}\n".repeat(200_000)}`;
  const data = await read(long, { split: 1 });
  expect([data.train.length, column(data, "label").labels]).toEqual([200_000, ["\u00e4\u20ac\u{1f600}"]]);
  const bytes = utf8(long);
  bytes[1_500_001] = 0xff;
  const error = await failure(load("csv", { "t.csv": bytes }, { positional: ["t.csv"] }));
  expect([error.code, error.message]).toEqual(["data/not-utf8", expect.stringContaining("byte 15000")]);
});

test("what stands before a page is looked through in linear time", async () => {
  for (const start of ["<!---->", "<!-- ", "<?xml >", "<!----><?xml?>"]) {
    const data = read(`${start.repeat(70)},species\n1,p\n2,q\n`, { split: 1 });
    expect([start, (await data).train.length]).toEqual([start, 2]);
  }
  const page = `${"<!-- x -->\n".repeat(20)}<?xml version="1.0"?><!DOCTYPE html><html></html>`;
  expect((await failure(read(page))).code).toBe("data/web-page");
});

test("a column takes memory for the cells that it has, and gives them back from wherever they lie", () => {
  const format = { kind: "number", decimal: ".", unit: "" } as const;
  const rowOf = (value: number) => ({
    line: 1,
    width: 1,
    values: Float64Array.of(value),
    forms: Uint8Array.of(Number.isNaN(value) ? FORM.text : FORM.whole),
    text: () => (Number.isNaN(value) ? "" : String(value)),
  });
  const filled = (count: number): [Cells, number[]] => {
    const cells = new Cells(new Profile("a"));
    const values = Array.from({ length: count }, (_, k) => (k % 63 === 5 ? Number.NaN : k));
    for (const value of values) cells.add(rowOf(value), 0);
    return [cells, values];
  };
  const before = process.memoryUsage().arrayBuffers;
  const short = Array.from({ length: 1000 }, () => filled(2));
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 21);
  for (const [cells, values] of [...short, filled(200_000)]) {
    const read = cells.valuesIn(format, undefined);
    expect(read?.values).toEqual(Float64Array.from(values));
    expect(read?.holes).toBe(values.filter(Number.isNaN).length);
  }
});

test("wide tables of names that are alike take linear work", async () => {
  const width = 20_000;
  const header = Array.from(
    { length: width },
    (_, k) => `a${k.toString(4).replace(/\d/g, (digit) => "!?.-".charAt(Number(digit)))}`,
  );
  const row = (start: number) => Array.from({ length: width }, (_, k) => start + k).join(",");
  const data = await read(`${header.join(",")},species\n${row(0)},p\n${row(1)},q\n`, { split: 1 });
  expect(column(data, "x").shape).toEqual([width]);
  expect(new Set(data.train.columns.map(({ name }) => name)).size).toBe(width + 3);
});

test("cells and names of a million characters take linear time", async () => {
  const long = 1_000_000;
  const cells = [
    "1".repeat(long),
    `${"1".repeat(long)}x`,
    `1${" ".repeat(long)}x`,
    "1,".repeat(long / 2),
    "-".repeat(long),
  ];
  for (const cell of cells) {
    const data = await read(`a,species\n"${cell}",p\n"b${cell}",q\n`, { split: 1 });
    expect(column(data, "a").classes).toBe(2);
  }
  const data = await read(`${"_".repeat(long)}a${"_".repeat(long)},species\n1,p\n2,q\n`, { split: 1 });
  expect(data.train.columns.map(({ name }) => name)).toContain("a");
  const padded = new Uint8Array(4 * long * 2);
  padded[4 * (long - 1)] = 97;
  expect(readNpy(npy(`'<U${long}'`, "(2,)", padded), "a").labels?.map((label) => label.length)).toEqual([0, long]);
});

test("a file without lines is no table: the length of a cell has a limit", async () => {
  const error = await failure(load("csv", { "t.csv": new Uint8Array(2 ** 25).fill(97) }, { positional: ["t.csv"] }));
  expect([error.code, error.message]).toEqual([
    "data/too-large",
    expect.stringContaining("line 1: a cell has more than"),
  ]);
  const open = await failure(read(`a,species\n1,"${"p\n".repeat(2 ** 23 + 1)}`));
  expect([open.code, open.hint]).toEqual(["data/too-large", expect.stringContaining("quote")]);
});
