// Proves what a table's arguments do: which columns are read and as what, what stands in for empty cells, and that all of it is
// found from the training part alone.

import { expect, test } from "vitest";
import type { Dataset, SourceArgument } from "../../runtime/data/dataset.ts";
import { column, failure, load, utf8 } from "./rawfiles.ts";

type Named = Record<string, SourceArgument>;
const read = (contents: string, named: Named = {}, more: Record<string, string> = {}) => {
  const files = Object.fromEntries(Object.entries({ "t.csv": contents, ...more }).map(([k, v]) => [k, utf8(v)]));
  return load("csv", files, { positional: ["t.csv"], named, seed: 1 });
};
/** In the order of the file, so that values can be written down. */
const inOrder = (contents: string, named: Named = {}) => read(contents, { shuffle: false, split: 1, ...named });
const names = (data: Dataset) => data.train.columns.map((each) => each.name);
const rowsOfX = (data: Dataset) => {
  const { values, shape } = column(data, "x");
  const rows = Array.from({ length: values.length / shape[0]! }, (_, i) => i * shape[0]!);
  return rows.map((at) => [...values.subarray(at, at + shape[0]!)]);
};

test("a file without names has columns c1, c2 and so on, and the last is the label", async () => {
  const data = await inOrder("5.1,3.5,Iris-setosa\n6.2,2.9,Iris-virginica\n", { header: false });
  expect(names(data)).toEqual(["x", "label", "c1", "c2", "c3"]);
  expect(rowsOfX(data)).toEqual([
    [expect.closeTo(5.1, 5), 3.5],
    [expect.closeTo(6.2, 5), expect.closeTo(2.9, 5)],
  ]);
  expect(column(data, "label").labels).toEqual(["Iris-setosa", "Iris-virginica"]);
});

test("years and numbers in order may name columns; a row of values may not, and the hint leads on", async () => {
  expect(names(await inOrder("name,2019,2020\np,1,2\nq,3,4\n"))).toContain("_2019");
  const error = await failure(read("63,1,3,145,p\n37,1,2,130,q\n"));
  expect([error.code, error.hint]).toEqual(["data/csv-header", expect.stringContaining("header=false")]);
  expect(column(await inOrder("63,1,3,145,p\n37,1,2,130,q\n", { header: false }), "x").shape).toEqual([4]);
});

test("what stands between cells is guessed from how evenly it cuts, and said", async () => {
  for (const [mark, text] of [
    [";", "a;b;kind\n1,5;2,5;p\n2,5;3,5;q\n"],
    ["\t", "a\tb\tkind\n1.5\t2.5\tp\n2.5\t3.5\tq\n"],
    ["|", "a|b|kind\n1.5|2.5|p\n2.5|3.5|q\n"],
  ] as const) {
    const data = await inOrder(text);
    expect([data.separator, rowsOfX(data)]).toEqual([
      mark,
      [
        [1.5, 2.5],
        [2.5, 3.5],
      ],
    ]);
    expect(column(data, "x").note).toContain(`cells are separated by ${JSON.stringify(mark)}`);
  }
  expect((await inOrder('text,kind\n"a; b; c",p\n"d; e; f",q\n')).separator).toBe(",");
});

test("dates are days since 1970, in the order that the cells show, or year, month and weekday", async () => {
  const day = async (cells: string[], named: Named = {}) =>
    rowsOfX(await inOrder(`when,kind\n${cells.map((cell, i) => `${cell},k${i}`).join("\n")}\n`, named));
  expect(await day(["1970-01-02", "2020-02-29"])).toEqual([[1], [18321]]);
  expect(await day(["31.12.1969", "1.1.1970"])).toEqual([[-1], [0]]);
  expect(await day(["01/31/1970", "02/01/1970"])).toEqual([[30], [31]]);
  expect(await day(["31/01/1970", "01/02/1970"])).toEqual([[30], [31]]);
  expect(await day(["1970-01-01 12:00", "1970-01-01T06:00:00Z"])).toEqual([[0.5], [0.25]]);
  expect(await day(["1970-01-01T02:00+02:00", "1970-01-01"])).toEqual([[0], [0]]);
  expect(await day(["2024-02-29", "2023-12-31"], { dates: "parts" })).toEqual([
    [2024, 2, 4],
    [2023, 12, 7],
  ]);
  const open = await failure(read("when,kind\n01/02/1970,p\n03/04/1970,q\n"));
  expect([open.code, open.hint]).toEqual(["data/csv-date", expect.stringContaining('types=["when: dmy"]')]);
  expect(await day(["01/02/1970", "03/04/1970"], { types: ["when: dmy"] })).toEqual([[31], [92]]);
  expect(await day(["01/02/1970", "03/04/1970"], { types: ["when: mdy"] })).toEqual([[1], [62]]);
  const late = await failure(read("when,kind\n2020-01-01,p\n2020-01-02,q\n2020-01-03,p\n2020-01-04,q\n2020-02-30,q\n"));
  expect(late.message).toBe(
    't.csv, line 6, column "when": "2020-02-30" is not a date (year, month, day), but most cells of this column are',
  );
});

test("columns of words become numbers of x together, one for each word, where that is asked for", async () => {
  const data = await inOrder("size,colour,kind\n1,red,p\n2,blue,q\n3,red,p\n", { categories: "onehot" });
  expect(rowsOfX(data)).toEqual([
    [1, 0, 1],
    [2, 1, 0],
    [3, 0, 1],
  ]);
  expect(column(data, "x").labels).toEqual(["size", "colour_blue", "colour_red"]);
  expect(column(data, "x").note).toBe("x holds size, colour=blue, colour=red");
  expect(column(data, "colour").classes).toBe(2);
});

test("columns and drop choose, types force, and names that are not there are errors", async () => {
  const text = "id,zip,size,kind\n1,8001,10,p\n2,8002,20,q\n3,8001,30,p\n";
  expect(names(await inOrder(text, { drop: "id" }))).toEqual(["x", "label", "zip", "size", "kind"]);
  expect(column(await inOrder(text, { columns: ["size"] }), "x").shape).toEqual([1]);
  const typed = await inOrder(text, { drop: ["id"], types: ["zip: class"] });
  expect(column(typed, "zip").labels).toEqual(["8001", "8002"]);
  expect(column(typed, "x").shape).toEqual([1]);
  for (const [named, message] of [
    [{ drop: "idd" }, 't.csv has no column "idd" for drop'],
    [{ columns: ["siz"] }, 't.csv has no column "siz" for columns'],
    [{ types: ["zap: class"] }, 't.csv has no column "zap" for types'],
    [{ types: ["zip"] }, 'types holds "zip"'],
    [{ types: ["zip: colour"] }, 'types holds "zip: colour"'],
    [{ label: "kind", drop: "kind" }, 'column "kind" is dropped and used'],
    [{ types: ["kind: number"] }, '"p" is not a number'],
    [{ types: ["size: date"] }, 'column "size" holds no dates'],
    [{ group: "patient" }, 'no column "patient" for group'],
    [{ weight: "w" }, 'no column "w" for weight'],
  ] as const)
    expect([named, (await failure(read(text, named as Named))).message]).toEqual([
      named,
      expect.stringContaining(message),
    ]);
});

const holes = "size,colour,kind\n1,red,p\n,red,q\n4,,p\n7,blue,q\n1,red,p\n";

test("empty cells are left out, or filled from the training part with means, frequent values, and a flag where asked", async () => {
  expect(rowsOfX(await inOrder(holes, { missing: "drop" }))).toEqual([[1], [7], [1]]);
  expect(rowsOfX(await inOrder(holes, { missing: "mean" })).flat()).toEqual([1, 3.25, 4, 7, 1]);
  expect(rowsOfX(await inOrder(holes, { missing: "frequent" })).flat()).toEqual([1, 1, 4, 7, 1]);
  const flagged = await inOrder(holes, { missing: "flag" });
  expect(rowsOfX(flagged)).toEqual([
    [1, 0, 0],
    [3.25, 1, 0],
    [4, 0, 1],
    [7, 0, 0],
    [1, 0, 0],
  ]);
  expect(column(flagged, "colour").labels).toEqual(["blue", "red", "(empty)"]);
  expect([...column(flagged, "colour").values]).toEqual([1, 1, 2, 0, 1]);
  // The last three rows are held out: 1 is all that the training part knows.
  const part = await read(holes, { shuffle: false, split: 0.4, missing: "mean" });
  expect([...column(part, "x").values]).toEqual([1, 1]);
});

test("a label of few whole numbers is classes beside numbers; one of quantities is numbers alone", async () => {
  const data = await inOrder("a,grade\n1,10\n2,9\n3,10\n4,9\n");
  expect(column(data, "label")).toMatchObject({ classes: 2, labels: ["9", "10"] });
  expect([...column(data, "label").values]).toEqual([1, 0, 1, 0]);
  expect([...column(data, "y").values]).toEqual([10, 9, 10, 9]);
  expect(names(await inOrder("a,grade\n1,1.5\n2,9\n3,1.5\n4,9\n"))).not.toContain("label");
  expect(names(await inOrder("a,grade\n1,1\n2,2\n3,3\n4,4\n"))).not.toContain("label");
});

test("several labels: numbers side by side as y, words under their own names, none of them in x", async () => {
  const data = await inOrder("a,u,v,kind\n1,2,3,p\n4,5,6,q\n", { label: ["u", "v", "kind"] });
  expect(column(data, "y")).toMatchObject({ shape: [2], labels: ["u", "v"] });
  expect([...column(data, "y").values]).toEqual([2, 3, 5, 6]);
  expect(rowsOfX(data)).toEqual([[1], [4]]);
  expect(names(data)).toEqual(["x", "y", "a", "u", "v", "kind"]);
});

// ---------------------------------------------------------------- parts

const many = (kinds: (i: number) => string, n = 40) =>
  `id,who,kind\n${Array.from({ length: n }, (_, i) => `${i},w${i % 8},${kinds(i)}`).join("\n")}\n`;
const ids = (data: Dataset, part: "train" | "heldout") => [...column(data, "id", part).values];

test("the last rows are held out where nothing is shuffled, and another file where one is named", async () => {
  const data = await read(many(() => "p").replace(/p$/m, "q"), { shuffle: false });
  expect(ids(data, "heldout")).toEqual([32, 33, 34, 35, 36, 37, 38, 39]);
  const other = "kind,id,who\nq,100,w1\np,101,w2\n";
  const two = await read(
    many((i) => (i % 2 ? "p" : "q")),
    { test: "o.csv" },
    { "o.csv": other },
  );
  expect([two.train.length, ids(two, "heldout")]).toEqual([40, [100, 101]]);
  expect([...column(two, "label", "heldout").values]).toEqual([1, 0]);
  const lacking = await failure(
    read(
      many(() => "p"),
      { test: "o.csv" },
      { "o.csv": "id,kind\n1,p\n" },
    ),
  );
  expect([lacking.code, lacking.message]).toEqual(["data/no-column", 'o.csv has no column "who"']);
  const bad = await failure(
    read(
      many(() => "p"),
      { test: "o.csv" },
      { "o.csv": "id,who,kind\n1,w,p\nx,w,p\n" },
    ),
  );
  expect(bad.message).toContain("o.csv, line 3");
});

test("each class is split by itself where that is asked for", async () => {
  const data = await read(
    many((i) => (i % 10 === 0 ? "rare" : "often")),
    { stratify: true, split: 0.75 },
  );
  const rare = (part: "train" | "heldout") => ids(data, part).filter((id) => id % 10 === 0).length;
  expect([rare("train"), rare("heldout"), data.train.length]).toEqual([3, 1, 30]);
  expect((await failure(read("a,b\n1,1.5\n2,2.5\n3,3.5\n", { stratify: true }))).message).toContain(
    "needs one label of classes",
  );
});

test("rows of one group are never parted, and the group is no input", async () => {
  const data = await read(
    many((i) => (i % 2 ? "p" : "q")),
    { group: "who" },
  );
  const groups = (part: "train" | "heldout") => new Set(ids(data, part).map((id) => id % 8));
  expect([...groups("train")].filter((g) => groups("heldout").has(g))).toEqual([]);
  expect([data.train.length + data.heldout.length, groups("heldout").size]).toEqual([40, 2]);
  expect(names(data)).toEqual(["x", "label", "id", "kind"]);
  expect((await failure(read("g,a,k\n1,1,p\n1,2,q\n", { group: "g" }))).message).toContain("one group");
});

test("rare classes are repeated in the training part alone, or weigh more", async () => {
  const text = many((i) => (i % 10 === 0 ? "rare" : "often"));
  const repeated = await read(text, { balance: "repeat", stratify: true });
  const counts = (data: Dataset) => [0, 1].map((k) => column(data, "label").values.filter((v) => v === k).length);
  expect(counts(repeated)[0]).toBe(counts(repeated)[1]);
  expect(repeated.heldout.length).toBe(8);
  const weighted = await read(text, { balance: "weights", stratify: true });
  const [often, rare] = counts(weighted) as [number, number];
  const sums = [0, 1].map((k) =>
    [...column(weighted, "weight").values].reduce(
      (s, w, i) => s + (column(weighted, "label").values[i] === k ? w : 0),
      0,
    ),
  );
  expect(sums).toEqual([expect.closeTo((often + rare) / 2, 3), expect.closeTo((often + rare) / 2, 3)]);
});

test("a column may weigh examples, and a cell that is no weight is an error with its line", async () => {
  const data = await inOrder("a,w,kind\n1,2,p\n2,0.5,q\n", { weight: "w" });
  expect([...column(data, "weight").values]).toEqual([2, 0.5]);
  expect([names(data), column(data, "x").shape]).toEqual([["x", "label", "a", "kind", "weight"], [1]]);
  const bad = await failure(read("a,w,kind\n1,2,p\n2,-1,q\n", { weight: "w" }));
  expect(bad.message).toBe('t.csv, line 3: column "w" holds no weight, which is a number of at least 0');
});

test("each example is held out in exactly one of several folds, of tables, of their classes and groups, and of other data", async () => {
  const folded = (index: number, named: Named) =>
    load(
      "csv",
      { "t.csv": utf8(many((i) => (i % 4 ? "p" : "q"))) },
      { positional: ["t.csv"], named, seed: 3, fold: { index, of: 4 } },
    );
  for (const named of [{}, { shuffle: false }, { stratify: true }, { group: "who" }] as Named[]) {
    const parts = await Promise.all([1, 2, 3, 4].map((index) => folded(index, named)));
    expect(parts.flatMap((part) => ids(part, "heldout")).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    for (const part of parts) expect(part.train.length + part.heldout.length).toBe(40);
  }
  const moons = await load("moons", {}, { positional: [20], seed: 3, fold: { index: 2, of: 5 } });
  expect([moons.train.length, moons.heldout.length]).toEqual([16, 4]);
  const few = load("moons", {}, { positional: [4], seed: 3, fold: { index: 2, of: 5 } });
  expect((await failure(few)).message).toContain("too few for 5 folds");
});
