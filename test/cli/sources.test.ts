// Proves that a program is refused by `check` where `train` would refuse it for the sake of its data: the source, its arguments,
// the files and folders it names, and how many examples it asks for.

import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Data, Keyword, Model, wordTypes } from "../../grammar/syntax/tokentypes.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { placeOf } from "../../project/data/place.ts";
import { asFailure } from "../../project/failure.ts";
import { fieldName } from "../../runtime/data/fieldname.ts";
import { png } from "../data/rawpictures.ts";
import { openText } from "../support/opened.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());
beforeAll(() => {
  for (const folder of ["empty", "half", "pets", "pets/cat", "pets/dog"]) mkdirSync(place.path(folder));
  place.write("half/train-images-idx3-ubyte", "");
  place.write("pets/cat/a.png", png(2, 3));
  place.write("pets/dog/b.png", png(2, 3));
  place.write("t.csv", "a,b,label\n1,2,p\n3,4,q\n5,6,p\n");
  place.write("one.csv", "a,b,label\n1,2,p\n");
  place.write("holes.csv", "a,b,label\n1,,p\n3,4,q\n5,6,p\n");
  place.write("bad.npz", "no archive");
  place.write("short.txt", "abc");
});

const program = (source: string) => `model net(x: [2]) { dense 2 }

data d = ${source}

train net on d { loss sum(net(x)); epochs 1 }
`;

const REFUSED = [
  "mnist()",
  'mnist("nofolder")',
  'mnist("empty")',
  'mnist("half")',
  'mnist("t.csv")',
  'cifar10("empty")',
  'cifar10("nofolder")',
  'cifar10("empty", n=0)',
  'images("nofolder")',
  'images("empty")',
  'images("pets", size=0)',
  'images("pets/cat")',
  'csv("f.csv")',
  'csv("t.csv", split=80)',
  'csv("t.csv", window=24)',
  'csv("t.csv", label="kind")',
  'csv("t.csv", decimal=";")',
  'csv("t.csv", ",", 0.5, "drop", ",", ".", 1)',
  'csv("one.csv")',
  'csv("holes.csv")',
  'csv("pets")',
  'npz("bad.npz")',
  'npz("none.npz")',
  'text("none.txt")',
  'text("short.txt")',
  'text("t.csv", seq=0)',
  'moons(n="many")',
  "moons(n=0)",
  "moons(n=1)",
  "moons(n=1e9)",
  "moons(n=2, split=0)",
  "digits(n=0)",
  "digits(heldout=0)",
  "digits(n=100000000, size=1000x1000)",
  "digits(heldout=100000000, size=99)",
  "adding(seq=100000, n=100000000)",
  "sequences(n=-3)",
  "names(n=1.5)",
  "xor(2, 3)",
  "nothing()",
  'blobs(classes="many")',
];

for (const source of REFUSED)
  test(`${source} is refused by check as by train`, async () => {
    const checked = openText(place.path("p.dnn"), program(source));
    const found = (await checkOpened(checked)).filter((d) => d.code.startsWith("data/"));
    const opened = openText(place.path("p.dnn"), program(source));
    const trained = opened.program;
    const refused = await loadData(trained, dataOf(trained, trained.trains[0]!), placeOf(opened)).then(
      () => [],
      (error) => asFailure(error)?.diagnostics ?? [],
    );
    expect(refused.map((d) => d.code)).toHaveLength(1);
    expect(found.map(({ code, severity }) => [code, severity])).toEqual([[refused[0]!.code, "error"]]);
    if (found[0]!.code === "data/bad-argument") expect(found[0]!.message).toBe(refused[0]!.message);
  });

test("what train takes, check takes, and both say what is remarkable", async () => {
  for (const source of [
    'csv("t.csv", split=1)',
    'csv("holes.csv", missing="mean", split=1)',
    "moons(n=2)",
    "digits(n=3)",
  ]) {
    const opened = openText(place.path("p.dnn"), program(source));
    await loadData(opened.program, dataOf(opened.program, opened.program.trains[0]!), placeOf(opened));
    const found = await checkOpened(openText(place.path("p.dnn"), program(source)));
    expect([source, found.filter((d) => d.code.startsWith("data/"))]).toEqual([source, []]);
  }
});

test("a table of many thousand columns is checked in linear time", async () => {
  const width = 15_000;
  const row = (of: (k: number) => unknown) => Array.from({ length: width }, (_, k) => of(k)).join(",");
  place.write("wide.csv", `${row((k) => `c ${k}`)},label\n${row((k) => k)},p\n${row((k) => k + 1)},q\n`);
  const text = program('csv("wide.csv")').replace("[2]", `[${width}]`);
  expect(await checkOpened(openText(place.path("wide.dnn"), text))).toEqual([]);
}, 120_000);

test("no column becomes a word of the language", () => {
  const reserved = [...wordTypes].filter(
    ([, type]) => type.CATEGORIES?.includes(Keyword) || type === Model || type === Data,
  );
  expect(reserved.length).toBeGreaterThan(20);
  for (const [word] of reserved) expect(fieldName(word, 0)).toBe(`${word}_`);
});

test.each([
  ['csv("rows.jsonl", text="a")', '`jsonl("rows.jsonl", text="a")`'],
  ['jsonl("t.csv")', '`csv("t.csv")`'],
  ['csv("bad.npz")', '`npz("bad.npz")`'],
  ['csv("pets")', '`images("pets")`'],
  ['csv("sheet.xlsx")', '`csv("sheet.csv")`'],
  ['images("t.csv")', '`images("FOLDER", table="t.csv")`'],
  ['images("pets/cat/a.png")', '`images("pets")`'],
  ['texts("t.csv")', '`csv("t.csv", text="COLUMN")`'],
])("a file that another source reads is said to be its: %s", async (source, hint) => {
  place.write("rows.jsonl", '{"a": "b", "label": "c"}\n');
  place.write("sheet.xlsx", "PK\u0003\u0004");
  const found = await checkOpened(openText(place.path("p.dnn"), program(source)));
  expect(found.map((d) => d.hint).join()).toContain(hint);
});
